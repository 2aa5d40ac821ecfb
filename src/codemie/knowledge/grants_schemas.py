"""The wire models of grants."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from codemie.kernel.http import Pagination, WireModel

Level = Literal["read", "write", "delete"]


class NewPermission(WireModel):
    """What is granted to whom. The protocol knows users as principals, and grants them nothing (422)."""

    resource_type: Literal["datasource"]
    resource_id: str = Field(min_length=1, max_length=255)
    principal_type: Literal["application"]
    principal_id: str = Field(min_length=1, max_length=255)
    permission_level: Level


class Grantor(WireModel):
    """Who granted it."""

    id: str
    username: str
    name: str


class Permission(WireModel):
    """A grant."""

    id: str
    date: datetime
    update_date: datetime
    resource_type: str
    resource_id: str
    principal_type: str
    principal_id: str
    permission_level: Level
    created_by: Grantor


class GrantView(Permission):
    """A grant in a list, with its data source as far as the reader may know it."""

    resource_name: str | None
    project: str | None


class GrantPage(WireModel):
    """A page of grants."""

    data: list[GrantView]
    pagination: Pagination


class ListedApplication(WireModel):
    """An application that data sources may be granted to."""

    name: str
