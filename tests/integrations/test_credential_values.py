"""What of a credential is stored in the open, sealed, shown, and refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.integrations.catalogue import MASK, PLACEHOLDER, SECRET_KEYS, TYPES, is_secret
from codemie.integrations.credential_values import complete, divided, masked, tidied
from codemie.integrations.schemas import SettingValue
from codemie.kernel.errors import Unprocessable

KEYS = sorted({name for kind in TYPES.values() for key in kind.keys for name in (key.name, *key.aliases)})
_plain = st.one_of(st.booleans(), st.integers(), st.none(), st.text(max_size=20), st.lists(st.text(), max_size=3))
_values = st.dictionaries(st.sampled_from(KEYS), _plain, max_size=8).map(
    lambda pairs: [SettingValue(key=key, value=value) for key, value in pairs.items()]
)
_types = st.sampled_from(sorted(TYPES))


@given(kind=_types, sent=_values, secret=st.text(min_size=8))
def test_no_secret_is_stored_in_the_open_or_shown(kind: str, sent: list[SettingValue], secret: str) -> None:
    marked = [SettingValue(key=key, value=f"planted {secret}") for key in sorted(SECRET_KEYS)]
    others = [item for item in sent if item.key not in SECRET_KEYS]
    shown, secrets = divided(kind, [*others, *marked], {})
    assert f"planted {secret}" not in str(shown)
    assert {item.key for item in marked} <= set(secrets)
    seen = masked(shown, secrets)
    assert [item.value for item in seen if item.key in secrets] == [MASK] * len(secrets)


@given(kind=_types, sent=_values)
def test_what_is_no_secret_comes_back_as_it_was_sent(kind: str, sent: list[SettingValue]) -> None:
    shown, secrets = divided(kind, sent, {})
    seen = {item.key: item.value for item in masked(shown, secrets)}
    for item in sent:
        if not is_secret(kind, item.key):
            assert seen[item.key] == item.value
            assert type(seen[item.key]) is type(item.value)


@given(kind=_types, sent=_values)
def test_what_clients_see_sent_back_changes_nothing(kind: str, sent: list[SettingValue]) -> None:
    shown, secrets = divided(kind, sent, {})
    assert divided(kind, masked(shown, secrets), secrets) == (shown, secrets)


def test_keys_that_are_not_sent_are_gone_and_blank_secrets_are_cleared() -> None:
    sent = [SettingValue(key="url", value="https://a"), SettingValue(key="token", value="")]
    shown, secrets = divided("Jira", sent, {"token": "old", "password": "older"})
    assert secrets == {}
    assert shown == [{"key": "url", "value": "https://a"}, {"key": "token", "value": ""}]


def test_a_mask_without_a_stored_secret_is_no_secret() -> None:
    assert divided("Jira", [SettingValue(key="token", value=MASK)], {}) == ([{"key": "token", "value": ""}], {})


def test_the_placeholder_of_templates_is_shown() -> None:
    shown, secrets = divided("Jira", [SettingValue(key="token", value=PLACEHOLDER)], {})
    assert (shown, secrets) == ([{"key": "token", "value": PLACEHOLDER}], {})


def test_every_value_of_an_mcp_server_is_secret() -> None:
    shown, secrets = divided("MCP", [SettingValue(key="LOG_LEVEL", value="debug")], {})
    assert (shown, secrets) == ([{"key": "LOG_LEVEL"}], {"LOG_LEVEL": "debug"})


def test_aliases_of_keys_and_defaults_are_filled_in() -> None:
    shown, secrets = divided(
        "AWS",
        [SettingValue(key="region", value="eu-central-1"), SettingValue(key="access_key_id", value="AK")],
        {},
    )
    assert complete("AWS", shown, secrets) == {"aws_region": "eu-central-1", "aws_access_key_id": "AK"}
    assert complete("Keycloak", [{"key": "url", "value": "https://k"}], {}) == {"base_url": "https://k", "timeout": 30}


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("https://git.example.com/team/app.git", "https://git.example.com/team/app.git"),
        ("https://git.example.com/team/app", "https://git.example.com"),
        ("https://dev.azure.com/contoso/app/_git/app", "https://dev.azure.com/contoso/app/_git/app"),
        ("https://git.example.com:8443/", "https://git.example.com:8443"),
        ("git.example.com", "git.example.com"),
    ],
)
def test_addresses_of_git_servers_are_reduced(address: str, stored: str) -> None:
    sent = [SettingValue(key="url", value=address), SettingValue(key="token", value="t")]
    assert tidied("Git", sent)[0].value == stored


_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"url": "u"}, "a token is needed"),
        ({"auth_type": "pat", "token": "t", "app_id": "1"}, "must be empty"),
        ({"auth_type": "github_app", "app_id": "x", "private_key": _KEY}, "numeric app_id"),
        ({"auth_type": "github_app", "app_id": "1", "private_key": "no key"}, "PEM"),
        ({"auth_type": "github_app", "app_id": "1", "private_key": _KEY, "installation_id": "x"}, "installation_id"),
        ({"auth_type": "github_app", "app_id": "1", "private_key": _KEY, "token": "t"}, "token must be empty"),
        ({"auth_type": "kerberos", "token": "t"}, "kerberos"),
        ({"token": "t", "server_kind": "sourceforge"}, "one of auto, gitlab, github, bitbucket, not 'sourceforge'"),
        ({"auth_type": "github_app", "app_id": "1", "private_key": _KEY, "server_kind": "gitlab"}, "kind 'gitlab'"),
    ],
)
def test_git_credentials_that_contradict_themselves_are_refused(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Unprocessable) as refusal:
        tidied("Git", [SettingValue(key=key, value=value) for key, value in values.items()])
    assert complaint in str(refusal.value.details)


@pytest.mark.parametrize(
    "values",
    [
        {"url": "u", "token": "t", "name": "oauth2"},
        {"token": MASK},
        {"token": "t", "server_kind": "auto"},
        {"auth_type": "github_app", "app_id": 7, "private_key": _KEY, "installation_id": "8"},
        {"auth_type": "github_app", "app_id": "7", "private_key": MASK},
    ],
)
def test_git_credentials_that_make_sense_pass(values: dict[str, Any]) -> None:
    sent = [SettingValue(key=key, value=value) for key, value in values.items()]
    assert tidied("Git", sent) == sent


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(Unprocessable, match="token"):
        tidied("Jira", [SettingValue(key="token", value="a"), SettingValue(key="token", value="b")])
