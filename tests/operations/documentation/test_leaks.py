"""What must not go out is found, and what every guide has to say is not taken for it."""

import subprocess
import sys
from pathlib import Path

import pytest

from codemie.operations.documentation.leaks import leaks, scan

ROOT = Path(__file__).resolve().parents[3]
PLANTED = {
    "access key of AWS": "AKIA" + "QWERTYUIOPASDFGH",
    "token of GitHub": "ghp_" + "a1B2" * 9,
    "token of GitLab": "glpat-" + "x9Y8" * 5,
    "key of a model provider": "sk-proj-" + "0aB1" * 8,
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "private key": "-----BEGIN PRIVATE KEY-----",
    "address of a person": "jane.doe@bank.com",
    "host of an internal network": "git.bank.corp",
    "forbidden word": "made for BigBank",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_each_kind_is_found_with_its_line(kind: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(f"# Title\n\nSee {PLANTED[kind]} for more.\n")

    found = scan([tmp_path], forbidden=["bigbank"])

    assert [(leak.path.name, leak.line, leak.kind) for leak in found] == [("page.md", 3, kind)]
    assert "QWERTY" not in found[0].shown


@pytest.mark.parametrize(
    "text",
    [
        "PLUGIN_KEY=… codemiectl nats test --key -",
        "Authorization: Bearer <token>",
        "postgresql://codemie:PASSWORD@HOST:5432/codemie",
        "ada@example.org, ops@mail.example.com, nobody@service.invalid",
        "codemie.default.svc.cluster.local and metadata.google.internal",
        "git.example.internal",
    ],
)
def test_what_a_guide_has_to_say_is_none(text: str) -> None:
    assert list(leaks(Path("page.md"), text)) == []


def test_all_that_we_give_out_is_clean() -> None:
    given = [ROOT / name for name in ("docs", "deploy", "README.md", "CHANGELOG.md", "CONTRIBUTING.md")]

    assert scan(given) == []


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codemie.cli", "docs", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_ends_with_2_where_something_must_not_go_out(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("Ask jane.doe@bank.com\n")

    told = run("scan", str(tmp_path))

    assert (told.returncode, told.stdout.strip()) == (
        2,
        f"{tmp_path}/page.md:1: address of a person: jane.doe@bank.com",
    )


def test_a_path_that_is_not_there_is_no_clean_one(tmp_path: Path) -> None:
    told = run("scan", str(tmp_path / "absent"))

    assert (told.returncode, "There is no" in told.stderr) == (1, True)


def test_pages_are_written_from_a_checkout_only(tmp_path: Path) -> None:
    told = run("export", str(tmp_path / "pages"), "--checkout", str(tmp_path))

    assert (told.returncode, "Run it in a checkout" in told.stderr, (tmp_path / "pages").exists()) == (1, True, False)
