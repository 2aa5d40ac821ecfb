"""Whether an OpenAPI document can be read, and its server reached."""

import httpx2

from codemie.integrations import openapi
from codemie.integrations.probes.diagnosis import Diagnosis
from codemie.integrations.probes.question import FORBIDDEN, UNAUTHORIZED, Probe, Values, judged, told_with_status
from codemie.kernel.errors import InvalidInput


def open_api(values: Values) -> Probe:
    """The document, where it is an address; otherwise the server that it names.

    The address of a document may be anybody's: a credential is shown to servers only.
    """
    place = openapi.address(values)
    if place is not None:
        return Probe(place, _is_document, max_bytes=openapi.MOST_CHARACTERS)
    text = str(values.get("openapi_spec") or "")
    servers = openapi.servers(openapi.read(text) if text.strip() else {}, values)
    if not servers:
        raise InvalidInput(
            "Integration test failed",
            details="The OpenAPI document names no server." if text else "There is neither a document nor a server.",
            help="Enter the server's address.",
        )
    return Probe(servers[0], _is_there, openapi.authorization(values))


def _is_document(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    if answer.status_code in (UNAUTHORIZED, FORBIDDEN):
        seen.passed("answer", f"HTTP {answer.status_code}: the document is for those only who sign in, as tools do")
        return seen
    if not answer.is_success:
        return seen.failed("answer", told_with_status(answer), "Check the address of the document.")
    try:
        openapi.read(answer.text)
    except openapi.NoDocument as error:
        return seen.failed("answer", str(error.details), str(error.help))
    seen.passed("answer", "It is an OpenAPI document")
    return seen


def _is_there(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """Whatever a server says of its root, it is there; only a refusal tells of the credential."""
    if answer.status_code in (UNAUTHORIZED, FORBIDDEN) or answer.status_code >= 500:
        return judged()(answer, seen)
    seen.passed("answer", f"HTTP {answer.status_code}")
    return seen
