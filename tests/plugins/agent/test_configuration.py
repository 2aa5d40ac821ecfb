"""Where the agent's settings come from, and units of the system that name none of them."""

import json
import plistlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemie.cli.commands import app
from codemie.plugins.agent.addresses import parse_address, proxy_for
from codemie.plugins.agent.background import unit_for
from codemie.plugins.agent.configuration import SETTINGS, Misconfigured, load
from codemie.plugins.agent.mcp_entries import entries
from codemie.plugins.agent.mcp_servers import exposed_name

KEY = "k" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / ".codemie" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"PLUGIN_KEY": KEY, "PLUGIN_LABEL": "file", "TOOL_EXECUTION_TIMEOUT": 7}))
    path.chmod(0o600)
    return path


def test_an_option_wins_over_the_environment_over_the_file_over_the_default(file: Path, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}

    assert load({}, home).label == "file"
    assert load({}, {**home, "PLUGIN_LABEL": "environment"}).label == "environment"
    assert load({"label": "option"}, {**home, "PLUGIN_LABEL": "environment"}).label == "option"
    assert (load({}, home).tool_seconds, load({}, {}).live_seconds) == (7, 60)


def test_the_names_of_the_official_agent_are_known() -> None:
    official = {
        *("PLUGIN_KEY", "PLUGIN_ENGINE_URI", "PLUGIN_LABEL", "PLUGIN_TIMEOUT", "TOOL_EXECUTION_TIMEOUT"),
        *("LIVE_UPDATE_INTERVAL", "LIVE_REPLY_TIMEOUT", "DEBUG_UPDATES", "NATS_MAX_PAYLOAD", "SSL_CERT_FILE"),
        *("COMMAND_LINE_TOOL_TIMEOUT", "WRITE_FILE_STRATEGY", "REPO_FILE_PATH"),
    }

    assert official <= {setting.variable for setting in SETTINGS.values()}


def test_every_setting_is_in_the_manual() -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "plugin-agent.md").read_text()

    assert [setting.variable for setting in SETTINGS.values() if f"`{setting.variable}`" not in page] == []


def test_a_file_that_others_can_read_is_warned_of(file: Path) -> None:
    assert load({}, {}, file).warnings == ()
    file.chmod(0o644)
    assert "chmod 600" in load({}, {}, file).warnings[0]


def test_the_key_is_not_in_what_is_printed(file: Path) -> None:
    assert KEY not in repr(load({}, {}, file))


@pytest.mark.parametrize("content", ["{", "[]", '{"mcpServers": [1]}', '{"PLUGIN_READ_ONLY": "maybe"}', "\xff"])
def test_a_file_that_cannot_be_read_is_named(file: Path, content: str) -> None:
    file.write_text(content, encoding="latin-1")

    with pytest.raises(Misconfigured):
        load({}, {}, file)
    with pytest.raises(Misconfigured, match="nowhere"):
        load({}, {}, file.parent / "nowhere")


def test_a_folder_whose_name_is_no_label_becomes_one(tmp_path: Path) -> None:
    assert load({"root": str(tmp_path / "my.repo v2")}, {}).address_label == "my-repo-v2"
    assert load({"root": "/"}, {}).address_label == "default"


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("wss://codemie.test/v1/plugin-engine/ws", "wss://codemie.test:443/v1/plugin-engine/ws"),
        ("ws://[::1]:8080", "ws://[::1]:8080/"),
        ("tls://codemie.test", "tls://codemie.test:4222"),
        ("codemie.test:443", "nats://codemie.test:443"),
    ],
)
def test_addresses_are_read(uri: str, url: str) -> None:
    assert parse_address(uri).url == url


