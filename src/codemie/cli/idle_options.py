"""Options that mean nothing with others are refused: who typed one would believe that it was heard."""

from collections.abc import Collection, Mapping

import typer


def refuse_idle(context: typer.Context, ways: Collection[str], counts: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse what was typed and would not be heard. Variables of the environment are for all commands, so they may be.

    Args:
        context: of the command.
        ways: in which it is to work, as their options are called.
        counts: parameter → the ways in which it counts.

    Raises:
        BadParameter: one was typed.
    """
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        is_typed = source is not None and source.name == "COMMANDLINE"
        if is_typed and name in counts and not set(ways) & set(counts[name]):
            heard = " or ".join(f"--{each}" for each in counts[name])
            raise typer.BadParameter(f"it counts only with {heard}", param_hint=parameter.opts[0])
