"""What a smoke test must notice, and how a test brings it about: an answer of the platform that fails."""

from dataclasses import dataclass

from tests.operations.injection import Fault


@dataclass(frozen=True)
class Refusal(Fault):
    """Requests that the platform refuses.

    Attributes:
        method: of the requests.
        path: their beginning.
        ending: their end.
    """

    method: str = ""
    path: str = ""
    ending: str = ""


FAULTS: tuple[Refusal, ...] = (
    Refusal("smoke.sign_in", "the token has been withdrawn", method="GET", path="/v1/user"),
    Refusal("smoke.models", "the list of models cannot be read", method="GET", path="/v1/llm_models"),
    Refusal("smoke.assistant", "an assistant cannot be read back", method="GET", path="/v1/assistants/id/"),
    Refusal("smoke.chat", "the model does not answer", method="POST", path="/v1/assistants/", ending="/model"),
    Refusal("smoke.index", "the platform takes no documents", method="POST", path="/v1/index/"),
)