@pytest.mark.parametrize("uri", ["http://x", "wss://", "tls://x:99999", "nats://user:secret@x"])
def test_other_addresses_are_refused_without_repeating_them(uri: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        parse_address(uri)
    assert "secret" not in str(refused.value)


def test_proxies_come_from_the_setting_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    address = parse_address("tls://codemie.test:443")
    monkeypatch.setenv("https_proxy", "http://me:pass%21@proxy.test:3128")
    monkeypatch.setenv("no_proxy", "inside.test")

    found = proxy_for(address, "")

    assert found is not None
    assert (found.url, found.authorization) == ("http://proxy.test:3128", "Basic bWU6cGFzcyE=")
    assert "bWU6" not in repr(found)
    assert proxy_for(parse_address("tls://inside.test:443"), "") is None
    assert proxy_for(address, "none") is None
    other = proxy_for(address, "https://other.test")
    assert other is not None
    assert other.url == "https://other.test:443"


@pytest.mark.parametrize(
    "written",
    [None, "x", {}, {"command": "a", "url": "b"}, {"command": "a", "args": 3}, {"url": "b", "env": [1]}],
)
def test_an_mcp_server_that_is_not_set_up_is_named(written: object) -> None:
    with pytest.raises(Misconfigured, match="'mine'"):
        entries({"mine": written}, ["mine"], {})


def test_mcp_servers_get_the_variables_they_were_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "t")

    (entry,) = entries({"mine": {"command": "a", "env": {"X": 1, "Y": None}}}, ["all"], {"mine": "TOKEN,MISSING"})

    assert dict(entry.environment) == {"TOKEN": "t", "X": "1"}
    assert "TOKEN" not in repr(entry)


def test_names_of_mcp_tools_fit_into_subjects() -> None:
    assert exposed_name("files.read all") == "_files_read_all"
    assert exposed_name("_x") == "_x"
    assert len(exposed_name("x" * 100)) == 64


def test_a_unit_of_systemd_quotes_what_it_runs() -> None:
    unit = unit_for("linux", Path("/opt/py thon"), Path("/home/me"), Path('/c"$%.json'), Path("/repo"))

    assert unit is not None
    assert unit.path == Path("/home/me/.config/systemd/user/codemie-agent.service")
    assert 'ExecStart="/opt/py thon" "-m" "codemie.cli" "plugin" "run" "--non-interactive"' in unit.content
    assert r'"--config" "/c\"$$%%.json"' in unit.content
    assert "RestartPreventExitStatus=2 3" in unit.content


def test_a_unit_of_launchd_is_a_property_list() -> None:
    unit = unit_for("darwin", Path("/opt/python"), Path("/Users/me"), None, Path("/a & b"))

    assert unit is not None
    read = plistlib.loads(unit.content.encode())
    assert read["ProgramArguments"][-2:] == ["--repo-path", "/a & b"]
    assert read["KeepAlive"] == {"SuccessfulExit": False}
    assert unit_for("win32", Path("x"), Path("y"), None, Path("z")) is None


def test_installing_as_a_service_shows_what_it_would_write_and_needs_the_key_in_the_file(
    file: Path, tmp_path: Path
) -> None:
    home = {"HOME": str(tmp_path), "PLUGIN_ENGINE_URI": "tls://x"}
    without_address = CliRunner().invoke(app, ["plugin", "service", "install", "--dry-run"], env=home)
    file.write_text(json.dumps({"PLUGIN_KEY": KEY, "PLUGIN_ENGINE_URI": "tls://x"}))
    shown = CliRunner().invoke(app, ["plugin", "service", "install", "--dry-run"], env=home)

    assert without_address.exit_code == 3
    assert shown.exit_code == 0
    assert "codemie-agent" in shown.output or "ai.codemie.agent" in shown.output
    assert KEY not in shown.output
    assert not (tmp_path / ".config").exists()


def test_what_would_be_offered_is_listed_without_a_key(tmp_path: Path) -> None:
    ended = CliRunner().invoke(
        app, ["plugin", "list", "--repo-path", str(tmp_path), "--read-only", "--json"], env={"HOME": str(tmp_path)}
    )

    assert [one["name"] for one in json.loads(ended.stdout)] == [
        "_read_file_from_file_system",
        "_list_files_in_directory",
        "_get_recursive_file_list",
    ]
