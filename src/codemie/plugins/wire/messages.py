"""The messages of a call, in Protocol Buffers (proto3, no package): one tool is run, one result comes back.

Schema, reconstructed from what the official agent reads and writes:

    enum Handler { GET = 0; RUN = 1; }          enum Puppet { LANGCHAIN_TOOL = 0; }
    ServiceMeta     { subject = 1; handler = 2; puppet = 3; call = 101; milliseconds = 102; chunk_bytes = 103; }
    LangChainTool   { optional name = 1, description = 2, args_schema = 3, result = 4, error = 5, query = 6; }
    PuppetRequest   { oneof { LangChainTool lc_tool = 1; } }       PuppetResponse likewise
    ServiceRequest  { ServiceMeta meta = 1; oneof { PuppetRequest puppet_request = 2; } }
    ServiceResponse { ServiceMeta meta = 1; oneof { PuppetResponse puppet_response = 2; string error = 3; } }

The fields from 101 are ours (`extensions`): the official agent skips them, and is never sent them.
"""

from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from codemie.kernel.errors import UpstreamFailed

GET, RUN = 0, 1

_STRING = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
_UINT32 = descriptor_pb2.FieldDescriptorProto.TYPE_UINT32
_ENUM = descriptor_pb2.FieldDescriptorProto.TYPE_ENUM
_MESSAGE = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE


class MalformedMessage(UpstreamFailed):
    """Bytes that are not the message they should be."""

    title = "A message of the plugin protocol is malformed"


@dataclass(frozen=True, slots=True)
class CallTerms:
    """What an agent of ours is told of a call; nothing of it by a platform that does not know our agent.

    Args:
        call: its id.
        milliseconds: for which somebody waits for the answer; 0: nobody says.
        chunk_bytes: how much one message of the answer may hold; 0: the answer is one message.
    """

    call: str = ""
    milliseconds: int = 0
    chunk_bytes: int = 0


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What an agent is asked.

    Args:
        subject: as the platform filled it in; agents go by the subject of NATS.
        handler: `RUN`, or `GET` of the legacy protocol.
        query: the arguments, a JSON object as text; `None` when absent.
        terms: of the call.
    """

    subject: str
    handler: int
    query: str | None
    terms: CallTerms = CallTerms()


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What an agent answers: either a result (`results` reads it) or an error in words."""

    subject: str
    result: str | None = None
    error: str | None = None


def encode_request(subject: str, query: str | bytes, terms: CallTerms | None = None) -> bytes:
    """Ask to run a tool.

    Args:
        subject: of the tool.
        query: the arguments, a JSON object as text or as its bytes in UTF-8.
        terms: for an agent of ours.
    """
    request = _ServiceRequest()
    meta = request.meta
    meta.subject, meta.handler = subject, RUN
    if terms is not None:
        meta.call, meta.milliseconds, meta.chunk_bytes = terms.call, terms.milliseconds, terms.chunk_bytes
    request.puppet_request.lc_tool.query = query
    return request.SerializeToString()


def decode_request(payload: bytes) -> CallRequest:
    """What an agent is asked; unknown fields are skipped.

    Raises:
        MalformedMessage: the bytes are not a `ServiceRequest`.
    """
    request = _parsed(_ServiceRequest(), payload)
    meta, tool = request.meta, request.puppet_request.lc_tool
    return CallRequest(
        meta.subject,
        meta.handler,
        tool.query if tool.HasField("query") else None,
        CallTerms(meta.call, meta.milliseconds, meta.chunk_bytes),
    )


def encode_answer(answer: CallAnswer) -> bytes:
    """A result, or an error in words."""
    response = _ServiceResponse()
    response.meta.subject = answer.subject
    response.meta.handler = RUN
    tool = response.puppet_response.lc_tool
    if answer.error is not None:
        tool.error = answer.error
    else:
        tool.result = answer.result or ""
    return response.SerializeToString()


def decode_answer(payload: bytes) -> CallAnswer:
    """What an agent answered; unknown fields are skipped.

    Raises:
        MalformedMessage: the bytes are not a `ServiceResponse`, or it says nothing.
    """
    response = _parsed(_ServiceResponse(), payload)
    subject = response.meta.subject
    if response.HasField("error"):
        return CallAnswer(subject, error=response.error)
    tool = response.puppet_response.lc_tool
    if tool.HasField("error"):
        return CallAnswer(subject, error=tool.error)
    if not tool.HasField("result"):
        raise MalformedMessage(details="The answer holds neither a result nor an error.")
    return CallAnswer(subject, result=tool.result)


def _parsed(message: Any, payload: bytes) -> Any:
    try:
        message.ParseFromString(payload)
    except DecodeError as error:
        raise MalformedMessage(details=f"{len(payload)} bytes cannot be read as Protocol Buffers.") from error
    return message


def _schema() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="codemie/plugins/service.proto", syntax="proto3")
    file.enum_type.add(name="Handler").value.extend(_values("GET", "RUN"))
    file.enum_type.add(name="Puppet").value.extend(_values("LANGCHAIN_TOOL"))
    meta = file.message_type.add(name="ServiceMeta")
    meta.field.add(name="subject", number=1, type=_STRING)
    meta.field.add(name="handler", number=2, type=_ENUM, type_name=".Handler")
    meta.field.add(name="puppet", number=3, type=_ENUM, type_name=".Puppet")
    meta.field.add(name="call", number=101, type=_STRING)
    meta.field.add(name="milliseconds", number=102, type=_UINT32)
    meta.field.add(name="chunk_bytes", number=103, type=_UINT32)
    tool = file.message_type.add(name="LangChainTool")
    for number, name in enumerate(("name", "description", "args_schema", "result", "error", "query"), 1):
        tool.field.add(name=name, number=number, type=_STRING, proto3_optional=True, oneof_index=number - 1)
        tool.oneof_decl.add(name=f"_{name}")
    for kind in ("request", "response"):
        puppet = file.message_type.add(name=f"Puppet{kind.title()}")
        puppet.oneof_decl.add(name=kind)
        puppet.field.add(name="lc_tool", number=1, type=_MESSAGE, type_name=".LangChainTool", oneof_index=0)
        service = file.message_type.add(name=f"Service{kind.title()}")
        service.oneof_decl.add(name=kind)
        service.field.add(name="meta", number=1, type=_MESSAGE, type_name=".ServiceMeta")
        name = f".Puppet{kind.title()}"
        service.field.add(name=f"puppet_{kind}", number=2, type=_MESSAGE, type_name=name, oneof_index=0)
        if kind == "response":
            service.field.add(name="error", number=3, type=_STRING, oneof_index=0)
    return file


def _values(*names: str) -> list[descriptor_pb2.EnumValueDescriptorProto]:
    return [descriptor_pb2.EnumValueDescriptorProto(name=name, number=number) for number, name in enumerate(names)]


def _classes() -> tuple[Any, Any]:
    """From a pool of our own: the names have no package and must not meet another library's."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_schema())
    found = (pool.FindMessageTypeByName(name) for name in ("ServiceRequest", "ServiceResponse"))
    request, response = (message_factory.GetMessageClass(descriptor) for descriptor in found)
    return request, response


_ServiceRequest, _ServiceResponse = _classes()
