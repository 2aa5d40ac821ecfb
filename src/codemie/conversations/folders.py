"""Folders in which people keep their conversations."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import attachment_repository, repository, settling
from codemie.conversations.replicas import Replicas
from codemie.conversations.schemas import FolderObject
from codemie.conversations.tables import ConversationFolder
from codemie.identity.caller import Caller
from codemie.identity.policy import Resource, abilities
from codemie.kernel.errors import InvalidInput, NotFound
from codemie.workspaces import repository as workspaces

_RESERVED = "default"


async def list_folders(session: AsyncSession, caller: Caller) -> list[FolderObject]:
    """The caller's folders by name."""
    allowed = abilities(caller, Resource(kind="conversation_folder", owner_id=caller.id))
    found = [FolderObject.model_validate(row) for row in await repository.folders(session, caller.id)]
    for folder in found:
        folder.user_abilities = allowed
    return found


async def create(session: AsyncSession, caller: Caller, name: str) -> None:
    """Make a folder.

    Raises:
        InvalidInput: 400, the name is taken or reserved.
    """
    _refuse_reserved(name)
    if not await repository.add_folder(session, caller.id, name):
        raise _taken(name)


async def rename(session: AsyncSession, caller: Caller, name: str, new_name: str) -> None:
    """Rename a folder; its conversations move along.

    Raises:
        NotFound: 404. InvalidInput: 400, the new name is taken or reserved.
    """
    _refuse_reserved(new_name)
    folder = await _own(session, caller, name)
    if name == new_name:
        return
    try:
        await repository.rename_folder(session, folder, new_name)
    except IntegrityError as error:
        raise _taken(new_name) from error


async def remove(
    session: AsyncSession, caller: Caller, replicas: Replicas, name: str, *, with_conversations: bool
) -> None:
    """Delete a folder, with its conversations if so wished; what is being written for those ends.

    Raises:
        NotFound: 404.
    """
    folder = await _own(session, caller, name)
    if with_conversations:
        await settling.end(session, replicas, repository.deletable_in(caller, folder.folder_name))
    tokens = await repository.all_file_tokens(session, caller, folder.folder_name) if with_conversations else []
    removed = await repository.remove_folder(session, caller, folder, with_conversations=with_conversations)
    await workspaces.remove_of(session, caller.id, removed)
    await attachment_repository.release(session, caller.id, tokens)


async def _own(session: AsyncSession, caller: Caller, name: str) -> ConversationFolder:
    folder = await repository.folder(session, caller.id, name)
    if folder is None:
        raise NotFound("Folder not found", details=f"You have no folder named '{name}'.")
    return folder


def _refuse_reserved(name: str) -> None:
    if name.strip().lower() == _RESERVED:
        raise InvalidInput("Invalid folder name", details=f"The folder name '{name}' is reserved.")


def _taken(name: str) -> InvalidInput:
    return InvalidInput("Folder name already exists", details=f"You already have a folder named '{name}'.")
