"""Answers about revocation that a server sends along, from the real `openssl s_server`."""

import asyncio
import datetime as dt
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from codemie.checks.report import Finding, Status
from codemie.checks.run import Options
from codemie.checks.sources import Unobservable
from codemie.cli.net import Asked
from codemie.operations.network import stapling
from tests.plugins.diagnosis.certificates import DAY, Issued, issued
from tests.support import free_port, require, until

RESPONDER = "http://ocsp.example.test"


def answer(
    root: Issued, about: Issued, status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD, ends: dt.timedelta = DAY
) -> bytes:
    """What the responder of an authority says of a certificate."""
    now = dt.datetime.now(dt.UTC)
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=about.certificate,
        issuer=root.certificate,
        algorithm=hashes.SHA256(),
        cert_status=status,
        this_update=now - 7 * DAY,
        next_update=now + ends,
        revocation_time=now - DAY if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, root.certificate).sign(root.key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


@asynccontextmanager
async def serving(certificate: Path, staple: bytes | None) -> AsyncGenerator[int]:
    """A server of TLS, and the port that it listens at."""
    require(shutil.which("openssl"), "openssl")
    port = free_port()
    more: list[str | Path] = []
    if staple is not None:
        file = certificate.with_suffix(".ocsp")
        file.write_bytes(staple)
        more = ["-status_file", file]
    server = await asyncio.create_subprocess_exec(
        *("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", certificate, "-key", certificate, "-quiet"),
        *more,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await until(listens)
        yield port
    finally:
        server.terminate()
        await server.wait()


async def found(port: int) -> Finding:
    """What `net tls` says of it."""
    asked = Asked("tls", f"127.0.0.1:{port}", sni="codemie.example.test")
    report = await asked.examine(Options(only=("tls.stapling",), timeout=10, parallel=1))
    return next(check.finding for check in report.checks if check.id == "tls.stapling")


@pytest.fixture
def root() -> Issued:
    return issued("Root of the test", is_authority=True)


def certificate(root: Issued, *, wants_staple: bool = False) -> Issued:
    names = ("codemie.example.test",)
    return issued(names[0], root, names=names, responder=RESPONDER, wants_staple=wants_staple)


async def test_a_good_staple_is_told_with_its_end(root: Issued, tmp_path: Path) -> None:
    own = certificate(root, wants_staple=True)
    async with serving(own.written(tmp_path), answer(root, own)) as port:
        told = await found(port)

    until_then = f"{dt.datetime.now(dt.UTC) + DAY:%Y-%m-%d}"
    assert (told.status, told.detail.startswith(f"Stapled, good until {until_then}")) == (Status.PASS, True), told
    assert told.evidence["responder"] == RESPONDER
    assert told.evidence["signature"] == "not verified here"


async def test_no_staple_is_no_fault_where_none_is_demanded(root: Issued, tmp_path: Path) -> None:
    async with serving(certificate(root).written(tmp_path), None) as port:
        told = await found(port)

    assert (told.status, told.detail) == (Status.PASS, "Not stapled, which the certificate leaves open")


async def test_a_revoked_certificate_fails(root: Issued, tmp_path: Path) -> None:
    own = certificate(root)
    async with serving(own.written(tmp_path), answer(root, own, ocsp.OCSPCertStatus.REVOKED)) as port:
        told = await found(port)

    assert (told.status, told.detail) == (Status.FAIL, "Stapled: the certificate is revoked")


async def test_a_staple_that_ran_out_fails(root: Issued, tmp_path: Path) -> None:
    own = certificate(root)
    async with serving(own.written(tmp_path), answer(root, own, ends=-DAY)) as port:
        told = await found(port)

    assert (told.status, "out of date since" in told.detail) == (Status.FAIL, True)


async def test_a_staple_for_another_certificate_fails(root: Issued, tmp_path: Path) -> None:
    async with serving(certificate(root).written(tmp_path), answer(root, certificate(root))) as port:
        told = await found(port)

    assert (told.status, told.detail) == (Status.FAIL, "Stapled, but for another certificate")


async def test_without_openssl_nothing_is_claimed(
    root: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = certificate(root)
    async with serving(own.written(tmp_path), answer(root, own)) as port:
        monkeypatch.setattr(stapling.shutil, "which", lambda _: None)
        told = await found(port)

    assert (told.status, told.detail) == (Status.UNKNOWN, "Not asked: this machine has no openssl")


def test_an_end_that_is_not_understood_is_unknown() -> None:
    said = "Cert Status: good\nSerial Number: 0A\nNext Update: 30. November 2026 GMT\n"

    with pytest.raises(Unobservable, match="not known here"):
        stapling.read(said)


async def test_no_more_is_taken_of_openssl_than_an_answer_can_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = tmp_path / "openssl"
    endless.write_text("#!/bin/sh\nhead -c 4000000 /dev/zero\n", encoding="utf-8")
    endless.chmod(0o700)
    monkeypatch.setattr(stapling.shutil, "which", lambda _: str(endless))

    with pytest.raises(Unobservable, match="says more than"):
        await stapling.asked("127.0.0.1:9", "codemie.example.test", 10)
