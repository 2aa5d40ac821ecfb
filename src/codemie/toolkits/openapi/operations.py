"""The operations of a document: what each takes, and the request that a call of it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote

from codemie.integrations.openapi import listed, mapping
from codemie.kernel.json_schema import coerced, schema_problem
from codemie.kernel.tools import Effect
from codemie.mcp.tools import callable_name, usable_schema
from codemie.toolkits.api import Method
from codemie.toolkits.arguments import NOT_SET, effect_of_request
from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.openapi.references import References
from codemie.toolkits.openapi.schemas import SchemaReader

Json = dict[str, Any]

METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_MOST_OPERATIONS = 2000
_MOST_PARAMETERS = 60
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_OURS = NOT_SET | {"accept", "content-type"}
"""Headers that no argument sets."""
_BODY = "body"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an argument goes.

    Args:
        argument: its name for models.
        name: its name on the wire.
        place: path, query or header.
        exploded: whether a list is sent as several values of one name.
        deep: whether an object is sent as name[key]=value.
        as_json: whether it is sent as a text of JSON.
    """

    argument: str
    name: str
    place: str
    exploded: bool = True
    deep: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: the arguments of `Api.send`."""

    method: Method
    path: str
    sent: Json = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Operation:
    """One operation.

    Args:
        name: that a model may call it.
        method: of HTTP.
        path: with its parameters in braces.
        written: as the document has it, references aside.
        parameters: its own and its path's, resolved.
        references: of the document.
        document_consumes: media types of bodies that Swagger 2 states once for all.
        servers: its own or its path's, as the document has them; most have none.
        signed_in_by: headers that the integration sets.
    """

    name: str
    method: Method
    path: str
    written: Json
    parameters: tuple[Json, ...]
    references: References
    document_consumes: tuple[str, ...] = ()
    servers: tuple[Any, ...] = ()
    signed_in_by: frozenset[str] = frozenset()

    @property
    def effect(self) -> Effect:
        """What a call does outside."""
        return effect_of_request(self.method, self.path)

    @property
    def summary(self) -> str:
        """What it is for, in a line."""
        text = str(self.written.get("summary") or self.written.get("description") or "").strip()
        return text.partition("\n")[0][:200]

    @property
    def description(self) -> str:
        """What it is for, for models."""
        parts = [self.summary, str(self.written.get("description") or "").strip()[:1000]]
        return "\n\n".join([*dict.fromkeys(part for part in parts if part), f"{self.method} {self.path}"])

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Where its arguments go. Two of one name in different places are told apart by their place."""
        slots: list[Slot] = []
        taken = {_BODY}
        for parameter in self.parameters:
            name, place = str(parameter.get("name") or ""), str(parameter.get("in"))
            if place not in ("path", "query", "header") or not name:
                continue
            if place == "header" and name.lower() in _OURS | self.signed_in_by:
                continue
            argument = callable_name(name)
            while argument in taken:
                argument = callable_name(f"{argument}_{place}")
            taken.add(argument)
            slots.append(_slot(argument, name, place, parameter))
        return tuple(slots)

    @cached_property
    def body(self) -> tuple[str, Any, bool] | None:
        """The media type of its body, the schema, and whether it is required; None if it has none that can be sent."""
        for parameter in self.parameters:  # Swagger 2
            if parameter.get("in") == "body":
                return _JSON, parameter.get("schema") or {}, parameter.get("required") is True
        if any(parameter.get("in") == "formData" for parameter in self.parameters):
            return self._form()
        found = self.references.resolved(self.written.get("requestBody"))
        for media, value in mapping(found.get("content")).items():
            kind = str(media).partition(";")[0].strip().lower()
            if kind in (_JSON, "*/*") or kind.endswith("+json") or kind in (_FORM, "text/plain"):
                schema = mapping(value).get("schema") or {}
                return _JSON if kind == "*/*" else kind, schema, found.get("required") is True
        return None

    def _form(self) -> tuple[str, Any, bool] | None:
        """Fields of a form as Swagger 2 has them; files cannot be sent."""
        fields = [parameter for parameter in self.parameters if parameter.get("in") == "formData"]
        consumes = listed(self.written.get("consumes")) or self.document_consumes or (_FORM,)
        if _FORM not in consumes or any(item.get("type") == "file" for item in fields):
            return None
        required = [str(item.get("name")) for item in fields if item.get("required") is True]
        properties = {str(item.get("name")): item for item in fields}
        return _FORM, {"type": "object", "properties": properties, "required": required}, bool(required)

    @property
    def is_callable(self) -> bool:
        """Whether everything it needs can be sent: files cannot, and no cookies."""
        uses_form = any(parameter.get("in") == "formData" for parameter in self.parameters)
        needs_body = uses_form or self.references.resolved(self.written.get("requestBody")).get("required") is True
        return (self.body is not None or not needs_body) and self.schema is not None

    @cached_property
    def schema(self) -> Json | None:
        """JSON Schema of its arguments; None if the document's makes none."""
        reader = SchemaReader(self.references)
        by_place = {(str(item.get("name")), str(item.get("in"))): item for item in self.parameters}
        properties: Json = {}
        required: list[str] = []
        for slot in self.slots:
            parameter = by_place[slot.name, slot.place]
            properties[slot.argument] = _described(reader, parameter)
            if slot.place == "path" or parameter.get("required") is True:
                required.append(slot.argument)
        if self.body is not None:
            properties[_BODY] = reader.read(self.body[1]) or {"type": "object"}
            required += [_BODY] if self.body[2] else []
        return usable_schema({"type": "object", "properties": properties, "required": required})

    def request(self, arguments: Mapping[str, Any]) -> Request:
        """The request that a call with these arguments is.

        Raises:
            BadToolArguments: a part of the path would lead elsewhere.
        """
        path, query, headers = self.path, dict[str, Any](), dict[str, str]()
        for slot in self.slots:
            value = arguments.get(slot.argument)
            if value is None:
                continue
            if slot.place == "path":
                path = path.replace(f"{{{slot.name}}}", _segment(slot.argument, value))
            elif slot.place == "header":
                headers[slot.name] = " ".join(_text(value).splitlines())
            else:
                query |= _in_query(slot, value)
        sent: Json = {"params": query, "headers": headers, **self._body(arguments.get(_BODY))}
        return Request(self.method, path, sent)

    def _body(self, value: Any) -> Json:
        if self.body is None or value is None:
            return {}
        match self.body[0]:
            case "application/x-www-form-urlencoded":
                return {"data": {name: _text(item) for name, item in mapping(value).items()}}
            case "text/plain":
                return {"content": _text(value).encode()}
            case _:
                return {"json": value}


