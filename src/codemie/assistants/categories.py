"""Use cases of marketplace categories. Changing them is for administrators: the routes ask for that role."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import category_repository as repository
from codemie.assistants.category_schemas import CategoryList, CategoryRequest, CategoryView
from codemie.assistants.slugs import slugify
from codemie.assistants.tables import AssistantCategory
from codemie.identity import audit
from codemie.identity.caller import Caller
from codemie.kernel.database import utcnow
from codemie.kernel.errors import Conflict, NotFound
from codemie.parts.schemas import CategoryReference

_DOMAIN = "configuration"


async def everything(session: AsyncSession) -> list[CategoryReference]:
    """Every category by name."""
    return [CategoryReference.model_validate(row) for row in await repository.listed(session)]


async def page(session: AsyncSession, *, number: int, size: int) -> CategoryList:
    """One page by name, with usage."""
    rows, total = await repository.page(session, number=number, size=size)
    used = await repository.usage(session, [row.id for row in rows])
    return CategoryList.of([_view(row, used.get(row.id)) for row in rows], number, size, total)


async def get(session: AsyncSession, category_id: str) -> CategoryView:
    """One category with its usage.

    Raises:
        NotFound: 404.
    """
    return await _shown(session, await _existing(session, category_id))


async def create(session: AsyncSession, caller: Caller, request: CategoryRequest) -> CategoryView:
    """A new category; its id is made from the name.

    Raises:
        Conflict: 409, the name or the id made from it is taken.
    """
    category_id = slugify(request.name, fallback="category")
    if await repository.find(session, category_id) is not None:
        raise _taken(request.name)
    moment = utcnow()
    row = AssistantCategory(id=category_id, date=moment, update_date=moment)
    session.add(row)
    await _write(session, row, request)
    audit.record(session, _DOMAIN, "category.created", entity_id=row.id, actor_id=caller.id, name=row.name)
    return await _shown(session, row)


async def change(session: AsyncSession, caller: Caller, category_id: str, request: CategoryRequest) -> CategoryView:
    """Rename or describe it anew; its id stays, because assistants hold it.

    Raises:
        NotFound: 404.
        Conflict: 409, the name is taken.
    """
    row = await _existing(session, category_id, lock=True)
    row.update_date = utcnow()
    await _write(session, row, request)
    audit.record(session, _DOMAIN, "category.updated", entity_id=row.id, actor_id=caller.id, name=row.name)
    return await _shown(session, row)


async def delete(session: AsyncSession, caller: Caller, category_id: str) -> None:
    """Remove a category that nobody uses.

    Raises:
        NotFound: 404.
        Conflict: 409, assistants are in it.
    """
    row = await _existing(session, category_id, lock=True)
    published, others = (await repository.usage(session, [category_id])).get(category_id, (0, 0))
    if published or others:
        raise Conflict(
            "Category is in use",
            details=f"{published} published and {others} other assistant(s) are in the category '{row.name}'.",
            help="Move them to another category first.",
        )
    audit.record(session, _DOMAIN, "category.deleted", entity_id=row.id, actor_id=caller.id, name=row.name)
    await session.delete(row)


async def _existing(session: AsyncSession, category_id: str, *, lock: bool = False) -> AssistantCategory:
    row = await repository.find(session, category_id, lock=lock)
    if row is None:
        raise NotFound.of("Category", category_id)
    return row


async def _write(session: AsyncSession, row: AssistantCategory, request: CategoryRequest) -> None:
    name = request.name.strip()
    with session.no_autoflush:
        if await repository.name_taken(session, name, besides=row.id):
            raise _taken(name)
    row.name, row.description = name, request.description or ""
    try:
        await session.flush()
    except IntegrityError as error:
        raise _taken(name) from error


def _taken(name: str) -> Conflict:
    return Conflict("Category already exists", details=f"There is a category named '{name}' already.")


async def _shown(session: AsyncSession, row: AssistantCategory) -> CategoryView:
    return _view(row, (await repository.usage(session, [row.id])).get(row.id))


def _view(row: AssistantCategory, used: tuple[int, int] | None) -> CategoryView:
    published, others = used or (0, 0)
    return CategoryView(
        id=row.id,
        name=row.name,
        description=row.description,
        marketplace_assistant_count=published,
        project_assistant_count=others,
        created_at=row.date,
        updated_at=row.update_date,
    )
