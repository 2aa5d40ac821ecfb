"""Use cases of versions: look at them, compare them, go back to one."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import authoring, version_repository, versioning
from codemie.assistants.composition import objection
from codemie.assistants.service import get_assistant
from codemie.assistants.tables import Assistant, AssistantVersion
from codemie.assistants.version_schemas import VersionComparison, VersionList, VersionObject
from codemie.identity.caller import Caller
from codemie.identity.policy import require_project
from codemie.kernel.database import utcnow
from codemie.kernel.errors import InvalidInput, NotFound
from codemie.mcp import service as catalogue
from codemie.parts.secrets import conceal

_LARGEST = 2**31 - 1


async def page(session: AsyncSession, caller: Caller, assistant_id: str, *, number: int, size: int) -> VersionList:
    """One page of versions, newest first.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    assistant = await get_assistant(session, caller, assistant_id)
    rows, total = await version_repository.page(session, assistant_id, number=number, size=size)
    return VersionList(
        versions=[shown(row) for row in rows],
        total_versions=total,
        assistant_name=assistant.name,
        assistant_id=assistant.id,
    )


async def get(session: AsyncSession, caller: Caller, assistant_id: str, number: int) -> VersionObject:
    """One version.

    Raises:
        NotFound: 404, no such assistant or version. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id)
    return shown(await find(session, assistant_id, number))


async def compare(
    session: AsyncSession, caller: Caller, assistant_id: str, first: int, second: int
) -> VersionComparison:
    """Two versions and how they differ.

    Raises:
        NotFound: 404, no such assistant or version. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id)
    one, other = await find(session, assistant_id, first), await find(session, assistant_id, second)
    differences = versioning.differences(conceal(one.content), conceal(other.content))
    return VersionComparison(
        assistant_id=assistant_id,
        version1=shown(one),
        version2=shown(other),
        differences=differences,
        change_summary=versioning.summary(differences, one.content, other.content),
    )


async def roll_back(session: AsyncSession, caller: Caller, assistant_id: str, number: int, notes: str | None) -> int:
    """Make the old content the current one, as a new version; its number.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
        AccessDenied: 403, the project of a published assistant is not the caller's any more.
        InvalidInput: 400, there is no such version, it is the current one, or a sub-assistant of it is gone.
    """
    assistant = await get_assistant(session, caller, assistant_id, "write", lock=True)
    if assistant.is_global:
        # As when it is changed in any other way: what it lends to everybody is not for an author who has left.
        require_project(caller, assistant.project)
    if not 1 <= number <= assistant.version_count:
        raise InvalidInput("Invalid version number", details=f"Versions 1 to {assistant.version_count} exist.")
    if number == assistant.version_count:
        raise InvalidInput("Cannot rollback to current version", details=f"Version {number} is the current one.")
    version = await find(session, assistant_id, number)
    await _refuse_lost_parts(session, caller, assistant, version)
    for name in versioning.VERSIONED_FIELDS:
        if name in version.content:
            setattr(assistant, name, version.content[name])
    await catalogue.remember_uses(session, assistant.id, assistant.mcp_servers)
    assistant.version_count += 1
    assistant.update_date = utcnow()
    author = authoring.author_of(caller)
    session.add(versioning.snapshot(assistant, author, notes or f"Rolled back to version {number}"))
    return assistant.version_count


async def find(session: AsyncSession, assistant_id: str, number: int) -> AssistantVersion:
    """One version of an assistant the caller may use.

    Raises:
        NotFound: 404.
    """
    version = await version_repository.find(session, assistant_id, number) if 0 < number <= _LARGEST else None
    if version is None:
        raise NotFound("Version not found", details=f"The assistant with ID [{assistant_id}] has no version {number}.")
    return version


def shown(version: AssistantVersion) -> VersionObject:
    """The version as clients see it; secrets in it are masked."""
    return VersionObject.model_validate(
        {
            **version.content,
            "id": version.id,
            "assistant_id": version.assistant_id,
            "version_number": version.version_number,
            "date": version.date,
            "update_date": version.update_date,
            "created_date": version.date,
            "created_by": version.created_by,
            "change_notes": version.change_notes,
        }
    )


async def _refuse_lost_parts(
    session: AsyncSession, caller: Caller, assistant: Assistant, version: AssistantVersion
) -> None:
    """An old version may name assistants that are gone, or no longer the caller's to use."""
    added = [sub_id for sub_id in version.content.get("assistant_ids") or () if sub_id not in assistant.assistant_ids]
    reason = await objection(session, caller, parent_id=assistant.id, project=assistant.project, added=added)
    if reason is not None:
        raise InvalidInput(
            "Failed to update assistant", details=f"Version {version.version_number} cannot come back: {reason}"
        )
