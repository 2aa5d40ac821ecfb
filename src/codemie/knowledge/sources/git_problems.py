"""Why a repository cannot be read, each cause a class, and how Git's own complaints map to them."""

import re
from typing import ClassVar

from codemie.knowledge.sources.contract import SourceProblem


class Unreachable(SourceProblem):
    """The repository's host does not answer, or does not know the repository."""

    title = "Repository cannot be reached"
    code = "unreachable"


class Unauthorised(SourceProblem):
    """The host wants credentials, or refuses the ones it got."""

    title = "Repository needs credentials"
    code = "unauthorised"


class BranchUnknown(SourceProblem):
    """The repository has no such branch or tag."""

    title = "Branch not found"
    code = "unknown_branch"


class RepositoryEmpty(SourceProblem):
    """The repository has no commits."""

    title = "Repository is empty"
    code = "empty_repository"


class NotARepository(SourceProblem):
    """Something answers at the address, but it is not a Git repository."""

    title = "Not a Git repository"
    code = "not_a_repository"


class TooBig(SourceProblem):
    """The repository is larger than this installation accepts."""

    title = "Repository is too large"
    code = "too_large"


class DiskFull(SourceProblem):
    """There is no space left for the working copy."""

    status: ClassVar[int] = 507
    title = "No disk space"
    code = "disk_full"


_WANTS_CREDENTIALS = "The repository wants credentials: it is private, or does not exist"

# Git tells its causes only as text (LC_ALL=C keeps it English); the first matching line decides.
_CAUSES: tuple[tuple[re.Pattern[str], type[SourceProblem], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), problem, message)
    for pattern, problem, message in (
        (r"no space left on device", DiskFull, "There is no disk space left for the repository's working copy"),
        (
            r"authentication failed|permission denied \(public|could not read (?:user|pass)|error: 40[13]|access den",
            Unauthorised,
            _WANTS_CREDENTIALS,
        ),
        (r"remote branch .* not found", BranchUnknown, "The repository has no such branch or tag"),
        (
            r"dubious ownership",
            Unreachable,
            "The repository directory belongs to another user than the one the platform runs as",
        ),
        (
            r"repository .* not found|does not exist|does not appear to be|returned error: 404|is this a git repo",
            NotARepository,
            "There is no Git repository at this address",
        ),
        (r"could not resolve host", Unreachable, "The repository's host could not be found"),
        (r"host key verification failed", Unreachable, "The host's SSH key is not the one it had before"),
        (r"certificate", Unreachable, "The host's TLS certificate could not be verified"),
        (r"timed out|connection refused|failed to connect|couldn't connect", Unreachable, "The host does not answer"),
        (r"transport '.*' not allowed", NotARepository, "Git addresses of this kind are not allowed here"),
    )
)


def refused(*, signed_in: bool, elsewhere: bool = False) -> Unauthorised:
    """That a host wants other credentials than it got.

    Args:
        signed_in: whether it got those of an integration.
        elsewhere: whether it did not because the repository's address redirected to it.
    """
    if signed_in:
        return Unauthorised(
            "The repository's host refuses the credential of the integration",
            help="Test the integration: its token may be wrong or expired, or may not read this repository.",
        )
    if elsewhere:
        return Unauthorised(
            "The repository's address redirects to another host, where the integration's credential is not sent",
            help="Use the address that it redirects to, with an integration of that host.",
        )
    return Unauthorised(_WANTS_CREDENTIALS)


def cause_of(complaint: str) -> SourceProblem:
    """Turn what Git wrote to its error output into the problem to tell."""
    for pattern, problem, message in _CAUSES:
        if pattern.search(complaint):
            return problem(message)
    lines = [line for line in complaint.splitlines() if line.startswith(("fatal:", "error:"))]
    said = lines[-1].partition(":")[2].strip() if lines else "no reason given"
    return Unreachable(f"Git could not read the repository: {_without_addresses(said)}")


def _without_addresses(text: str) -> str:
    """Leave out addresses: they are the user's own, but may carry a token on a misconfigured server's redirect."""
    return re.sub(r"\w+://\S+", "the address", text)
