"""Projects and roles of a token become memberships, once or with every token."""

import time

from sqlalchemy import text
from tests.fakes.oidc_issuer import FakeIssuer
from tests.identity.single_sign_on import events, project, projects_of, somebody, whoami
from tests.support import Platform


async def test_every_login_takes_away_what_the_token_no_longer_names(every_login: Platform, issuer: FakeIssuer) -> None:
    kept, lost, gained = project("kept"), project("lost"), project("gained")
    person = somebody(applications=[kept, lost])
    assert await projects_of(every_login, issuer.token(person)) == {kept: False, lost: False}

    person.claims = {"applications": [kept, gained], "applications_admin": [kept]}
    later = int(time.time()) + 1

    assert await projects_of(every_login, issuer.token(person, iat=later)) == {kept: True, gained: False}
    assert await events(every_login, "project.member_removed", lost)


async def test_an_older_token_does_not_give_back_what_was_taken(every_login: Platform, issuer: FakeIssuer) -> None:
    team = project()
    person = somebody(applications=team)
    older = issuer.token(person, iat=int(time.time()) - 20)
    assert await projects_of(every_login, older) == {team: False}
    person.claims = {}
    assert await projects_of(every_login, issuer.token(person)) == {}

    assert await projects_of(every_login, older) == {}


async def test_every_login_follows_roles_and_user_type(every_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody(realm_access={"roles": ["developer", "maintainer"]})
    before = (await whoami(every_login, issuer.token(person, iat=int(time.time()) - 20))).json()
    person.claims = {"guest": True}
    after = (await whoami(every_login, issuer.token(person))).json()

    assert (before["is_admin"], before["is_maintainer"], before["user_type"]) == (True, True, "regular")
    assert (after["is_admin"], after["is_maintainer"], after["user_type"]) == (False, False, "external")
    assert after["project_limit"] == 3


async def test_first_login_copies_once_and_then_only_follows_the_profile(
    first_login: Platform, issuer: FakeIssuer
) -> None:
    team = project()
    person = somebody(applications=team, realm_access={"roles": ["developer", "auditor"]})
    assert await projects_of(first_login, issuer.token(person, iat=int(time.time()) - 20)) == {team: False}

    person.claims = {"applications": project("new"), "name": "Renamed Person"}
    token = issuer.token(person)

    assert await projects_of(first_login, token) == {team: False}
    body = (await whoami(first_login, token)).json()
    assert (body["name"], body["is_auditor"]) == ("Renamed Person", True)


async def test_a_new_address_moves_the_personal_project(first_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody()
    old = person.email
    await whoami(first_login, issuer.token(person, iat=int(time.time()) - 20))
    person.email = f"moved-{old}"

    body = (await whoami(first_login, issuer.token(person))).json()

    assert body["email"] == person.email
    assert body["applications"] == [person.email]


async def test_a_role_withdrawn_shuts_out_even_with_first_login(first_login: Platform, issuer: FakeIssuer) -> None:
    person = somebody()
    assert (await whoami(first_login, issuer.token(person))).status_code == 200
    person.claims = {"realm_access": {"roles": []}}

    assert (await whoami(first_login, issuer.token(person))).status_code == 403


async def test_a_personal_token_rests_when_its_owner_no_longer_signs_in(
    every_login: Platform, issuer: FakeIssuer
) -> None:
    person = somebody()
    async with every_login.client(issuer.token(person)) as owner:
        made = (await owner.post("/v1/personal-tokens", json={"name": "ci"})).json()
        who = (await owner.get("/v1/user")).json()["user_id"]
    assert (await whoami(every_login, made["token"])).status_code == 200

    async with every_login.resources.database.session() as session:
        gone = "UPDATE users SET last_login_at = now() - interval '31 days' WHERE id = :id"
        await session.execute(text(gone), {"id": who})

    refused = await whoami(every_login, made["token"])
    assert (refused.status_code, "not signed in for too long" in refused.text) == (401, True)
    async with every_login.resources.database.session() as session:
        await session.execute(text("UPDATE users SET last_login_at = now() WHERE id = :id"), {"id": who})
    assert (await whoami(every_login, made["token"])).status_code == 200
