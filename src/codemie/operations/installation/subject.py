"""What is looked at: one installation, as its settings describe it, and where to find its parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from codemie.identity.settings import IdentitySettings
from codemie.integrations.settings import IntegrationsSettings
from codemie.kernel.settings import KernelSettings, Section, env_name
from codemie.models.settings import ModelsSettings
from codemie.operations.installation.provider_access import ProviderAccess
from codemie.operations.settings import OperationsSettings
from codemie.plugins.settings import PluginsSettings


class Profile(StrEnum):
    """What an installation is for: some findings are a matter of course in one, and a danger in the other."""

    DEV = "dev"
    PROD = "prod"


class RoomSettings(Protocol):
    """The sections that these checks read; others are looked through for placeholders alone."""

    @property
    def kernel(self) -> KernelSettings: ...

    @property
    def identity(self) -> IdentitySettings: ...

    @property
    def models(self) -> ModelsSettings: ...

    @property
    def integrations(self) -> IntegrationsSettings: ...

    @property
    def plugins(self) -> PluginsSettings: ...

    @property
    def operations(self) -> OperationsSettings: ...


def _nothing_to_say() -> list[str]:
    return []


@dataclass(frozen=True)
class Installation:
    """One installation, and how to look at it.

    Attributes:
        settings: of the process that looks.
        database_url: of PostgreSQL.
        nats_url: of the message bus, with user and password; empty where nobody knows one.
        api_url: where the API answers.
        broker_secret: what the logins at the plugin engine's NATS follow from; empty where there is no engine.
        profile: what it is for.
        network: whether systems outside of it may be asked.
        integrations: whether stored credentials are tried.
        token: an access token of the identity provider to be explained; empty: none.
        provider_access: what may be used at the identity provider to look closer.
        reread: reads the settings again and gives a line for each variable that sets nothing; raises
            ``ConfigurationError`` when they cannot be read.
        unseen: why the settings may not be those of the running platform; empty: they are.
    """

    settings: RoomSettings
    database_url: str = field(repr=False)
    nats_url: str = field(default="", repr=False)
    api_url: str = ""
    broker_secret: str = field(default="", repr=False)
    profile: Profile = Profile.DEV
    network: bool = True
    integrations: bool = False
    token: str = field(default="", repr=False)
    provider_access: ProviderAccess = field(default_factory=ProviderAccess)
    reread: Callable[[], list[str]] = _nothing_to_say
    unseen: str = ""

    @property
    def is_production(self) -> bool:
        """Whether findings are judged as those of an installation that people rely on."""
        return self.profile is Profile.PROD

    def given(self) -> Mapping[str, str]:
        """What was set by somebody, secrets in the clear: `kernel.port` → `8080`."""
        sections: dict[str, Section] = vars(self.settings)
        return {
            f"{room}.{name}": _text(getattr(section, name))
            for room, section in sections.items()
            for name in sorted(section.model_fields_set)
        }

    def hidden(self) -> tuple[str, ...]:
        """Texts that no finding may show."""
        password = urlsplit(self.database_url).password, urlsplit(self.nats_url).password
        given = (*self.secrets().values(), *password, self.broker_secret, self.token, *self.provider_access.secrets)
        return tuple(each for each in given if each)

    def secrets(self) -> Mapping[str, str]:
        """Of them, those that are secret."""
        sections: dict[str, Section] = vars(self.settings)
        return {
            f"{room}.{name}": value.get_secret_value()
            for room, section in sections.items()
            for name in sorted(section.model_fields_set)
            if isinstance(value := getattr(section, name), SecretStr)
        }


def likely_profile(settings: RoomSettings) -> Profile:
    """Production where people come in by https, else a place to try and develop."""
    address = settings.kernel.frontend_url or ""
    return Profile.PROD if address.startswith("https://") else Profile.DEV


def variable_of(key: str, settings: RoomSettings) -> str:
    """The environment variable of a setting: `kernel.port` → `CODEMIE_PORT`."""
    room, _, name = key.partition(".")
    section: Section = getattr(settings, room)
    return env_name(room, name, type(section).model_fields[name])


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ", ".join(map(str, cast("tuple[object, ...]", value))) if isinstance(value, tuple) else str(value)
