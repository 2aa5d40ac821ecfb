"""Every route under generated input, valid and not: no server error, no undocumented status.

Every operation gets a few requests that chance makes up. The limits of every parameter are tried systematically for one
operation in twenty, which alone takes a third of the minute; `CODEMIE_FUZZ=all` tries those of all of them and makes
up more, in ten minutes.
"""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import MakeUser
from tests.support import Platform

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
# These end the session of the user who fuzzes, or stream without end. Diagrams answer 503, as their contract wants it
# where there is no renderer; so do what MCP's contract knows and we do not offer.
LEFT_OUT = re.compile(
    r"/v1/local-auth/(logout|change-password|.*verif|.*reset|.*forgot|.*resend)|/v1/user/log_out|/events$"
    r"|/diagram/mermaid$|/assistants/[^/]+/evaluate$|/mcp-auth/(saml/|oauth2/callback-diagnostics$)"
)
EVERYTHING = os.environ.get("CODEMIE_FUZZ") == "all"
ONE_IN = 1 if EVERYTHING else 20
EXAMPLES = 8 if EVERYTHING else 3

pytestmark = pytest.mark.timeout(1800 if EVERYTHING else 600)


@pytest.fixture
async def user(make_user: MakeUser) -> httpx2.AsyncClient:
    return await make_user("fuzzer")


@pytest.fixture
async def operations(user: httpx2.AsyncClient) -> list[str]:
    """The operations to try, as `GET /v1/skills`."""
    # Building the document takes seconds the first time, longer than the fuzzer waits for it.
    document = (await user.get("/openapi.json")).json()
    methods = {"get", "put", "post", "delete", "patch"}
    return [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in methods and not LEFT_OUT.search(path)
    ]


async def test_no_input_that_chance_makes_up_makes_the_api_fail(
    platform: Platform, user: httpx2.AsyncClient, operations: list[str], tmp_path: Path
) -> None:
    options = ["--phases", "examples,fuzzing", "--max-examples", str(EXAMPLES)]
    tried = await fuzz(platform, user, tmp_path, *options, "--exclude-path-regex", LEFT_OUT.pattern)
    assert tried["tested"] == len(operations), tried


async def test_no_limit_of_a_parameter_makes_the_api_fail(
    platform: Platform, user: httpx2.AsyncClient, operations: list[str], tmp_path: Path
) -> None:
    sample = operations[::ONE_IN]
    names = [word for name in sample for word in ("--include-name", name)]
    tried = await fuzz(platform, user, tmp_path, "--phases", "coverage", *names)
    assert tried["tested"] == len(sample), tried


async def fuzz(platform: Platform, user: httpx2.AsyncClient, folder: Path, *options: str) -> dict[str, Any]:
    """Let the fuzzer try, and tell how many operations it tried, and why not all."""
    report = folder / "report.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{platform.url}/openapi.json"),
        *("--header", f"Authorization:{user.headers['Authorization']}"),
        *("--checks", CHECKS, *options, "--seed", "7", "--no-shrink", "--continue-on-failure", "--warnings", "off"),
        # One worker: Python 3.11 sometimes fails to parse source in two threads at once, which the fuzzer does.
        *("--request-timeout", "20", "--suppress-health-check", "all", "--workers", "1"),
        *("--report", "json", "--report-json-path", str(report)),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, output.decode()[-6000:]
    tried: dict[str, Any] = json.loads(await asyncio.to_thread(report.read_text))["operations"]
    return tried
