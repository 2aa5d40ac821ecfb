"""The policy table, and that its SQL form says the same."""

import uuid
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, MetaData, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from codemie.identity import policy
from codemie.identity.caller import Caller
from codemie.identity.policy import ACTIONS, RULES, Action, Kind, Resource, ResourceColumns
from codemie.kernel.database import Database
from codemie.kernel.errors import AccessDenied, EntityAccessDenied

PROJECTS = ("alpha", "beta", "gamma", "codemie")
PEOPLE = ("ann", "bob")

OWNER = Caller("ann", "ann", "Ann", "ann@x.y", projects=frozenset({"alpha"}))
MEMBER = Caller("bob", "bob", "Bob", "bob@x.y", projects=frozenset({"alpha"}))
MANAGER = Caller("meg", "meg", "Meg", "m@x.y", projects=frozenset({"alpha"}), admin_projects=frozenset({"alpha"}))
STRANGER = Caller("sam", "sam", "Sam", "sam@x.y", projects=frozenset({"beta"}))
ADMIN = Caller("adm", "adm", "Adm", "adm@x.y", is_admin=True)
MAINTAINER = Caller("mnt", "mnt", "Mnt", "mnt@x.y", is_maintainer=True)
AUDITOR = Caller("aud", "aud", "Aud", "aud@x.y", is_auditor=True)
EXTERNAL = Caller("ext", "ext", "Ext", "e@x.y", user_type="external", marketplace_projects=frozenset({"codemie"}))
EVERYBODY = (OWNER, MEMBER, MANAGER, STRANGER, ADMIN, MAINTAINER, AUDITOR, EXTERNAL)

# resource of Ann's in project alpha → for each caller of EVERYBODY, the abilities' initials
ALL = "rwd"
TABLE: list[tuple[Resource, tuple[str, ...]]] = [
    (Resource("assistant", "ann", "alpha"), (ALL, "", ALL, "", ALL, ALL, "", "")),
    (Resource("assistant", "ann", "alpha", shared=True), (ALL, "r", ALL, "", ALL, ALL, "", "")),
    (Resource("assistant", "ann", "alpha", is_global=True), (ALL, "r", ALL, "r", ALL, ALL, "r", "")),
    (Resource("assistant", "ann", "codemie", is_global=True), (ALL, "r", "r", "r", ALL, ALL, "r", "r")),
    (Resource("workflow", "ann", "alpha", shared=True), (ALL, "r", ALL, "", ALL, ALL, "", "")),
    (Resource("skill", "ann", "alpha", is_global=True), (ALL, "r", ALL, "r", ALL, ALL, "r", "")),
    (Resource("workflow_execution", "ann", "alpha"), (ALL, "r", ALL, "", ALL, ALL, "", "")),
    (Resource("guardrail", "ann", "alpha"), (ALL, "r", ALL, "", ALL, ALL, "", "")),
    (Resource("project_integration", "ann", "alpha"), (ALL, "r", ALL, "", ALL, ALL, "", "")),
    (Resource("user_integration", "ann", "alpha"), (ALL, "", "", "", "", "", "", "")),
    (Resource("data_source", "ann", "alpha"), (ALL, "", ALL, "", ALL, ALL, "", "")),
    (Resource("data_source", "ann", "alpha", shared=True), (ALL, "rw", ALL, "", ALL, ALL, "", "")),
    (Resource("conversation", "ann", "alpha", shared=True), (ALL, "", "", "", "", "", "", "")),
    (Resource("conversation_folder", "ann"), (ALL, "", "", "", ALL, ALL, "", "")),
    (Resource("project", "ann", "alpha", shared=True), (ALL, "r", ALL, "", ALL, ALL, "r", "")),
    (Resource("project", "ann", "ann@x.y"), (ALL, "", "", "", ALL, ALL, "r", "")),
    (Resource("grant", "ann"), (ALL, "r", "r", "r", ALL, ALL, "r", "r")),
]


@pytest.mark.parametrize(("resource", "expected"), TABLE, ids=lambda value: getattr(value, "kind", None))
def test_abilities_are_those_of_the_table(resource: Resource, expected: tuple[str, ...]) -> None:
    initials = tuple("".join(name[0] for name in policy.abilities(caller, resource)) for caller in EVERYBODY)
    assert initials == expected


def test_every_kind_has_a_rule_and_a_line_in_the_table() -> None:
    kinds = set(get_args(Kind))
    assert set(RULES) == kinds
    assert {resource.kind for resource, _ in TABLE} == kinds


def test_what_is_managed_elsewhere_is_deleted_but_never_written() -> None:
    locked = Resource("assistant", "ann", "alpha", locked=True)
    assert policy.abilities(OWNER, locked) == ["read", "delete"]
    assert policy.abilities(ADMIN, locked) == ["read", "delete"]


