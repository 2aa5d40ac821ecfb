"""The way to Google Cloud's interfaces: plain HTTP in threads, with an end to every wait and every list."""

import asyncio
import random
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx2

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.refusals import NoSignIn, Refused, no_sign_in, refusal, shown, unseen
from codemie.operations.cloud.google.sign_in import Signed, Source, Unusable, find, sign_in

Thing = dict[str, Any]
"""What Google says of one thing, as its JSON has it."""

Query = str | int | bool | list[str]
"""A parameter of a question; a list is given once for each."""

_BASES = {
    "compute": "https://compute.googleapis.com/compute/v1/",
    "container": "https://container.googleapis.com/v1/",
    "sql": "https://sqladmin.googleapis.com/sql/v1beta4/",
    "storage": "https://storage.googleapis.com/storage/v1/",
    "kms": "https://cloudkms.googleapis.com/v1/",
    "dns": "https://dns.googleapis.com/dns/v1/",
    "service_usage": "https://serviceusage.googleapis.com/v1/",
    "resource_manager_v3": "https://cloudresourcemanager.googleapis.com/v3/",
    "cloud_billing": "https://cloudbilling.googleapis.com/v1/",
    "iam": "https://iam.googleapis.com/v1/",
}
"""Service → its address. `GOOGLE_SERVICE_CUSTOM_ENDPOINT` gives another, as it does to Terraform's provider."""

_TOKENS = "https://oauth2.googleapis.com"
_ISSUERS = {
    _TOKENS: "CLOUDSDK_AUTH_TOKEN_HOST",
    "https://iamcredentials.googleapis.com": "GOOGLE_IAM_CREDENTIALS_CUSTOM_ENDPOINT",
}
"""Who gives tokens → the variable that names another, as it does to gcloud and to Terraform's provider."""

_PROJECTS = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
_USUAL_REGION = "europe-west3"
_ADDRESSES = ("metadata.google.internal", "169.254.169.254")
_CONNECT_SECONDS, _READ_SECONDS = 3, 8
_ATTEMPTS, _WAIT_SECONDS = 3, (0.1, 0.6)
_FAILED, _BUSY = 400, {429, 500, 502, 503, 504}
_PAGE, _MOST_PAGES = 500, 20
_MOST_BYTES = 64 * 2**20
_SIZES: Mapping[str, Mapping[str, int]] = {"kms": {"pageSize": _PAGE}, "container": {}, "iam": {"pageSize": 100}}


