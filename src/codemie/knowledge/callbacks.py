"""Hearing from whoever indexes a data source outside that it is done.

Such a caller has no account: it holds a one-time password that was given to it with the work (`expect`), of which only
the hash is kept. It is good for one answer about one data source.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit
from codemie.kernel.database import utcnow
from codemie.kernel.errors import AccessDenied, InvalidInput
from codemie.knowledge import repository, service
from codemie.knowledge.tables import DataSource

DOMAIN = "knowledge"
MAX_TEXT = 2_000

Outcome = Literal["Completed", "Error", "Cancelled"]
OUTCOMES: tuple[Outcome, ...] = ("Completed", "Error", "Cancelled")
_CANCELLED = "Indexing was cancelled"
_FAILED = "Indexing failed outside"


def expect(source: DataSource) -> str:
    """Have a data source wait for an answer from outside; the one-time password that the answer must bring."""
    otp = secrets.token_urlsafe(32)
    source.callback_otp_hash = _hash(otp)
    source.completed = source.error = source.is_queued = False
    source.is_fetching = True
    source.text = ""
    source.last_reindex_triggered_at = source.update_date = utcnow()
    return otp


async def receive(session: AsyncSession, source_id: str, otp: str | None, status: object, errors: object) -> None:
    """Take the answer, once.

    Args:
        session: reaches every data source, as nobody is signed in.
        source_id: which data source.
        otp: the one-time password as it was sent; None when none was.
        status: what became of the indexing.
        errors: what went wrong.

    Raises:
        NotFound: 404. AccessDenied: 403, another password, or none is waited for. InvalidInput: 400, no such status.
    """
    source = await repository.find_unchecked(session, source_id, lock=True)
    if source is None:
        raise service.not_found(source_id)
    # Nothing sent and nothing kept are not alike.
    kept = source.callback_otp_hash
    if kept is None or not otp or not hmac.compare_digest(kept, _hash(otp)):
        raise AccessDenied("Access denied", details="The one-time password does not hold.")
    if status not in OUTCOMES:
        raise InvalidInput("Invalid status", details=f"Known: {', '.join(OUTCOMES)}.")
    source.callback_otp_hash = None
    _settle(source, status, str(errors or "")[:MAX_TEXT].replace("\x00", ""))
    facts = {"status": status, "name": source.name, "project_name": source.project}
    audit.record(session, DOMAIN, "data_source.called_back", entity_id=source.id, actor_id=None, **facts)


def _settle(source: DataSource, outcome: Outcome, errors: str) -> None:
    now = utcnow()
    source.is_queued = source.is_fetching = False
    source.completed, source.error = outcome == "Completed", outcome != "Completed"
    source.text = {"Completed": "", "Error": errors or _FAILED, "Cancelled": _CANCELLED}[outcome]
    source.update_date = now
    if outcome == "Completed":
        source.last_reindex_date = now


def _hash(otp: str) -> bytes:
    return sha256(otp.encode()).digest()
