"""Settings of agent workspaces."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from codemie.kernel.settings import Section

MEGABYTE = 2**20


class WorkspacesSettings(Section):
    """What a workspace may hold, and what a script in it may use. Sizes in bytes, times in seconds."""

    max_files: int = Field(1000, ge=1, description="Files a workspace may hold.")
    max_file_bytes: int = Field(10 * MEGABYTE, ge=1, description="Largest file of a workspace.")
    max_workspace_bytes: int = Field(64 * MEGABYTE, ge=1, description="What the files of a workspace take together.")
    max_workspaces: int = Field(1000, ge=1, description="Workspaces one person may have.")
    script_isolation: Literal["required", "none", "off"] = Field(
        "required",
        description="Whether scripts run: `required` runs them isolated, and refuses them where this system cannot "
        "isolate; `none` runs them with nothing but resource limits, for machines whose users are all trusted with the "
        "server itself; `off` runs none.",
    )
    script_seconds: float = Field(60.0, gt=0, description="How long a script may run.")
    script_cpu_seconds: int = Field(30, ge=1, description="Processor time a script may use.")
    script_memory_bytes: int = Field(
        512 * MEGABYTE, ge=64 * MEGABYTE, description="Address space a script may use, its interpreter included."
    )
    script_threads: int = Field(32, ge=1, description="Processes and threads a script's user may have.")
    script_output_bytes: int = Field(256 * 1024, ge=1024, description="Output after which a script is stopped.")
    concurrent_scripts: int = Field(2, ge=1, description="Scripts one process runs at the same time; others wait.")
    waiting_scripts: int = Field(20, ge=0, description="Scripts that may wait; more are refused with 503.")
    script_tool_calls: int = Field(
        100, ge=1, description="Tools of its agent that one script may call, where scripts may call tools at all."
    )
    script_packages: Path | None = Field(
        None, description="Folder with Python packages that scripts may import, beside the standard library."
    )
