"""Every public method of the SDK's LLM and A2A services once. Usage: methods_models.py URL EMAIL PASSWORD."""

from collections.abc import Callable
from typing import Any

from codemie_sdk.services.a2a import A2AService
from codemie_sdk.services.llm import LLMService
from methods import Bench, run

CALLS: dict[str, Callable[[Bench], Any]] = {
    "llms.list": lambda bench: bench.client.llms.list(),
    "llms.list_embeddings": lambda bench: bench.client.llms.list_embeddings(),
    "a2a.get_agent_card": lambda bench: bench.client.a2a.get_agent_card(bench.assistant()),
}

if __name__ == "__main__":
    run(CALLS, llms=LLMService, a2a=A2AService)
