"""Settings: what wins, what is refused, and how clearly."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.documents import read_document
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.settings import KernelSettings, load_section, read_file, refuse_unknown_rooms
from codemie.settings import load_settings

NOTHING = read_document("{}", "codemie.yaml")


def test_environment_wins_over_the_file_and_the_file_over_the_default() -> None:
    settings, origins = load_section(
        KernelSettings,
        "kernel",
        {"CODEMIE_PORT": "9000"},
        read_document("kernel:\n  port: 9001\n  host: '::1'\n", "codemie.yaml"),
    )
    sources = {origin.key: origin.source for origin in origins}
    assert (settings.port, settings.host, settings.log_level) == (9000, "::1", "INFO")
    assert sources["kernel.port"] == "env CODEMIE_PORT"
    assert sources["kernel.host"] == "file codemie.yaml:3"
    assert sources["kernel.log_level"] == "default"


def test_a_secret_is_masked_wherever_it_is_shown() -> None:
    settings, origins = load_section(
        KernelSettings, "kernel", {"CODEMIE_DATABASE_URL": "postgresql://u:hunter2@h/d"}, NOTHING
    )
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(origins)


@pytest.mark.parametrize(
    ("environment", "text", "named"),
    [
        ({"CODEMIE_PORT": "seventy"}, "{}", "env CODEMIE_PORT"),
        ({"CODEMIE_PORT": "70000"}, "{}", "kernel.port"),
        ({}, "kernel:\n  prot: 1", "Did you mean 'kernel.port'?"),
        ({}, "kernel:\n  prot: 1", "codemie.yaml:2"),
        ({}, "kernel:\n  host: '::1'\n  port: 70000", "kernel.port (file codemie.yaml:3)"),
        ({}, "kernel: [1]", "'kernel' must be a mapping"),
    ],
)
def test_a_bad_setting_is_refused_by_name_and_place(environment: dict[str, str], text: str, named: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_section(KernelSettings, "kernel", environment, read_document(text, "codemie.yaml"))
    assert named in str(refusal.value)


def test_a_bad_secret_is_not_echoed() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_section(KernelSettings, "kernel", {}, read_document("kernel: {database_url: [hunter2]}", "codemie.yaml"))
    assert "hunter2" not in str(refusal.value)


def test_a_room_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'models'"):
        refuse_unknown_rooms(read_document("model: {}", "codemie.yaml"), ["kernel", "models"])


def test_broken_yaml_names_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "codemie.yaml"
    path.write_text("kernel:\n  port: [1\n")
    with pytest.raises(ConfigurationError, match=r"codemie.yaml:3:1"):
        read_file(path)


def test_the_file_in_the_home_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "codemie.yaml").write_text("kernel: {port: 9123}\n")
    settings, _ = load_settings({"CODEMIE_HOME": str(tmp_path)})
    assert settings.kernel.port == 9123


@given(st.text())
def test_no_text_in_a_variable_crashes_the_loader(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        loaded, _ = load_section(KernelSettings, "kernel", {"CODEMIE_LOG_LEVEL": text}, NOTHING)
        assert loaded.log_level == text


def test_a_named_settings_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        load_settings({"CODEMIE_CONFIG": str(tmp_path / "typo.yaml")})
