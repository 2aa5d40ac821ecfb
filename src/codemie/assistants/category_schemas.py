"""Marketplace categories as administrators see them. The official clients disagree about names: both are sent."""

from datetime import datetime
from math import ceil
from typing import Annotated

from pydantic import Field, computed_field

from codemie.kernel.http import CamelModel, WireModel


class CategoryRequest(WireModel):
    """Body of POST and PUT."""

    name: Annotated[str, Field(min_length=1, max_length=255, pattern=r"\S")]
    description: Annotated[str, Field(max_length=1000)] | None = None


class CategoryView(CamelModel):
    """A category and how many assistants are in it."""

    id: str
    name: str
    description: str | None
    marketplace_assistant_count: int = 0
    project_assistant_count: int = 0
    created_at: datetime
    updated_at: datetime | None

    @computed_field(alias="marketplace_count")
    @property
    def marketplace_count(self) -> int:
        """What the SDK reads."""
        return self.marketplace_assistant_count

    @computed_field(alias="project_count")
    @property
    def project_count(self) -> int:
        """What the SDK reads."""
        return self.project_assistant_count


class CategoryPages(WireModel):
    """The SDK's numbers."""

    page: int
    per_page: int
    total: int
    total_pages: int


class CategoryList(WireModel):
    """The web UI reads ``categories`` and the numbers beside it, the SDK ``items`` and ``metadata``."""

    categories: list[CategoryView]
    items: list[CategoryView]
    page: int
    per_page: int
    total: int
    pages: int
    metadata: CategoryPages

    @classmethod
    def of(cls, rows: list[CategoryView], page: int, per_page: int, total: int) -> "CategoryList":
        """One page in both spellings."""
        pages = ceil(total / per_page)
        metadata = CategoryPages(page=page, per_page=per_page, total=total, total_pages=pages)
        return cls(
            categories=rows, items=rows, page=page, per_page=per_page, total=total, pages=pages, metadata=metadata
        )