class Google:
    """One project, as the sign-in of this machine sees it.

    Args:
        project: its id.
        region: where to ask.
        environment: variables that say who is signed in, and where services are when they are not Google's.
    """

    def __init__(self, project: str, region: str, environment: Mapping[str, str]) -> None:
        self.project, self.region = project, region
        self._environment = environment
        self._quota_project = ""
        self._signed: Signed | Unobservable | None = None
        self._turn = threading.Lock()
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
            # A machine's own address is behind no proxy.
            mounts={f"http://{each}": httpx2.HTTPTransport() for each in _ADDRESSES},
        )

    def source(self) -> Source | None:
        """What there is to sign in with; None where there is nothing.

        Raises:
            Unusable: it is named, and broken.
        """
        return find(self._environment)

    async def signed(self) -> Signed:
        """The token of this run.

        Raises:
            NoSignIn: Google gives none.
            Unobservable: there is nothing to sign in with, or nobody answers.
        """
        return await asyncio.to_thread(self._token)

    async def token_facts(self) -> Thing:
        """What Google says of the token of this run: `expires_in`, `scope`, perhaps `email`.

        Raises:
            NoSignIn: it does not take the token.
            Unobservable: there is none, or nobody answers.
        """
        return await asyncio.to_thread(self._token_facts)

    async def ask(self, service: str, path: str, body: Thing | None = None, **query: Query) -> Thing:
        """One answer.

        Args:
            service: one of those that are known here, such as `compute`.
            path: below the address of the service, with the project in it.
            body: to be posted; None: it is only asked.
            query: further parameters.

        Raises:
            Refused: the answer is an error.
            Unobservable: there is no sign-in, or nobody answers.
        """
        answer = await asyncio.to_thread(self._asked, service, path, body, query)
        return _document(answer)

    async def see(self, service: str, path: str, permission: str, body: Thing | None = None, **query: Query) -> Thing:
        """One answer of a question that the sign-in may not be allowed to ask.

        Args:
            service: as for `ask`; likewise the others.
            path: likewise.
            permission: what it takes, as Google calls it.
            body: likewise.
            query: likewise.

        Raises:
            Refused: the answer is an error; most are `is_missing`.
            Unobservable: it may not be asked, the service is off, or as for `ask`.
        """
        try:
            return await self.ask(service, path, body, **query)
        except Refused as error:
            if error.is_missing:
                raise
            raise unseen(error, self.project, permission) from error

    async def one(self, service: str, path: str, permission: str, **query: Query) -> Thing | None:
        """The answer about one thing; None where there is no such thing. Else as `see`."""
        try:
            return await self.see(service, path, permission, None, **query)
        except Refused:
            return None

    async def every(self, service: str, path: str, field: str, permission: str, **query: Query) -> list[Thing]:
        """All that an address lists, page after page; nothing where what it is below is not there.

        Args:
            service: as for `ask`; likewise the others.
            path: likewise.
            field: of the answer, the list itself.
            permission: as for `see`.
            query: likewise.

        Raises:
            Unobservable: it may not be asked, or there is more than can be looked through.
        """
        found: list[Thing] = []
        asked = dict(query)
        for _ in range(_MOST_PAGES):
            told = await self.one(service, path, permission, **{**_size(service), **asked}) or {}
            found += cast("list[Thing]", told.get(field) or [])
            if not told.get("nextPageToken"):
                return found
            asked["pageToken"] = str(told["nextPageToken"])
        raise Unobservable(f"{service} lists more than {len(found)} at {path}", "Look at it in the cloud's console")

    async def read(self, bucket: str, name: str, most: int, generation: str = "") -> bytes | None:
        """An object of Cloud Storage; None where there is none.

        Args:
            bucket: where it is.
            name: of the object.
            most: bytes that it may have.
            generation: which version; empty: the current one.

        Raises:
            Unobservable: it may not be read, is larger, or nobody answers.
        """
        which = {"generation": generation} if generation else {}
        path = f"b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
        try:
            answer = await asyncio.to_thread(self._asked, "storage", path, None, {"alt": "media", **which}, most=most)
        except Refused as error:
            if error.is_missing:
                return None
            raise unseen(error, self.project, "storage.objects.get") from error
        return answer.content

    async def write(self, bucket: str, name: str, content: bytes) -> str:
        """Put an object into a bucket; its generation.

        Raises:
            Refused: it may not be written.
            Unobservable: nobody answers.
        """
        return await asyncio.to_thread(self._write, bucket, name, content)

    async def remove(self, bucket: str, name: str, generation: str) -> None:
        """Take a version of an object away for good. Raises as `write`."""
        path = f"b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
        await asyncio.to_thread(self._asked, "storage", path, None, {"generation": generation}, "DELETE")

    def _write(self, bucket: str, name: str, content: bytes) -> str:
        head, between, _ = self._base("storage").rpartition("/storage/v1/")
        url = f"{head}/upload{between}b/{quote(bucket, safe='')}/o"
        headers = {**self._headers(), "Content-Type": "application/octet-stream"}
        answer = self._sent("POST", url, headers=headers, params={"uploadType": "media", "name": name}, content=content)
        if answer.status_code >= _FAILED:
            raise refusal(answer)
        return str(_document(answer).get("generation") or "")

    def _headers(self) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._token().token}"}
        return {**headers, "X-Goog-User-Project": self._quota_project} if self._quota_project else headers

    def _asked(
        self,
        service: str,
        path: str,
        body: Thing | None,
        query: Mapping[str, Any],
        method: str = "",
        most: int = _MOST_BYTES,
    ) -> httpx2.Response:
        url = f"{self._base(service)}{path}"
        how = method or ("GET" if body is None else "POST")
        answer = self._sent(how, url, most, headers=self._headers(), params=dict(query), json=body)
        if answer.status_code >= _FAILED:
            raise refusal(answer)
        return answer

    def _token_facts(self) -> Thing:
        url = issuer(f"{_TOKENS}/tokeninfo", self._environment)
        answer = self._sent("POST", url, data={"access_token": self._token().token})
        told = cast("Thing", _document(answer))
        if answer.status_code >= _FAILED:
            raise NoSignIn(str(told.get("error") or answer.status_code), str(told.get("error_description") or ""))
        return told

    def _base(self, service: str) -> str:
        other = self._environment.get(f"GOOGLE_{service.upper()}_CUSTOM_ENDPOINT", "")
        base = other or _BASES[service]
        return base if base.endswith("/") else f"{base}/"

    def _sent(self, method: str, url: str, most: int = _MOST_BYTES, **request: Any) -> httpx2.Response:
        """The answer, asked again where Google is busy."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = self._received(method, url, most, request)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                if attempt == _ATTEMPTS or isinstance(error, httpx2.InvalidURL):
                    host = urlsplit(url).hostname
                    text = f"Google does not answer at {host}: {type(error).__name__}"
                    raise Unobservable(text, "Look at the network and the proxy") from error
            else:
                if answer.status_code not in _BUSY or attempt == _ATTEMPTS:
                    return answer
            time.sleep(random.uniform(*_WAIT_SECONDS))  # noqa: S311 - spreads questions, guards nothing
        raise AssertionError("the last attempt returns or raises")

    def _received(self, method: str, url: str, most: int, request: Mapping[str, Any]) -> httpx2.Response:
        """The whole answer; what is larger than it may be is not taken to its end."""
        content = bytearray()
        with self._client.stream(method, url, **request) as answer:
            for part in answer.iter_bytes():
                content += part
                if len(content) > most:
                    text = f"{urlsplit(url).hostname} answers with more than {most} bytes"
                    raise Unobservable(text, "Look at it in the cloud's console")
        return httpx2.Response(answer.status_code, content=bytes(content), request=answer.request)

    def _token(self) -> Signed:
        with self._turn:
            if self._signed is None:
                self._signed = self._exchanged()
        if isinstance(self._signed, Unobservable):
            raise self._signed
        return self._signed

    def _exchanged(self) -> Signed | Unobservable:
        """Once a run: what keeps one question from its answer keeps all."""
        exceptions: Any = import_module("google.auth.exceptions")
        try:
            source = self.source()
            if source is None:
                return Unobservable("There are no credentials of Google Cloud", "See tf.creds.present")
            self._quota_project = source.quota_project if source.is_person else ""
            return sign_in(source, _Asking(self._client, self._environment))
        except Unusable as error:
            return Unobservable(str(error), "See tf.creds.present")
        except exceptions.TransportError as error:
            return Unobservable(f"Nobody gives a token: {shown(str(error))}", "Look at the network and the proxy")
        except exceptions.GoogleAuthError as error:
            return no_sign_in(error)
        except ValueError as error:
            return NoSignIn("malformed", str(error))


def google_of(values: Mapping[str, Any], environment: Mapping[str, str]) -> Google:
    """The way to the project that values or variables name.

    Args:
        values: of the stack, as far as there are any.
        environment: variables of this process; `GOOGLE_CLOUD_PROJECT` and the others that Terraform's provider reads.
    """
    named = next((environment[each] for each in _PROJECTS if environment.get(each)), "")
    project, region = str(values.get("project_id") or named), str(values.get("region") or _USUAL_REGION)
    return Google(project, region, environment)


class _Told:
    """An answer as google-auth takes it."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.status, self.headers, self.data = answer.status_code, answer.headers, answer.content


