"""Google Cloud's interfaces on a loopback port: sign-in, projects, services, and things that are read by their path.

Faithful to the shapes that cloud.google.com documents: errors in the envelope of google.rpc.Status, older services with
a list of `errors`, lists in pages with `nextPageToken`, things with their `selfLink`.
"""

import base64
import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fakes.google_refusals import is_collection, lacking, refused, right_of, switched_off

PROJECT, NUMBER, REGION = "acme-platform", "987654321098", "europe-west3"
ACCOUNT = f"deployer@{PROJECT}.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
Thing = dict[str, Any]

_VERSIONS = {
    "compute": "compute/v1",
    "container": "v1",
    "sql": "sql/v1beta4",
    "storage": "storage/v1",
    "kms": "v1",
    "dns": "dns/v1",
    "service_usage": "v1",
    "resource_manager_v3": "v3",
    "cloud_billing": "v1",
    "iam": "v1",
}
_APIS = {
    "compute": "compute.googleapis.com",
    "container": "container.googleapis.com",
    "sql": "sqladmin.googleapis.com",
    "kms": "cloudkms.googleapis.com",
    "dns": "dns.googleapis.com",
    "service_usage": "serviceusage.googleapis.com",
    "resource_manager_v3": "cloudresourcemanager.googleapis.com",
    "cloud_billing": "cloudbilling.googleapis.com",
    "iam": "iam.googleapis.com",
}
_PLAIN_LISTS = {"compute", "sql", "storage"}


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class GoogleCloud:
    """All of it, for one project.

    Attributes:
        url: where it is.
        things: service and path, such as `compute/projects/P/regions/R` → what is told of it.
        objects: bucket and name → its versions, the oldest first: generation and content.
        deleted: bucket and name of objects whose versions alone are kept.
        health: path of a backend service or target pool, and the group or machine asked about → how each part is.
        lacking: permissions that the sign-in has not.
        may_act_as: accounts that the sign-in may impersonate.
        untestable: permissions that cannot be tested on a project.
        lacking_at_bucket: those that it has in the project, and not in a bucket.
        off: services that are not switched on.
        errors: beginning of service and path → what is answered: status, code, reason, words.
        grant: answers who asks for a token, before anything is looked at; None: as usual.
        token: the one that is taken.
        expires_in: seconds that it lasts.
        scope: what it is for.
        page: how many things a page has.
        asked: every question, as method, service and path.
        quota_projects: those that questions were to count for.
        writes: every object that was written.
    """

    url: str = ""
    things: dict[str, Thing] = field(default_factory=dict[str, Thing])
    objects: dict[tuple[str, str], list[tuple[int, bytes]]] = field(
        default_factory=dict[tuple[str, str], list[tuple[int, bytes]]]
    )
    deleted: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    health: dict[tuple[str, str], list[Thing]] = field(default_factory=dict[tuple[str, str], list[Thing]])
    lacking: set[str] = field(default_factory=set[str])
    may_act_as: set[str] = field(default_factory=set[str])
    untestable: set[str] = field(default_factory=set[str])
    lacking_at_bucket: set[str] = field(default_factory=set[str])
    off: set[str] = field(default_factory=set[str])
    errors: dict[str, tuple[int, str, str, str]] = field(default_factory=dict[str, tuple[int, str, str, str]])
    grant: Callable[[dict[str, str]], tuple[int, Thing]] | None = None
    token: str = "planted-google-token"
    expires_in: int = 3600
    scope: str = SCOPE
    page: int = 500
    asked: list[str] = field(default_factory=list[str])
    quota_projects: set[str] = field(default_factory=set[str])
    writes: list[str] = field(default_factory=list[str])
    key: rsa.RSAPrivateKey = field(default_factory=_key)

    def reset(self) -> None:
        """Forget everything but where it is, and the key."""
        vars(self).update(vars(GoogleCloud(url=self.url, key=self.key)))

    def environment(self) -> dict[str, str]:
        """Variables that lead Terraform's provider, and us, here; nobody is signed in by them."""
        bases = {
            f"GOOGLE_{name.upper()}_CUSTOM_ENDPOINT": f"{self.url}/{name}/{path}/" for name, path in _VERSIONS.items()
        }
        issuers = {
            "CLOUDSDK_AUTH_TOKEN_HOST": f"{self.url}/token",
            "GOOGLE_IAM_CREDENTIALS_CUSTOM_ENDPOINT": f"{self.url}/v1/",
        }
        return {**bases, **issuers, "NO_GCE_CHECK": "true", "CLOUDSDK_CONFIG": "/nonexistent", "HOME": "/nonexistent"}

    def signed_in(self, **others: Any) -> dict[str, str]:
        """The same, with the key of a service account."""
        return {**self.environment(), "GOOGLE_CREDENTIALS": json.dumps(self.key_file(**others))}

    def key_file(self, **others: Any) -> Thing:
        """The key of the account that deploys."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "0123456789abcdef",
            "private_key": pem.decode(),
            "client_email": ACCOUNT,
            "client_id": "117",
            "token_uri": f"{self.url}/token",
            **others,
        }

    def put(self, path: str, **facts: Any) -> Thing:
        """Let there be a thing; its name and its link follow from the path."""
        thing = self.things.setdefault(path, {})
        if path.startswith("compute/"):
            thing |= {"selfLink": f"https://www.googleapis.com/compute/v1/{path.removeprefix('compute/')}"}
        thing |= {"name": thing.get("name") or path.rpartition("/")[2], **facts}
        return thing

    def write(self, bucket: str, name: str, content: bytes) -> int:
        """A further version of an object."""
        versions = self.objects.setdefault((bucket, name), [])
        versions.append((1700000000000000 + len(self.writes), content))
        self.writes.append(f"{bucket}/{name}")
        return versions[-1][0]

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Thing | bytes]:
        """What is answered: status and document, or the bytes of an object."""
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        if (given := self._signing_in(parts.path, headers, body)) is not None:
            return given
        service, _, rest = parts.path.removeprefix("/").partition("/")
        version = _VERSIONS.get(service)
        if version is None or not rest.removeprefix("upload/").startswith(f"{version}/"):
            return 404, {"error": {"code": 404, "message": f"no such address: {parts.path}"}}
        path = rest.removeprefix("upload/").removeprefix(f"{version}/")
        self.asked.append(f"{method} {service}/{unquote(path)}")
        self.quota_projects |= set(headers.get_all("X-Goog-User-Project") or ())
        if headers.get("Authorization") != f"Bearer {self.token}":
            return refused(
                service, 401, "UNAUTHENTICATED", "authError", "Request had invalid authentication credentials."
            )
        if (scripted := self._scripted(service, unquote(path))) is not None:
            return scripted
        if (api := _APIS.get(service)) in self.off:
            return switched_off(service, str(api), NUMBER)
        return self._told(method, service, path, query, body)

    def _scripted(self, service: str, path: str) -> tuple[int, Thing] | None:
        for beginning, (status, code, reason, words) in self.errors.items():
            if f"{service}/{path}".startswith(beginning):
                return refused(service, status, code, reason, words)
        return None

    def _told(
        self, method: str, service: str, path: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[int, Thing | bytes]:
        if ":" in path:
            return self._acted(path.rpartition(":")[2], query, body)
        right = right_of(service, path, method)
        if right in self.lacking | self.lacking_at_bucket:
            return lacking(service, right, path, ACCOUNT)
        if path.endswith("/getHealth"):
            return self._healthy(path.removesuffix("/getHealth"), json.loads(body))
        if service == "storage" and path.split("/")[2:3] == ["o"]:
            return self._object(method, path, query, body)
        if (found := self.things.get(f"{service}/{unquote(path)}")) is not None:
            return 200, found
        return self._listed(service, unquote(path), query)

    def _listed(self, service: str, path: str, query: dict[str, list[str]]) -> tuple[int, Thing]:
        collection = path.rpartition("/")[2]
        if not is_collection(service, path):
            return refused(service, 404, "NOT_FOUND", "notFound", f"The resource '{path}' was not found")
        inside = [
            thing for known, thing in sorted(self.things.items()) if known.rpartition("/")[0] == f"{service}/{path}"
        ]
        first = int((query.get("pageToken") or ["0"])[0])
        page = inside[first : first + self.page]
        more = {"nextPageToken": str(first + self.page)} if first + self.page < len(inside) else {}
        name = "items" if service in _PLAIN_LISTS else collection
        # Google leaves an empty list out.
        return 200, {**({name: page} if page else {}), **more}

    def _healthy(self, path: str, asked: dict[str, str]) -> tuple[int, Thing]:
        """Of a group or a machine that it knows; others are refused, as Google does."""
        link = asked.get("group") or asked.get("instance") or ""
        if (path, link) not in self.health:
            return refused("compute", 400, "INVALID_ARGUMENT", "invalid", f"Invalid value for field 'group': '{link}'")
        states = self.health[path, link]
        return 200, {"kind": "compute#backendServiceGroupHealth", **({"healthStatus": states} if states else {})}

    def _acted(self, action: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Thing]:
        """What is behind a colon: of no single thing."""
        if action == "testIamPermissions":
            return self._tested(json.loads(body)["permissions"])
        return 200, {"services": [self._service(each) for each in query["names"]]}

    def _tested(self, wanted: list[str]) -> tuple[int, Thing]:
        if len(wanted) > 100:
            words = "The number of permissions exceeds 100."
            return refused("resource_manager_v3", 400, "INVALID_ARGUMENT", "badRequest", words)
        if strange := next((each for each in wanted if each in self.untestable), ""):
            words = f"Permission {strange} is not valid for this resource."
            return refused("resource_manager_v3", 400, "INVALID_ARGUMENT", "badRequest", words)
        held = [each for each in wanted if each not in self.lacking]
        return 200, {"permissions": held} if held else {}

    def _service(self, name: str) -> Thing:
        api = name.rpartition("/")[2]
        state = "DISABLED" if api in self.off else "ENABLED"
        return {"name": f"projects/{NUMBER}/services/{api}", "parent": f"projects/{NUMBER}", "state": state}

    def _object(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Thing | bytes]:
        _, bucket, _, *rest = [unquote(each) for each in path.split("/")]
        if method == "POST":
            generation = self.write(bucket, query["name"][0], body)
            return 200, {"name": query["name"][0], "bucket": bucket, "generation": str(generation)}
        if not rest:
            return 200, self._versions(bucket, query)
        versions = self.objects.get((bucket, rest[0])) or []
        current = versions[-1][0] if versions and (bucket, rest[0]) not in self.deleted else 0
        wanted = int(query["generation"][0]) if "generation" in query else current
        found = next((content for generation, content in versions if generation == wanted), None)
        if found is None:
            return refused("storage", 404, "", "notFound", f"No such object: {bucket}/{rest[0]}")
        if method == "DELETE":
            self.objects[bucket, rest[0]] = [each for each in versions if each[0] != wanted]
            return 204, b""
        if query.get("alt") == ["media"]:
            return 200, found
        return 200, _object(bucket, rest[0], wanted, found)

    def _versions(self, bucket: str, query: dict[str, list[str]]) -> Thing:
        prefix, each_one = (query.get("prefix") or [""])[0], query.get("versions") == ["true"]
        items = [
            _object(bucket, name, generation, content)
            for (owner, name), versions in sorted(self.objects.items())
            if owner == bucket and name.startswith(prefix)
            for generation, content in (versions if each_one else versions[-1:])
        ]
        return {"kind": "storage#objects", **({"items": items} if items else {})}

    def _issued(self, path: str, form: dict[str, str]) -> tuple[int, Thing]:
        if path == "/tokeninfo":
            if form.get("access_token") != self.token:
                return 400, {"error": "invalid_token", "error_description": "Invalid Value"}
            return 200, {
                "scope": self.scope,
                "expires_in": str(self.expires_in),
                "email": ACCOUNT,
                "access_type": "online",
            }
        if self.grant is not None:
            return self.grant(form)
        if "assertion" in form and not self._is_signed(form["assertion"]):
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        return 200, {"access_token": self.token, "expires_in": self.expires_in, "token_type": "Bearer"}

    def _signing_in(self, path: str, headers: Any, body: bytes) -> tuple[int, Thing] | None:
        """What gives tokens; None of what wants one."""
        if path in {"/token", "/tokeninfo"}:
            return self._issued(path, {key: each[0] for key, each in parse_qs(body.decode()).items()})
        if path.startswith("/computeMetadata/v1/"):
            return self._of_machine(path, headers)
        return self._impersonated(path, headers) if path.endswith(":generateAccessToken") else None

    def _of_machine(self, path: str, headers: Any) -> tuple[int, Thing]:
        """The metadata server of a machine of Google's."""
        if headers.get("Metadata-Flavor") != "Google":
            return 403, {"error": "Missing Metadata-Flavor:Google header."}
        if path.endswith("/token"):
            return 200, {"access_token": self.token, "expires_in": self.expires_in, "token_type": "Bearer"}
        return 200, {"email": ACCOUNT, "scopes": [self.scope], "aliases": ["default"]}

    def _impersonated(self, path: str, headers: Any) -> tuple[int, Thing]:
        """A token of another account, for whoever may act as it."""
        who = path.rpartition("/")[2].partition(":")[0]
        if headers.get("Authorization") != f"Bearer {self.token}" or who not in self.may_act_as:
            words = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
            return refused("iam", 403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", words)
        end = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        return 200, {"accessToken": self.token, "expireTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _is_signed(self, assertion: str) -> bool:
        head, payload, signature = assertion.split(".")
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        try:
            self.key.public_key().verify(raw, f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def _object(bucket: str, name: str, generation: int, content: bytes) -> Thing:
    return {
        "kind": "storage#object",
        "name": name,
        "bucket": bucket,
        "generation": str(generation),
        "size": str(len(content)),
        "timeCreated": "2026-11-30T12:00:00.000Z",
    }


@contextmanager
def serving() -> Iterator[GoogleCloud]:
    """An empty project on a loopback port."""
    cloud = GoogleCloud()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = cloud.answer(self.command, self.path, self.headers, body)
            sent = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_DELETE = _any  # noqa: N815 - as the library calls them

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: tests tell what they saw."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    cloud.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()