@dataclass(frozen=True, slots=True)
class Documented:
    """The arguments of an operation as a tool has them."""

    operation: Operation

    def schema(self) -> Json:
        """As the document has it."""
        return self.operation.schema or {"type": "object", "properties": {}}

    def read(self, tool: str, sent: Mapping[str, Any]) -> Json:
        """Checked.

        Raises:
            BadToolArguments: they do not fit.
        """
        read = coerced(self.schema(), dict(sent))
        if problem := schema_problem(self.schema(), read):
            raise BadToolArguments(f"The arguments of {tool} do not fit", details=problem, code=422)
        return read


def operations_of(document: Json, signed_in_by: frozenset[str] = frozenset()) -> tuple[Operation, ...]:
    """Every operation, in the document's order, each with a name of its own.

    Args:
        document: all of it.
        signed_in_by: headers that the integration sets, in small letters.
    """
    references = References(document)
    consumes = tuple(map(str, listed(document.get("consumes"))))
    found: list[Operation] = []
    taken: set[str] = set()
    for path, item in mapping(document.get("paths")).items():
        methods = references.resolved(item) if path.startswith("/") and ".." not in path else {}
        for method in METHODS:
            written = references.resolved(methods.get(method.lower()))
            if not written or len(found) >= _MOST_OPERATIONS:
                continue
            name = _free(str(written.get("operationId") or f"{method.lower()}_{path.strip('/')}"), taken)
            parameters = _parameters(references, methods.get("parameters"), written.get("parameters"))
            servers = listed(written.get("servers")) or listed(methods.get("servers"))
            made = Operation(
                name, method, str(path), written, parameters, references, consumes, tuple(servers), signed_in_by
            )
            found.append(made)
    return tuple(found)


def _free(wished: str, taken: set[str]) -> str:
    name = start = callable_name(wished)
    number = 2
    while name in taken:
        name, number = f"{start[:58]}_{number}", number + 1
    taken.add(name)
    return name


def _parameters(references: References, of_path: Any, own: Any) -> tuple[Json, ...]:
    """Those of the path, replaced by the operation's own of the same name and place."""
    found: dict[tuple[str, str], Json] = {}
    for item in (*listed(of_path), *listed(own)):
        parameter = references.resolved(item)
        found[str(parameter.get("name")), str(parameter.get("in"))] = parameter
    return tuple(found.values())[:_MOST_PARAMETERS]


def _slot(argument: str, name: str, place: str, parameter: Json) -> Slot:
    style, kept = parameter.get("style"), parameter.get("collectionFormat")
    exploded = parameter.get("explode", style in (None, "form", "deepObject")) is True
    if "schema" not in parameter and "content" not in parameter:  # Swagger 2
        exploded = kept == "multi"
    return Slot(argument, name, place, exploded, style == "deepObject", "content" in parameter)


def _described(reader: SchemaReader, parameter: Json) -> Json:
    """The schema of a parameter, with what the parameter itself says."""
    content = next(iter(mapping(parameter.get("content")).values()), None)
    schema = parameter.get("schema") or mapping(content).get("schema") or parameter
    said = parameter.get("description")
    return {**reader.read(schema), **({"description": str(said)[:300]} if said else {})}


def _segment(argument: str, value: Any) -> str:
    text = ",".join(map(_text, cast("list[Any]", value))) if isinstance(value, list) else _text(value)
    if text in ("", ".", ".."):
        raise BadToolArguments(f"{argument} cannot be '{text}': it is a part of the address", code=422)
    return quote(text, safe="")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_query(slot: Slot, value: Any) -> Json:
    if slot.as_json:
        return {slot.name: json.dumps(value)}
    if isinstance(value, list):
        lines = [_text(item) for item in cast("list[Any]", value)]
        return {slot.name: lines if slot.exploded else ",".join(lines)}
    if isinstance(value, dict):
        parts = cast("Json", value).items()
        return {f"{slot.name}[{key}]" if slot.deep else str(key): _text(item) for key, item in parts}
    return {slot.name: _text(value)}
