"""The one policy: may this caller do this to that resource?

Pure functions over a table of rules, and the same rules as an SQL condition, so that a list holds exactly what a
detail page would show. Both read ``RULES``; a property test compares them row by row.
The rules are those of the protocol's ability engine: read, write and delete, each granted by relations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, any_, false, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from codemie.identity.caller import Caller
from codemie.kernel.errors import AccessDenied, EntityAccessDenied

Action = Literal["read", "write", "delete"]
ACTIONS: tuple[Action, ...] = ("read", "write", "delete")

Kind = Literal[
    "assistant",
    "workflow",
    "workflow_execution",
    "skill",
    "guardrail",
    "data_source",
    "conversation",
    "conversation_folder",
    "project_integration",
    "user_integration",
    "project",
    "grant",
]

Relation = Literal["owner", "manager", "shared", "global", "member", "superuser", "auditor", "anyone", "granted"]
"""How a caller can stand to a resource:

owner      created it
manager    administers its project
shared     belongs to its project, and the resource is shared there
global     the resource is published to everyone (external users: only from the projects opened to them)
member     belongs to its project, shared or not
superuser  administrator or maintainer
auditor    reads across the platform
anyone     any authenticated caller
granted    is an application, and was granted this very action on this very resource
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """The relations that grant each action on one kind of resource."""

    read: frozenset[Relation]
    write: frozenset[Relation]
    delete: frozenset[Relation]

    def granting(self, action: Action) -> frozenset[Relation]:
        """The relations of which any one is enough for the action."""
        return {"read": self.read, "write": self.write, "delete": self.delete}[action]


def _relations(*names: Relation) -> frozenset[Relation]:
    return frozenset(names)


_OWNER = _relations("owner")
_IN_CHARGE = _relations("owner", "manager", "superuser")
_PUBLISHED = Rule(read=_IN_CHARGE | _relations("shared", "global"), write=_IN_CHARGE, delete=_IN_CHARGE)
_PROJECT_WIDE = Rule(read=_IN_CHARGE | _relations("member"), write=_IN_CHARGE, delete=_IN_CHARGE)
_PRIVATE = Rule(read=_OWNER, write=_OWNER, delete=_OWNER)

RULES: Mapping[Kind, Rule] = {
    "assistant": _PUBLISHED,
    "workflow": _PUBLISHED,
    "skill": _PUBLISHED,
    "workflow_execution": _PROJECT_WIDE,
    "guardrail": _PROJECT_WIDE,
    "project_integration": _PROJECT_WIDE,
    # Every member may edit and re-index a data source that is visible in the project.
    "data_source": Rule(
        read=_IN_CHARGE | _relations("shared", "granted"),
        write=_IN_CHARGE | _relations("shared", "granted"),
        delete=_IN_CHARGE | _relations("granted"),
    ),
    # Private to their owner: not even an administrator reads them.
    "conversation": _PRIVATE,
    "user_integration": _PRIVATE,
    "conversation_folder": Rule(*(3 * (_relations("owner", "superuser"),))),
    # ``shared`` is true for projects of type shared: a personal one is seen by its owner and administrators.
    "project": Rule(read=_IN_CHARGE | _relations("shared", "auditor"), write=_IN_CHARGE, delete=_IN_CHARGE),
    "grant": Rule(
        read=_relations("anyone"), write=_relations("owner", "superuser"), delete=_relations("owner", "superuser")
    ),
}


PROJECTLESS: frozenset[Kind] = frozenset({"conversation_folder", "grant"})
"""Kinds that lie in no project, so that a token's project scope says nothing about them."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What the policy needs to know of a resource.

    Args:
        owner_id: id of the user who created it
        project: name of its project
        shared: visible in its project (``shared``, ``project_space_visible``, project type shared)
        is_global: published to all users
        locked: managed elsewhere (remote entity, platform index): nobody writes it, deleting stays possible
        id: where applications can be granted it
    """

    kind: Kind
    owner_id: str | None
    project: str | None = None
    shared: bool = False
    is_global: bool = False
    locked: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceColumns:
    """The table columns (or SQL expressions) that hold what ``Resource`` holds; ``None`` means never true."""

    kind: Kind
    owner_id: SQLColumnExpression[Any]
    project: SQLColumnExpression[Any] | None = None
    shared: SQLColumnExpression[bool] | None = None
    is_global: SQLColumnExpression[bool] | None = None
    locked: SQLColumnExpression[bool] | None = None
    id: SQLColumnExpression[Any] | None = None


def decide(caller: Caller, action: Action, resource: Resource) -> bool:
    """May the caller perform the action on the resource?"""
    if action == "write" and resource.locked:
        return False
    if not in_scope(caller, resource):
        return False
    return any(_holds(relation, action, caller, resource) for relation in RULES[resource.kind].granting(action))


def in_scope(caller: Caller, resource: Resource) -> bool:
    """False for what lies outside the projects a personal access token was made for."""
    scope = caller.project_scope
    return scope is None or resource.kind in PROJECTLESS or resource.project in scope


def _holds(relation: Relation, action: Action, caller: Caller, resource: Resource) -> bool:
    match relation:
        case "owner":
            return resource.owner_id == caller.id
        case "manager":
            return caller.manages(resource.project)
        case "shared" | "member":
            return (relation == "member" or resource.shared) and caller.is_member(resource.project)
        case "global":
            return resource.is_global and _marketplace_open(caller, resource.project)
        case "granted":
            return resource.id in caller.granted_sources(action)
        case "superuser" | "auditor" | "anyone":
            return _standing(relation, caller)