class _Asking:
    """How google-auth asks: through our client, with an end to each wait. See `google.auth.transport.Request`."""

    def __init__(self, client: httpx2.Client, environment: Mapping[str, str]) -> None:
        self._client, self._environment = client, environment

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> _Told:
        seconds = min(timeout or _READ_SECONDS, _READ_SECONDS)
        try:
            asked = issuer(url, self._environment)
            return _Told(
                self._client.request(method, asked, content=body, headers=dict(headers or {}), timeout=seconds)
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            exceptions: Any = import_module("google.auth.exceptions")
            raise exceptions.TransportError(f"{urlsplit(url).hostname}: {type(error).__name__}") from error


def issuer(url: str, environment: Mapping[str, str]) -> str:
    """The address of who gives tokens, where a variable names another."""
    for usual, variable in _ISSUERS.items():
        other = urlsplit(environment.get(variable, ""))
        if url.startswith(usual) and other.netloc:
            return f"{other.scheme}://{other.netloc}{url.removeprefix(usual)}"
    return url


def _document(answer: httpx2.Response) -> Thing:
    try:
        told: object = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Unobservable(f"What answers at {urlsplit(str(answer.url)).hostname} is not Google")
    return cast("Thing", told)


def _size(service: str) -> Mapping[str, int]:
    return _SIZES.get(service, {"maxResults": _PAGE})
