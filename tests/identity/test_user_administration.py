"""Listing and creating other people's accounts."""

import uuid

import pytest
from tests.support import ADMIN_PASSWORD, Platform

from codemie.identity.caller import Caller
from codemie.identity.schemas import LocalUser
from codemie.identity.user_administration import create_local_user, list_users
from codemie.kernel.errors import AccessDenied, CodeMieError, Conflict, InvalidInput

ADMIN = Caller("adm", "adm", "Adm", "adm@x.y", is_admin=True)
MAINTAINER = Caller("mnt", "mnt", "Mnt", "mnt@x.y", is_admin=True, is_maintainer=True)
AUDITOR = Caller("aud", "aud", "Aud", "aud@x.y", is_auditor=True)
PLAIN = Caller("pln", "pln", "Pln", "pln@x.y", projects=frozenset({"alpha"}))


def wanted(**changes: object) -> LocalUser:
    address = f"new-{uuid.uuid4().hex[:8]}@codemie.test"
    return LocalUser.model_validate({"email": address, "username": address, "password": ADMIN_PASSWORD} | changes)


async def create(platform: Platform, caller: Caller, user: LocalUser) -> str:
    passwords = platform.resources.identity.passwords
    async with platform.resources.database.session() as session:
        return (await create_local_user(session, passwords, caller, user, project_limit=3)).id


async def test_a_created_user_signs_in_with_the_address_as_user_name(platform: Platform) -> None:
    user = wanted()
    created = await create(platform, ADMIN, user)
    async with platform.client(await platform.login(user.email, ADMIN_PASSWORD)) as client:
        about = (await client.get("/v1/user")).json()
    assert (about["user_id"], about["username"], about["name"]) == (created, user.email, user.email)
    assert (about["project_limit"], about["applications"]) == (3, [user.email])


@pytest.mark.parametrize(
    ("caller", "changes", "refusal"),
    [
        (PLAIN, {}, AccessDenied),
        (AUDITOR, {}, AccessDenied),
        (ADMIN, {"is_admin": True}, AccessDenied),
        (ADMIN, {"is_maintainer": True}, AccessDenied),
        (MAINTAINER, {"email": "ADMIN@codemie.test"}, Conflict),
        (MAINTAINER, {"username": "Admin"}, Conflict),
        (MAINTAINER, {"email": "admin"}, InvalidInput),
        (MAINTAINER, {"username": "with space"}, InvalidInput),
        (MAINTAINER, {"password": "short"}, InvalidInput),
    ],
)
async def test_what_may_not_be_is_refused(
    platform: Platform, caller: Caller, changes: dict[str, object], refusal: type[CodeMieError]
) -> None:
    with pytest.raises(refusal):
        await create(platform, caller, wanted(**changes))


async def test_accounts_are_listed_by_name_in_pages(platform: Platform) -> None:
    mark = uuid.uuid4().hex[:8]
    for name in (f"b {mark}", f"C {mark}", f"a_{mark}"):
        await create(platform, MAINTAINER, wanted(name=name, is_admin=name.startswith("C")))
    async with platform.resources.database.session() as session:
        users, total = await list_users(session, AUDITOR, search=mark.upper(), per_page=2)
        rest, _ = await list_users(session, AUDITOR, search=mark, page=1, per_page=2)
        literal, matches = await list_users(session, ADMIN, search=f"a_{mark}")
        nothing, none = await list_users(session, ADMIN, search=f"%{mark}")
    assert total == 3
    assert [user.name[0] for user in [*users, *rest]] == ["a", "b", "C"]
    assert [len(user.projects) for user in users] == [1, 1]
    assert (matches, literal[0].name) == (1, f"a_{mark}")
    assert (nothing, none) == ([], 0)


async def test_plain_users_do_not_list_accounts(platform: Platform) -> None:
    async with platform.resources.database.session() as session:
        with pytest.raises(AccessDenied, match="administrator, maintainer, or auditor"):
            await list_users(session, PLAIN)
