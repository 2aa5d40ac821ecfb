"""Placeholders are replaced once, by text, and lead nowhere else."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.identity.caller import Caller
from codemie.mcp.asking import Asking, passed_on
from codemie.mcp.placeholders import PlaceholderEmpty, Values
from codemie.mcp.settings import McpSettings
from codemie.mcp.target import CatalogueEntry, ServerUnusable, resolve
from codemie.mcp.tools import LONGEST_NAME, callable_name, usable_schema

CALLER = Caller(id="1", username="anna", name="Anna A", email="anna@codemie.test")
ASKING = Asking(CALLER, token="t")


def values(environment: dict[str, str], *, trusted: bool = False, token: str | None = None, **headers: str) -> Values:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Values("fake", environment, Asking(CALLER, sent, token), trusted)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Bearer {{TOKEN}}", "Bearer s3cret"),
        ("[TOKEN]/[user.username]", "s3cret/anna"),
        ("$TOKEN-{{ user.name }}", "s3cret-Anna A"),
        ("$headers.X-Trace", "t-1"),
        ("[not known] $UNKNOWN [OTHER]", "[not known] $UNKNOWN [OTHER]"),
    ],
)
def test_the_forms_of_a_placeholder(text: str, filled: str) -> None:
    assert values({"TOKEN": "s3cret"}, x_trace="t-1").fill(text) == filled


@given(st.text(), st.text())
def test_a_value_is_not_looked_at_again(before: str, value: str) -> None:
    filled = values({"A": value + "{{B}}", "B": "never"}).fill("{{A}}")

    assert filled == value + "{{B}}"
    assert values({}).fill(before.replace("{{", "").replace("$headers.", "")) is not None


@given(st.text())
def test_a_header_stays_one_line(value: str) -> None:
    filled = values({"A": value}).fill_header("Bearer {{A}}")

    assert not set(filled) & {"\r", "\n", "\x00"}


def test_what_a_request_carries_cannot_leave_its_place_in_an_address() -> None:
    filled = values({}, x_tenant="evil.test/../?a#").fill_url("https://api.test/$headers.X-Tenant/mcp")

    assert filled == "https://api.test/evil.test%2F..%2F%3Fa%23/mcp"


@pytest.mark.parametrize("tenant", ["evil.test/", "evil.test?", "evil.test#", "me@evil.test\\", "blue"])
def test_what_people_add_to_an_entry_cannot_leave_its_part_of_the_host(tenant: str) -> None:
    entry = CatalogueEntry("1", "it", {"url": "https://{{TENANT}}.corp.test/{{PATH}}"}, frozenset({"TENANT", "PATH"}))
    server = {"name": "it", "config": {"env": {"TENANT": tenant, "PATH": "a/b"}}}
    filled = resolve(McpSettings.model_validate({}), server, entry, ASKING).url

    assert str(urlsplit(filled).hostname).endswith(".corp.test")
    assert urlsplit(filled).path == "/a/b"


def test_a_port_is_only_added_where_nothing_follows() -> None:
    def resolved(url: str) -> str:
        server = {"name": "it", "config": {"env": {"HOST": "evil.test:80"}}}
        return resolve(
            McpSettings.model_validate({}), server, CatalogueEntry("1", "it", {"url": url}, frozenset({"HOST"})), ASKING
        ).url

    assert resolved("https://{{HOST}}/mcp") == "https://evil.test:80/mcp"
    with pytest.raises(ServerUnusable):
        resolved("https://{{HOST}}.corp.test/mcp")


@pytest.mark.parametrize("url", ["{{PLACE}}/mcp", "https://{{PLACE}}/mcp", "https://api.{{PLACE}}:443/mcp"])
def test_the_users_token_goes_to_no_place_that_people_chose(url: str) -> None:
    place = "https://evil.test" if url.startswith("{{") else "evil.test"
    config = {"url": url, "headers": {"X-Token": "{{user.token}}"}}
    server = {"name": "it", "config": {"env": {"PLACE": place}}}

    with pytest.raises(PlaceholderEmpty, match="catalogue"):
        resolve(McpSettings.model_validate({}), server, CatalogueEntry("1", "it", config, frozenset({"PLACE"})), ASKING)
    fixed = CatalogueEntry("1", "it", config | {"env": {"PLACE": place}}, frozenset())
    assert resolve(McpSettings.model_validate({}), server, fixed, ASKING).headers == (("X-Token", "t"),)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(PlaceholderEmpty, match="'MISSING'"):
        values({}).fill("{{MISSING}}")


def test_the_users_token_goes_to_the_catalogues_servers_alone() -> None:
    assert values({}, trusted=True, token="t").fill("{{user.token}}") == "t"
    with pytest.raises(PlaceholderEmpty, match="catalogue"):
        values({}, token="t").fill("{{user.token}}")
    with pytest.raises(PlaceholderEmpty, match="identity provider"):
        values({}, trusted=True).fill("{{user.token}}")


def test_credentials_among_the_headers_stay_here() -> None:
    sent = [
        *(("X-Trace", "1"), ("X-Api-Key", "2"), ("X-Auth-Token", "3"), ("X-Internal-Secret", "4"), ("Cookie", "5")),
        *(("X-Forwarded-Access-Token", "6"), ("X-Auth-Request-Access-Token", "7"), ("Authorization", "8")),
        *(("X-Internal-Token", "9"), ("X-Bind-Key", "10"), ("X-Long", "y" * 5000)),
    ]

    assert passed_on(sent) == {"x-trace": "1"}


@given(st.text(min_size=1))
def test_every_name_can_be_called(name: str) -> None:
    called = callable_name(name)

    assert 1 <= len(called) <= LONGEST_NAME
    assert all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in called)


@pytest.mark.parametrize(
    ("schema", "usable"),
    [
        ({}, {"type": "object", "properties": {}}),
        ({"type": "object", "$schema": "x", "patternProperties": {"(a+)+": {}}}, {"type": "object", "properties": {}}),
        ({"type": "string"}, None),
        ({"type": "object", "properties": {"a": {"type": "nonsense"}}}, None),
        ({"type": "object", "description": "x" * 70_000}, None),
    ],
)
def test_a_schema_is_made_fit_or_refused(schema: dict[str, object], usable: object) -> None:
    assert usable_schema(schema) == usable
