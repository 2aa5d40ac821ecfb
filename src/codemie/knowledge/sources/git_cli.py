"""The system's `git`, run on addresses typed by strangers.

Nothing of the machine's own Git configuration, credentials, hooks or SSH keys is used; protocols come from an
allow-list; the host is checked by the egress policy and the connection pinned to the addresses that were checked;
redirects are followed by us (`redirects`), not by Git; everything has a time limit and dies with its caller. A
credential is told in the environment of the commands that talk to the host, never in arguments, which others can see.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from codemie.integrations.git_access import GitAccess
from codemie.integrations.trust import bundle
from codemie.kernel.egress import EgressPolicy
from codemie.knowledge.sources.address import RepositoryAddress
from codemie.knowledge.sources.contract import SourceProblem
from codemie.knowledge.sources.git_problems import (
    BranchUnknown,
    RepositoryEmpty,
    TooBig,
    Unauthorised,
    Unreachable,
    cause_of,
    refused,
)

_PROTOCOLS = "https:http:ssh"
# No proxy: it would connect to whatever Git asks for, behind the back of the egress policy.
_PASSED_ON = ("PATH", "GIT_SSL_CAINFO", "SSL_CERT_FILE")
_COMPLAINT_BYTES = 64 * 1024
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class GitRunner:
    """Runs Git commands against one repository, within limits.

    `home` is an empty directory Git may call its home; `ssh_key` a key an administrator gave to the platform; `access`
    a credential for the origin it is made for, at whatever address the runner is.
    """

    address: RepositoryAddress
    egress: EgressPolicy
    home: Path
    file_protocol: bool
    ssh_key: Path | None = None
    timeout_seconds: float = 1800
    probe_seconds: float = 20
    access: GitAccess | None = None

    def at(self, address: RepositoryAddress) -> "GitRunner":
        """The same, for another address of the repository."""
        return replace(self, address=address)

    async def refs(self, branch: str | None) -> tuple[str, str]:
        """Return the branch (the default one when None is asked for) and its commit.

        Raises the SourceProblem that names the cause.
        """
        wanted = ["HEAD"] if branch is None else [f"refs/heads/{branch}", f"refs/tags/{branch}", "HEAD"]
        listing = await self.run(["ls-remote", "--symref", "--", self.address.url, *wanted], seconds=self.probe_seconds)
        heads: dict[str, str] = {}
        default = None
        for line in listing.splitlines():
            value, _, name = line.partition("\t")
            if value.startswith("ref: refs/heads/"):
                default = value.removeprefix("ref: refs/heads/")
            else:
                heads[name] = value
        if branch is None:
            if "HEAD" not in heads:
                raise RepositoryEmpty("The repository has no commits yet, so there is nothing to index")
            return default or "HEAD", heads["HEAD"]
        commit = heads.get(f"refs/heads/{branch}") or heads.get(f"refs/tags/{branch}")
        if commit is None:
            await self._explain_missing(branch, has_head="HEAD" in heads)
        return branch, str(commit)

    async def _explain_missing(self, branch: str, *, has_head: bool) -> None:
        everything = await self.run(["ls-remote", "--heads", "--", self.address.url], seconds=self.probe_seconds)
        names = [line.partition("refs/heads/")[2] for line in everything.splitlines()]
        if not names and not has_head:
            raise RepositoryEmpty("The repository has no commits yet, so there is nothing to index")
        shown = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
        raise BranchUnknown(f"The repository has no branch or tag '{branch}'", help=f"Its branches are: {shown}")

    async def clone(self, branch: str, target: Path, *, max_bytes: int) -> str:
        """Fetch the newest commit of a branch into a bare repository and return its id.

        The copy appears at `target` in one move, so a copy that exists is complete. Raises TooBig beyond `max_bytes`.
        """
        partial = target.with_name(f"{target.name}.{os.urandom(6).hex()}.partial")
        partial.parent.mkdir(parents=True, exist_ok=True)
        watch = asyncio.create_task(_grows_beyond(partial, max_bytes))
        fetch = asyncio.create_task(self.run([*_CLONE, "--branch", branch, "--", self.address.url, str(partial)]))
        try:
            await asyncio.wait({watch, fetch}, return_when=asyncio.FIRST_COMPLETED)
            if not watch.done():
                await fetch
            if watch.done() or await asyncio.to_thread(_size, partial) > max_bytes:
                raise TooBig(f"The repository is larger than {max_bytes // 2**20} MB")
            commit = await self.run(["-C", str(partial), "rev-parse", "HEAD^{commit}"])
            await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
            partial.rename(target)
        finally:
            for task in (watch, fetch):
                task.cancel()
            await asyncio.gather(watch, fetch, return_exceptions=True)
            await asyncio.to_thread(shutil.rmtree, partial, ignore_errors=True)
        return commit.strip()

    async def run(self, arguments: Sequence[str], *, seconds: float | None = None) -> str:
        """Run one command to its end and return its output. Raises the SourceProblem that names the cause."""
        limit = seconds or self.timeout_seconds
        options = await self._network_options()
        try:
            async with (
                asyncio.timeout(limit),
                self._signed_in() as secrets,
                self.process([*options, *arguments], secrets) as process,
            ):
                output, complaint = await process.communicate()
        except TimeoutError as error:
            raise Unreachable(f"Git did not finish within {limit:.0f} seconds") from error
        if process.returncode:
            raise self._cause(complaint[-_COMPLAINT_BYTES:].decode(errors="replace"))
        return output.decode(errors="replace")

    @asynccontextmanager
    async def process(
        self, arguments: Sequence[str], secrets: Mapping[str, str] | None = None
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """Start Git in a session of its own; leaving the block ends it and everything it started.

        `secrets` are variables of its environment.
        """
        process = await asyncio.create_subprocess_exec(
            "git",
            *_ALWAYS,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self._environment(), **(secrets or {})},
            start_new_session=True,
            limit=2**20,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    @asynccontextmanager
    async def _signed_in(self) -> AsyncIterator[Mapping[str, str]]:
        """Variables that make Git send the credential, and believe its authorities, at the origin that it is for."""
        access = self.access
        if access is None or not access.is_for(self.address.url):
            yield {}
            return
        parts = urlsplit(self.address.url)
        variables = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: {access.authorization}",
        }
        if not access.authorities:
            yield variables
            return
        believed = await asyncio.to_thread(_written, bundle(access.authorities), self.home)
        try:
            yield {**variables, "GIT_SSL_CAINFO": str(believed)}
        finally:
            believed.unlink(missing_ok=True)

    def _cause(self, complaint: str) -> SourceProblem:
        """The problem to tell; a host may have echoed what it was sent."""
        if self.access is None:
            return cause_of(complaint)
        problem = cause_of(self.access.redacted(complaint))
        if isinstance(problem, Unauthorised):
            return refused(signed_in=self.access.is_for(self.address.url), elsewhere=True)
        return problem

    async def _network_options(self) -> list[str]:
        if self.address.scheme == "file":
            return []
        addresses = await self.egress.resolve(self.address.host, self.address.port)
        if self.address.scheme == "ssh":
            return ["-c", f"core.sshCommand={self._ssh(addresses[0])}"]
        pinned = ",".join(f"[{one}]" if ":" in one else one for one in addresses)
        return ["-c", f"http.curloptResolve={self.address.host}:{self.address.port}:{pinned}"]

    def _ssh(self, address: str) -> str:
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": "10",
            "StrictHostKeyChecking": "accept-new",
            "UserKnownHostsFile": str(self.home / "known_hosts"),
            "HostKeyAlias": self.address.host,
            "Hostname": address,
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "IdentityFile": str(self.ssh_key or "none"),
        }
        return "ssh -F none " + " ".join(f"-o {name}={_quoted(value)}" for name, value in options.items())

    def _environment(self) -> Mapping[str, str]:
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {
            **kept,
            "LC_ALL": "C",
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": shutil.which("true") or "true",
            "SSH_ASKPASS": shutil.which("true") or "true",
            "GIT_ALLOW_PROTOCOL": _PROTOCOLS + (":file" if self.file_protocol else ""),
            "GIT_LFS_SKIP_SMUDGE": "1",
        }


_ALWAYS = (
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "http.followRedirects=false",
    "-c",
    "http.lowSpeedLimit=1000",
    "-c",
    "http.lowSpeedTime=30",
    "-c",
    "gc.auto=0",
)
# A bare copy: no checkout, so no symbolic links, filters or case collisions of a stranger's tree on our disk.
_CLONE = (
    "clone",
    "--bare",
    "--depth=1",
    "--single-branch",
    "--no-tags",
    "--no-recurse-submodules",
    "--template=",
    "--quiet",
)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _written(text: str, folder: Path) -> Path:
    """A new file that only this user can read."""
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="authorities-", suffix=".pem", delete=False) as file:
        file.write(text)
    return Path(file.name)


async def _grows_beyond(directory: Path, max_bytes: int) -> None:
    while await asyncio.to_thread(_size, directory) <= max_bytes:  # noqa: ASYNC110 - a directory sends no events
        await asyncio.sleep(_POLL_SECONDS)


def _size(directory: Path) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += (Path(folder) / name).lstat().st_size
            except FileNotFoundError:  # Git renames its temporary packs while we look
                continue
    return total
