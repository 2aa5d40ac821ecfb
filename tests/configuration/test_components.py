"""What clients are shown, and what administrators may change of it: `/v1/config` and its declarations."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codemie.kernel.errors import ConfigurationError
from codemie.settings import load_settings
from tests.conftest import MakeUser
from tests.identity.administration import SUPERUSERS, denial, events
from tests.support import Platform, environment_for, serving

DECLARATIONS = "/v1/config/declarations"
NOTICE = {"enabled": True, "text": "Mind [the rules](https://example.org/rules)."}


@pytest.fixture
async def administrator(make_user: MakeUser) -> AsyncIterator[httpx2.AsyncClient]:
    client = await make_user("administrator", is_admin=True)
    yield client
    for component in ("chatDisclaimer", "features:webSearch", "mcpCustomServersDisabled"):
        assert (await client.delete(f"{DECLARATIONS}/{component}")).status_code == 204


async def shown(client: httpx2.AsyncClient) -> dict[str, dict[str, Any]]:
    """The components anybody sees, by id."""
    return {row["id"]: row["settings"] for row in (await client.get("/v1/config")).json()}


async def test_declarations_say_what_can_be_changed(administrator: httpx2.AsyncClient) -> None:
    listed = {row["component_id"]: row for row in (await administrator.get(DECLARATIONS)).json()}
    assert set(listed) == {
        "chatDisclaimer", "features:chatContextualNaming", "features:dynamicCodeInterpreter", "features:webSearch",
        "features:workspaceScriptBridge", "mcpCustomServersDisabled",
    }  # fmt: skip
    disclaimer = listed["chatDisclaimer"]
    assert set(disclaimer) == {"component_id", "label", "description", "overridden", "value", "fields"}
    assert (disclaimer["overridden"], disclaimer["value"]) == (False, {"enabled": False, "text": ""})
    switch, text = disclaimer["fields"]
    assert (switch["name"], switch["type"]) == ("enabled", "switch")
    assert (text["name"], text["type"], text["max_length"], text["markup"]) == ("text", "textarea", 1000, "markdown")


async def test_a_saved_setting_is_shown_at_once_and_taken_back(
    administrator: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, platform: Platform
) -> None:
    assert "chatDisclaimer" not in await shown(anonymous)

    saved = await administrator.put(f"{DECLARATIONS}/chatDisclaimer", json={"settings": {**NOTICE, "extra": 1}})
    assert saved.json() == {"component_id": "chatDisclaimer", "settings": NOTICE}
    assert (await shown(anonymous))["chatDisclaimer"] == {**NOTICE, "availableForExternal": True}
    row = (await administrator.get("/v1/dynamic-config/CUSTOMER_CONFIG__CHAT_DISCLAIMER")).json()
    assert row["value_type"] == "string"

    for _ in range(2):
        assert (await administrator.delete(f"{DECLARATIONS}/chatDisclaimer")).status_code == 204
    assert "chatDisclaimer" not in await shown(anonymous)
    told = await events(platform, "chatDisclaimer")
    assert ("customer_config.setting.updated", {"key": "CUSTOMER_CONFIG__CHAT_DISCLAIMER", "new_value": NOTICE}) in told
    assert told[-1][0] == "customer_config.setting.reset"


async def test_a_raw_override_may_lack_fields(administrator: httpx2.AsyncClient, anonymous: httpx2.AsyncClient) -> None:
    row = {"key": "CUSTOMER_CONFIG__CHAT_DISCLAIMER", "value": '{"enabled": true}', "value_type": "string"}
    assert (await administrator.post("/v1/dynamic-config/", json=row)).status_code == 201
    assert (await shown(anonymous))["chatDisclaimer"]["text"] == ""
    listed = {row["component_id"]: row for row in (await administrator.get(DECLARATIONS)).json()}
    assert listed["chatDisclaimer"]["overridden"]
    assert (await administrator.put(f"/v1/dynamic-config/{row['key']}", json={"value": "no JSON"})).status_code == 200
    assert "chatDisclaimer" not in await shown(anonymous)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"enabled": True},
        {"text": "x"},
        {"enabled": "yes", "text": "x"},
        {"enabled": True, "text": 5},
        {"enabled": True, "text": "x" * 1_001},
        *(
            {"enabled": True, "text": text}
            for text in (
                "# Heading", "> said", "- item", "1. item", "```\ncode\n```", "Title\n=====", "a | b\n--|--", "***",
                "    code", "![a](https://x.test/a.png)", "<b>x</b>", "[x](javascript:alert(1))",
                "[x](java&#115;cript:alert(1))", "[x](JAVA\tSCRIPT:alert)", "[x](data:text/html,x)",
                "[x][y]\n\n[y]: javascript:alert(1)", "<javascript:alert(1)>", "[x](%6aavascript:alert(1))",
            )
        ),
    ],
)  # fmt: skip
async def test_what_a_setting_cannot_be_is_refused(
    administrator: httpx2.AsyncClient, settings: dict[str, object]
) -> None:
    answer = await administrator.put(f"{DECLARATIONS}/chatDisclaimer", json={"settings": settings})
    assert answer.status_code == 400, answer.text
    assert "chatDisclaimer." in answer.json()["error"]["details"]


@pytest.mark.parametrize(
    "text", ["**Bold** and _soft_", "a - b", "[mail](mailto:a@b.test)", "[here](/help)", "5 < 6", "Two\nlines", "#1"]
)
async def test_inline_markdown_is_fine(administrator: httpx2.AsyncClient, text: str) -> None:
    settings = {"enabled": True, "text": text}
    answer = await administrator.put(f"{DECLARATIONS}/chatDisclaimer", json={"settings": settings})
    assert (answer.status_code, answer.json().get("settings")) == (200, settings)


async def test_what_is_not_declared_cannot_be_changed(administrator: httpx2.AsyncClient) -> None:
    for component in ("idpProvider", "features:userManagement", "videoPortal"):
        body = {"settings": {"enabled": True}}
        assert (await administrator.put(f"{DECLARATIONS}/{component}", json=body)).status_code == 404
        assert (await administrator.delete(f"{DECLARATIONS}/{component}")).status_code == 404


async def test_only_administrators_change_what_clients_see(make_user: MakeUser) -> None:
    for person in (await make_user("plain"), await make_user("auditor", is_auditor=True)):
        for method in ("GET", "PUT", "DELETE"):
            path = DECLARATIONS if method == "GET" else f"{DECLARATIONS}/nothing"
            assert denial(await person.request(method, path, json={})) == (403, SUPERUSERS)


async def test_the_catalogue_becomes_the_only_source_of_mcp_servers(
    administrator: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    server = {"name": "own", "description": "-", "enabled": True, "config": {"url": "http://127.0.0.1:9/mcp"}}
    before = await administrator.post("/v1/assistants/mcp_tools", json=server)
    assert "is not in the catalogue" not in before.text

    on = {"settings": {"enabled": True}}
    assert (await administrator.put(f"{DECLARATIONS}/mcpCustomServersDisabled", json=on)).status_code == 200

    assert "mcpCustomServersDisabled" in await shown(anonymous)
    refused = await administrator.post("/v1/assistants/mcp_tools", json=server)
    assert (refused.status_code, refused.json()["error"]["details"]) == (422, "'own' is not in the catalogue.")


FILE = """
components:
  - id: chatDisclaimer
    settings: {enabled: true, text: From the file, icon: shield}
  - id: videoPortal
    settings: {enabled: true, url: https://video.example.org, availableForExternal: false}
  - id: userSurvey
    settings: {enabled: false}
  - id: applications:wiki
    settings: {enabled: true, name: Wiki, url: https://wiki.example.org, type: link}
  - id: idpProvider
    settings: {enabled: true, value: forged}
"""


async def test_the_customers_file_is_shown_and_an_operators_ban_stands(
    workplace: Path, postgres_url: str, nats_url: str
) -> None:
    home = workplace / "customer"
    home.mkdir()
    (home / "customer.yaml").write_text(FILE)
    extra = {"CODEMIE_CUSTOMER_CONFIG": str(home / "customer.yaml"), "CODEMIE_MCP_CUSTOM_SERVERS": "false"}
    async with serving(environment_for(home, postgres_url, nats_url, **extra)) as platform, platform.client() as nobody:
        components = await shown(nobody)
        applications = (await nobody.get("/v1/applications")).json()
    assert components["chatDisclaimer"] == {
        "enabled": True, "availableForExternal": True, "text": "From the file", "icon": "shield",
    }  # fmt: skip
    assert components["videoPortal"]["availableForExternal"] is False
    assert "userSurvey" not in components
    assert components["idpProvider"]["value"] == "local"
    assert "mcpCustomServersDisabled" in components
    assert [(row["slug"], row["name"], row["entry"], row["type"]) for row in applications] == [
        ("wiki", "Wiki", "https://wiki.example.org", "link")
    ]


@pytest.mark.parametrize(
    "text",
    ["components: []", "components: [{id: a}]", "components: [{id: a, settings: {enabled: maybe}}]", "- x", "{", ""],
)
async def test_a_broken_file_stops_the_start_and_says_where(tmp_path: Path, text: str) -> None:
    from codemie.configuration.runtime import open_runtime

    path = tmp_path / "customer.yaml"
    path.write_text(text)
    settings = load_settings({"CODEMIE_CUSTOMER_CONFIG": str(path)})[0]
    with pytest.raises(ConfigurationError, match=r"customer\.yaml"):
        async with open_runtime(settings, None, None):  # type: ignore[arg-type]
            pass
