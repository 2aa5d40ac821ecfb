"""Checks of the provider behind Keycloak (Okta, Entra ID, any issuer), before a realm file makes it one."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.identity.oidc_trial import Answer, Client, Trial, Verdict
from codemie.identity.provider import WELL_KNOWN, ProviderUnreachable

_SECONDS = 10.0
_SOON = dt.timedelta(days=30)
_NEVER = "never"
_EXPIRES = "codemie.client.expires"
_OIDC = frozenset({"oidc", "keycloak-oidc"})
_REQUIRED = {
    "issuer": "issuer",
    "authorizationUrl": "authorization_endpoint",
    "tokenUrl": "token_endpoint",
    "jwksUrl": "jwks_uri",
}
_OPTIONAL = {
    "userInfoUrl": "userinfo_endpoint",
    "logoutUrl": "end_session_endpoint",
    "tokenIntrospectionUrl": "introspection_endpoint",
}
_SENT = {"client_secret_post": True, "client_secret_basic": False}


@dataclass(frozen=True)
class Upstreams:
    """What a realm file says of the providers behind Keycloak.

    Attributes:
        document: as ``realm_document.load`` gives it.
        server: address of Keycloak, as browsers see it; empty where nobody gave it.
    """

    document: Mapping[str, Any] = field(repr=False)
    server: str = ""

    @property
    def providers(self) -> list[dict[str, Any]]:
        """Those that are set up here."""
        return list(self.document.get("identityProviders", []))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no finding may show."""
        found = (str(each.get("config", {}).get("clientSecret", "")) for each in self.providers)
        return tuple(filter(None, found))

    def endpoint(self, alias: str) -> str:
        """Where the provider sends browsers back: Keycloak's broker endpoint; empty where that is not known."""
        realm = quote(str(self.document["realm"]["realm"]), safe="")
        base = self.server.rstrip("/")
        return f"{base}/realms/{realm}/broker/{quote(alias, safe='')}/endpoint" if base else ""


@dataclass
class _Seen:
    """What was seen of all providers."""

    wrong: list[str] = field(default_factory=list[str])
    soon: list[str] = field(default_factory=list[str])
    unclear: list[str] = field(default_factory=list[str])
    well: list[str] = field(default_factory=list[str])

    def note(self, what: str, answer: Answer, otherwise: str) -> None:
        """What the provider made of a request."""
        match answer.verdict:
            case Verdict.ACCEPTED:
                self.well.append(f"{what} is taken")
            case Verdict.REFUSED:
                self.wrong.append(f"{what}: {answer.said}. {otherwise}")
            case Verdict.UNCLEAR:
                self.unclear.append(f"{what}: {answer.said}")


@check(
    "idp.upstream",
    title="The provider behind Keycloak takes it as a client",
    symptom="Who chooses the company's account at Keycloak gets an error of the provider, or “unexpected error”.",
    severity=Severity.MAJOR,
    remedy=(
        "Copy issuer and addresses from <issuer>/.well-known/openid-configuration into the variables of broker.yaml",
        "Register Keycloak's broker endpoint at the provider, exactly as it is told here",
        "Make a new secret before this one ends, and say when that is: BROKER_SECRET_EXPIRES=2027-03-31, or never",
    ),
    faq=("F20",),
    timeout=60,
)
async def upstream(upstreams: Upstreams) -> Finding:
    """An address is mistyped, Keycloak's redirect URI is not registered, or the secret is wrong or has ended.

    The provider is only asked: nobody is signed in, and no token is issued.
    """
    providers = [each for each in upstreams.providers if each.get("providerId") in _OIDC]
    if not providers:
        return skipped("the realm file sets no OpenID Connect provider up")
    seen = _Seen()
    async with Trial(_SECONDS) as trial:
        for each in providers:
            found = _Seen()
            await _look(trial, upstreams, each, found)
            for listed, said in zip(vars(seen).values(), vars(found).values(), strict=True):
                listed.extend(f"{each['alias']}: {line}" for line in said)
    evidence = {"redirect URI": ", ".join(filter(None, (upstreams.endpoint(each["alias"]) for each in providers)))}
    shown = {what: value for what, value in evidence.items() if value}
    if seen.wrong:
        return failed("; ".join(seen.wrong), *upstream.remedy, **shown)
    if seen.soon:
        return warned("; ".join(seen.soon), upstream.remedy[2], **shown)
    if seen.unclear:
        return unknown("; ".join(seen.unclear), "Sign in once with a browser", upstream.remedy[2], **shown)
    return passed("; ".join(seen.well), **shown)


