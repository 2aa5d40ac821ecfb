"""The official MCP package for assistants, unmodified from PyPI, in an environment of its own."""

import asyncio
import json
import os
from pathlib import Path

import httpx2
import pytest

from tests.conftest import MakeUser
from tests.conversations.chatting import make_assistant
from tests.sdk.environment import python_with
from tests.support import ADMIN_PASSWORD, Platform

PACKAGE = "codemie-mcp-assistants==0.2.0"
ENVIRONMENT = Path(__file__).parent.parent.parent / ".cache" / "mcp-venv"

pytestmark = pytest.mark.sdk


@pytest.fixture(scope="module")
def package_python() -> Path:
    """The Python that has the package installed."""
    return python_with(PACKAGE, ENVIRONMENT)


async def test_the_official_package_chats_with_an_assistant(
    package_python: Path, platform: Platform, make_user: MakeUser
) -> None:
    user: httpx2.AsyncClient = await make_user()
    assistant = await make_assistant(user, name="Turbine Mechanic", shared=False)
    environment = {
        "PATH": os.environ["PATH"],
        "CODEMIE_AUTH_SERVER_URL": platform.url,
        "CODEMIE_AUTH_REALM_NAME": "codemie",
        "CODEMIE_API_DOMAIN": platform.url,
        "CODEMIE_USERNAME": user.email,  # type: ignore[attr-defined]
        "CODEMIE_PASSWORD": ADMIN_PASSWORD,
        "CODEMIE_VERIFY_SSL": "false",
        "CODEMIE_ASSISTANT_ID": assistant,
    }

    process = await asyncio.create_subprocess_exec(
        *map(str, (package_python, Path(__file__).with_name("mcp_chat.py"), "Say 'the valve is shut'")),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), timeout=120)

    assert process.returncode == 0, err.decode()[-4000:]
    seen = json.loads(out.decode().splitlines()[-1])
    assert [name.lower() for name in seen["tools"]] == ["ask_turbine_mechanic"]
    assert not seen["failed"]
    assert "the valve is shut" in seen["answer"]
