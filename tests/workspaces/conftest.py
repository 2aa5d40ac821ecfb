"""A platform with small limits."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support import Platform, free_port, serving


@pytest.fixture(scope="package")
async def limited(platform: Platform, platform_environment: dict[str, str], admin_token: str) -> AsyncIterator[Any]:
    """The administrator at an installation whose workspaces hold little and whose scripts may do little."""
    small = {
        **platform_environment,
        "CODEMIE_WORKSPACES_MAX_FILES": "3",
        "CODEMIE_WORKSPACES_MAX_FILE_BYTES": "1000",
        "CODEMIE_WORKSPACES_MAX_WORKSPACE_BYTES": "2500",
        "CODEMIE_WORKSPACES_SCRIPT_SECONDS": "2",
        "CODEMIE_WORKSPACES_SCRIPT_CPU_SECONDS": "1",
        "CODEMIE_WORKSPACES_SCRIPT_OUTPUT_BYTES": "2000",
        "CODEMIE_PORT": str(free_port()),
    }
    async with serving(small) as running, running.client(admin_token) as client:
        yield client
