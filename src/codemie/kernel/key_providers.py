"""Master keys that a key service keeps wrapped: what lies on our disk is useless without it.

A wrapped key is one line: the provider, a colon, and what the provider needs to unwrap it.

* ``aws-kms:<region>:<ciphertext>``: AWS KMS `Decrypt`; credentials as boto3 finds them.
* ``azure-keyvault:<key identifier>:<ciphertext>``: Azure Key Vault `unwrapKey` (RSA-OAEP-256); a client secret or a
  federated token in the variables of Azure's workload identity.
* ``vault-transit:<mount>/<key>:<ciphertext>``: HashiCorp Vault's transit engine; ``VAULT_ADDR``, ``VAULT_TOKEN`` or
  ``VAULT_TOKEN_FILE``, ``VAULT_NAMESPACE``, ``VAULT_CACERT``.

They are asked when a process starts and when its key file changes, never for a single secret.
"""

import base64
import binascii
import os
import ssl
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx2

from codemie.kernel.errors import ConfigurationError

_TIMEOUT = httpx2.Timeout(10, connect=5)
_CONTEXT = {"purpose": "codemie master key"}
_VAULT_API = "7.4"
_ALGORITHM = "RSA-OAEP-256"


@lru_cache(16)
def unwrap(line: str) -> bytes:
    """The key that a line holds wrapped; every room of a process reads the same lines.

    Raises:
        ConfigurationError: nobody knows the provider, or it refuses.
    """
    name, _, rest = line.partition(":")
    provider = PROVIDERS.get(name)
    if provider is None:
        raise ConfigurationError(
            f"Nobody knows the key provider '{name[:40]}'", help=f"Known ones: {', '.join(PROVIDERS)}."
        )
    try:
        return provider[1](rest)
    except (ValueError, binascii.Error) as error:
        raise ConfigurationError(f"The wrapped master key of {name} is damaged", details=str(error)[:200]) from error


def wrap(provider: str, key_name: str, key: bytes) -> str:
    """A line that holds the key wrapped.

    Args:
        provider: one of ``PROVIDERS``.
        key_name: of the service's key: for KMS its ARN, for Key Vault its identifier, for Vault ``mount/name``.
        key: to be wrapped.

    Raises:
        ConfigurationError: the service refuses.
    """
    return f"{provider}:{PROVIDERS[provider][0](key_name, key)}"


def _kms(region: str) -> Any:
    from importlib import import_module  # untyped, and takes half a second

    boto3: Any = import_module("boto3")
    from botocore.config import Config  # type: ignore[import-untyped]

    limits = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3})
    return boto3.client("kms", region_name=region, config=limits)


def _wrap_by_kms(key_name: str, key: bytes) -> str:
    parts = key_name.split(":")
    region = parts[3] if len(parts) > 5 else os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "")
    if not region:
        raise ConfigurationError("The region of the KMS key is not known", help="Give its ARN, or set AWS_REGION.")
    told = _asked_kms(lambda: _kms(region).encrypt(KeyId=key_name, Plaintext=key, EncryptionContext=_CONTEXT))
    return f"{region}:{base64.b64encode(told['CiphertextBlob']).decode()}"


def _unwrap_by_kms(rest: str) -> bytes:
    region, _, wrapped = rest.partition(":")
    blob = base64.b64decode(wrapped, validate=True)
    told = _asked_kms(lambda: _kms(region).decrypt(CiphertextBlob=blob, EncryptionContext=_CONTEXT))
    return bytes(told["Plaintext"])


