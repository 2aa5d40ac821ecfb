"""Use cases of guardrails: keeping them, trying them."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.guardrails import repository
from codemie.guardrails.judging import Judge, Verdict, judged, judges_of
from codemie.guardrails.schemas import (
    Applied,
    ApplyRequest,
    CreateGuardrail,
    FoundMatter,
    GuardrailItem,
    GuardrailObject,
    Guardrails,
    OutputText,
    Tried,
    TryRules,
    UpdateGuardrail,
)
from codemie.guardrails.tables import Guardrail
from codemie.identity import audit, policy
from codemie.identity.caller import Caller
from codemie.identity.policy import Action
from codemie.identity.projects import manages
from codemie.identity.projects_use import require_usable
from codemie.kernel.database import new_id
from codemie.kernel.errors import AccessDenied, Conflict, InvalidInput, NotFound
from codemie.kernel.http import Pagination, parse_filters

DOMAIN = "guardrails"


async def require_charge(session: AsyncSession, caller: Caller, project: str) -> None:
    """Refuse anybody but the administrators of the project and of the platform, and the owner of a personal project.

    Raises:
        AccessDenied: 403. NotFound: 404, there is no such project.
    """
    if not manages(caller, await require_usable(session, caller, project)):
        raise AccessDenied(
            "Access denied", details=f"Guardrails of the project '{project}' are for its administrators to make."
        )


async def listing(session: AsyncSession, caller: Caller, raw_filters: str | None, number: int, size: int) -> Guardrails:
    """One page of a project's guardrails.

    Raises:
        InvalidInput: 400, the filters name neither a project nor a setting.
    """
    filters = parse_filters(raw_filters)
    project, setting = filters.get("project"), filters.get("setting_id")
    if not project and not setting:
        raise InvalidInput(
            "Missing filter",
            details="The filters must contain 'project' or 'setting_id'.",
            help='Send for example filters={"project":"demo"}.',
        )
    rows: Sequence[Guardrail] = ()
    total = 0
    if project and not setting:  # guardrails of a vendor would belong to a setting; ours belong to none
        named = str(cast("list[Any]", project)[0] if isinstance(project, list) else project)
        rows, total = await repository.page(session, caller, named, str(filters.get("search") or ""), number, size)
    return Guardrails(data=[_item(row, caller) for row in rows], pagination=Pagination.of(number, size, total))


async def get(session: AsyncSession, caller: Caller, guardrail_id: str) -> GuardrailObject:
    """One guardrail.

    Raises:
        NotFound: 404, there is none, or it is in a project of others.
    """
    return shown(await permitted(session, caller, guardrail_id), caller)


async def permitted(
    session: AsyncSession, caller: Caller, guardrail_id: str, action: Action = "read", *, lock: bool = False
) -> Guardrail:
    """The guardrail, if the caller may do this to it.

    Raises:
        NotFound: 404, there is none, or the caller may not know of it. AccessDenied: 403, not permitted.
    """
    row = await repository.find(session, caller, guardrail_id, lock=lock)
    if row is None:
        raise NotFound.of("Guardrail", guardrail_id)
    if not policy.decide(caller, action, repository.resource_of(row)):
        raise AccessDenied(details="Guardrails are changed by the administrators of their project.")
    return row


async def create(session: AsyncSession, caller: Caller, request: CreateGuardrail) -> GuardrailObject:
    """Add a guardrail to a project; it stands guard nowhere yet.

    Raises:
        AccessDenied: 403, the caller is not in charge of the project. NotFound: 404, there is no such project.
        Conflict: 409, the name is taken.
    """
    await require_charge(session, caller, request.project)
    fields = request.model_dump(mode="json")
    row = Guardrail(id=new_id(), owner_id=caller.id, created_by=_person(caller), **fields)
    await _store(session, row)
    _tell(session, caller, "created", row)
    return shown(row, caller)


async def update(session: AsyncSession, caller: Caller, guardrail_id: str, request: UpdateGuardrail) -> GuardrailObject:
    """Change what the request holds; from the next message on it stands guard as changed.

    Raises:
        NotFound: 404. AccessDenied: 403. Conflict: 409, the name is taken.
    """
    row = await permitted(session, caller, guardrail_id, "write", lock=True)
    for name, value in request.model_dump(mode="json", exclude_none=True).items():
        setattr(row, name, value)
    row.updated_by = _person(caller)
    await _store(session, row)
    await session.refresh(row, ["update_date"])
    _tell(session, caller, "updated", row)
    return shown(row, caller)


async def delete(session: AsyncSession, caller: Caller, guardrail_id: str) -> None:
    """Remove a guardrail, wherever it stands guard.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    row = await permitted(session, caller, guardrail_id, "delete", lock=True)
    await repository.remove(session, row.id)
    _tell(session, caller, "deleted", row)


