"""Blobs of Azure Storage, read and written by the sign-in of this machine and never by an account's key.

https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
"""

import datetime as dt
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import quote

import httpx2

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Arm, Refused, patient

_VERSION = "2024-11-04"
_AT_ONCE, _MOST_PAGES = 1000, 20
_BLOB = re.compile(r"<Blob>(.*?)</Blob>", re.DOTALL)
_FIELD = re.compile(r"<(Name|VersionId|IsCurrentVersion|Content-Length|Content-MD5)>([^<]*)</")
_FURTHER = re.compile(r"<NextMarker>([^<]+)</NextMarker>")
_CODE = re.compile(r"<Code>(\w+)</Code>")


@dataclass(frozen=True)
class Version:
    """One version of a blob.

    Attributes:
        id: when it was written, as Azure names it.
        is_current: whether it is what one reads.
        is_empty: whether it holds nothing.
        digest: of what it holds, as Azure tells it; empty where it does not.
    """

    id: str
    is_current: bool
    is_empty: bool = False
    digest: str = ""


class Container:
    """One container.

    Args:
        arm: whose sign-in is used.
        endpoint: of blobs of its account, as the manager tells it.
        name: of the container.
    """

    def __init__(self, arm: Arm, endpoint: str, name: str) -> None:
        self._arm = arm
        self._url = f"{endpoint.rstrip('/')}/{quote(name)}"

    async def read(self, blob: str, version: str = "") -> bytes:
        """What a blob holds.

        Raises:
            Refused: it may not be read, or is not there.
            Unobservable: nobody answers, or it holds more than 64 MiB.
        """
        asked = {"versionid": version} if version else {}
        return (await self._sent("GET", blob, asked)).content

    async def head(self, blob: str) -> Mapping[str, str]:
        """What is told of a blob besides what it holds: lease, metadata.

        Raises:
            Refused: it may not be read, or is not there.
            Unobservable: nobody answers.
        """
        return (await self._sent("HEAD", blob)).headers

    async def write(self, blob: str, body: bytes) -> None:
        """Write a blob.

        Raises:
            Refused: it may not be written.
            Unobservable: nobody answers.
        """
        await self._sent("PUT", blob, body=body, headers={"x-ms-blob-type": "BlockBlob"})

    async def delete(self, blob: str) -> None:
        """Delete a blob; where versions are kept, the last one stays until its time is over.

        Raises:
            Refused: it may not be deleted.
            Unobservable: nobody answers.
        """
        await self._sent("DELETE", blob)

    async def versions(self, blob: str) -> list[Version]:
        """All versions of a blob that are kept, the newest last.

        Raises:
            Refused: they may not be listed, or there is no such container.
            Unobservable: nobody answers, or what it says is not understood.
        """
        asked = {"restype": "container", "comp": "list", "prefix": blob, "include": "versions"}
        found = list[Version]()
        for _ in range(_MOST_PAGES):
            text = (await self._sent("GET", "", {**asked, "maxresults": str(_AT_ONCE)})).text
            for part in _BLOB.findall(text):
                told = {name: html.unescape(value) for name, value in _FIELD.findall(part)}
                if told.get("Name") == blob:
                    found.append(
                        Version(
                            told.get("VersionId", ""),
                            told.get("IsCurrentVersion") == "true",
                            told.get("Content-Length") == "0",
                            told.get("Content-MD5", ""),
                        )
                    )
            further = _FURTHER.search(text)
            if further is None:
                return sorted(found, key=lambda each: each.id)
            asked["marker"] = html.unescape(further[1])
        raise Unobservable(f"Azure Storage lists more than {_AT_ONCE * _MOST_PAGES} versions of {blob}")

    async def _sent(
        self,
        method: str,
        blob: str,
        asked: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        token = await self._arm.signed(self._arm.places.storage)
        own = {
            "Authorization": f"Bearer {token.text}",
            "x-ms-version": _VERSION,
            "x-ms-date": format_datetime(dt.datetime.now(dt.UTC), usegmt=True),
        }
        url = f"{self._url}/{quote(blob)}" if blob else self._url
        answer = await patient(
            method, url, params=dict(asked or {}) or None, content=body, headers={**own, **(headers or {})}
        )
        if answer.is_success:
            return answer
        named = answer.headers.get("x-ms-error-code")
        found = None if named else _CODE.search(answer.text)
        code = named or (found[1] if found else str(answer.status_code))
        raise Refused(answer.status_code, code, "")
