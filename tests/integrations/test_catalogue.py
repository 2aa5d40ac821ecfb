"""The catalogue of types that forms are made from, and what tools of a type have to be told."""

from typing import Any

from codemie.integrations.catalogue import TYPES
from codemie.integrations.forms import types
from tests.integrations.credentials import People, create, jira, values


async def test_every_type_has_its_form_in_the_order_of_groups(people: People) -> None:
    told = (await people.member.get("/v1/settings/types")).json()
    shown: list[dict[str, Any]] = told["types"]
    assert {kind["name"] for kind in shown} == set(TYPES)
    groups = [kind["group"] for kind in shown]
    assert groups == sorted(groups, key=groups.index), "each group is in one piece"
    git = next(kind for kind in shown if kind["name"] == "Git")
    keys = {key["name"]: key for key in git["keys"]}
    assert keys["auth_type"]["choices"] == ["pat", "github_app"]
    assert keys["private_key"]["when"] == {"key": "auth_type", "values": ["github_app"]}
    assert (keys["private_key"]["kind"], keys["private_key"]["secret"]) == ("long text", True)
    assert keys["use_header_auth"]["kind"] == "switch"
    assert (git["testable"], git["offered"], git["url"]) == (True, True, None)


async def test_strangers_do_not_read_the_catalogue(people: People) -> None:
    people.stranger.headers.pop("Authorization", None)
    people.stranger.cookies.clear()
    assert (await people.stranger.get("/v1/settings/types")).status_code == 401


def test_what_a_key_depends_on_is_a_key_of_its_type_with_that_value() -> None:
    for kind in types():
        keys = {key.name: key for key in kind.keys}
        for key in keys.values():
            if key.when is None:
                continue
            other = keys[key.when.key]
            possible = other.choices or ["true", "false"]
            assert set(key.when.values) <= set(possible), (kind.name, key.name)


def test_choices_hold_the_value_that_is_meant_when_none_is_sent() -> None:
    for kind in types():
        for key in kind.keys:
            assert not (key.choices and key.default) or key.default in key.choices, (kind.name, key.name)


async def test_clients_are_told_what_tools_of_a_type_need(people: People) -> None:
    told = {
        name: config for item in (await people.member.get("/v1/tools/configs")).json() for name, config in item.items()
    }
    keycloak = told["keycloakconfig"]
    assert set(keycloak) == {
        "class", "credential_type", "base_url", "realm", "client_id", "client_secret", "timeout", "ca_certificate",
    }  # fmt: skip
    hint = "Clients → the client → Credentials."
    assert keycloak["client_secret"] == {
        "description": "Client secret", "placeholder": hint, "type": "str", "sensitive": True, "help": hint,
        "default": None, "required_at_runtime": True,
    }  # fmt: skip
    assert (keycloak["timeout"]["type"], keycloak["timeout"]["default"]) == ("int", 30)


async def test_one_credential_is_shown_masked_with_what_may_be_done(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    url = f"/v1/settings/project/{made['id']}"
    seen = (await people.member.get(url)).json()
    assert (seen["user_abilities"], values(seen)["token"]) == (["read"], "**********")
    assert (await people.manager.get(url)).json()["user_abilities"] == ["read", "write", "delete"]
    assert (await people.stranger.get(url)).status_code == 404
    assert (await people.manager.get(f"/v1/settings/user/{made['id']}")).status_code == 404, "the other scope"
