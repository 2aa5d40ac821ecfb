"""Every route under generated input, valid and not: no server error, no undocumented status."""

import asyncio
import sys
from pathlib import Path

import httpx2
import pytest

from tests.conftest import MakeUser
from tests.support import Platform

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
# These end the session of the user who fuzzes, or stream without end. Diagrams answer 503, as their contract wants it
# where there is no renderer; so do what MCP's contract knows and we do not offer.
LEFT_OUT = (
    r"/v1/local-auth/(logout|change-password|.*verif|.*reset|.*forgot|.*resend)|/v1/user/log_out|/events$"
    r"|/diagram/mermaid$|/assistants/[^/]+/evaluate$|/mcp-auth/(saml/|oauth2/callback-diagnostics$)"
)


@pytest.mark.timeout(600)
async def test_no_input_makes_the_api_fail(platform: Platform, make_user: MakeUser, tmp_path: Path) -> None:
    user: httpx2.AsyncClient = await make_user("fuzzer")
    # Building the document takes seconds the first time, longer than the fuzzer waits for it.
    assert (await user.get("/openapi.json")).status_code == 200
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{platform.url}/openapi.json"),
        *("--header", f"Authorization:{user.headers['Authorization']}"),
        *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "8", "--seed", "7"),
        *("--exclude-path-regex", LEFT_OUT, "--no-shrink", "--continue-on-failure", "--warnings", "off"),
        *("--request-timeout", "20", "--suppress-health-check", "all", "--workers", "2"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, output.decode()[-6000:]