def _asked_kms(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    try:
        return ask()
    except (BotoCoreError, ClientError) as error:
        raise ConfigurationError(
            "AWS KMS does not unwrap the master key",
            details=str(error)[:300],
            help="Check that this identity may call kms:Decrypt with the key, and the region.",
        ) from error


def _wrap_by_key_vault(key_name: str, key: bytes) -> str:
    told = _asked_key_vault(key_name.rstrip("/"), "wrapkey", _url64(key))
    return f"{told['kid']}:{told['value']}"


def _unwrap_by_key_vault(rest: str) -> bytes:
    key_name, _, wrapped = rest.rpartition(":")
    told = _asked_key_vault(key_name, "unwrapkey", wrapped)
    return base64.urlsafe_b64decode(told["value"] + "=" * (-len(told["value"]) % 4))


def _url64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _asked_key_vault(key_name: str, operation: str, value: str) -> dict[str, Any]:
    with httpx2.Client(timeout=_TIMEOUT) as http:
        token = _azure_token(http)
        return _said(
            "Azure Key Vault",
            lambda: http.post(
                f"{key_name}/{operation}",
                params={"api-version": _VAULT_API},
                json={"alg": _ALGORITHM, "value": value},
                headers={"Authorization": f"Bearer {token}"},
            ),
            "Check that this identity has the role Key Vault Crypto User on the key.",
        )


def _azure_token(http: httpx2.Client) -> str:
    """By client credentials (Microsoft identity platform, OAuth 2.0 client credentials flow)."""
    environment = os.environ
    form = {
        "grant_type": "client_credentials",
        "client_id": environment.get("AZURE_CLIENT_ID", ""),
        "scope": "https://vault.azure.net/.default",
    }
    if secret := environment.get("AZURE_CLIENT_SECRET"):
        form["client_secret"] = secret
    elif file := environment.get("AZURE_FEDERATED_TOKEN_FILE"):
        form["client_assertion"] = _file(file)
        form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    else:
        raise ConfigurationError(
            "Azure does not know who asks for the master key",
            help="Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or use workload identity.",
        )
    authority = environment.get("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com").rstrip("/")
    tenant = environment.get("AZURE_TENANT_ID", "")
    told = _said(
        "Microsoft Entra ID",
        lambda: http.post(f"{authority}/{tenant}/oauth2/v2.0/token", data=form),
        "Check AZURE_TENANT_ID, AZURE_CLIENT_ID and the secret or federated token.",
    )
    return str(told["access_token"])


def _wrap_by_vault(key_name: str, key: bytes) -> str:
    told = _asked_vault("encrypt", key_name, {"plaintext": base64.b64encode(key).decode()})
    return f"{key_name}:{told['ciphertext']}"


def _unwrap_by_vault(rest: str) -> bytes:
    key_name, _, wrapped = rest.partition(":")
    told = _asked_vault("decrypt", key_name, {"ciphertext": wrapped})
    return base64.b64decode(told["plaintext"])


def _asked_vault(operation: str, key_name: str, body: dict[str, str]) -> dict[str, Any]:
    environment = os.environ
    address = environment.get("VAULT_ADDR", "").rstrip("/")
    token = environment.get("VAULT_TOKEN") or _file(environment.get("VAULT_TOKEN_FILE", ""))
    if not address or not token:
        raise ConfigurationError("Vault is not set up", help="Set VAULT_ADDR, and VAULT_TOKEN or VAULT_TOKEN_FILE.")
    mount, _, name = key_name.rpartition("/")
    headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
    if namespace := environment.get("VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = namespace
    authorities = environment.get("VAULT_CACERT")
    trust = ssl.create_default_context(cafile=authorities) if authorities else True
    with httpx2.Client(timeout=_TIMEOUT, verify=trust) as http:
        told = _said(
            "Vault",
            lambda: http.post(f"{address}/v1/{mount or 'transit'}/{operation}/{name}", json=body, headers=headers),
            f"Check that the token's policy allows update on {mount or 'transit'}/{operation}/{name}.",
        )
    return dict(told["data"])


def _said(service: str, ask: Callable[[], httpx2.Response], advice: str) -> dict[str, Any]:
    """The JSON of a successful answer. What the service says to a refusal holds no key."""
    try:
        answer = ask()
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ConfigurationError(
            f"{service} cannot be reached for the master key", details=type(error).__name__, help=advice
        ) from error
    if answer.status_code != 200:
        raise ConfigurationError(
            f"{service} does not give the master key",
            details=f"It answered {answer.status_code}: {answer.text[:300]}",
            help=advice,
        )
    told: dict[str, Any] = answer.json()
    return told


def _file(path: str) -> str:
    try:
        return Path(path).read_text().strip() if path else ""
    except OSError as error:
        raise ConfigurationError(f"The token file {path} cannot be read", details=error.strerror) from error


Wrap = Callable[[str, bytes], str]
Unwrap = Callable[[str], bytes]
PROVIDERS: Mapping[str, tuple[Wrap, Unwrap]] = MappingProxyType(
    {
        "aws-kms": (_wrap_by_kms, _unwrap_by_kms),
        "azure-keyvault": (_wrap_by_key_vault, _unwrap_by_key_vault),
        "vault-transit": (_wrap_by_vault, _unwrap_by_vault),
    }
)
"""By the name that a line begins with."""
