"""Routes of administration, gathered: users, projects, members, tokens, audit log."""

from fastapi import APIRouter

from codemie.identity import (
    admin_users_endpoints,
    audit_endpoints,
    personal_tokens_endpoints,
    projects_endpoints,
    projects_member_endpoints,
)

router = APIRouter()
for part in (
    admin_users_endpoints,
    projects_endpoints,
    projects_member_endpoints,
    personal_tokens_endpoints,
    audit_endpoints,
):
    router.include_router(part.router)
