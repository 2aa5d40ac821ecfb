"""The walk's view of TLS: one test turns each check red, by a server whose certificate or manner is wrong."""

import datetime as dt
import ssl
import warnings
from pathlib import Path

import pytest

from codemie.checks.report import Status
from tests.plugins.diagnosis.certificates import DAY, Issued, issued
from tests.plugins.diagnosis.servers import INFO, listening, nats_server, plainly_secured, says, speaks_nats, users
from tests.plugins.diagnosis.walking import finding, ids, only_failure, walked

TLS_CHECKS = ["tls.handshake", "tls.sni", "tls.protocol", "tls.chain", "tls.name", "tls.expiry"]

pytestmark = pytest.mark.usefixtures("names")


def server_context(file: Path) -> ssl.SSLContext:
    """A TLS server with a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


greets = speaks_nats(lambda line: "PONG" if line == "PING" else "")


@pytest.fixture
def good(root: Issued, tmp_path: Path) -> Path:
    """Key and certificate of a server without a fault."""
    return issued("engine", root, names=("engine.test", "*.wild.test", "127.0.0.1")).written(tmp_path)


@pytest.mark.parametrize(("first", "schemes"), [("false", ["nats"]), ("true", ["tls"]), ("auto", ["nats", "tls"])])
async def test_a_server_without_fault_passes_with_each_scheme_that_fits(
    tmp_path: Path, good: Path, ca: Path, first: str, schemes: list[str]
) -> None:
    tls = f'tls {{ cert_file: "{good}", key_file: "{good}", handshake_first: {first} }}'
    async with nats_server(tmp_path, f"{users()}\n{tls}") as port:
        for scheme in schemes:
            report = await walked(f"{scheme}://engine.test:{port}", ca=ca)

            assert ids(report, Status.FAIL) == ["platform"], [check.finding for check in report.checks]
            assert {*TLS_CHECKS, "auth", "permissions", "isolation"} <= {*ids(report, Status.PASS)}


async def test_an_address_sends_no_name_and_is_looked_for_in_the_certificate(
    tmp_path: Path, good: Path, ca: Path
) -> None:
    tls = f'tls {{ cert_file: "{good}", key_file: "{good}" }}'
    async with nats_server(tmp_path, f"{users()}\n{tls}") as port:
        report = await walked(f"nats://127.0.0.1:{port}", ca=ca)

    assert "no name is sent" in finding(report, "tls.sni").detail
    assert finding(report, "tls.name").status is Status.PASS
    assert finding(report, "auth").status is Status.PASS


async def test_the_key_is_never_sent_through_tls_that_cannot_be_trusted(tmp_path: Path, good: Path) -> None:
    heard: list[str] = []

    def note(line: str) -> str:
        heard.append(line)
        return ""

    async with listening(speaks_nats(note), server_context(good)) as port:
        report = await walked(f"tls://engine.test:{port}")

    assert finding(report, "auth").detail == "blocked by nats.tls.chain"
    assert [line for line in heard if line.startswith("CONNECT")] == []


async def test_a_certificate_that_signs_itself_is_the_one_failure(tmp_path: Path) -> None:
    file = issued("engine.test", names=("engine.test",)).written(tmp_path)
    async with listening(greets, server_context(file)) as port:
        failed, found = only_failure(await walked(f"tls://engine.test:{port}"))

    assert (failed, found.detail) == ("tls.chain", "The certificate is signed by itself")


async def test_an_authority_that_is_not_trusted_is_named(tmp_path: Path, root: Issued) -> None:
    file = issued("engine", root, names=("engine.test",)).written(tmp_path, root)
    async with listening(greets, server_context(file)) as port:
        failed, found = only_failure(await walked(f"tls://engine.test:{port}"))

    assert (failed, found.detail) == ("tls.chain", "The authority Root of the test is not trusted here")
    assert "--ca" in found.remedy[0]


async def test_a_chain_without_its_middle_is_told_from_a_foreign_authority(
    tmp_path: Path, root: Issued, ca: Path
) -> None:
    middle = issued("Middle of the test", root, is_authority=True)
    own = issued("engine", middle, names=("engine.test",))
    async with listening(greets, server_context(own.written(tmp_path))) as port:
        failed, found = only_failure(await walked(f"tls://engine.test:{port}", ca=ca))

    assert failed == "tls.chain"
    assert "ends at Middle of the test" in found.detail
    assert "intermediate" in found.remedy[0]
    async with listening(greets, server_context(own.written(tmp_path, middle))) as port:
        assert finding(await walked(f"tls://engine.test:{port}", ca=ca), "tls.chain").status is Status.PASS


@pytest.mark.parametrize(
    ("alternatives", "subject", "host", "said"),
    [
        (("other.test",), "engine", "engine.test", "it names other.test"),
        (("*.wild.test",), "engine", "a.b.wild.test", "* stands for one label only"),
        (("*.wild.test",), "engine", "wild.test", "it names *.wild.test"),
        ((), "engine.test", "engine.test", "as common name only"),
        (("engine.test",), "engine", "127.0.0.1", "not for 127.0.0.1"),
    ],
)
async def test_a_certificate_for_another_name_is_the_one_failure(
    tmp_path: Path, root: Issued, ca: Path, *, alternatives: tuple[str, ...], subject: str, host: str, said: str
) -> None:
    file = issued(subject, root, names=alternatives).written(tmp_path)
    async with listening(greets, server_context(file)) as port:
        failed, found = only_failure(await walked(f"tls://{host}:{port}", ca=ca))

    assert (failed, said in found.detail) == ("tls.name", True), found.detail


async def test_a_wildcard_stands_for_one_label(tmp_path: Path, good: Path, ca: Path) -> None:
    async with listening(greets, server_context(good)) as port:
        report = await walked(f"tls://one.wild.test:{port}", ca=ca)

    assert finding(report, "tls.name").status is Status.PASS
    assert finding(report, "info").status is Status.PASS


@pytest.mark.parametrize(
    ("begins", "ends", "said"), [(-90 * DAY, -DAY, "expired on"), (2 * DAY, 90 * DAY, "is valid from")]
)
async def test_a_certificate_out_of_its_time_is_the_one_failure(
    tmp_path: Path, root: Issued, ca: Path, begins: dt.timedelta, ends: dt.timedelta, said: str
) -> None:
    file = issued("engine", root, names=("engine.test",), begins=begins, ends=ends).written(tmp_path)
    async with listening(greets, server_context(file)) as port:
        failed, found = only_failure(await walked(f"tls://engine.test:{port}", ca=ca))

    assert (failed, said in found.detail) == ("tls.expiry", True)


async def test_a_certificate_that_ends_soon_is_a_warning(tmp_path: Path, root: Issued, ca: Path) -> None:
    file = issued("engine", root, names=("engine.test",), ends=20 * DAY).written(tmp_path)
    async with listening(greets, server_context(file)) as port:
        report = await walked(f"tls://engine.test:{port}", ca=ca)

    assert ids(report, Status.WARN) == ["tls.expiry"]
    assert "in 19 days" in finding(report, "tls.expiry").detail


async def test_an_expired_certificate_on_the_way_is_named(tmp_path: Path, root: Issued, ca: Path) -> None:
    middle = issued("Old middle", root, is_authority=True, ends=-DAY)
    file = issued("engine", middle, names=("engine.test",)).written(tmp_path, middle)
    async with listening(greets, server_context(file)) as port:
        failed, found = only_failure(await walked(f"tls://engine.test:{port}", ca=ca))

    assert (failed, "Old middle" in found.detail) == ("tls.expiry", True)


async def test_an_expired_certificate_that_nobody_needs_is_no_fault(tmp_path: Path, root: Issued, ca: Path) -> None:
    useless = issued("Nobody's", root, is_authority=True, ends=-DAY)
    file = issued("engine", root, names=("engine.test",)).written(tmp_path, useless)
    async with listening(greets, server_context(file)) as port:
        report = await walked(f"tls://engine.test:{port}", ca=ca)

    assert finding(report, "tls.expiry").status is Status.PASS


async def test_a_server_with_old_tls_only_is_the_one_failure(good: Path, ca: Path) -> None:
    context = server_context(good)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with listening(greets, context) as port:
        report = await walked(f"tls://engine.test:{port}", ca=ca)

    assert "protocol" in str(ids(report, Status.FAIL))
    assert finding(report, "tls.protocol").detail == "The server speaks TLSv1.1 only"


async def test_a_server_that_admits_old_tls_too_is_a_warning(good: Path, ca: Path) -> None:
    context = server_context(good)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    async with listening(greets, context) as port:
        report = await walked(f"tls://engine.test:{port}", ca=ca)

    assert ids(report, Status.WARN) == ["tls.protocol"]
    assert "TLSv1.1 is admitted, too" in finding(report, "tls.protocol").detail


async def test_a_server_that_knows_other_names_only_is_the_one_failure(good: Path, ca: Path) -> None:
    def refuse(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name == "engine.test" else None

    context = server_context(good)
    context.sni_callback = refuse
    async with plainly_secured(context) as port:
        failed, found = only_failure(await walked(f"tls://engine.test:{port}", ca=ca))

    assert failed == "tls.sni"
    assert "knows no engine.test" in found.detail


async def test_a_name_that_chooses_the_certificate_is_told(tmp_path: Path, root: Issued, good: Path, ca: Path) -> None:
    other = server_context(issued("default", root, names=("default.test",)).written(tmp_path))
    right = server_context(good)

    def choose(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        connection.context = right if name == "engine.test" else other

    other.sni_callback = choose
    async with listening(greets, other) as port:
        report = await walked(f"tls://engine.test:{port}", ca=ca)

    assert "certificate of engine, without it that of default" in finding(report, "tls.sni").detail
    assert finding(report, "tls.name").status is Status.PASS


async def test_a_server_that_breaks_off_is_the_one_failure() -> None:
    asks_for_tls = says(f"INFO {INFO | {'tls_required': True}}\r\n".replace("'", '"').replace("True", "true").encode())
    async with listening(asks_for_tls) as port:
        failed, found = only_failure(await walked(f"nats://engine.test:{port}", timeout=0.5))

    assert (failed, "No answer within 0.5 s" in found.detail) == ("tls.handshake", True)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_of_the_client_is_asked_for_and_used(
    tmp_path: Path, root: Issued, good: Path, ca: Path, version: ssl.TLSVersion
) -> None:
    context = server_context(good)
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca)
    mine = issued("laptop", root).written(tmp_path)
    async with plainly_secured(context) as port:
        _, without = only_failure(await walked(f"tls://engine.test:{port}", ca=ca))
        with_one = await walked(f"tls://engine.test:{port}", ca=ca, certificate=mine)

    assert "--cert" in without.remedy[0]
    assert finding(with_one, "info").status is Status.PASS
