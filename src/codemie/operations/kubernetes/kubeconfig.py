"""Where the API server is and who we are there: from a kubeconfig, or from the service account of the pod we run in."""

import asyncio
import base64
import binascii
import json
import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from codemie.kernel.errors import ConfigurationError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
EXEC_SECONDS = 20.0
EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


@dataclass(frozen=True)
class Access:
    """How to reach one cluster.

    Attributes:
        server: address of the API.
        context: what it is called here.
        namespace: the one of the context; empty where it names none.
        token: bearer token; empty where a certificate says who we are.
        tls: trust and client certificate; None for plain HTTP.
        server_name: the name in the server's certificate, where that is not the host of the address.
        proxy: address of an HTTP proxy.
    """

    server: str
    context: str = ""
    namespace: str = ""
    token: str = ""
    tls: ssl.SSLContext | None = None
    server_name: str | None = None
    proxy: str | None = None


async def found(
    file: Path | None = None,
    context: str | None = None,
    environment: Mapping[str, str] = os.environ,
    account: Path = SERVICE_ACCOUNT,
) -> Access | None:
    """The access that `kubectl` would use, or None where there is none.

    Args:
        file: a kubeconfig; None: those of KUBECONFIG, else `~/.kube/config`, else the pod's service account.
        context: a context of it; None: the current one.
        environment: variables.
        account: where Kubernetes puts the service account of a pod.

    Raises:
        ConfigurationError: a file cannot be read, names something that is not there, or its program fails.
    """
    files = [file] if file else _files(environment)
    there = [each for each in files if each.is_file()]
    if there:
        return await _Kubeconfig.read(there).access(context, environment)
    if file or environment.get("KUBECONFIG"):
        raise ConfigurationError(f"There is no kubeconfig at {', '.join(map(str, files))}")
    return _of_pod(environment, account)


def _files(environment: Mapping[str, str]) -> list[Path]:
    named = environment.get("KUBECONFIG", "")
    return [Path(each) for each in named.split(os.pathsep) if each] or [Path("~/.kube/config").expanduser()]


def _of_pod(environment: Mapping[str, str], folder: Path) -> Access | None:
    host = environment.get("KUBERNETES_SERVICE_HOST")
    if not host or not (folder / "token").is_file():
        return None
    host = f"[{host}]" if ":" in host else host
    return Access(
        server=f"https://{host}:{environment.get('KUBERNETES_SERVICE_PORT', '443')}",
        context="service account of this pod",
        namespace=(folder / "namespace").read_text().strip(),
        token=(folder / "token").read_text().strip(),
        tls=ssl.create_default_context(cafile=str(folder / "ca.crt")),
    )


class _Kubeconfig:
    """Several files as one: what comes first wins, and paths are relative to the file they stand in."""

    def __init__(self) -> None:
        self.current = ""
        self._parts: dict[str, dict[str, dict[str, Any]]] = {"clusters": {}, "contexts": {}, "users": {}}

    @classmethod
    def read(cls, files: list[Path]) -> "_Kubeconfig":
        merged = cls()
        for file in files:
            try:
                document = yaml.safe_load(file.read_text())
            except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
                raise ConfigurationError(f"The kubeconfig {file} cannot be read", details=str(error)) from None
            if not isinstance(document, dict):
                raise ConfigurationError(f"The kubeconfig {file} is not a mapping of YAML")
            merged._add(document, file)
        return merged

    def _add(self, document: dict[str, Any], file: Path) -> None:
        self.current = self.current or document.get("current-context") or ""
        for part, known in self._parts.items():
            for entry in document.get(part) or ():
                value = entry.get(part.removesuffix("s")) or {}
                known.setdefault(str(entry.get("name")), {**value, "_folder": file.parent})

    async def access(self, context: str | None, environment: Mapping[str, str]) -> Access:
        name = context or self.current
        if not name:
            raise ConfigurationError("The kubeconfig has no current context", help="Name one with --context")
        chosen = self._one("contexts", name)
        cluster = self._one("clusters", str(chosen.get("cluster")))
        user = self._one("users", str(chosen["user"])) if chosen.get("user") else {}
        server = str(cluster.get("server") or "")
        if "exec" in user:
            user = {**user, **await _credentials_of_program(user["exec"], environment, user.get("_folder"))}
        return Access(
            server=server.rstrip("/"),
            context=name,
            namespace=str(chosen.get("namespace") or ""),
            token=_token(user),
            tls=_tls(cluster, user) if server.startswith("https:") else None,
            server_name=cluster.get("tls-server-name"),
            proxy=cluster.get("proxy-url"),
        )

    def _one(self, part: str, name: str) -> dict[str, Any]:
        try:
            return self._parts[part][name]
        except KeyError:
            there = ", ".join(self._parts[part]) or "none"
            raise ConfigurationError(
                f"The kubeconfig has no {part.removesuffix('s')} {name!r}; it has: {there}"
            ) from None


