"""Checks of the ways to a token: each is walked with the client or person that was given for it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, Status, failed, passed, skipped, unknown
from codemie.identity.jwks import TokenVerifier
from codemie.identity.oidc_trial import Answer, Client, Issued, Trial, Verdict
from codemie.identity.provider import WELL_KNOWN, Provider, ProviderUnreachable
from codemie.identity.settings import IdentitySettings
from codemie.identity.web_login import CALLBACK
from codemie.kernel.errors import CodeMieError
from codemie.operations.installation.provider_access import GivenClient, ProviderAccess

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - its type


@dataclass
class Walked:
    """What became of the ways.

    Attributes:
        asked: went well, and nobody was signed in.
        issued: went well; the token was verified, and is gone.
        problems: way → what is wrong.
        unclear: way → why it cannot be told.
        token: of the test user; never shown.
    """

    asked: list[str] = field(default_factory=list[str])
    issued: list[str] = field(default_factory=list[str])
    problems: dict[str, str] = field(default_factory=dict[str, str])
    unclear: dict[str, str] = field(default_factory=dict[str, str])
    token: str = field(default="", repr=False)

    def note(self, way: str, answer: Answer) -> None:
        """Of a way that was only asked for."""
        match answer.verdict:
            case Verdict.ACCEPTED:
                self.asked.append(way)
            case Verdict.REFUSED:
                self.problems[way] = answer.said
            case Verdict.UNCLEAR:
                self.unclear[way] = answer.said


class SignIns:
    """The ways to a token of one provider. They are walked once, however many checks ask.

    Args:
        provider: the issuer.
        settings: our client there.
        frontend_url: public address of the platform; empty where nobody knows it.
        access: clients and people to try.
    """

    def __init__(
        self, provider: Provider, settings: IdentitySettings, frontend_url: str, access: ProviderAccess
    ) -> None:
        self._provider = provider
        self._settings = settings
        self._frontend_url = frontend_url.rstrip("/")
        self._access = access
        self._walked: Walked | None = None
        self._turn = asyncio.Lock()

    @property
    def may_be_tried(self) -> bool:
        """Whether somebody asked for it."""
        return self._access.may_try

    @property
    def can_be_tried(self) -> bool:
        """Whether there is any client."""
        return bool(self._settings.oidc_client_id or self._access.machine.id or self._access.person.username)

    async def walked(self) -> Walked:
        """What becomes of each way that there is a client for.

        Raises:
            ProviderUnreachable: the provider does not answer.
        """
        async with self._turn:
            if self._walked is None:
                self._walked = await self._walk()
            return self._walked

    async def person_token(self) -> str:
        """An access token of the test user; empty where there is none."""
        if not self._access.person.username:
            return ""
        try:
            return (await self.walked()).token
        except ProviderUnreachable:
            return ""

    async def _walk(self) -> Walked:
        walked = Walked()
        metadata = await self._provider.metadata()
        self._posts = metadata.client_secret_post
        async with Trial(self._settings.oidc_timeout_seconds) as trial:
            address = self._settings.oidc_discovery_url or self._provider.issuer.rstrip("/") + WELL_KNOWN
            _, document = await trial.document(address)
            await self._ask(trial, document, walked)
            given = await self._issue(trial, document["token_endpoint"], walked)
            if isinstance(endpoint := document.get("revocation_endpoint"), str):
                for client, issued in given:
                    await trial.revoke(endpoint, client, issued.refresh or issued.access)
        return walked

    async def _ask(self, trial: Trial, document: dict[str, Any], walked: Walked) -> None:
        """What needs no person and issues no token."""
        settings, way = self._settings, "authorization code with PKCE"
        methods = document.get("code_challenge_methods_supported")
        redirect = settings.oidc_redirect_uri or (self._frontend_url + CALLBACK if self._frontend_url else "")
        if settings.oidc_client_id is None:
            return
        if isinstance(methods, list) and "S256" not in methods:
            walked.problems[way] = "the provider does not offer PKCE with S256"
        elif not redirect:
            walked.unclear[way] = "the public address is not known: CODEMIE_FRONTEND_URL"
        else:
            scope = " ".join(settings.oidc_scopes)
            endpoint = document["authorization_endpoint"]
            walked.note(way, await trial.authorization(endpoint, settings.oidc_client_id, redirect, scope))
        if settings.oidc_client_secret and way not in walked.problems:
            walked.note("secret of our client", await trial.secret(document["token_endpoint"], self._own(), redirect))

    async def _issue(self, trial: Trial, endpoint: str, walked: Walked) -> list[tuple[Client, Issued]]:
        """The ways that end with a token; what was issued is given back to be ended."""
        given: list[tuple[Client, Issued]] = []

        async def issued(way: str, client: Client, grant: str, **form: str) -> Issued:
            got = await trial.token(endpoint, client, {"grant_type": grant, **form})
            given.extend([(client, got)] if got.access else [])
            problem = got.said if not got.access else await self._problem(got) if grant != _EXCHANGE else ""
            if problem:
                walked.problems[way] = problem
            else:
                walked.issued.append(way)
            return got

        machine, person = self._access.machine, self._access.person
        subject = ""
        if machine.id:
            got = await issued("client credentials", self._client(machine), "client_credentials", scope="openid")
            subject = got.access
        if person.username:
            client, login = self._client(person), {"username": person.username, "password": person.password}
            got = await issued("password", client, "password", scope="openid", **login)
            walked.token = got.access
            subject = got.access or subject
            if got.refresh:
                await issued("refresh", client, "refresh_token", refresh_token=got.refresh)
        if self._access.audience and self._settings.oidc_client_id is None:
            walked.unclear["token exchange"] = "it takes our client there: CODEMIE_IDENTITY_OIDC_CLIENT_ID"
        elif self._access.audience and subject and not walked.problems:
            # What is exchanged must be a good token.
            form = {
                "subject_token": subject,
                "subject_token_type": _ACCESS_TOKEN,
                "requested_token_type": _ACCESS_TOKEN,
            }
            await issued("token exchange", self._own(), _EXCHANGE, audience=self._access.audience, **form)
        return given

    async def _problem(self, issued: Issued) -> str:
        """Why the platform would not take a token; empty where it would."""
        verifier = TokenVerifier(self._provider, self._settings, self._settings.leeway_seconds)
        try:
            await verifier.access_token(issued.access)
        except CodeMieError as error:
            return f"the platform does not take the token: {error.details or error.message}"
        return ""

    def _client(self, given: GivenClient) -> Client:
        return Client(given.id, given.secret or None, self._posts)

    def _own(self) -> Client:
        secret = self._settings.oidc_client_secret
        return Client(self._settings.oidc_client_id or "", secret.get_secret_value() if secret else None, self._posts)


@check(
    "idp.flows",
    title="Every way to a token works",
    symptom="The identity provider shows an error in place of its sign-in page, or programs are refused a token.",
    remedy=(
        "Register the redirect URI <public address>/v1/auth/callback at the client, and allow the authorization code",
        "Give CODEMIE_IDENTITY_OIDC_CLIENT_SECRET the secret that the client has now",
        "Allow the grant at the client that is named, or give its tokens our audience: codemiectl idp explain",
    ),
    severity=Severity.BLOCKER,
    faq=("F15",),
    needs=("idp.discovery",),
    timeout=60,
)
async def flows(signs: SignIns) -> Finding:
    """The client is not registered so, its secret was changed or has expired, or a grant is switched off.

    Authorization code and secret are only asked about: nobody is signed in, no token is issued. Client credentials,
    password, refresh and token exchange issue a token each, where a test client is given; it is verified, revoked,
    and neither kept nor shown.
    """
    if not signs.may_be_tried:
        return skipped("only codemiectl doctor tries it, as each try is written into the provider's own log")
    if not signs.can_be_tried:
        return skipped("there is no client to try: CODEMIE_IDENTITY_OIDC_CLIENT_ID and IDP_TEST_CLIENT_ID are not set")
    try:
        walked = await signs.walked()
    except ProviderUnreachable as error:
        return unknown(f"{error.message}. {error.details or ''}".strip())
    well = {"only asked about": walked.asked, "token issued, verified and dropped": walked.issued}
    told = "; ".join(f"{how}: {', '.join(ways)}" for how, ways in well.items() if ways)
    if walked.problems:
        what = "; ".join(f"{way}: {said}" for way, said in walked.problems.items())
        return failed(what, *flows.remedy, **(walked.unclear | ({"well": told} if told else {})))
    if walked.unclear:
        what = "; ".join(f"{way}: {said}" for way, said in walked.unclear.items())
        return Finding(Status.UNKNOWN, what, {"well": told} if told else {}, ("Sign in once with a browser",))
    return passed(told[:1].upper() + told[1:])


CHECKS = (flows,)
