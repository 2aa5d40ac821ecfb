"""Repositories over smart HTTP (gitprotocol-http), served by Git's own CGI program."""

import asyncio
import base64
import os
import subprocess
import tempfile
from collections.abc import Container
from pathlib import Path

from aiohttp import web

from tests.fakes.git_store import GitStore

_MOMENT = "Bot <bot@example.com> 1767261600 +0000"


async def backend(root: Path, path: str, request: web.Request) -> web.Response:
    """Answer a request for a repository.

    Args:
        root: folder of the repositories.
        path: what is asked for below it, beginning with a slash.
        request: as it came.
    """
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_CONFIG_KEY_1": "uploadpack.allowFilter",
        "GIT_CONFIG_VALUE_1": "true",
        "PATH_INFO": path,
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
    }
    output = await _run(["git", "http-backend"], await request.read(), environment)
    head, _, content = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return web.Response(status=status, body=content, headers=headers)


class Clonable:
    """The repository of a fake, for those who clone it: with a token as the password.

    Args:
        store: what is in it; it is read with each request.
        path: where it is, without .git.
        tokens: that may read it.
        public: whether strangers may, too.
        issued: tokens that the server gives out meanwhile, which may as well.
    """

    def __init__(
        self, store: GitStore, path: str, *tokens: str, public: bool = False, issued: Container[str] = ()
    ) -> None:
        self._store, self._path, self._tokens, self._public = store, path, tokens, public
        self._issued = issued

    def add_to(self, app: web.Application) -> None:
        """Serve it."""
        app.router.add_get(f"/{self._path}.git/info/refs", self._answer)
        app.router.add_post(f"/{self._path}.git/git-upload-pack", self._answer)

    def _admits(self, authorization: str) -> bool:
        """A wrong token is refused by public repositories, too."""
        if not authorization:
            return self._public
        kind, _, value = authorization.partition(" ")
        secret = base64.b64decode(value).decode().rpartition(":")[2] if kind == "Basic" else value
        return secret in self._tokens or secret in self._issued

    async def _answer(self, request: web.Request) -> web.Response:
        if not self._admits(request.headers.get("authorization", "")):
            refused = {"WWW-Authenticate": 'Basic realm="Git"'}
            return web.Response(status=401, text="HTTP Basic: Access denied", headers=refused)
        with tempfile.TemporaryDirectory(prefix="cm-fake-") as folder:
            repository = Path(folder) / f"{self._path}.git"
            environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": folder}
            await _run(["git", "init", "-q", "--bare", "-b", "main", str(repository)], b"", environment)
            commits = _exported(self._store)
            await _run(["git", "-C", str(repository), "fast-import", "--quiet"], commits, environment)
            return await backend(Path(folder), request.path, request)


def _exported(store: GitStore) -> bytes:
    """Everything that is in the store, as git-fast-import reads it; the same each time."""
    marks = {identity: mark for mark, identity in enumerate(store.commits, 1)}
    parts: list[bytes] = []
    for identity, commit in store.commits.items():
        parts.append(f"commit refs/fake/{marks[identity]}\nmark :{marks[identity]}\ncommitter {_MOMENT}\n".encode())
        parts.append(_data(commit.message))
        if commit.parent:
            parts.append(f"from :{marks[commit.parent]}\n".encode())
        parts.append(b"deleteall\n")
        for path, text in commit.files.items():
            parts += [f"M 100644 inline {path}\n".encode(), _data(text)]
    parts += [f"reset refs/heads/{name}\nfrom :{marks[commit]}\n".encode() for name, commit in store.branches.items()]
    return b"".join(parts)


def _data(text: str) -> bytes:
    content = text.encode()
    return b"data %d\n%s\n" % (len(content), content)


async def _run(command: list[str], given: bytes, environment: dict[str, str]) -> bytes:
    done = await asyncio.to_thread(
        subprocess.run, command, input=given, env=environment, capture_output=True, check=True
    )
    output: bytes = done.stdout
    return output
