"""How the abilities of a system are declared: a toolkit, and a function for each tool.

A tool is an async function. Its first parameter is the client that the toolkit's `connect` made, the others are its
arguments: their annotations become the schema that models get, its docstring the description they read.
"""

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from codemie.kernel.tools import Effect
from codemie.toolkits.connection import Connection, Repository
from codemie.toolkits.failures import BadToolArguments

USUAL_TOKENS = 30_000
"""How long a result may be unless a tool says otherwise."""
_ARGUMENTS = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=False, extra="ignore")

Run = Callable[..., Awaitable[Any]]
Weigh = Callable[[dict[str, Any]], Effect]
"""What a call with certain arguments does outside."""
Asks = Callable[[dict[str, Any]], bool]
"""Whether a person has to allow a call with certain arguments."""


class Arguments(Protocol):
    """What a tool takes."""

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments object, without what only costs tokens."""
        ...

    def read(self, tool: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the tool's function takes them.

        Raises:
            BadToolArguments: they do not fit.
        """
        ...


@dataclass(frozen=True, slots=True)
class Declared:
    """Arguments as the parameters of a function declare them."""

    model: type[BaseModel]

    def schema(self) -> dict[str, Any]:
        """Without the titles that pydantic makes up."""
        return _untitled(self.model.model_json_schema())

    def read(self, tool: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Checked and converted.

        Raises:
            BadToolArguments: they do not fit.
        """
        try:
            read = self.model.model_validate(dict(sent))
        except ValidationError as error:
            raise BadToolArguments.of(tool, error) from error
        return {name: getattr(read, name) for name in type(read).model_fields}


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool, before anybody's credential is known.

    Args:
        name: on the wire, and what models call it.
        label: what people read.
        description: when and how to use it, for models.
        about: what it is for, for people, in a sentence.
        arguments: that it takes.
        run: the function; takes the client and the arguments.
        effect: the most a call can do outside.
        weigh: what a call with certain arguments does, where that differs.
        output_tokens: how long its result may be.
        seconds: after this a call is given up.
        toolkit: that it belongs to.
        unfold: gives the tools that stand in its place in a run.
        unfolded_from: name of the tool in whose place it stands; its credential was chosen for that one.
        asks: tells of arguments whether a person has to allow the call, whatever the assistant's author chose.
        place: the machine that it runs on, for people; None where it is no machine of somebody's.
    """

    name: str
    label: str
    description: str
    about: str
    arguments: Arguments
    run: Run
    effect: Effect
    weigh: Weigh | None
    output_tokens: int
    seconds: float
    toolkit: "Toolkit"
    unfold: "Unfold | None" = None
    unfolded_from: str | None = None
    asks: "Asks | None" = None
    place: str | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments object."""
        return self.arguments.schema()

    @property
    def chosen_as(self) -> str:
        """The name under which people choose its credential."""
        return self.unfolded_from or self.name


Unfold = Callable[[Offer, Connection, Collection[str]], Awaitable[list[Offer]]]
"""Gives the tools that a credential makes of an offer: those of the names given, else as many as are useful."""


class Toolkit:
    """Tools of one system that share a client.

    Several toolkits may have one key: their tools appear together, as those of GitLab and GitHub do.

    Args:
        key: on the wire.
        system: what people call what it works with.
        connect: makes the client of a call from its connection; cheap, because every call makes one.
        label: what people read.
        credential: the type of the credential it needs, if any.
        also: other types of credential that serve as well.
        fit: how well a credential's open values fit this system among others of the same credential type; 0 is not.
        works_in: for tools that work in a repository: whether this one is theirs.
        fits_repository: the same as ``fit`` for that repository; by origin if None.
    """

    def __init__(
        self,
        key: str,
        system: str,
        connect: Callable[[Connection], Any],
        *,
        label: str = "",
        credential: str | None = None,
        also: tuple[str, ...] = (),
        fit: Callable[[dict[str, Any]], int] | None = None,
        works_in: Callable[[Repository], bool] | None = None,
        fits_repository: Callable[[Mapping[str, Any], Repository], int] | None = None,
    ) -> None:
        self.key = key
        self.system = system
        self.connect = connect
        self.label = label or key
        self.credential = credential
        self.also = also
        self.fit = fit
        self.works_in = works_in
        self.fits_repository = fits_repository
        self.offers: dict[str, Offer] = {}

    @property
    def credentials(self) -> tuple[str, ...]:
        """Every type of credential that serves."""
        return (self.credential, *self.also) if self.credential else ()

    def tool(
        self,
        effect: Effect | Weigh,
        name: str | None = None,
        *,
        label: str | None = None,
        about: str = "",
        output_tokens: int = USUAL_TOKENS,
        seconds: float = 60.0,
        unfold: Unfold | None = None,
    ) -> Callable[[Run], Run]:
        """Declare the decorated function as a tool.

        Args:
            effect: what a call does outside, or how to tell from its arguments.
            name: if not the function's.
            label: what people read, if not made from the name.
            about: what it is for, for people; the first sentence of the docstring if empty.
            output_tokens: how long its result may be.
            seconds: after this a call is given up.
            unfold: gives the tools that stand in its place in a run.
        """

        def declare(run: Run) -> Run:
            called = name or run.__name__
            described = inspect.cleandoc(run.__doc__ or "")
            self.offers[called] = Offer(
                name=called,
                label=label or called.replace("_", " ").title(),
                description=described,
                about=about or described.partition("\n")[0],
                arguments=_arguments(called, run),
                run=run,
                effect="destroys" if callable(effect) else effect,
                weigh=effect if callable(effect) else None,
                output_tokens=output_tokens,
                seconds=seconds,
                toolkit=self,
                unfold=unfold,
            )
            return run

        return declare


def _arguments(name: str, run: Run) -> Declared:
    """The function's parameters but the first."""
    hints = get_type_hints(run, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(run).parameters.values())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], Field(default))
    return Declared(create_model(name, __config__=_ARGUMENTS, **fields))


def _untitled(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _untitled(part) for key, part in schema.items() if not (key == "title" and isinstance(part, str))}
