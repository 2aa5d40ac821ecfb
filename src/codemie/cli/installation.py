"""The installation a command looks at: the servers that are configured, else those of the platform of this home."""

from typing import TYPE_CHECKING

from codemie.cli.exits import Refused
from codemie.settings import Settings

if TYPE_CHECKING:
    from codemie.operations.installation.subject import Installation


def database_address(settings: Settings) -> str:
    """The database that is configured, else the embedded one of a platform that runs in this home.

    Raises:
        Refused: neither is there.
    """
    from codemie.embedded.postgres import EmbeddedPostgres

    if url := settings.kernel.database_url:
        return url.get_secret_value()
    own = EmbeddedPostgres(settings.kernel.home / "postgres")
    if own.pid is None:
        raise Refused(
            f"No database: CODEMIE_DATABASE_URL is not set, and no platform runs in {settings.kernel.home}. Start it "
            "with codemiectl up, or name its home with --home."
        )
    return own.url


def at_hand(settings: Settings, api_url: str | None = None) -> "Installation":
    """The whole of it, to be looked at.

    Args:
        settings: of this process.
        api_url: where the API answers; None: where `up` says, else where it listens on this machine.

    Raises:
        Refused: there is none.
    """
    from codemie.operations.installation.subject import Installation, likely_profile

    nats_url, secret = message_bus(settings)
    return Installation(
        settings,
        database_address(settings),
        nats_url,
        api_url or api_address(settings),
        broker_secret=secret,
        profile=likely_profile(settings),
    )


def message_bus(settings: Settings) -> tuple[str, str]:
    """Its address and the plugin engine's secret; empty where they are not known."""
    from codemie.embedded.nats import EmbeddedNats

    given = settings.plugins.broker_secret
    secret = given.get_secret_value() if given else ""
    if url := settings.kernel.nats_url:
        return url.get_secret_value(), secret
    own = EmbeddedNats(settings.kernel.home / "nats", secret or None)
    return (own.url, own.secret) if own.find() else ("", secret)


def api_address(settings: Settings) -> str:
    """Where the API answers: as `up` says, else where it listens on this machine."""
    from codemie.cli import ports
    from codemie.cli.home import Home

    kernel = settings.kernel
    return Home(kernel.home).url or f"http://{ports.reachable(kernel.host)}:{kernel.port}"
