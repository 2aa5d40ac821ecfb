"""The members of a project, from the project's side: one by one, many at once, from a CSV file."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, members, projects_repository
from codemie.identity.caller import Caller
from codemie.identity.projects_schemas import Assignment, AssignmentResult, ImportedRow
from codemie.identity.runtime import Identity
from codemie.identity.tables import Membership, Project
from codemie.identity.user_administration import require_user
from codemie.kernel.errors import AccessDenied, InvalidInput, NotFound, TooLarge, Unprocessable

MAX_CSV_BYTES = 5 * 2**20
MAX_CSV_ROWS = 1000
ROLES = {"user": False, "project_admin": True}


async def assign(
    session: AsyncSession, identity: Identity, caller: Caller, project: Project, wanted: Assignment
) -> None:
    """Make a user a member.

    Raises:
        NotFound: there is no such user.
        Conflict: they are a member already.
        AccessDenied: the project is personal.
    """
    _require_shared(project)
    user = await require_user(session, wanted.user_id)
    await members.add(session, identity, caller, user, project, is_project_admin=wanted.is_project_admin)


async def reassign(
    session: AsyncSession,
    identity: Identity,
    caller: Caller,
    project: Project,
    user_id: str,
    *,
    is_project_admin: bool,
) -> None:
    """Change a member's role.

    Raises:
        NotFound: they are no member.
        AccessDenied: the project is personal.
    """
    _require_shared(project)
    membership = await _require_member(session, project, user_id)
    await members.change_role(session, identity, caller, membership, project, is_project_admin=is_project_admin)


async def unassign(session: AsyncSession, identity: Identity, caller: Caller, project: Project, user_id: str) -> None:
    """End a membership.

    Raises:
        NotFound: they are no member.
        InvalidInput: they created the project.
        AccessDenied: the project is personal.
    """
    _require_shared(project)
    membership = await _require_member(session, project, user_id)
    await members.remove(session, identity, caller, membership, project)


def _require_shared(project: Project) -> None:
    if project.project_type == accounts.PERSONAL:
        raise AccessDenied("Cannot modify membership of a personal project")


async def _require_member(session: AsyncSession, project: Project, user_id: str) -> Membership:
    found = (await projects_repository.memberships(session, project.id, [user_id])).get(user_id)
    if found is None:
        raise _no_member(project, [user_id])
    return found


def _no_member(project: Project, user_ids: Sequence[str]) -> NotFound:
    return NotFound(
        "User is not assigned to the project",
        details=f"Not members of '{project.name}': {', '.join(user_ids)}",
        help="Check the user ids.",
    )


async def assign_all(
    session: AsyncSession, identity: Identity, caller: Caller, project: Project, wanted: Sequence[Assignment]
) -> list[AssignmentResult]:
    """Give many users a role, members or not; all or none.

    Raises:
        InvalidInput: a user is named twice.
        NotFound: a user does not exist.
        AccessDenied: the project is personal.
    """
    _require_shared(project)
    user_ids = [item.user_id for item in wanted]
    _require_distinct(user_ids)
    users = await projects_repository.users_by_id(session, user_ids)
    if missing := [user_id for user_id in user_ids if user_id not in users]:
        raise NotFound("User not found", details=f"Unknown users: {', '.join(missing)}", help="Check the user ids.")
    present = await projects_repository.memberships(session, project.id, user_ids)
    results: list[AssignmentResult] = []
    for item in wanted:
        membership = present.get(item.user_id)
        role = item.is_project_admin
        if membership is None:
            await members.add(session, identity, caller, users[item.user_id], project, is_project_admin=role)
        else:
            await members.change_role(session, identity, caller, membership, project, is_project_admin=role)
        action = "updated" if membership else "assigned"
        results.append(AssignmentResult(user_id=item.user_id, action=action, is_project_admin=role))
    return results


async def unassign_all(
    session: AsyncSession, identity: Identity, caller: Caller, project: Project, user_ids: Sequence[str]
) -> list[AssignmentResult]:
    """End many memberships; all or none.

    Raises:
        InvalidInput: a user is named twice, or created the project.
        NotFound: a user is no member.
        AccessDenied: the project is personal.
    """
    _require_shared(project)
    _require_distinct(user_ids)
    present = await projects_repository.memberships(session, project.id, user_ids)
    if missing := [user_id for user_id in user_ids if user_id not in present]:
        raise _no_member(project, missing)
    for user_id in user_ids:
        await members.remove(session, identity, caller, present[user_id], project)
    return [AssignmentResult(user_id=user_id, action="removed", is_project_admin=None) for user_id in user_ids]


def _require_distinct(user_ids: Sequence[str]) -> None:
    if twice := [user_id for user_id, times in Counter(user_ids).items() if times > 1]:
        raise InvalidInput(
            "Duplicate users", details=f"Named more than once: {', '.join(twice)}", help="Send each once."
        )


# ---- from a file ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A line of the file; the line number counts the header as 1."""

    line: int
    email: str
    role: str


