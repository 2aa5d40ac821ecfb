"""Routes of administration, gathered: users."""

from fastapi import APIRouter

from codemie.identity import admin_users_endpoints

router = APIRouter()
router.include_router(admin_users_endpoints.router)
