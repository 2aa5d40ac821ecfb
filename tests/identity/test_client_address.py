"""Whose address counts."""

import pytest
from starlette.requests import Request

from codemie.identity.client_address import ClientAddresses
from codemie.identity.settings import IdentitySettings

PROXIES = ("10.0.0.0/8", "2001:db8:1::/48", "127.0.0.1")


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 1) if peer else None})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        ("10.1.1.1", (), "10.1.1.1"),
        ("10.1.1.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.1.1.1", ("6.6.6.6, 198.51.100.1",), "198.51.100.1"),
        ("10.1.1.1", ("6.6.6.6", "198.51.100.1, 10.2.2.2"), "198.51.100.1"),
        ("10.1.1.1", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.1.1.1", ("[2001:db8:9::1]:4711",), "2001:db8:9::/64"),
        ("10.1.1.1", ("6.6.6.6, nonsense",), "10.1.1.1"),
        ("10.1.1.1", ("6.6.6.6, nonsense, 10.2.2.2",), "10.2.2.2"),
        ("10.1.1.1", ("6.6.6.6," + "10.0.0.1," * 500,), "10.1.1.1"),
        ("::ffff:10.1.1.1", ("198.51.100.1",), "198.51.100.1"),
        ("2001:db8:1::5", ("198.51.100.1",), "198.51.100.1"),
        ("2001:db8:7:7:1:2:3:4", (), "2001:db8:7:7::/64"),
        ("::1", ("198.51.100.1",), "::1"),
        ("fe80::1%eth0", (), "fe80::/64"),
        ("/run/socket", ("198.51.100.1",), "/run/socket"),
        (None, ("198.51.100.1",), "unknown"),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str | None, forwarded: tuple[str, ...], address: str) -> None:
    assert ClientAddresses(PROXIES).of(request(peer, *forwarded)) == address


def test_without_trusted_proxies_only_the_socket_counts() -> None:
    assert ClientAddresses(()).of(request("127.0.0.1", "198.51.100.1")) == "127.0.0.1"


def test_the_setting_names_addresses_and_networks() -> None:
    settings = IdentitySettings.model_validate({"trusted_proxies": "10.0.0.0/8, 192.0.2.1"})
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.1/32")
    with pytest.raises(ValueError, match="nonsense"):
        IdentitySettings.model_validate({"trusted_proxies": "nonsense"})
