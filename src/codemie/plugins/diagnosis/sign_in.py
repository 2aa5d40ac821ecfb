"""Who is let in: the key, a wrong one, nobody at all."""

import secrets

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed
from codemie.plugins import probing
from codemie.plugins.diagnosis.conversation import CLIENT
from codemie.plugins.diagnosis.visit import Visit

_SHORTEST = 16
_SPECIAL = frozenset(".*>")


@check(
    "nats.key",
    title="The key can be one",
    symptom="The agent is refused at once, whatever the server.",
    remedy=("Copy the key again, without quotes and blanks; it was shown once, when it was created",),
    faq=("F22", "F28"),
)
async def key(visit: Visit) -> Finding:
    """Part of the key was lost, or something was added, when it was copied: a key is one token of a NATS subject."""
    text = visit.options.key
    fault = ""
    if any(letter.isspace() for letter in text):
        fault = "It holds a space or the end of a line"
    elif not text.isascii() or not text.isprintable():
        fault = "It holds letters that no key has"
    elif _SPECIAL & set(text):
        fault = "It holds one of . * >, which have a meaning in NATS subjects"
    elif len(text) < _SHORTEST:
        fault = f"It has {len(text)} letters; a key has {_SHORTEST} or more"
    if fault:
        return failed(fault, "Copy the key again, without quotes and blanks; it was shown once, when it was created")
    return passed(f"{len(text)} letters", length=len(text))


@check(
    "nats.auth",
    title="The key is admitted",
    symptom="The agent says “authorization violation”.",
    remedy=(
        "Look in the platform, under Plugins, whether the key still exists; create a new one if in doubt",
        "Right after many refusals, wait a minute: attempts are limited",
    ),
    faq=("F22", "F28"),
    needs=("nats.key", "nats.info"),
)
async def auth(visit: Visit) -> Finding:
    """The key was deleted or has expired, it is another platform's, or the service that checks keys does not answer."""
    conversation = await visit.left.enter_async_context(visit.talking())
    refused = await conversation.sign_in(visit.options.key)
    if refused is None:
        visit.conversation = conversation
        conversation.lists = f"{visit.options.key}.list"
        return passed("The server admits the key")
    words = refused.lower()
    if "authorization" in words:
        return failed(
            "The server refuses the key",
            "Look in the platform, under Plugins, whether the key still exists; create a new one if in doubt",
            "Right after many refusals, wait a minute: attempts are limited",
            answer=refused,
        )
    if "timeout" in words:
        remedy = "The service that checks keys does not answer: see whether the platform runs"
    elif "maximum" in words:
        remedy = "Operators: raise max_connections of the server; users: end agents that are not needed"
    elif "tls" in words or "secure" in words:
        remedy = "The server wants TLS on this listener: use tls:// or another port"
    else:
        remedy = "Look into the log of the NATS server"
    return failed(f"The server ends the sign-in: {refused}", remedy, answer=refused)


@check(
    "nats.wrong_key",
    title="A wrong key is refused",
    symptom="None, until somebody comes in with an invented key.",
    remedy=("Close the port, then set up the auth callout: codemiectl nats config",),
    faq=("F28",),
    needs=("nats.info",),
)
async def wrong_key(visit: Visit) -> Finding:
    """The server admits everybody, because nothing asks the platform about keys."""
    return await _must_be_refused(visit, secrets.token_urlsafe(32), "a key that does not exist")


@check(
    "nats.anonymous",
    title="Nobody is admitted without a key",
    symptom="None, until somebody who reaches the port uses the tools of others.",
    remedy=("Close the port, then set up the auth callout: codemiectl nats config",),
    faq=("F28",),
    needs=("nats.info",),
)
async def anonymous(visit: Visit) -> Finding:
    """The authorization block is missing in the server's configuration, or it names a user for those who give none."""
    return await _must_be_refused(visit, None, "somebody without a key")


async def _must_be_refused(visit: Visit, invented: str | None, who: str) -> Finding:
    access = visit.options.access
    name = probing.name_for(access, invented or "") if access else CLIENT
    async with visit.talking() as conversation:
        answer = await conversation.sign_in(invented, name)
    if answer is None:
        return failed(
            f"The server admits {who}",
            "Operators: anybody who reaches this port can use tools of others; close it, then set up the auth callout "
            "(codemiectl nats config)",
        )
    return passed(f"The server refuses {who}", answer=answer)
