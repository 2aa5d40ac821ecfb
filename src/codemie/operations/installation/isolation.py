"""Are projects apart? Two people are made up, each in a project of their own, and each looks for what is the other's.

All of it happens in one transaction that is rolled back, so nobody else ever sees these people, and nothing stays.
"""

import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, insert, inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from codemie.assistants.tables import Assistant, AssistantVersion
from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.conversations.tables import Conversation
from codemie.guardrails.tables import Guardrail
from codemie.identity.caller import Caller
from codemie.integrations.tables import Integration
from codemie.kernel import row_security
from codemie.kernel.database import Base, Database
from codemie.knowledge.tables import DataSource, Generation
from codemie.models.tables import ModelUsage
from codemie.operations.installation.subject import Installation


@dataclass(frozen=True)
class _Tenant:
    """Somebody made up, in a project made up; everything they have bears one id."""

    id: str = field(default_factory=lambda: f"doctor-{uuid.uuid4()}")

    @property
    def caller(self) -> Caller:
        return Caller(self.id, self.id, self.id, f"{self.id}@doctor.invalid", frozenset({self.id}))

    def rows(self, id: str) -> tuple[tuple[type[Base], dict[str, Any]], ...]:
        """One of everything that is theirs, with another id each time."""
        who = {"owner_id": self.id, "created_by": {"id": self.id}}
        tokens = dict.fromkeys(("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"), 0)
        bill = {"kind": "chat", "model": "", "provider": "", "cost": 0, "duration_ms": 0, **tokens}
        credential = {"alias": id, "credential_type": "Jira", "setting_type": "project", "values": []}
        return (
            (Assistant, {"id": id, "name": id, "slug": id, "project": self.id, "created_by_id": self.id}),
            (AssistantVersion, {"assistant_id": id, "version_number": 1, "content": {}}),
            (DataSource, {"id": id, "name": id, "type": "code", "project": self.id, **who}),
            (Generation, {"data_source_id": id, "static_identity": ""}),
            (Integration, {"id": id, "user_id": self.id, "project": self.id, **credential, "created_by": {}}),
            (Guardrail, {"id": id, "name": id, "project": self.id, "rules": [], **who}),
            (Conversation, {"id": id, "user_id": self.id, "project": self.id}),
            (ModelUsage, {"user_id": self.id, "project": self.id, **bill}),
        )


_KEYS = {"assistant_versions": "assistant_id", "generations": "data_source_id", "model_usage": "project"}
_PASSES = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
_TOLD = text("SELECT set_config('codemie.probe', :value, true)")
_OUTCOME = text("SELECT current_setting('codemie.probe')")
_TRIAL = """DO $$ BEGIN
    INSERT INTO {table} ({columns})
        SELECT {columns} FROM jsonb_populate_record(NULL::{table}, current_setting('codemie.probe')::jsonb);
    PERFORM set_config('codemie.probe', 'written', true);
EXCEPTION WHEN insufficient_privilege THEN
    PERFORM set_config('codemie.probe', 'refused', true);
END $$"""
"""A row that breaks a policy is refused as a privilege that is missing, 42501."""
_POLICIES = text(
    "SELECT DISTINCT policyname FROM pg_policies WHERE tablename = ANY (:tables)"
    " AND policyname NOT IN ('tenant', 'market', 'granted') ORDER BY 1"
)


