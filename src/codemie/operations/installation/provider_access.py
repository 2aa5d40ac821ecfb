"""What whoever looks may use at the identity provider: an administrator of Keycloak, and clients and people to try."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote

from codemie.checks.sources import Unobservable
from codemie.identity.realm_reading import RealmReading, administrator
from codemie.kernel.errors import CodeMieError

T = TypeVar("T")

ADMIN_PASSWORD = "KEYCLOAK_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable
_HOW = f"Set {ADMIN_PASSWORD}, and KEYCLOAK_ADMIN where the administrator is not admin"


@dataclass(frozen=True)
class GivenClient:
    """A client, or a client and a person, that tokens may be issued to for a try.

    Attributes:
        id: of the client; empty where nobody gave one.
        username: of the person; empty for a client on its own.
    """

    id: str = ""
    secret: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class ProviderAccess:
    """Everything that was given.

    Attributes:
        server: address of Keycloak for administrators; empty: as the issuer says.
        admin: an administrator of realm master.
        admin_password: theirs; empty where nobody gave one.
        machine: for client credentials.
        person: for the password grant.
        audience: whom a token is to be exchanged for; empty: it is not tried.
        may_try: somebody asked for tries by hand. Each is written into the provider's own log, so a page that looks
            every few seconds makes none.
    """

    server: str = ""
    admin: str = "admin"
    admin_password: str = field(default="", repr=False)
    machine: GivenClient = field(default_factory=GivenClient)
    person: GivenClient = field(default_factory=GivenClient)
    audience: str = ""
    may_try: bool = False

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "ProviderAccess":
        """What the environment says."""

        def value(name: str, default: str = "") -> str:
            return given.get(name) or default

        machine = GivenClient(value("IDP_TEST_CLIENT_ID"), value("IDP_TEST_CLIENT_SECRET"))
        person = GivenClient(
            value("IDP_TEST_USER_CLIENT_ID", "codemie-sdk"),
            value("IDP_TEST_USER_CLIENT_SECRET"),
            value("IDP_TEST_USERNAME"),
            value("IDP_TEST_PASSWORD"),
        )
        admin = value("KEYCLOAK_ADMIN", "admin")
        return cls(
            value("KEYCLOAK_URL"),
            admin,
            value(ADMIN_PASSWORD),
            machine,
            person,
            value("IDP_TEST_AUDIENCE"),
            may_try=True,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no finding may show."""
        given = (self.admin_password, self.machine.secret, self.person.secret, self.person.password)
        return tuple(each for each in given if each)


@dataclass(frozen=True)
class Realm:
    """The realm that the issuer is, as an administrator of Keycloak sees it.

    Attributes:
        name: empty where the issuer is no realm of Keycloak.
    """

    server: str
    name: str
    access: ProviderAccess

    @classmethod
    def of(cls, issuer: str, access: ProviderAccess) -> "Realm":
        """By the issuer's address: `https://host/realms/NAME`."""
        server, _, name = issuer.rstrip("/").rpartition("/realms/")
        return cls(access.server or server, unquote(name) if server else "", access)

    @property
    def is_open(self) -> bool:
        """Whether somebody gave an administrator."""
        return bool(self.access.admin_password)

    async def read(self, look: Callable[[RealmReading, str], T]) -> T:
        """What `look` finds, reading as the administrator.

        Raises:
            Unobservable: nobody gave one, or Keycloak does not let them see it.
        """
        if not self.is_open:
            raise Unobservable("No administrator of Keycloak was given to look at the realm", _HOW)
        return await asyncio.to_thread(self._read, look)

    def _read(self, look: Callable[[RealmReading, str], T]) -> T:
        try:
            with administrator(self.server, self.access.admin, self.access.admin_password) as client:
                return look(RealmReading(client), self.name)
        except CodeMieError as error:
            raise Unobservable(f"The realm cannot be looked at: {error.message}", _HOW) from error
