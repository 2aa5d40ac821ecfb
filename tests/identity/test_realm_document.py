"""A realm as YAML: its variables, and how a real realm differs from it."""

from pathlib import Path

import pytest

from codemie.identity.realm_document import MASK, differences, load
from codemie.kernel.errors import ConfigurationError


def written(folder: Path, text: str) -> Path:
    path = folder / "realm.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_variables_come_from_the_environment_or_their_default(tmp_path: Path) -> None:
    path = written(tmp_path, 'realm: {realm: "${REALM:-codemie}", home: "${PROXY:-${HOME_PAGE}}/x"}')

    assert load(path, {"HOME_PAGE": "https://a"})["realm"] == {"realm": "codemie", "home": "https://a/x"}
    assert load(path, {"REALM": "r", "PROXY": "https://p"})["realm"] == {"realm": "r", "home": "https://p/x"}


def test_every_missing_variable_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, 'realm: {realm: "${REALM}", secret: "${SECRET}"}')

    with pytest.raises(ConfigurationError) as refused:
        load(path, {})

    assert refused.value.details == "REALM, SECRET"


@pytest.mark.parametrize("text", ["[]", "realm: {realm: x}\nclient: []", "realm: [", "roles: []"])
def test_what_is_no_realm_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        load(written(tmp_path, text), {})


def test_only_what_is_wanted_is_compared() -> None:
    found = {"a": 1, "b": {"c": ["y", "x"], "d": 4}, "e": 5}

    assert differences({"a": 1, "b": {"c": ["x", "y"]}}, found) == []
    assert differences({"a": 2, "b": {"c": ["x"]}}, found) == ["a: 1 → 2", "b.c: ['y', 'x'] → ['x']"]


def test_secrets_are_never_shown() -> None:
    assert differences({"secret": "new"}, {"secret": "old"}) == ["secret: (secret)"]
    assert differences({"clientSecret": "new"}, {"clientSecret": MASK}) == []


def test_an_empty_value_is_no_difference_from_an_absent_one() -> None:
    assert differences({"config": {"logoutUrl": ""}}, {"config": {}}) == []
    assert differences({"config": {"logoutUrl": ""}}, {"config": {"logoutUrl": "https://a"}}) != []


def test_what_is_escaped_stands_for_itself_and_an_empty_secret_for_the_present_one(tmp_path: Path) -> None:
    path = written(tmp_path, 'realm: {realm: "$${HOME}", cost: "$5", secret: "${SECRET:-}", other: "${SECRET:-}"}')

    assert load(path, {"HOME": "/root"})["realm"] == {"realm": "${HOME}", "cost": "$5", "other": ""}
    assert load(path, {"SECRET": "s"})["realm"]["secret"] == "s"
