"""Envelope encryption and the master key."""

import base64
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.crypto import Cipher, DecryptionFailed
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.master_keys import open_cipher

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)
CIPHER = Cipher([OLD])


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


@given(plaintext=st.binary(max_size=500), context=st.text(max_size=50))
def test_what_was_sealed_opens_in_its_context(plaintext: bytes, context: str) -> None:
    sealed = CIPHER.seal(plaintext, context=context)
    assert CIPHER.open(sealed, context=context) == plaintext
    assert CIPHER.seal(plaintext, context=context) != sealed


def test_a_value_moved_to_another_row_does_not_open() -> None:
    sealed = CIPHER.seal(b"secret", context="integration:1")
    with pytest.raises(DecryptionFailed):
        CIPHER.open(sealed, context="integration:2")


@given(position=st.integers(0, 10_000), change=st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, change: int) -> None:
    sealed = bytearray(CIPHER.seal(b"a secret of some length", context="x"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(DecryptionFailed):
        CIPHER.open(bytes(sealed), context="x")


@given(st.binary(max_size=200))
def test_rubbish_is_refused(rubbish: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        CIPHER.open(rubbish, context="x")


def test_a_rotated_key_opens_old_values_and_seals_new_ones() -> None:
    sealed = CIPHER.seal(b"secret", context="x")
    rotated = Cipher([NEW, OLD])
    assert rotated.open(sealed, context="x") == b"secret"
    assert not rotated.is_current(sealed)
    assert rotated.is_current(rotated.seal(b"secret", context="x"))
    with pytest.raises(DecryptionFailed, match="CODEMIE_MASTER_KEY"):
        Cipher([NEW]).open(sealed, context="x")


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    sealed = open_cipher(tmp_path).seal(b"secret", context="x")
    file = tmp_path / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_cipher(tmp_path).open(sealed, context="x") == b"secret"
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_processes_starting_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        ciphers = list(threads.map(lambda _: open_cipher(tmp_path / "home"), range(8)))
    sealed = ciphers[0].seal(b"secret", context="x")
    assert all(cipher.open(sealed, context="x") == b"secret" for cipher in ciphers)


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    cipher = open_cipher(tmp_path, f"{encoded(NEW)}, {encoded(OLD)}")
    assert cipher.open(CIPHER.seal(b"secret", context="x"), context="x") == b"secret"
    assert not (tmp_path / "master.key").exists()


@pytest.mark.parametrize("value", ["short", "not base64 !", encoded(b"x" * 31), ",", encoded(b"x" * 32)[:-1]])
def test_a_malformed_key_is_named_and_not_shown(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match="CODEMIE_MASTER_KEY") as refusal:
        open_cipher(tmp_path, value)
    assert len(value) < 2 or value not in str(refusal.value)


def test_an_unusable_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text("")
    with pytest.raises(ConfigurationError, match=r"master\.key"):
        open_cipher(tmp_path)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        open_cipher(blocked)