def test_a_refusal_uses_the_words_clients_assert() -> None:
    with pytest.raises(EntityAccessDenied) as refusal:
        policy.require(STRANGER, "write", Resource("assistant", "ann", "alpha"))
    assert refusal.value.status == 401
    assert refusal.value.message == "Access denied"
    assert refusal.value.details == "You do not have the necessary permissions to update this entity."


@pytest.mark.parametrize(
    ("guard", "admitted", "who"),
    [
        (policy.require_superuser, {"adm", "mnt"}, "administrator or maintainer"),
        (policy.require_overseer, {"adm", "mnt", "aud"}, "administrator, maintainer, or auditor"),
        (policy.require_maintainer, {"mnt"}, "maintainer"),
        (policy.require_any_manager, {"adm", "mnt", "meg"}, "administrator or project administrator"),
    ],
)
def test_role_guards_admit_exactly_their_roles(guard: object, admitted: set[str], who: str) -> None:
    for caller in EVERYBODY:
        if caller.id in admitted:
            guard(caller)  # type: ignore[operator]
            continue
        with pytest.raises(AccessDenied) as refusal:
            guard(caller)  # type: ignore[operator]
        assert refusal.value.details == f"This action requires {who} privileges."


def test_a_foreign_project_cannot_be_used() -> None:
    policy.require_project(MEMBER, "alpha")
    policy.require_project(ADMIN, "anything")
    with pytest.raises(AccessDenied) as refusal:
        policy.require_project(STRANGER, "alpha")
    assert refusal.value.details == "You do not have permission to access the project 'alpha'."


# ---- the SQL form ---------------------------------------------------------------------------------------------------

names = st.frozensets(st.sampled_from(PROJECTS))


@st.composite
def callers(draw: st.DrawFn) -> Caller:
    projects = draw(names)
    return Caller(
        id=draw(st.sampled_from(PEOPLE)),
        username="u",
        name="n",
        email="e",
        projects=projects,
        admin_projects=draw(names) if draw(st.booleans()) else projects & draw(names),
        is_admin=draw(st.booleans()) and draw(st.booleans()),
        is_maintainer=draw(st.booleans()) and draw(st.booleans()),
        is_auditor=draw(st.booleans()),
        user_type=draw(st.sampled_from(["regular", "external"])),
        marketplace_projects=draw(st.none() | names),
        project_scope=draw(st.none() | st.none() | names),
        granted=draw(st.frozensets(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(["0", "1", "2"])))),
    )


rows = st.tuples(
    st.none() | st.sampled_from(PEOPLE),
    st.none() | st.sampled_from(PROJECTS),
    *(st.none() | st.booleans() for _ in range(3)),
)

TABLE_NAME = f"policy_rows_{uuid.uuid4().hex[:8]}"
ROWS = Table(
    TABLE_NAME,
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("owner_id", Text),
    Column("project", Text),
    *(Column(name, Boolean) for name in ("shared", "is_global", "locked")),
    prefixes=["TEMPORARY"],
)


async def permitted(
    connection: AsyncConnection, caller: Caller, action: Action, kind: Kind, drawn: list[tuple[object, ...]]
) -> set[int]:
    """Numbers of the rows that the SQL form lets through."""
    await connection.execute(ROWS.delete())
    columns = ("owner_id", "project", "shared", "is_global", "locked")
    values = [dict(zip(columns, row, strict=True), id=str(number)) for number, row in enumerate(drawn)]
    await connection.execute(insert(ROWS), values)
    held = ResourceColumns(kind, *(ROWS.c[name] for name in columns), id=ROWS.c.id)
    found = await connection.execute(select(ROWS.c.id).where(policy.permitted_filter(caller, action, held)))
    return {int(row_id) for row_id in found.scalars()}


async def test_the_sql_form_admits_exactly_what_decide_admits(database: Database) -> None:
    import asyncio

    async with database.engine.connect() as connection:
        await connection.run_sync(ROWS.create)
        loop = asyncio.get_running_loop()

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(
            caller=callers(),
            action=st.sampled_from(ACTIONS),
            kind=st.sampled_from(get_args(Kind)),
            drawn=st.lists(rows, min_size=1, max_size=30),
        )
        def agree(caller: Caller, action: Action, kind: Kind, drawn: list[tuple[object, ...]]) -> None:
            listed = permitted(connection, caller, action, kind, drawn)
            admitted = asyncio.run_coroutine_threadsafe(listed, loop).result(timeout=30)
            decided = {
                number
                for number, row in enumerate(drawn)
                if policy.decide(caller, action, resource(kind, row, str(number)))
            }
            assert admitted == decided

        await asyncio.to_thread(agree)
        await connection.rollback()


def resource(kind: Kind, row: tuple[object, ...], row_id: str) -> Resource:
    owner, project, shared, is_global, locked = row
    return Resource(
        kind,
        owner if isinstance(owner, str) else None,
        project if isinstance(project, str) else None,
        shared=bool(shared),
        is_global=bool(is_global),
        locked=bool(locked),
        id=row_id,
    )
