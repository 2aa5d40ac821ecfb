"""People's sign-ins at MCP servers: OAuth 2.1, authorization code with PKCE, tokens sealed, renewed in time."""

import asyncio
import json
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database, utcnow
from codemie.kernel.errors import AccessDenied, CodeMieError, InvalidInput, NotFound
from codemie.kernel.telemetry import get_logger
from codemie.mcp import discovery, sign_in_repository, tokens
from codemie.mcp.discovery import DiscoveryFailed
from codemie.mcp.failures import Challenge
from codemie.mcp.settings import McpSettings
from codemie.mcp.tables import McpAuthServer, McpSignInAttempt
from codemie.mcp.target import Target

log = get_logger(__name__)

ATTEMPT_SECONDS = 600
CALLBACK = "/v1/mcp-auth/oauth2/callback"
_EARLY_SECONDS = 60.0

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in under way: where the browser goes, and the key it must bring back in a cookie."""

    address: str
    browser_key: str


class SignIns:
    """Sign-ins as this process sees them.

    Args:
        database: where they are.
        cipher: seals tokens and secrets.
        settings: which addresses may be reached.
    """

    def __init__(self, database: Database, cipher: Cipher, settings: McpSettings) -> None:
        self._database = database
        self._cipher = cipher
        self._settings = settings
        self._renewing: dict[tuple[str, str], asyncio.Lock] = {}

    async def token(self, user_id: str, target: Target, *, rejected: str | None = None) -> str | None:
        """The user's access token at a server, renewed when it is about to end or the server rejected it.

        Args:
            user_id: whose.
            target: the server.
            rejected: a token that the server does not take any more.
        """
        if not self._settings.auth_enabled or target.transport == "stdio" or target.has_authorization:
            return None
        server_id = server_id_of(target)
        kept = await self._kept(user_id, server_id)
        if kept is None or _is_fresh(kept, rejected):
            return None if kept is None else str(kept["access_token"])
        lock = self._renewing.setdefault((user_id, server_id), asyncio.Lock())
        async with lock:
            kept = await self._kept(user_id, server_id)
            if kept is not None and not _is_fresh(kept, rejected):
                kept = await self._renewed(user_id, server_id, kept)
        if not lock.locked():
            self._renewing.pop((user_id, server_id), None)
        return None if kept is None else str(kept["access_token"])

    async def demand(self, target: Target, challenge: Challenge, *, expired: bool, origin: str) -> Json:
        """What a client is told about a server that wants a sign-in."""
        server_id = server_id_of(target)
        shown: Json = {
            "mcp_config_id": target.config_id or None,
            "mcp_config_name": target.config_name or None,
            "mcp_server_name": target.name,
            "auth_config_id": server_id,
            "auth_type": "oauth2",
            "as_hostname": None,
            "status": "session_expired" if expired else "authentication_required",
            "error_context": None,
            "initiate_url": f"{origin}/v1/mcp-auth/oauth2/initiate?auth_config_id={server_id}",
        }
        try:
            found = await discovery.discover(self._settings, target.url, challenge)
        except CodeMieError as error:
            log.warning("mcp_sign_in_not_found", server=target.name[:100], error=str(error)[:300])
            failed = "discovery_failed" if isinstance(error, DiscoveryFailed) else "config_error"
            return {**shown, "status": failed, "error_context": str(error)}
        async with self._database.session() as session:
            await sign_in_repository.keep_server(session, server_id, target, found)
        return {**shown, "as_hostname": urlsplit(str(found.endpoints["issuer"])).hostname}

    async def start(self, user_id: str, server_id: str, redirect_uri: str, preset: Json | None) -> Started:
        """Begin a sign-in of the user.

        Args:
            user_id: whose.
            server_id: at which server.
            redirect_uri: where the browser comes back to.
            preset: what the catalogue says about the client we are there.

        Raises:
            NotFound: no server of this id has asked for a sign-in.
            RegistrationFailed: we cannot become a client of its authorization server.
        """
        async with self._database.session() as session:
            server = await sign_in_repository.server(session, server_id)
        if server is None:
            raise NotFound("MCP server not found", details="No server of this id has asked for a sign-in.")
        client = await self._client(server, redirect_uri, preset)
        state, verifier, browser_key = (secrets.token_urlsafe(32) for _ in range(3))
        attempt = McpSignInAttempt(
            state_hash=_digest(state),
            browser_hash=_digest(browser_key),
            user_id=user_id,
            server_id=server_id,
            verifier=self._cipher.seal(verifier.encode(), context=f"mcp-attempt:{server_id}:{user_id}"),
            redirect_uri=redirect_uri,
            expires_at=utcnow() + timedelta(seconds=ATTEMPT_SECONDS),
        )
        async with self._database.session() as session:
            await sign_in_repository.add_attempt(session, attempt)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        question = {
            "response_type": "code",
            "client_id": str(client["client_id"]),
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "resource": server.resource,
            **({"scope": server.scope} if server.scope else {}),
        }
        place = str(server.endpoints["authorization_endpoint"])
        return Started(f"{place}{'&' if '?' in place else '?'}{urlencode(question)}", browser_key)

    async def finish(self, state: str, browser_key: str, code: str, issuer: str | None) -> str:
        """End a sign-in: the browser is back with a code. Gives the server's name.

        Raises:
            InvalidInput: no such sign-in is under way, or it took too long.
            AccessDenied: another browser began it.
            TokenRefused: the code is worth nothing.
        """
        async with self._database.session() as session:
            attempt = await sign_in_repository.take_attempt(session, _digest(state))
            server = await sign_in_repository.server(session, attempt.server_id) if attempt else None
        if attempt is None or server is None or attempt.expires_at < utcnow():
            raise InvalidInput("The sign-in took too long", details="Start it again.")
        if not secrets.compare_digest(attempt.browser_hash, _digest(browser_key)):
            # Else a link could make somebody sign in for somebody else.
            raise AccessDenied("Another browser began this sign-in", details="Start it again, in this browser.")
        if issuer is not None and issuer.rstrip("/") != str(server.endpoints["issuer"]).rstrip("/"):
            raise AccessDenied("The answer comes from another sign-in server")
        context = f"mcp-attempt:{attempt.server_id}:{attempt.user_id}"
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": self._cipher.open(attempt.verifier, context=context).decode(),
            "resource": server.resource,
        }
        got = await tokens.request(self._settings, _token_endpoint(server), self._stored_client(server), form)
        await self._keep(attempt.user_id, server.id, got)
        async with self._database.session() as session:
            _tell(session, attempt.user_id, "mcp_sign_in.created", server.id, server=server.name)
        return server.name

    async def is_signed_in(self, user_id: str, server_id: str) -> bool:
        """Whether the user has tokens there that are good, or can be renewed."""
        kept = await self._kept(user_id, server_id)
        return kept is not None and (_is_fresh(kept, None) or bool(kept.get("refresh_token")))

    async def forget(self, session: AsyncSession, user_id: str, server_id: str) -> None:
        """Sign the user out of a server, here.

        Raises:
            NotFound: the user is not signed in there.
        """
        if not await sign_in_repository.remove(session, user_id, server_id):
            raise NotFound("Sign-in not found", details="You are not signed in at this server.")
        _tell(session, user_id, "mcp_sign_in.deleted", server_id)

    async def _renewed(self, user_id: str, server_id: str, kept: Json) -> Json | None:
        async with self._database.session() as session:
            server = await sign_in_repository.server(session, server_id)
        if server is None or not kept.get("refresh_token"):
            return None
        form = {
            "grant_type": "refresh_token",
            "refresh_token": str(kept["refresh_token"]),
            "resource": server.resource,
        }
        try:
            got = await tokens.request(self._settings, _token_endpoint(server), self._stored_client(server), form)
        except tokens.TokenRefused as error:
            if error.final:
                async with self._database.session() as session:
                    await sign_in_repository.remove(session, user_id, server_id)
            log.warning("mcp_token_not_renewed", server=server.name[:100], error=str(error))
            return None
        renewed = {"refresh_token": kept["refresh_token"], **got}
        await self._keep(user_id, server_id, renewed)
        return renewed

    async def _client(self, server: McpAuthServer, redirect_uri: str, preset: Json | None) -> Json:
        """Who we are at the authorization server: as the catalogue says, as it knows us, or newly registered."""
        if preset and preset.get("client_id"):
            kept = ("client_id", "client_secret", "token_endpoint_auth_method")
            client = {name: preset[name] for name in kept if preset.get(name)}
        elif server.client is not None and server.redirect_uri == redirect_uri:
            return self._stored_client(server)
        else:
            client = await discovery.register(self._settings, server.endpoints, redirect_uri, server.scope)
        sealed = self._cipher.seal(json.dumps(client).encode(), context=f"mcp-client:{server.id}")
        async with self._database.session() as session:
            await sign_in_repository.keep_client(session, server.id, sealed, redirect_uri)
        return client

    def _stored_client(self, server: McpAuthServer) -> Json:
        if server.client is None:
            raise InvalidInput("The sign-in was not begun", details="Start it again.")
        client: Json = json.loads(self._cipher.open(server.client, context=f"mcp-client:{server.id}"))
        return client

    async def _kept(self, user_id: str, server_id: str) -> Json | None:
        async with self._database.session() as session:
            row = await sign_in_repository.find(session, user_id, server_id)
        if row is None:
            return None
        kept: Json = json.loads(self._cipher.open(row.tokens, context=f"mcp-sign-in:{user_id}:{server_id}"))
        return kept

    async def _keep(self, user_id: str, server_id: str, got: Json) -> None:
        sealed = self._cipher.seal(json.dumps(got).encode(), context=f"mcp-sign-in:{user_id}:{server_id}")
        ends = datetime.fromtimestamp(got["expires_at"], UTC) if got.get("expires_at") else None
        async with self._database.session() as session:
            await sign_in_repository.keep(session, user_id, server_id, sealed, ends)


def server_id_of(target: Target) -> str:
    """Names a server by its address and its entry in the catalogue: a token for one is never another's."""
    return sha256(f"{target.config_id}|{target.url}".encode()).hexdigest()[:32]


def _is_fresh(kept: Json, rejected: str | None) -> bool:
    ends = kept.get("expires_at")
    return kept["access_token"] != rejected and (ends is None or ends - time.time() > _EARLY_SECONDS)


def _tell(session: AsyncSession, user_id: str, event: str, server_id: str, **facts: str) -> None:
    audit.record(session, audit.USER_MANAGEMENT, event, entity_id=server_id, actor_id=user_id, **facts)


def _token_endpoint(server: McpAuthServer) -> str:
    return str(server.endpoints["token_endpoint"])


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
