"""Routes about the caller."""

from fastapi import APIRouter

from codemie.identity import (
    administration_endpoints,
    profile,
    sign_in_endpoints,
    single_sign_on_endpoints,
    spending_endpoints,
)
from codemie.identity.authentication import CallerDep
from codemie.identity.schemas import (
    PreferencesChange,
    PreferencesView,
    ProfileChange,
    SelfView,
    UserDataChange,
    UserDataView,
    UserDataWithFeatures,
)
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.kernel.database import SessionDep

router = APIRouter(tags=["user"])
router.include_router(sign_in_endpoints.router)
router.include_router(administration_endpoints.router)
router.include_router(single_sign_on_endpoints.router)
router.include_router(spending_endpoints.router)


@router.get("/v1/user")
@router.get("/v1/profile", include_in_schema=False)
async def about_me(session: SessionDep, caller: CallerDep) -> SelfView:
    """Who the caller is, with projects and roles."""
    return await profile.own_view(session, caller)


@router.put("/v1/user/profile")
async def change_profile(
    change: ProfileChange, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> SelfView:
    """Change the caller's name, picture or e-mail address."""
    return await profile.change_profile(session, identity, caller, change)


@router.get("/v1/user/data")
async def user_data(session: SessionDep, caller: CallerDep, identity: IdentityDep) -> UserDataWithFeatures:
    """How the caller's web UI is arranged."""
    view = UserDataWithFeatures.model_validate(await profile.view_settings(session, caller))
    return view.model_copy(update={"stt_support": identity.offers_speech})


@router.put("/v1/user/data")
async def change_user_data(change: UserDataChange, session: SessionDep, caller: CallerDep) -> UserDataView:
    """Arrange the caller's web UI."""
    return UserDataView.model_validate(await profile.change_view_settings(session, caller, change.sidebar_view))


@router.get("/v1/preferences/{user_id}")
async def preferences(
    user_id: str, session: SessionDep, caller: CallerDep, *, or_empty: bool = False
) -> PreferencesView:
    """What a user pinned and marked as favourite; 404 until something was saved, unless empty ones will do (ours)."""
    if or_empty:
        pinned, favorites = await profile.kept_by(session, caller, user_id)
        return PreferencesView(user_id=user_id, pinned_assistants=pinned, favorites=favorites)
    return PreferencesView.model_validate(await profile.preferences(session, caller, user_id))


@router.put("/v1/preferences/{user_id}")
async def change_preferences(
    user_id: str, change: PreferencesChange, session: SessionDep, caller: CallerDep
) -> PreferencesView:
    """Save what a user pinned and marked as favourite."""
    return PreferencesView.model_validate(await profile.change_preferences(session, caller, user_id, change))
