"""Git repositories: a shallow bare copy of one commit, listed from its tree and read blob by blob."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from codemie.integrations.git_access import GitAccess
from codemie.knowledge.documents import SkipCode
from codemie.knowledge.sources.contract import Entry, Skip, SourceProblem
from codemie.knowledge.sources.filters import PathFilter
from codemie.knowledge.sources.git_cli import GitRunner
from codemie.knowledge.sources.git_problems import Unreachable
from codemie.knowledge.sources.redirects import settle

_REGULAR = frozenset({"100644", "100755"})
_HASHED = "git:"

# Assets and build results: searching them finds noise. Office documents, PDF and text are read.
_ASSET_SUFFIXES = (
    "ico icns woff woff2 ttf otf eot png jpg jpeg gif bmp webp svg tif tiff psd ai sketch mp3 mp4 wav ogg avi mov webm"
    " zip tar gz tgz bz2 xz 7z rar jar war class o a so dll dylib exe bin pyc pyo wasm lock map iso dmg apk keystore"
    " p12 pfx der ttc parquet npy npz onnx safetensors pb h5 sqlite db dat"
)
_ASSETS = frozenset(_ASSET_SUFFIXES.split())
_LOCK_FILES = frozenset({"package-lock.json", "pnpm-lock.yaml", "go.sum", "npm-shrinkwrap.json"})


@dataclass(frozen=True, slots=True)
class GitLimits:
    """Sizes in bytes beyond which a repository is refused or a file skipped."""

    repository: int
    file: int


@dataclass(slots=True)
class GitSnapshot:
    """One commit of a repository. `revision` is the commit's id."""

    revision: str
    runner: GitRunner
    directory: Path
    filter: PathFilter
    limits: GitLimits
    filtered: int = 0
    _reader: "BlobReader | None" = field(default=None, repr=False)

    async def entries(self) -> AsyncGenerator[Entry, None]:
        """List the files of the commit in the tree's own order, which never changes for a commit."""
        arguments = ["-C", str(self.directory), "ls-tree", "-r", "-z", "-l", "--full-tree", self.revision]
        self.filtered = 0
        async with self.runner.process(arguments) as process:
            if process.stdout is None:  # never: the pipe was asked for
                return
            while record := await _until_nul(process.stdout):
                entry = _entry(record, self.limits.file)
                if self.filter.keeps(entry.source):
                    yield entry
                else:
                    self.filtered += 1
            await process.wait()
        if process.returncode:
            raise Unreachable("The working copy of the repository cannot be read any more")

    async def read(self, entry: Entry) -> bytes:
        """Return the content of a file."""
        if self._reader is None:
            self._reader = await BlobReader.open(self.runner, self.directory)
        return await self._reader.read(entry.locator, entry.size_bytes)

    async def close(self) -> None:
        """End the reading process."""
        if self._reader is not None:
            await self._reader.close()
            self._reader = None


@dataclass(slots=True)
class BlobReader:
    """One `git cat-file --batch` process that hands out blobs by id."""

    process: asyncio.subprocess.Process
    stack: AsyncExitStack
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def open(cls, runner: GitRunner, directory: Path) -> "BlobReader":
        """Start the process on a repository directory."""
        stack = AsyncExitStack()
        process = await stack.enter_async_context(runner.process(["-C", str(directory), "cat-file", "--batch"]))
        return cls(process, stack)

    async def read(self, blob: str, size: int) -> bytes:
        """Return a blob. Raises Unreachable when the copy on disk is damaged or gone."""
        if self.process.stdin is None or self.process.stdout is None:  # never: the pipes were asked for
            raise Unreachable("The working copy of the repository cannot be read any more")
        async with self.lock:
            try:
                self.process.stdin.write(f"{blob}\n".encode())
                await self.process.stdin.drain()
                header = (await self.process.stdout.readline()).decode().split()
                if header[1:] != ["blob", str(size)]:
                    raise Unreachable("The working copy of the repository is damaged")
                return (await self.process.stdout.readexactly(size + 1))[:-1]
            # uvloop reports a pipe whose reader is gone as a RuntimeError.
            except (OSError, RuntimeError, asyncio.IncompleteReadError) as error:
                raise Unreachable("The working copy of the repository cannot be read any more") from error

    async def close(self) -> None:
        """End the process."""
        await self.stack.aclose()


SignIn = Callable[[], Awaitable[GitAccess | None]]
"""Takes the credential out that the repository is fetched with; None for a public one."""


async def open_git(
    runner: GitRunner,
    workspace: Path,
    sign_in: SignIn,
    *,
    branch: str | None,
    revision: str | None,
    patterns: str,
    limits: GitLimits,
) -> GitSnapshot:
    """Open a commit of a repository, from the copy in `workspace` when it is there, else fetched anew.

    With a `revision` that the branch has left behind meanwhile, the snapshot opened is the newer one: the caller
    compares `revision`. Nobody signs in unless something is fetched, and the snapshot knows no secret. Raises the
    SourceProblem that names the cause, and what `sign_in` raises.
    """
    target = workspace / "repository.git"
    commit = await _present(runner, target)
    if commit is None or commit != revision:
        fetching = await settled(replace(runner, access=await sign_in()))
        name, _ = await fetching.refs(branch or None)
        commit = await fetching.clone(name, target, max_bytes=limits.repository)
    return GitSnapshot(commit, runner, target, PathFilter.of(patterns), limits)


async def settled(runner: GitRunner) -> GitRunner:
    """The runner at the repository's final address. Raises what `redirects.settle` raises."""
    final = await settle(runner.address, runner.egress, seconds=runner.probe_seconds, access=runner.access)
    return runner.at(final)


async def discard(workspace: Path) -> None:
    """Remove the working copy."""
    await asyncio.to_thread(shutil.rmtree, workspace, ignore_errors=True)


async def _present(runner: GitRunner, target: Path) -> str | None:
    if not await asyncio.to_thread(target.is_dir):
        return None
    try:
        async with runner.process(["-C", str(target), "rev-parse", "HEAD^{commit}"]) as process:
            output, _ = await process.communicate()
    except SourceProblem:
        return None
    return output.decode().strip() if process.returncode == 0 else None


async def _until_nul(stream: asyncio.StreamReader) -> bytes:
    try:
        return (await stream.readuntil(b"\0"))[:-1]
    except asyncio.IncompleteReadError as end:
        return end.partial


def _entry(record: bytes, max_bytes: int) -> Entry:
    """Take one `ls-tree -l` record apart: mode, type, id, size, a tab, the path."""
    head, _, raw_path = record.partition(b"\t")
    mode, _, blob, size = head.decode().split()
    path = raw_path.decode(errors="backslashreplace")
    length = int(size) if size.isdigit() else 0
    return Entry(path, length, _HASHED + blob, blob, _skip(path, mode, length, max_bytes))


def _skip(path: str, mode: str, size: int, max_bytes: int) -> Skip | None:
    name = PurePosixPath(path)
    if mode not in _REGULAR:
        return Skip(SkipCode.NOT_A_FILE, "Symbolic links and submodules are not followed")
    if name.suffix.lower().removeprefix(".") in _ASSETS or name.name in _LOCK_FILES:
        return Skip(SkipCode.ASSET, "Images, archives, lock files and other assets are not searched in a repository")
    if size == 0:
        return Skip(SkipCode.EMPTY, "The file is empty")
    if size > max_bytes:
        return Skip(SkipCode.TOO_LARGE, f"The file is larger than {max_bytes // 2**20} MB")
    return None
