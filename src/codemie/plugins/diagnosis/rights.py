"""What an admitted key may do: everything of its own, nothing of others."""

import secrets

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed
from codemie.plugins.diagnosis.conversation import Conversation, Refused
from codemie.plugins.diagnosis.visit import Visit

_OPERATORS = "Operators: compare the permissions that the auth callout gives with those of the guide of the transport"


@check(
    "nats.permissions",
    title="The key may use its own subjects",
    symptom="The agent is connected and its tools never appear.",
    remedy=("Operators: compare the permissions that the auth callout gives with docs/how-to/plugin-transport",),
    faq=("F28",),
    needs=("nats.auth",),
)
async def permissions(visit: Visit) -> Finding:
    """The callout gives fewer subjects than an agent uses, because it is another one or an older version."""
    own, session = visit.options.key, visit.session
    asked = {
        f"subscribe to {subject}": (f"SUB {subject}  {100 + number}", f"UNSUB {100 + number}")
        for number, subject in enumerate((f"{own}.list", f"{own}.live.reply", f"{own}.{session}.diagnosis.*"))
    }
    asked[f"publish to {own}.disconnected"] = (f"PUB {own}.disconnected {len(session)}", session)
    refused = [what for what, lines in asked.items() if await _is_refused(visit.shared(), *lines)]
    if refused:
        return failed(f"The key may not {', nor '.join(refused)}", _OPERATORS, tried="; ".join(asked))
    return passed("An agent's subjects are all allowed", tried="; ".join(asked))


@check(
    "nats.isolation",
    title="The key may use no others",
    symptom="None, until one key sees or answers the tools of others.",
    remedy=(
        "Stop the listener, then set up the auth callout: codemiectl nats config",
        "Operators: compare the permissions that the auth callout gives with docs/how-to/plugin-transport",
    ),
    faq=("F28",),
    needs=("nats.auth",),
)
async def isolation(visit: Visit) -> Finding:
    """The server lets agents in by itself, without the platform's callout, or a callout that gives too much."""
    other = secrets.token_urlsafe(24)
    reading = (f"{other}.list", f"{other}.*.*.*", f"{other}.live", "*.live", "_INBOX.>", "$SYS.>", ">")
    asked = {f"read {subject}": (f"SUB {subject}  {200 + i}", f"UNSUB {200 + i}") for i, subject in enumerate(reading)}
    for subject in (f"{other}.live", f"{other}.disconnected", f"{other}.{visit.session}.any.tool", "_INBOX.any"):
        asked[f"write to {subject}"] = (f"PUB {subject} 0", "")
    allowed = [what for what, lines in asked.items() if not await _is_refused(visit.shared(), *lines)]
    if allowed:
        return failed(
            f"The key may {', '.join(allowed).replace(other, 'OTHER')}",
            "Stop: one key can see or answer the tools of others",
            _OPERATORS,
            tried="; ".join(asked).replace(other, "OTHER"),
        )
    return passed("Every foreign subject is refused", tried="; ".join(asked).replace(other, "OTHER"))


async def _is_refused(conversation: Conversation, *lines: str) -> bool:
    heard = await conversation.settled(*lines)
    return any(isinstance(event, Refused) and "permissions violation" in event.text.lower() for event in heard)