@check(
    "authz.project_isolation",
    title="Nobody reaches what is another project's",
    symptom="None, until somebody finds, or changes, what is another project's.",
    remedy=(
        "Look at the policies of the tables that are named: only tenant, market and granted belong there",
        "SELECT * FROM pg_policies WHERE schemaname = 'public'; then DROP POLICY … ON …",
        "Where one is missing: restore a backup from before, or ask for help with the output",
    ),
    faq=("F17",),
    needs=("db.schema", "db.writable", "db.role", "db.row_security"),
)
async def project_isolation(database: Database, installation: Installation) -> Finding:
    """Somebody added a policy that lets everybody through, changed one or dropped it: the wall stands, and is open.

    Two people are made up in a transaction that is rolled back; each must find their own rows, none of the other's, and
    make none in the other's name.
    """
    async with database.session() as session, _undone(session):
        try:
            reached, missed = await _tried(session, _Tenant(), _Tenant())
        except ProgrammingError:
            return failed("The platform itself may not write into a table behind the wall", *project_isolation.remedy)
        if not reached and not missed:
            return passed("Two people in two projects find their own and nothing of each other, in 8 tables")
        passes = bool(await session.scalar(_PASSES))
        strange = list(await session.scalars(_POLICIES, {"tables": reached}))
    evidence = {"reached": ", ".join(reached), "not found by its owner": ", ".join(missed), "policies": strange}
    shown = {what: value for what, value in evidence.items() if value}
    judged = warned if passes and not installation.is_production else failed
    if reached:
        return judged(
            f"Another project's rows can be reached: {', '.join(reached)}", *project_isolation.remedy, **shown
        )
    return failed(f"People do not find their own: {', '.join(missed)}", *project_isolation.remedy, **shown)


@asynccontextmanager
async def _undone(session: AsyncSession) -> AsyncGenerator[None]:
    """Whatever becomes of the block, nothing of it stays."""
    savepoint = await session.begin_nested()
    try:
        yield
    finally:
        await savepoint.rollback()


async def _tried(session: AsyncSession, one: _Tenant, other: _Tenant) -> tuple[list[str], list[str]]:
    """The tables where one reaches what is the other's, and those where people do not find their own."""
    async with row_security.beyond(session, "try the wall"):
        for tenant in (one, other):
            for table, values in tenant.rows(tenant.id):
                await session.execute(insert(table).values(values))
    await row_security.tell(session, one.caller.reach)
    names = [_name(table) for table, _ in one.rows(one.id)]
    seen = {name for name in names if await _sees(session, name, other.id)}
    missed = [name for name in names if not await _sees(session, name, one.id)]
    written = {
        _name(table)
        for table, values in other.rows(f"doctor-{uuid.uuid4()}")
        if await _may_write(session, table, {**values, **_parent(table, other)})
    }
    return [name for name in names if name in seen | written], missed


def _name(table: type[Base]) -> str:
    return cast("Table", table.__table__).name


def _parent(table: type[Base], tenant: _Tenant) -> dict[str, Any]:
    """What a part belongs to is there already; a second one of it."""
    return {
        AssistantVersion: {"assistant_id": tenant.id, "version_number": 2},
        Generation: {"data_source_id": tenant.id},
    }.get(table, {})


async def _sees(session: AsyncSession, table: str, id: str) -> bool:
    # Both are names of ours. No filter of the policy: the wall alone is looked at.
    statement = text(f"SELECT EXISTS (SELECT FROM {table} WHERE {_KEYS.get(table, 'id')} = :id)")  # noqa: S608
    return bool(await session.scalar(statement, {"id": id}))


async def _may_write(session: AsyncSession, table: type[Base], values: dict[str, Any]) -> bool:
    """Try it within the server, which writes no error into its log where it expects one itself."""
    attributes = inspect(table).column_attrs
    row = _defaults(table) | {attributes[key].columns[0].name: value for key, value in values.items()}
    columns = ", ".join(f'"{name}"' for name in row)
    await session.execute(_TOLD, {"value": json.dumps(row, default=str)})
    # Names of ours: table and columns are those of the model.
    await session.execute(text(_TRIAL.format(table=_name(table), columns=columns)))
    return await session.scalar(_OUTCOME) == "written"


def _defaults(table: type[Base]) -> dict[str, Any]:
    """What SQLAlchemy puts into a row by itself."""
    found: dict[str, Any] = {}
    for column in cast("Table", table.__table__).columns:
        default = column.default
        if isinstance(default, CallableColumnDefault):
            found[column.name] = default.arg(cast("Any", None))
        elif isinstance(default, ScalarElementColumnDefault):
            found[column.name] = default.arg
    return found


CHECKS = (project_isolation,)