def _token(user: dict[str, Any]) -> str:
    if file := user.get("tokenFile"):
        return Path(user["_folder"], file).read_text().strip()
    if "auth-provider" in user:
        raise ConfigurationError(
            "The kubeconfig signs in with an auth-provider, which Kubernetes gave up in 1.26",
            help="Write it anew with the command of your cloud, such as gcloud container clusters get-credentials",
        )
    return str(user.get("token") or "")


def _tls(cluster: dict[str, Any], user: dict[str, Any]) -> ssl.SSLContext:
    try:
        authority = _bytes(cluster, "certificate-authority")
        context = ssl.create_default_context(cadata=authority.decode() if authority else None)
        if cluster.get("insecure-skip-tls-verify"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        certificate, key = _bytes(user, "client-certificate"), _bytes(user, "client-key")
        if certificate and key:
            _present(context, certificate + b"\n" + key)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise ConfigurationError("A certificate of the kubeconfig cannot be used", details=str(error)) from None
    return context


def _bytes(part: dict[str, Any], name: str) -> bytes:
    if data := part.get(f"{name}-data"):
        return base64.b64decode(data)
    return Path(part["_folder"], part[name]).read_bytes() if part.get(name) else b""


def _present(context: ssl.SSLContext, pem: bytes) -> None:
    """Python takes client certificates from files only: this one is readable by us alone, and gone at once."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)


async def _credentials_of_program(
    program: dict[str, Any], environment: Mapping[str, str], folder: Path | None
) -> dict[str, Any]:
    """What a program such as `aws eks get-token` prints."""
    command = str(program.get("command") or "")
    version = str(program.get("apiVersion"))
    if version not in EXEC_VERSIONS:
        raise ConfigurationError(f"The kubeconfig asks {command} for credentials in {version}, which is too old")
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    given = {str(each["name"]): str(each["value"]) for each in program.get("env") or ()}
    printed = await _output(
        str(Path(folder or ".", command)) if os.sep in command else command,
        [str(each) for each in program.get("args") or ()],
        {**environment, **given, "KUBERNETES_EXEC_INFO": json.dumps(info)},
        hint=program.get("installHint"),
    )
    try:
        status = json.loads(printed)["status"]
        pair = {"client-certificate": "clientCertificateData", "client-key": "clientKeyData"}
        encoded = {
            f"{ours}-data": base64.b64encode(status[theirs].encode()).decode()
            for ours, theirs in pair.items()
            if theirs in status
        }
        return {"token": status.get("token", ""), **encoded}
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise ConfigurationError(f"{command} of the kubeconfig printed no credentials") from None


async def _output(command: str, arguments: list[str], environment: dict[str, str], *, hint: str | None) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            command, *arguments, env=environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        raise ConfigurationError(
            f"The kubeconfig asks the program {command} for credentials, which cannot be started",
            details=error.strerror,
            help=hint,
        ) from None
    try:
        async with asyncio.timeout(EXEC_SECONDS):
            printed, complaint = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise ConfigurationError(f"{command} of the kubeconfig gave no credentials in {EXEC_SECONDS:g} s") from None
    if process.returncode:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        raise ConfigurationError(
            f"{command} of the kubeconfig gave no credentials: it ended with {process.returncode}",
            details=last[0] if last else None,
            help="Sign in to your cloud again",
        )
    return printed
