"""The wire models of retiring language models. They come in camelCase or snake_case; answers are snake_case."""

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from codemie.kernel.http import WireModel


class _Request(WireModel):
    model_config = ConfigDict(alias_generator=to_camel)


class ModelPair(_Request):
    """A model, and the one that takes its place."""

    deprecated_model: str = Field(min_length=1, max_length=200)
    replacement_model: str = Field(min_length=1, max_length=200)


class RetireModel(ModelPair):
    """One model to retire."""

    check_models_existence: bool = True


class RetireModels(_Request):
    """Several at once; each succeeds or fails by itself."""

    retirements: list[ModelPair] = Field(min_length=1, max_length=100)
    check_models_existence: bool = True


class Retired(WireModel):
    """How much refers to the replacement now."""

    assistants_updated: int = 0
    assistant_configurations_updated: int = 0
    workflows_updated: int = 0


class RetiredModel(WireModel):
    """Answer to retiring one."""

    message: str
    data: Retired


class RetirementResult(Retired):
    """What became of one of several."""

    deprecated_model: str
    replacement_model: str
    success: bool
    error: str | None = None


class Retirements(WireModel):
    """What became of all of them."""

    total: int
    succeeded: int
    failed: int
    results: list[RetirementResult]


class RetiredModels(WireModel):
    """Answer to retiring several."""

    message: str
    data: Retirements
