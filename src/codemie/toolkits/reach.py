"""The way out: connections to the systems that tools work with, kept open between calls, behind the egress guard."""

import ssl
from collections import OrderedDict
from collections.abc import Mapping

import httpx2

from codemie.integrations.settings import IntegrationsSettings
from codemie.integrations.vault import Credential
from codemie.kernel.egress_http import guarded_transport
from codemie.toolkits.failures import NotConfigured
from codemie.toolkits.settings import ToolkitsSettings

CERTIFICATE_KEY = "ca_certificate"
"""Key of a credential that holds the authorities to believe for this system alone, in PEM."""
VERIFY_KEY = "verify_ssl"
_MOST_TRUSTS = 64


class Reach:
    """Shares connections among the calls of a process. No cookie and no header outlives a call.

    Args:
        settings: of tool calls.
        integrations: where integrations may lead.
    """

    def __init__(self, settings: ToolkitsSettings, integrations: IntegrationsSettings) -> None:
        self.settings = settings
        self._policy = integrations.egress()
        self._transports: OrderedDict[str, httpx2.AsyncBaseTransport] = OrderedDict()

    def client(self, credential: Credential | None, base_url: str, headers: Mapping[str, str]) -> httpx2.AsyncClient:
        """A client for one call; it need not be closed.

        Args:
            credential: whose certificates are believed.
            base_url: of the system.
            headers: sent with every request.

        Raises:
            NotConfigured: the credential's certificate is none.
        """
        return httpx2.AsyncClient(
            transport=_Lent(self._transport(credential)),
            base_url=base_url,
            headers={"Accept-Encoding": "identity", **headers},
            timeout=httpx2.Timeout(self.settings.answer_seconds, connect=self.settings.connect_seconds),
            follow_redirects=False,
        )

    def _transport(self, credential: Credential | None) -> httpx2.AsyncBaseTransport:
        """Connections are shared by those who believe the same certificates."""
        values = credential.values if credential else {}
        authorities = str(values.get(CERTIFICATE_KEY) or "")
        verified = values.get(VERIFY_KEY) not in (False, "false", "False")
        key = f"{verified}{authorities}"
        transport = self._transports.get(key)
        if transport is None:
            trust = trusting(authorities, verify=verified)
            transport = guarded_transport(self._policy, self.settings.max_answer_bytes, trust)
            self._transports[key] = transport
            # The oldest may be in use: it is let go, and closes what it holds once nobody does.
            while len(self._transports) > _MOST_TRUSTS:
                self._transports.popitem(last=False)
        self._transports.move_to_end(key)
        return transport

    async def close(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()


class _Lent(httpx2.AsyncBaseTransport):
    """Shared connections as one client's: closing the client leaves them open."""

    def __init__(self, shared: httpx2.AsyncBaseTransport) -> None:
        self._shared = shared

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._shared.handle_async_request(request)


def trusting(authorities: str, *, verify: bool = True) -> ssl.SSLContext:
    """Public authorities, and those in PEM.

    Raises:
        NotConfigured: it is no PEM.
    """
    trust = httpx2.create_ssl_context(trust_env=False)
    if authorities:
        try:
            trust.load_verify_locations(cadata=authorities)
        except (ssl.SSLError, ValueError) as error:
            raise NotConfigured(
                details=f"The {CERTIFICATE_KEY} of the integration is no certificate in PEM form.",
                help="Paste the certificate of the authority, from BEGIN CERTIFICATE to END CERTIFICATE.",
            ) from error
    if not verify:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    return trust
