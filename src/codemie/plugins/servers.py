"""Where the NATS servers of the plugin engine are."""

from urllib.parse import urlsplit

from codemie.kernel.settings import KernelSettings
from codemie.plugins.settings import PluginsSettings


def servers_of(settings: PluginsSettings, kernel: KernelSettings) -> list[str]:
    """Their addresses, without users: those of the engine, else those of the message bus."""
    named = settings.nats_url or (kernel.nats_url.get_secret_value() if kernel.nats_url else "")
    return [_without_user(address.strip()) for address in named.split(",") if address.strip()]


def _without_user(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
