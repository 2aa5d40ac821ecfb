"""What a Git server says about the token it is asked with: what it may do, and when it ends."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any

import httpx2

from codemie.integrations.probes.diagnosis import Diagnosis

_SOON_DAYS = 14
_WIDER = "Make a token with this scope and save it here."


def gitlab(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """From the token itself (https://docs.gitlab.com/api/personal_access_tokens/#get-details-on-a-personal-access-token)."""
    told = _object(answer)
    scopes = told.get("scopes")
    if not isinstance(scopes, list):
        return seen.failed("answer", "The answer is not GitLab's", "Check the address and the kind of server.")
    _signed_in(seen, "Signed in", str(told.get("expires_at") or ""))
    return _gitlab_scopes(seen, [str(scope) for scope in scopes])


def _gitlab_scopes(seen: Diagnosis, scopes: Collection[str]) -> Diagnosis:
    has = f"It has {', '.join(sorted(scopes)) or 'no scope'}"
    if "api" in scopes:
        seen.passed("rights", "It has api: tools may read and write")
    elif "read_api" in scopes:
        seen.passed("rights", f"{has}: tools may read; writing needs api", _WIDER)
    elif "read_repository" in scopes:
        seen.passed("rights", f"{has}: code can be indexed; tools need api, or read_api to read", _WIDER)
    else:
        return seen.failed("rights", f"{has}; tools need api, or read_api to read", _WIDER)
    return seen


def github(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """From the headers of any answer.

    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps. Fine-grained tokens have no
    scopes: their rights are of each repository.
    """
    login = _object(answer).get("login")
    if not login:
        return seen.failed("answer", "The answer is not GitHub's", "Check the address and the kind of server.")
    _signed_in(seen, f"Signed in as {login}", answer.headers.get("github-authentication-token-expiration", ""))
    stated = answer.headers.get("x-oauth-scopes")
    if stated is None:
        action = (
            "Make sure that it may read Contents, Pull requests and Issues of the repositories; write, to change them."
        )
        seen.passed("rights", "The token has rights of each repository, which GitHub does not tell", action)
        return seen
    scopes = {scope.strip() for scope in stated.split(",")} - {""}
    has = f"It has {', '.join(sorted(scopes)) or 'no scope'}"
    if "repo" in scopes:
        seen.passed("rights", "It has repo: tools may read and write")
    elif "public_repo" in scopes:
        seen.passed("rights", f"{has}: tools work in public repositories; private ones need repo", _WIDER)
    else:
        return seen.failed("rights", f"{has}; reading private repositories and writing need repo", _WIDER)
    return seen


def github_app(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """Who installed the App (https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app)."""
    try:
        logins = [str(item["account"]["login"]) for item in answer.json()]
    except (ValueError, KeyError, TypeError):
        return seen.failed("answer", "The answer is not GitHub's", "Check the address.")
    seen.passed("sign_in", "Signed in as the App")
    if not logins:
        return seen.failed(
            "rights", "Nobody installed the App", "Install it for the organization whose code it is for."
        )
    seen.passed("rights", f"Installed by {', '.join(logins[:5])}")
    return seen


def bitbucket(answer: httpx2.Response, seen: Diagnosis) -> Diagnosis:
    """Whose token it is; Bitbucket Cloud says it in the body, a server in a header."""
    name = _object(answer).get("display_name") or answer.headers.get("x-ausername")
    seen.passed("sign_in", f"Signed in as {name}" if name else "Signed in")
    return seen


def _signed_in(seen: Diagnosis, words: str, ends: str) -> None:
    """With the end of the token, if it is near."""
    left = _days_until(ends)
    if left is None or left > _SOON_DAYS:
        seen.passed("sign_in", words)
    else:
        when = "today" if left <= 0 else "tomorrow" if left == 1 else f"in {left} days"
        seen.passed("sign_in", f"{words}; the token expires {when}", "Make a new one before, and save it here.")


def _days_until(ends: str) -> int | None:
    """From a date, alone or before the time."""
    try:
        return (date.fromisoformat(ends[:10]) - datetime.now(UTC).date()).days
    except ValueError:
        return None


def _object(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