def parse_csv(content: bytes) -> list[CsvRow]:
    """The rows of an uploaded file with the columns ``email`` and, optionally, ``role``.

    Raises:
        TooLarge: more than 5 MB.
        Unprocessable: no UTF-8, no such column, no rows or more than 1000.
    """
    if len(content) > MAX_CSV_BYTES:
        raise TooLarge(f"The file must not exceed {MAX_CSV_BYTES // 2**20} MB")
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        columns = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
        if "email" not in columns:
            raise Unprocessable("Invalid CSV file", details="The file has no column 'email'.")
        rows = [_row(reader.line_num, line, columns) for line in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unprocessable("Invalid CSV file", details=f"The file is no CSV in UTF-8: {error}") from error
    if not rows or len(rows) > MAX_CSV_ROWS:
        raise Unprocessable("Invalid CSV file", details=f"The file has {len(rows)} rows; 1 to {MAX_CSV_ROWS} are read.")
    return rows


def _row(line: int, values: dict[str | Any, str | Any], columns: dict[str, str]) -> CsvRow:
    email = str(values.get(columns["email"]) or "").strip().lower()
    role = str(values.get(columns.get("role", "role")) or "user").strip().lower()
    return CsvRow(line, email, role)


async def preview(session: AsyncSession, project: Project, rows: Sequence[CsvRow]) -> list[ImportedRow]:
    """What is wrong with each row, if anything.

    Raises:
        AccessDenied: the project is personal.
    """
    _require_shared(project)
    known = await projects_repository.users_by_email(session, [row.email for row in rows])
    times = Counter(row.email for row in rows)
    return [
        ImportedRow(
            email=row.email, role=row.role, error=_problem(row, known=row.email in known, times=times[row.email])
        )
        for row in rows
    ]


def _problem(row: CsvRow, *, known: bool, times: int) -> str | None:
    problems = (
        (not row.email, "Email is required"),
        (row.role not in ROLES, f"Invalid role '{row.role}'. Expected 'project_admin' or 'user'"),
        (times > 1, "Duplicate email in the file"),
        (not known, "User not found"),
    )
    return next((text for wrong, text in problems if wrong), None)


async def import_all(
    session: AsyncSession, identity: Identity, caller: Caller, project: Project, rows: Sequence[CsvRow]
) -> list[AssignmentResult]:
    """Give everybody in the file their role; all or none.

    Raises:
        Unprocessable: a row is wrong; says which and why.
        AccessDenied: the project is personal.
    """
    judged = await preview(session, project, rows)
    errors = [
        {"row": row.line, "reason": verdict.error}
        for row, verdict in zip(rows, judged, strict=True)
        if verdict.error is not None
    ]
    if errors:
        raise Unprocessable("CSV validation failed", details={"validation_errors": errors})
    users = await projects_repository.users_by_email(session, [row.email for row in rows])
    wanted = [Assignment(user_id=users[row.email].id, is_project_admin=ROLES[row.role]) for row in rows]
    return await assign_all(session, identity, caller, project, wanted)
