"""Routes of marketplace categories: everybody sees them, administrators look after them."""

from typing import Annotated

from fastapi import APIRouter, Query

from codemie.assistants import categories
from codemie.assistants.category_schemas import CategoryList, CategoryRequest, CategoryView
from codemie.identity.access import SuperuserDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import PageNumber, Public
from codemie.parts.schemas import CategoryReference

router = APIRouter(prefix="/v1/assistants/categories", tags=["assistants"])


@router.get("", dependencies=[Public])
async def list_categories(session: SessionDep) -> list[CategoryReference]:
    return await categories.everything(session)


@router.post("", status_code=201)
async def create_category(session: SessionDep, caller: SuperuserDep, body: CategoryRequest) -> CategoryView:
    return await categories.create(session, caller, body)


@router.get("/list")
async def page_of_categories(
    session: SessionDep,
    _caller: SuperuserDep,
    page: PageNumber = 0,
    per_page: Annotated[int, Query(ge=1, le=100)] = 10,
) -> CategoryList:
    return await categories.page(session, number=page, size=per_page)


@router.get("/{category_id}")
async def get_category(session: SessionDep, _caller: SuperuserDep, category_id: str) -> CategoryView:
    return await categories.get(session, category_id)


@router.put("/{category_id}")
async def update_category(
    session: SessionDep, caller: SuperuserDep, category_id: str, body: CategoryRequest
) -> CategoryView:
    return await categories.change(session, caller, category_id, body)


@router.delete("/{category_id}", status_code=204)
async def delete_category(session: SessionDep, caller: SuperuserDep, category_id: str) -> None:
    await categories.delete(session, caller, category_id)
