"""What Google says where it does not answer a question: its two envelopes of errors, and what a check makes of them.

Errors are as cloud.google.com/apis/design/errors has them; older services name a reason in a list of `errors`.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

import httpx2

from codemie.checks.sources import Unobservable
from codemie.operations.bundle.redaction import Redactor

_NAME = r"([a-z]+(?:\.[a-zA-Z]+){2})"
_PERMISSION = re.compile(rf"permission[^a-zA-Z]{{1,4}}{_NAME}|{_NAME}\W{{1,3}}(?:access|permission)", re.IGNORECASE)
_NOT_UNDERSTOOD, _MOST_READ, _MOST_WORDS = 400, 10_000, 200
_OFF = {"SERVICE_DISABLED", "accessNotConfigured"}


class Refused(Exception):
    """Google answered, and refused.

    Attributes:
        status: of HTTP.
        code: such as `PERMISSION_DENIED`; empty where the service tells none.
        reason: such as `SERVICE_DISABLED` or `notFound`.
        metadata: what else Google says of the reason.
    """

    def __init__(self, status: int, code: str, reason: str, message: str, metadata: Mapping[str, str]) -> None:
        super().__init__(message)
        self.status, self.code, self.reason, self.metadata = status, code, reason, metadata

    @property
    def is_missing(self) -> bool:
        """There is no such thing."""
        return self.status == 404

    @property
    def is_denied(self) -> bool:
        """The sign-in lacks a right; not that a service is off or nobody pays."""
        return self.status == 403 and not self.is_off and self.reason not in {"BILLING_DISABLED", "rateLimitExceeded"}

    @property
    def is_off(self) -> bool:
        """The service is not switched on in the project."""
        return self.reason in _OFF

    @property
    def permission(self) -> str:
        """The one that is missing, where Google names it."""
        if named := self.metadata.get("permission"):
            return named
        found = _PERMISSION.search(str(self))
        return next((each for each in found.groups() if each), "") if found else ""


class NoSignIn(Unobservable):
    """Google gives no token, so nothing can be seen.

    Attributes:
        code: such as `invalid_grant`; empty where Google tells none.
        words: what Google says.
    """

    def __init__(self, code: str, words: str) -> None:
        code, words = shown(code), shown(words)
        super().__init__(f"Google does not take the sign-in: {code or words}", "See tf.creds.valid")
        self.code, self.words = code, words


def shown(words: str) -> str:
    """What a finding quotes of an answer: Google, or a proxy in between, may repeat what it was given."""
    return Redactor()(words[:_MOST_READ])[:_MOST_WORDS]


def refusal(answer: httpx2.Response) -> Refused:
    """Of Google's two envelopes: details with a reason, or errors with one."""
    try:
        told: Any = answer.json()["error"]
        details = [
            each for each in told.get("details") or () if str(each.get("@type")).endswith("google.rpc.ErrorInfo")
        ]
        first = details[0] if details else (told.get("errors") or [{}])[0]
        metadata = {str(key): str(value) for key, value in (first.get("metadata") or {}).items()}
        code, reason, text = (
            str(told.get("status") or ""),
            str(first.get("reason") or ""),
            str(told.get("message") or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return Refused(answer.status_code, "", "", f"HTTP {answer.status_code}", {})
    return Refused(answer.status_code, code, reason, text, metadata)


def no_sign_in(error: Exception) -> NoSignIn:
    told: Any = error.args[1] if len(error.args) > 1 else {}
    if isinstance(told, dict):
        answer = cast("dict[str, Any]", told)
        code, words = str(answer.get("error") or ""), str(answer.get("error_description") or "")
        if code:
            return NoSignIn(code, words)
    return NoSignIn("", str(error.args[0] if error.args else type(error).__name__))


def unseen(error: Refused, project: str, permission: str) -> Unobservable:
    """What a check says of a refusal that keeps it from seeing.

    Args:
        error: what Google answered.
        project: whose right would count.
        permission: what the question takes, where Google does not say it better.
    """
    if error.is_off:
        service = error.metadata.get("service") or "an API that is needed"
        return Unobservable(
            f"{service} is switched off in {error.metadata.get('consumer') or project}",
            f"gcloud services enable {service} --project {project}",
        )
    if error.reason == "BILLING_DISABLED":
        return Unobservable("Google answers that nobody pays for the project", "See tf.account.billing")
    if error.reason == "USER_PROJECT_DENIED":
        return Unobservable(
            "The sign-in may not let its calls count for its quota project",
            f"gcloud auth application-default set-quota-project {project}",
        )
    if error.status == 401:
        return Unobservable("Google does not take the token", "See tf.creds.valid")
    if error.is_denied:
        named = error.permission or permission
        return Unobservable(
            f"The sign-in lacks {named}", f"Let whoever looks have {named} in {project}; roles/viewer has most of them"
        )
    # Where it does not understand the question, its own words say what of it.
    words = f": {shown(str(error))}" if error.status == _NOT_UNDERSTOOD else ""
    return Unobservable(
        f"Google answers {error.status} {shown(error.code or error.reason)}".rstrip() + words, "Run again"
    )