def _standing(relation: Literal["superuser", "auditor", "anyone"], caller: Caller) -> bool:
    """The relations that depend on the caller alone."""
    return {"superuser": caller.is_superuser, "auditor": caller.is_auditor, "anyone": True}[relation]


def _marketplace_open(caller: Caller, project: str | None) -> bool:
    projects = caller.marketplace
    return projects is None or project in projects


def abilities(caller: Caller, resource: Resource) -> list[str]:
    """The wire field ``user_abilities``: permitted actions in the order read, write, delete."""
    return [action for action in ACTIONS if decide(caller, action, resource)]


def permitted_filter(caller: Caller, action: Action, columns: ResourceColumns) -> ColumnElement[bool]:
    """The SQL condition that is true for exactly those rows for which ``decide`` says yes."""
    relations = sorted(RULES[columns.kind].granting(action))
    granted = or_(false(), *(_condition(relation, action, caller, columns) for relation in relations))
    if caller.project_scope is not None and columns.kind not in PROJECTLESS:
        granted = and_(granted, _in_projects(columns.project, caller.project_scope))
    if action == "write" and columns.locked is not None:
        return and_(columns.locked.is_not(True), granted)
    return granted


def readable_filter(caller: Caller, columns: ResourceColumns) -> ColumnElement[bool]:
    """The SQL condition every list and lookup of a room starts from."""
    return permitted_filter(caller, "read", columns)


def _condition(relation: Relation, action: Action, caller: Caller, columns: ResourceColumns) -> ColumnElement[bool]:
    match relation:
        case "owner":
            return columns.owner_id == caller.id
        case "manager":
            return _in_projects(columns.project, caller.admin_projects)
        case "shared" | "member":
            belongs = _in_projects(columns.project, caller.projects | caller.admin_projects)
            return belongs if relation == "member" else and_(_flag(columns.shared), belongs)
        case "global":
            return and_(_flag(columns.is_global), _in_projects(columns.project, caller.marketplace))
        case "granted":
            return _one_of(columns.id, caller.granted_sources(action))
        case "superuser" | "auditor" | "anyone":
            return true() if _standing(relation, caller) else false()


def _flag(column: SQLColumnExpression[bool] | None) -> ColumnElement[bool]:
    return false() if column is None else column.is_(True)


def _in_projects(column: SQLColumnExpression[Any] | None, names: frozenset[str] | None) -> ColumnElement[bool]:
    """Membership as one array parameter, so that the statement's text does not grow with the number of projects."""
    return true() if names is None else _one_of(column, names)


def _one_of(column: SQLColumnExpression[Any] | None, values: frozenset[str]) -> ColumnElement[bool]:
    if column is None or not values:
        return false()
    return column == any_(literal(sorted(values), ARRAY(Text)))


def require(caller: Caller, action: Action, resource: Resource, *, verb: str | None = None) -> None:
    """Refuse, in the wire's words, what the policy does not permit.

    Args:
        caller: who asks.
        action: what they want to do.
        resource: with what.
        verb: how the client calls the action (``update`` for write, unless given)

    Raises:
        EntityAccessDenied: 401, the protocol's answer for entities
    """
    if not decide(caller, action, resource):
        raise refusal(action, verb)


def refusal(action: Action, verb: str | None = None) -> EntityAccessDenied:
    """What somebody is told who may not do this to an entity that exists."""
    return EntityAccessDenied.to(verb or {"write": "update"}.get(action, action))


def require_project(caller: Caller, project: str) -> None:
    """Refuse to work in a project the caller does not belong to.

    Raises:
        AccessDenied: 403
    """
    if not caller.can_use_project(project):
        deny_project(project)


def deny_project(project: str) -> NoReturn:
    """The refusal for a project the caller does not belong to, whether it exists or not (403)."""
    raise AccessDenied("Access denied", details=f"You do not have permission to access the project '{project}'.")


def require_superuser(caller: Caller) -> None:
    """Refuse anybody but administrators and maintainers (403)."""
    _require_standing("administrator or maintainer", permitted=caller.is_superuser)


def require_overseer(caller: Caller) -> None:
    """Refuse anybody but administrators, maintainers and auditors (403); for reads across the platform."""
    _require_standing("administrator, maintainer, or auditor", permitted=caller.is_superuser or caller.is_auditor)


def require_maintainer(caller: Caller) -> None:
    """Refuse anybody but maintainers (403)."""
    _require_standing("maintainer", permitted=caller.is_maintainer)


def require_auditor(caller: Caller) -> None:
    """Refuse anybody but maintainers and auditors (403); for the audit log."""
    _require_standing("maintainer or auditor", permitted=caller.is_maintainer or caller.is_auditor)


def require_user_reader(caller: Caller) -> None:
    """Refuse anybody who neither oversees the platform nor administers a project (403)."""
    permitted = caller.is_superuser or caller.is_auditor or bool(caller.admin_projects)
    _require_standing("administrator, maintainer, or auditor", permitted=permitted)


def require_any_manager(caller: Caller) -> None:
    """Refuse anybody who administers neither the platform nor some project (403)."""
    permitted = caller.is_superuser or bool(caller.admin_projects)
    _require_standing("administrator or project administrator", permitted=permitted)


def _require_standing(who: str, *, permitted: bool) -> None:
    if not permitted:
        raise AccessDenied("Access denied", details=f"This action requires {who} privileges.")