async def apply(
    session: AsyncSession, caller: Caller, guardrail_id: str, request: ApplyRequest, *, judges_context: bool
) -> Applied:
    """What a guardrail makes of texts.

    Args:
        session: the transaction.
        caller: who may read it.
        guardrail_id: whose rules.
        request: the texts.
        judges_context: whether texts that are material only are judged, too.

    Raises:
        NotFound: 404.
    """
    row = await permitted(session, caller, guardrail_id)
    judges = judges_of(row.id, row.name, row.rules)
    verdicts = [
        Verdict(item.source.text)
        if item.source.is_context and not judges_context
        else await judged(judges, item.source.text)
        for item in request.content
    ]
    return _applied(verdicts)


def _applied(verdicts: Sequence[Verdict]) -> Applied:
    blocking = next((verdict.blocked for verdict in verdicts if verdict.blocked), None)
    if blocking is not None:
        outputs = [OutputText(text=blocking.told)]
        return Applied(action="GUARDRAIL_INTERVENED", actionReason="Guardrail blocked.", outputs=outputs)
    if any(verdict.interventions for verdict in verdicts):
        outputs = [OutputText(text=verdict.text) for verdict in verdicts]
        return Applied(action="GUARDRAIL_INTERVENED", actionReason="Guardrail masked.", outputs=outputs)
    return Applied(action="NONE", actionReason="No action.", outputs=[])


async def attempt(session: AsyncSession, caller: Caller, request: TryRules) -> Tried:
    """What rules would make of a text, saved or not.

    Raises:
        AccessDenied: 403, the caller is not in charge of the project. NotFound: 404, there is no such project.
    """
    await require_charge(session, caller, request.project)
    judges = judges_of("", request.name, [rule.model_dump(mode="json") for rule in request.rules])
    verdict = await judged(judges, request.text)
    found = [
        FoundMatter(label=one.judge.label, action=one.judge.action, count=one.count) for one in verdict.interventions
    ]
    if verdict.blocked:
        return Tried(action="block", text=verdict.blocked.told, found=found)
    return Tried(action="mask" if found else "none", text=verdict.text, found=found)


def note(session: AsyncSession, caller_id: str, done: Iterable[tuple[Judge, str, int]], **where: str | None) -> None:
    """Write down what guardrails did in a turn, never what was said.

    Args:
        session: a transaction.
        caller_id: whose turn.
        done: rules with the place where they intervened, and how often.
        where: project, assistant, conversation.
    """
    for judge, place, count in done:
        audit.record(
            session,
            DOMAIN,
            f"guardrail.{'blocked' if judge.action == 'block' else 'masked'}",
            entity_id=judge.guardrail_id,
            actor_id=caller_id,
            name=judge.guardrail,
            rule=judge.label,
            place=place,
            count=count,
            **where,
        )


def shown(row: Guardrail, caller: Caller) -> GuardrailObject:
    """A guardrail as clients see it."""
    item = GuardrailObject.model_validate(row)
    item.user_abilities = policy.abilities(caller, repository.resource_of(row))
    if "write" not in item.user_abilities:
        item.rules = None
    return item


def _item(row: Guardrail, caller: Caller) -> GuardrailItem:
    item = GuardrailItem.model_validate(row)
    item.user_abilities = policy.abilities(caller, repository.resource_of(row))
    return item


def _person(caller: Caller) -> dict[str, Any]:
    return {"id": caller.id, "username": caller.username, "name": caller.name}


async def _store(session: AsyncSession, row: Guardrail) -> None:
    taken = Conflict(
        "Guardrail exists", details=f"The project '{row.project}' has another guardrail named '{row.name}'."
    )
    with session.no_autoflush:  # else a new name would be written, and refused, by asking whether it is free
        if await repository.name_taken(session, row.project, row.name, row.id):
            raise taken
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise taken from error


def _tell(session: AsyncSession, caller: Caller, what: str, row: Guardrail) -> None:
    audit.record(
        session,
        DOMAIN,
        f"guardrail.{what}",
        entity_id=row.id,
        actor_id=caller.id,
        project=row.project,
        name=row.name,
        rules=len(row.rules),
    )