async def _look(trial: Trial, upstreams: Upstreams, provider: dict[str, Any], seen: _Seen) -> None:
    config = cast("dict[str, str]", provider.get("config", {}))
    _expiry(config.get(_EXPIRES, ""), dt.datetime.now(dt.UTC).date(), seen)
    address = f"{config.get('issuer', '').rstrip('/')}{WELL_KNOWN}"
    try:
        status, document = await trial.document(address)
        if status != 200 or "issuer" not in document:
            seen.wrong.append(f"{address} answers {status}, and no discovery document")
            return
        mistyped = list(_differing(config, document))
        seen.wrong.extend(mistyped)
        if not mistyped:
            seen.well.append("addresses are those of its discovery document")
            await _ask(trial, config, upstreams.endpoint(str(provider["alias"])), seen)
    except ProviderUnreachable as error:
        seen.wrong.append(f"it cannot be reached from here: {error.details}")


def _differing(config: Mapping[str, str], document: Mapping[str, Any]) -> Iterable[str]:
    for ours, theirs in (_REQUIRED | _OPTIONAL).items():
        told, said = config.get(ours, ""), document.get(theirs)
        if not told and ours in _REQUIRED:
            yield f"{ours} is missing; the provider says {said}"
        elif told and isinstance(said, str) and told != said:
            yield f"{ours} is {told}; the provider says {said}"
    methods = document.get("code_challenge_methods_supported")
    if config.get("pkceEnabled") == "true" and isinstance(methods, list) and config.get("pkceMethod") not in methods:
        yield f"PKCE with {config.get('pkceMethod')} is not offered; the provider says {', '.join(map(str, methods))}"


async def _ask(trial: Trial, config: Mapping[str, str], redirect_uri: str, seen: _Seen) -> None:
    name, secret, way = config.get("clientId", ""), config.get("clientSecret", ""), config.get("clientAuthMethod", "")
    if redirect_uri:
        scope = config.get("defaultScope", "openid")
        answer = await trial.authorization(config["authorizationUrl"], name, redirect_uri, scope)
        seen.note("redirect URI", answer, f"Keycloak sends {redirect_uri}")
    else:
        seen.unclear.append("redirect URI: where Keycloak is, is not known; set KEYCLOAK_URL")
    if way not in _SENT:
        seen.unclear.append(f"secret: how the client signs in, {way or 'nothing'}, cannot be tried from here")
    elif not secret:
        seen.wrong.append("secret: there is none; set BROKER_CLIENT_SECRET")
    else:
        client = Client(name, secret, posts_secret=_SENT[way])
        answer = await trial.secret(config["tokenUrl"], client, redirect_uri or "https://localhost/")
        seen.note("secret", answer, "It is another one, or it has ended")


def _expiry(told: str, today: dt.date, seen: _Seen) -> None:
    """When the secret ends: no provider tells that to its client."""
    if told == _NEVER:
        seen.well.append("the secret does not end")
        return
    try:
        end = dt.date.fromisoformat(told)
    except ValueError:
        what = f"“{told}” is no date" if told else "nobody said"
        seen.unclear.append(f"when the secret ends: {what}; set BROKER_SECRET_EXPIRES")
        return
    if end < today:
        seen.wrong.append(f"the secret ended on {end}")
    elif end - today < _SOON:
        seen.soon.append(f"the secret ends on {end}, in {(end - today).days} days")
    else:
        seen.well.append(f"the secret ends on {end}")


CHECKS = (upstream,)
