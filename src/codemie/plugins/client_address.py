"""Where agents connect."""

from fastapi import Request

from codemie.plugins.settings import PluginsSettings

WEBSOCKET_PATH = "/v1/plugin-engine/ws"


def client_uri(request: Request, settings: PluginsSettings) -> str:
    """Where people's agents connect: as the operator says, else the WebSocket, at the address the request came to.

    A proxy that is trusted tells whether the request came to it over TLS.
    """
    if settings.client_uri:
        return settings.client_uri
    is_secure = request.url.scheme == "https"
    if request.app.state.resources.identity.addresses.is_trusted(request):
        is_secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    return f"{'wss' if is_secure else 'ws'}://{request.url.netloc}{WEBSOCKET_PATH}"
