"""A registry of images in memory: pull and push with tokens, and what can go wrong with them."""

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content: bytes) -> str:
    """By which content is named."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Repository:
    """What one repository has: manifests by tag and digest, blobs by digest."""

    manifests: dict[str, tuple[bytes, str]] = field(default_factory=dict[str, tuple[bytes, str]])
    blobs: dict[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass
class FakeRegistry:
    """A registry.

    Attributes:
        is_open: whether everybody gets a token to pull.
        login: `user:password` that gets a token for everything; None: nobody has one.
        forbids: whether the token that a login gets allows nothing.
        cuts: digest → after so many bytes the connection breaks, once.
        lies: digest → what is sent in its place.
        continues: whether it can send a blob from the middle.
        asked: every request, as `GET /v2/…`.
    """

    is_open: bool = True
    login: str | None = None
    forbids: bool = False
    cuts: dict[str, int] = field(default_factory=dict[str, int])
    lies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    continues: bool = True
    repositories: dict[str, Repository] = field(default_factory=dict[str, Repository])
    asked: list[str] = field(default_factory=list[str])

    def put(
        self, path: str, tag: str, platforms: Sequence[str] = ("linux/amd64",), layers: Sequence[bytes] = ()
    ) -> str:
        """Make an image, an index where it is for several platforms; gives the digest of what the tag names."""
        kept = self.repositories.setdefault(path, Repository())
        made = [self._image(kept, each, [*layers, each.encode()]) for each in platforms]
        document = kept.manifests[made[0]["digest"]][0]
        if len(made) > 1:
            document = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": made}).encode()
        return self._keep(kept, document, INDEX if len(made) > 1 else MANIFEST, tag)

    def _image(self, kept: Repository, platform: str, layers: Sequence[bytes]) -> Any:
        system, _, processor = platform.partition("/")
        configuration = json.dumps({"os": system, "architecture": processor}).encode()
        for content in (configuration, *layers):
            kept.blobs[digest_of(content)] = content
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(configuration, "application/vnd.oci.image.config.v1+json"),
            "layers": [_descriptor(each, "application/vnd.oci.image.layer.v1.tar+gzip") for each in layers],
        }
        content = json.dumps(manifest).encode()
        self._keep(kept, content, MANIFEST)
        return {**_descriptor(content, MANIFEST), "platform": {"os": system, "architecture": processor}}

    def _keep(self, kept: Repository, content: bytes, kind: str, *references: str) -> str:
        for reference in (digest_of(content), *references):
            kept.manifests[reference] = (content, kind)
        return digest_of(content)

    def app(self) -> web.Application:
        """Its HTTP side."""
        app = web.Application(middlewares=[self._guard], client_max_size=2**30)
        app.router.add_get("/token", self._token)
        app.router.add_get("/v2/{path:.+}/manifests/{reference}", self._manifest)
        app.router.add_put("/v2/{path:.+}/manifests/{reference}", self._put_manifest)
        app.router.add_post("/v2/{path:.+}/blobs/uploads/", self._begin)
        app.router.add_put("/v2/{path:.+}/blobs/uploads/{session}", self._put_blob)
        app.router.add_get("/v2/{path:.+}/blobs/{digest}", self._blob)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.path == "/token":
            return await handler(request)
        pushes = request.method in {"PUT", "POST", "PATCH"}
        wanted = {"Bearer all"} if pushes else {"Bearer all", "Bearer pull"}
        if request.headers.get("Authorization") == "Bearer none":
            return web.json_response({"errors": [{"code": "DENIED"}]}, status=403)
        if request.headers.get("Authorization") not in wanted:
            path = re.sub(r"/(manifests|blobs)/.*", "", request.path.removeprefix("/v2/"))
            scope = f"repository:{path}:{'pull,push' if pushes else 'pull'}"
            challenge = f'Bearer realm="http://{request.host}/token",service="fake",scope="{scope}"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return await handler(request)

    async def _token(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        if given:
            if self.login is None or base64.b64decode(given).decode() != self.login:
                return web.Response(status=401)
            return web.json_response({"token": "none" if self.forbids else "all"})
        if not self.is_open or "push" in request.query["scope"]:
            return web.Response(status=401)
        return web.json_response({"token": "pull"})

    async def _manifest(self, request: web.Request) -> web.Response:
        kept = self.repositories.get(request.match_info["path"], Repository())
        found = kept.manifests.get(request.match_info["reference"])
        if found is None:
            return web.json_response({"errors": [{"code": "MANIFEST_UNKNOWN"}]}, status=404)
        content = self.lies.get(digest_of(found[0]), found[0])
        return web.Response(
            body=content, headers={"Content-Type": found[1], "Docker-Content-Digest": digest_of(found[0])}
        )

    async def _blob(self, request: web.Request) -> web.StreamResponse:
        kept = self.repositories.get(request.match_info["path"], Repository())
        digest = request.match_info["digest"]
        if digest not in kept.blobs:
            return web.json_response({"errors": [{"code": "BLOB_UNKNOWN"}]}, status=404)
        content = self.lies.get(digest, kept.blobs[digest])
        start = int(request.headers.get("Range", "bytes=0-")[6:-1]) if self.continues else 0
        answer = web.StreamResponse(status=206 if start else 200)
        answer.content_length = len(content) - start
        await answer.prepare(request)
        if request.method == "GET":
            cut = self.cuts.pop(digest, None)
            await answer.write(content[start:cut])
            if cut is not None and request.transport is not None:
                request.transport.close()
        return answer

    async def _begin(self, request: web.Request) -> web.Response:
        return web.Response(status=202, headers={"Location": f"{request.path}one?state=1"})

    async def _put_blob(self, request: web.Request) -> web.Response:
        content, digest = await request.read(), request.query["digest"]
        if digest_of(content) != digest:
            return web.json_response({"errors": [{"code": "DIGEST_INVALID"}]}, status=400)
        self.repositories.setdefault(request.match_info["path"], Repository()).blobs[digest] = content
        return web.Response(status=201)

    async def _put_manifest(self, request: web.Request) -> web.Response:
        """As registries do: what a manifest names must be there before it."""
        content, reference = await request.read(), request.match_info["reference"]
        kept = self.repositories.setdefault(request.match_info["path"], Repository())
        told = json.loads(content)
        named = {each["digest"] for each in [*told.get("layers", []), *filter(None, [told.get("config")])]}
        below = {each["digest"] for each in told.get("manifests", [])}
        if named - set(kept.blobs) or below - set(kept.manifests):
            return web.json_response({"errors": [{"code": "MANIFEST_BLOB_UNKNOWN"}]}, status=400)
        if reference.startswith("sha256:") and reference != digest_of(content):
            return web.json_response({"errors": [{"code": "DIGEST_INVALID"}]}, status=400)
        self._keep(kept, content, request.content_type, reference)
        return web.Response(status=201)


def _descriptor(content: bytes, kind: str) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest_of(content), "size": len(content)}


@asynccontextmanager
async def serving(registry: FakeRegistry) -> AsyncGenerator[str]:
    """The registry on a loopback port; gives its host."""
    runner = web.AppRunner(registry.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        with contextlib.suppress(ConnectionError):
            await runner.cleanup()
