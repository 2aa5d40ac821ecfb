"""Wire models of the integrations room: exactly what clients send and see."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, field_validator

from codemie.integrations.catalogue import TYPES
from codemie.integrations.probes.diagnosis import Verdict
from codemie.kernel.http import Page, WireModel

Scope = Literal["user", "project"]


def _known(name: str) -> str:
    if name not in TYPES:
        raise ValueError(f"There is no credential type '{name}'. There are: {', '.join(TYPES)}")
    return name


CredentialTypeName = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(TYPES)})]
"""Unknown types are refused before anything else is looked at."""

_MAX_VALUES = 100
_MAX_VALUE_CHARACTERS = 2**20


class SettingValue(WireModel):
    """One value; official clients leave out a value that is null."""

    key: Annotated[str, Field(min_length=1, max_length=200)]
    value: Any = None

    @field_validator("value")
    @classmethod
    def _bounded(cls, value: Any) -> Any:
        if len(json.dumps(value)) > _MAX_VALUE_CHARACTERS:
            raise ValueError(f"must have at most {_MAX_VALUE_CHARACTERS:,} characters as JSON")
        return value


Values = Annotated[list[SettingValue], Field(max_length=_MAX_VALUES)]


class SettingRequest(WireModel):
    """Create or replace."""

    project_name: str | None = None
    alias: Annotated[str, Field(max_length=255)]
    credential_type: CredentialTypeName
    credential_values: Values
    is_global: bool | None = False
    oauth_state: str | None = None


class Creator(WireModel):
    """Who made it."""

    id: str
    username: str = ""
    name: str = ""


class Setting(WireModel):
    """A stored credential, its secrets masked."""

    id: str
    date: datetime
    update_date: datetime
    user_id: str
    created_by: Creator
    project_name: str
    alias: str
    default: bool = False
    credential_type: CredentialTypeName
    credential_values: list[SettingValue]
    setting_hash: str | None = None
    setting_type: Scope
    is_global: bool = False


SettingPage = Page[Setting]


Ability = Literal["read", "write", "delete"]
ABILITIES: tuple[Ability, ...] = ("read", "write", "delete")


class SettingDetail(Setting):
    """One of them, with what the caller may do with it."""

    user_abilities: list[Ability]


KeyKind = Literal["text", "long text", "number", "switch", "choice"]


class KeyCondition(WireModel):
    """Another key, and the values with which this one is asked for; switches are "true" or "false"."""

    key: str
    values: list[str]


class IntegrationKey(WireModel):
    """One field of a form."""

    name: str
    label: str
    kind: KeyKind
    secret: bool
    required: bool
    default: Any = None
    hint: str = ""
    choices: list[str] = Field(default_factory=list)
    when: KeyCondition | None = None
    aliases: list[str] = Field(default_factory=list)


class IntegrationType(WireModel):
    """One kind of system, and the form for its credential.

    ``offered`` is false for those that the platform makes itself, ``free`` is true where any names may be added, and
    ``url`` is what clients send as the address of a type that has none.
    """

    name: str
    label: str
    group: str
    about: str
    personal: bool
    offered: bool
    testable: bool
    free: bool
    keys: list[IntegrationKey]
    url: str | None = None


class IntegrationTypes(WireModel):
    """The catalogue, and the address that other systems see when this installation calls."""

    types: list[IntegrationType]
    egress_ip: str | None = None


class TestRequest(WireModel):
    """Values just typed, or a stored credential, or both: then masks stand for what is stored."""

    credential_type: CredentialTypeName
    credential_values: Values | None = None
    setting_id: str | None = None


class Tested(WireModel):
    """It works."""

    success: bool = True
    message: str = ""


class DiagnosedStep(WireModel):
    """One step on the way to the system."""

    name: str
    passed: bool
    detail: str
    action: str = ""


class DiagnosedTest(WireModel):
    """How far a test came, and what to do."""

    success: bool
    verdict: Verdict
    message: str
    action: str
    steps: list[DiagnosedStep]
    egress_ip: str | None = None


class TypeOfIntegration(WireModel):
    """Which scopes a transfer takes along."""

    user_integrations: bool = False
    project_integrations: bool = False


MOST_NAMED = 1000
Aliases = Annotated[list[str], Field(max_length=MOST_NAMED)]
TransferMode = Literal["move", "copy"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class TransferRequest(WireModel):
    """From which project to which, and what."""

    source_project_name: Name
    target_project_name: Name
    mode: TransferMode
    type_of_integration: TypeOfIntegration | None = None
    list: Aliases | None = None


class TransferItem(WireModel):
    """What was moved, copied or left."""

    id: str
    alias: str
    credential_type: CredentialTypeName


class TransferResponse(WireModel):
    """What a transfer did."""

    message: str
    source_project_name: str
    target_project_name: str
    mode: TransferMode
    transferred_count: int
    transferred: list[TransferItem]
    skipped_count: int = 0
    skipped: list[TransferItem]
