"""Checks of the model file alone, which need neither a database nor a platform: `preflight` makes them, too."""

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.kernel.documents import DocumentError, Problem
from codemie.models.catalogue import NO_DEFAULT, Catalogue


def _problems(catalogue: Catalogue) -> tuple[Problem, ...]:
    try:
        catalogue.models()
    except DocumentError as error:
        return error.problems
    return ()


@check(
    "llm.config.schema",
    title="The model file can be read",
    symptom="A change of the model file has no effect, or the platform does not start.",
    remedy=("Correct the file at the place that the message names", "See docs/how-to/connect-a-model for its form"),
    faq=("F03", "F53"),
)
async def schema(catalogue: Catalogue) -> Finding:
    """A misspelt provider, a name used twice, or a mistake in the YAML; a running platform keeps the last good file."""
    problems = [each for each in _problems(catalogue) if NO_DEFAULT not in each.message]
    if problems:
        return failed("; ".join(map(str, problems[:5])), *schema.remedy)
    if _problems(catalogue):
        return passed("The file can be read")
    models = catalogue.models()
    if models.warnings:
        return warned("; ".join(models.warnings[:5]), *schema.remedy, file=catalogue.source)
    return passed(
        f"{len(models.chat)} language models, {len(models.embedding)} embedding models", file=catalogue.source
    )


@check(
    "llm.defaults",
    title="There is a default for chats and one for embeddings",
    symptom="The platform does not start, or keeps the former models.",
    remedy=("Add to one enabled model of each list: default_for_categories: [global]",),
    faq=("F03",),
    needs=("llm.config.schema",),
)
async def defaults(catalogue: Catalogue) -> Finding:
    """The default was disabled or taken out of the file, and no other enabled model took its place."""
    if problems := _problems(catalogue):
        return failed("; ".join(map(str, problems)), *defaults.remedy)
    models = catalogue.models()
    chat, embedding = models.default("chat").base_name, models.default("embedding").base_name
    return passed(f"Chats use {chat}, embeddings {embedding}", chat=chat, embedding=embedding)
