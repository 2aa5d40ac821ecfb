"""One container of Azure Storage in memory, as its HTTP API speaks: blobs with versions, a lease, who may what.

https://learn.microsoft.com/rest/api/storageservices/
"""

import base64
import hashlib
import html
from dataclasses import dataclass, field

from aiohttp import web

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "DELETE": "delete"}


@dataclass
class FakeContainer:
    """A container.

    Attributes:
        name: of it.
        versions: blob → its versions, the newest last: id and content.
        gone: blobs that were deleted, whose versions are kept.
        lease: blob → metadata of its lease; leased are those in it.
        denied: read, write or delete, that whoever asks may not.
        shut: whether the network rules of the account shut everybody out.
    """

    name: str = "terraform"
    versions: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict[str, list[tuple[str, bytes]]])
    gone: set[str] = field(default_factory=set[str])
    lease: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    denied: set[str] = field(default_factory=set[str])
    shut: bool = False

    def put(self, blob: str, content: bytes) -> None:
        """Write a blob; what was there is kept as a version."""
        kept = self.versions.setdefault(blob, [])
        kept.append((f"2026-01-01T00:00:{len(kept):02}.0000000Z", content))
        self.gone.discard(blob)

    def routes(self, app: web.Application, token: str) -> None:
        """Serve it below /blob of an application.

        Args:
            app: of the fake Azure.
            token: what opens it.
        """

        async def handle(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {token}" or not request.headers.get("x-ms-version"):
                return _error(401, "NoAuthenticationInformation")
            if self.shut:
                return _error(403, "AuthorizationFailure")
            if _VERBS[request.method] in self.denied:
                return _error(403, "AuthorizationPermissionMismatch")
            if request.match_info["container"] != self.name:
                return _error(404, "ContainerNotFound")
            blob = request.match_info.get("blob", "")
            return await self._blob(request, blob) if blob else self._listed(request)

        app.router.add_route("*", "/blob/{container}/{blob:.+}", handle)
        app.router.add_route("*", "/blob/{container}", handle)

    def _listed(self, request: web.Request) -> web.Response:
        assert (request.query["restype"], request.query["comp"]) == ("container", "list")
        parts = list[str]()
        for blob, kept in sorted(self.versions.items()):
            if not blob.startswith(request.query.get("prefix", "")):
                continue
            for number, (version, content) in enumerate(kept):
                is_current = number == len(kept) - 1 and blob not in self.gone
                current = "<IsCurrentVersion>true</IsCurrentVersion>" if is_current else ""
                digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
                told = f"<Content-Length>{len(content)}</Content-Length><Content-MD5>{digest}</Content-MD5>"
                named = f"<Name>{html.escape(blob)}</Name><VersionId>{version}</VersionId>{current}"
                parts.append(f"<Blob>{named}<Properties>{told}</Properties></Blob>")
        first, most = int(request.query.get("marker", "0")), 2
        further = str(first + most) if first + most < len(parts) else ""
        body = f"<Blobs>{''.join(parts[first : first + most])}</Blobs><NextMarker>{further}</NextMarker>"
        text = f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults>{body}</EnumerationResults>'
        return web.Response(text=text, content_type="application/xml")

    async def _blob(self, request: web.Request, blob: str) -> web.Response:
        if request.method == "PUT":
            assert request.headers["x-ms-blob-type"] == "BlockBlob"
            self.put(blob, await request.read())
            return web.Response(status=201)
        kept = dict(self.versions.get(blob, ()))
        version = request.query.get("versionid", "")
        if (version and version not in kept) or (not version and (blob in self.gone or not kept)):
            return _error(404, "BlobNotFound")
        if request.method == "DELETE":
            self.gone.add(blob)
            return web.Response(status=202)
        leased = blob in self.lease
        headers = {"x-ms-lease-status": "locked" if leased else "unlocked"}
        headers |= {"x-ms-lease-state": "leased" if leased else "available", **self.lease.get(blob, {})}
        return web.Response(body=kept[version] if version else list(kept.values())[-1], headers=headers)


def _error(status: int, code: str) -> web.Response:
    text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return web.Response(status=status, text=text, content_type="application/xml", headers={"x-ms-error-code": code})
