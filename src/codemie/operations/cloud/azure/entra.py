"""What Entra ID says where it gives no token, in plain words.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import re
from dataclasses import dataclass

from codemie.operations.bundle.redaction import Redactor

_MOST_READ, _MOST_SHOWN = 10_000, 200
_CODE = re.compile(r"AADSTS(\d+)")
_MFA = ("50072", "50074", "50076", "50079", "50158", "53004")


class SignInRefused(Exception):
    """Entra ID, or what stands before it, gives no token.

    Attributes:
        code: such as AADSTS7000215; empty where none was told.
        cause: in plain words.
        remedy: what to do.
        wants_factor: only a second factor is lacking.
    """

    def __init__(self, message: str) -> None:
        found = _CODE.search(message)
        number = found[1] if found else ""
        known = _KNOWN.get(number)
        self.code = f"AADSTS{number}" if number else ""
        self.cause = known.cause if known else f"Entra ID answers {self.code or _first(message)}"
        self.remedy = known.remedy if known else ("Sign in again: az login",)
        self.wants_factor = number in _MFA
        super().__init__(self.cause)


def _first(message: str) -> str:
    """Its first line, without secrets: az, or a proxy in between, may repeat what it was given."""
    told = Redactor()(message[:_MOST_READ]).strip()
    return told.splitlines()[0][:_MOST_SHOWN] if told else "with nothing"


@dataclass(frozen=True)
class _Known:
    cause: str
    remedy: tuple[str, ...]


_FACTOR = (
    "Sign in with it: az login --tenant TENANT --scope https://management.core.windows.net//.default",
    "In CI, give the job an application with a federated credential: policies for people do not hold for it",
)
_AGAIN = ("Sign in again: az logout, then az login --tenant TENANT",)
_KNOWN = {
    "7000215": _Known(
        "The client secret is wrong: often it is the id of the secret, and not its value",
        ("Make a new secret: az ad app credential reset --id CLIENT_ID; give its value as ARM_CLIENT_SECRET",),
    ),
    "7000222": _Known(
        "The client secret has run out",
        ("Make a new secret: az ad app credential reset --id CLIENT_ID; give its value as ARM_CLIENT_SECRET",),
    ),
    "700027": _Known(
        "The certificate is not one of the application, or has run out",
        ("Add it to the application: az ad app credential reset --id CLIENT_ID --cert @FILE --append",),
    ),
    "700016": _Known(
        "There is no such application in this tenant",
        ("Compare ARM_CLIENT_ID and ARM_TENANT_ID with the application: az ad app show --id CLIENT_ID",),
    ),
    "90002": _Known(
        "There is no such tenant", ("Correct ARM_TENANT_ID: az account tenant list tells those that you are in",)
    ),
    "900023": _Known(
        "The tenant is no id and no domain", ("Correct ARM_TENANT_ID: az account tenant list tells those you are in",)
    ),
    "700213": _Known(
        "No federated credential of the application is for this job",
        ("Compare the subject of the credential with what the job is: az ad app federated-credential list --id ID",),
    ),
    "70021": _Known(
        "No federated credential of the application is for this job",
        ("Compare the subject of the credential with what the job is: az ad app federated-credential list --id ID",),
    ),
    "700024": _Known("The token of the job has run out", ("Let the job ask for a new one shortly before",)),
    "7000112": _Known("The application is switched off in this tenant", ("Have it switched on in Entra ID",)),
    "50034": _Known("There is no such account in this tenant", _AGAIN),
    "50057": _Known("The account is switched off", ("Have it switched on in Entra ID, or sign in as somebody else",)),
    "70043": _Known("The sign-in is older than the tenant allows", _AGAIN),
    "700082": _Known("The sign-in has expired, for it was not used for long", _AGAIN),
    "50173": _Known("The sign-in was withdrawn: the password was changed since", _AGAIN),
    "53003": _Known(
        "A policy of the tenant for conditional access forbids it from here",
        ("Ask who looks after Entra ID; its sign-in log names the policy",),
    ),
    "50072": _Known("A second factor is to be set up first", _FACTOR),
    "50074": _Known("A second factor is wanted", _FACTOR),
    "50076": _Known("A second factor is wanted", _FACTOR),
    "50079": _Known("A second factor is to be set up first", _FACTOR),
    "50158": _Known("A second factor of somebody else's is wanted", _FACTOR),
    "53004": _Known("A second factor is to be set up first", _FACTOR),
}
