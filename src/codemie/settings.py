"""All settings of one process: every room's section, composed once.

Light on purpose: the command line reads settings long before it loads a room.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from codemie.agents.settings import AgentsSettings
from codemie.assistants.settings import AssistantsSettings
from codemie.configuration.settings import ConfigurationSettings
from codemie.conversations.settings import ConversationsSettings
from codemie.identity.settings import IdentitySettings
from codemie.integrations.settings import IntegrationsSettings
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.settings import (
    KernelSettings,
    Provenance,
    Section,
    load_section,
    read_file,
    refuse_unknown_rooms,
)
from codemie.knowledge.settings import KnowledgeSettings
from codemie.mcp.settings import McpSettings
from codemie.models.settings import ModelsSettings
from codemie.operations.settings import OperationsSettings
from codemie.plugins.settings import PluginsSettings
from codemie.skills.settings import SkillsSettings
from codemie.speech.settings import SpeechSettings
from codemie.toolkits.settings import ToolkitsSettings
from codemie.workspaces.settings import WorkspacesSettings

FILE_VARIABLE = "CODEMIE_CONFIG"
FILE_NAME = "codemie.yaml"
# Read outside the settings: by the worker, by tests and by the tools around the platform.
_OTHER_VARIABLES = frozenset(
    {
        FILE_VARIABLE,
        "CODEMIE_SUPERVISOR_PIPE",
        "CODEMIE_EXECUTOR",
        "CODEMIE_REQUIRE_COMPONENTS",
        "CODEMIE_REQUIRE_KEYCLOAK",
        "CODEMIE_URL",
        "CODEMIE_CHROMIUM",
        "CODEMIE_TOKEN",
        "CODEMIE_OTHER_TOKEN",
    }
)
_SERVERS = {"database_url": "database", "nats_url": "message bus"}

SECTIONS: dict[str, type[Section]] = {
    "kernel": KernelSettings,
    "identity": IdentitySettings,
    "configuration": ConfigurationSettings,
    "models": ModelsSettings,
    "speech": SpeechSettings,
    "integrations": IntegrationsSettings,
    "agents": AgentsSettings,
    "knowledge": KnowledgeSettings,
    "skills": SkillsSettings,
    "toolkits": ToolkitsSettings,
    "assistants": AssistantsSettings,
    "mcp": McpSettings,
    "plugins": PluginsSettings,
    "conversations": ConversationsSettings,
    "workspaces": WorkspacesSettings,
    "operations": OperationsSettings,
}


@dataclass(frozen=True)
class Settings:
    """One immutable section per room."""

    kernel: KernelSettings
    identity: IdentitySettings
    configuration: ConfigurationSettings
    models: ModelsSettings
    speech: SpeechSettings
    integrations: IntegrationsSettings
    agents: AgentsSettings
    knowledge: KnowledgeSettings
    skills: SkillsSettings
    toolkits: ToolkitsSettings
    assistants: AssistantsSettings
    mcp: McpSettings
    plugins: PluginsSettings
    conversations: ConversationsSettings
    workspaces: WorkspacesSettings
    operations: OperationsSettings


def load_settings(environment: Mapping[str, str] | None = None) -> tuple[Settings, list[Provenance]]:
    """Read the environment and the settings file (`CODEMIE_CONFIG`, else `codemie.yaml` in the home folder).

    Raises:
        ConfigurationError: a key nobody knows, a value that cannot be used, or a file that cannot be read.
    """
    variables = os.environ if environment is None else environment
    path = settings_file(variables)
    if FILE_VARIABLE in variables and not path.is_file():
        raise ConfigurationError(
            "The settings file does not exist", details=str(path), help=f"Correct {FILE_VARIABLE}, or unset it."
        )
    document = read_file(path)
    refuse_unknown_rooms(document, list(SECTIONS))
    sections: dict[str, Any] = {}
    provenance: list[Provenance] = []
    for room, model in SECTIONS.items():
        sections[room], origins = load_section(model, room, variables, document)
        provenance += origins
    return Settings(**sections), provenance


def reread(environment: Mapping[str, str] | None = None) -> list[str]:
    """Read the settings as a process that starts now would, and give a line for each variable that sets nothing.

    Args:
        environment: the variables that it starts with; None: those of this process.

    Raises:
        ConfigurationError: they cannot be used.
    """
    variables = os.environ if environment is None else environment
    return unknown_variables(variables, load_settings(variables)[1])


def unknown_variables(environment: Mapping[str, str], provenance: list[Provenance]) -> list[str]:
    """A line for each `CODEMIE_…` variable that sets nothing, with the name that was probably meant."""
    known = {row.env for row in provenance} | _OTHER_VARIABLES
    strangers = sorted(name for name in environment if name.startswith("CODEMIE_") and name not in known)
    return [_unknown(name, known) for name in strangers]


def _unknown(name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"The variable {name} sets nothing." + (f" Did you mean {near[0]}?" if near else "")


def settings_file(environment: Mapping[str, str]) -> Path:
    """Where the YAML settings file is looked for; one that is not named need not exist."""
    if named := environment.get(FILE_VARIABLE):
        return Path(named)
    return Path(environment.get("CODEMIE_HOME", ".codemie")) / FILE_NAME


def missing_servers(settings: Settings, *needed: str) -> ConfigurationError:
    """The error that names those of the needed servers whose address is not set.

    Args:
        settings: of the process.
        needed: names of kernel settings: `database_url`, `nats_url`.
    """
    missing = [name for name in needed if getattr(settings.kernel, name) is None]
    verb = "is" if len(missing) == 1 else "are"
    path = settings_file(os.environ)
    return ConfigurationError(
        f"No {' and no '.join(_SERVERS[name] for name in missing)} {verb} configured",
        details=f"{' and '.join(f'CODEMIE_{name.upper()}' for name in missing)} {verb} set neither in the environment "
        f"nor in the settings file {path}{'' if path.exists() else ', which is not there'}",
        help="Set what is missing, or run 'codemiectl up', which starts servers of its own",
    )


assert set(SECTIONS) == {field.name for field in fields(Settings)}  # noqa: S101 - two lists, one truth
