"""HashiCorp Vault's transit engine and Azure Key Vault, as far as wrapping a key goes; in a thread of their own.

After https://developer.hashicorp.com/vault/api-docs/secret/transit and
https://learn.microsoft.com/rest/api/keyvault/keys/wrap-key.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet

TOKEN = "vault-token"
CLIENT_SECRET = "azure-client-secret"
FEDERATED = "federated-token"
_ACCESS = "azure-access-token"
_KEY = Fernet(Fernet.generate_key())


class _Service(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        place = urlsplit(self.path)
        if place.path.startswith("/v1/transit/"):
            status, told = self._vault(place.path, json.loads(body))
        elif place.path.endswith("/oauth2/v2.0/token"):
            status, told = self._token(parse_qs(body.decode()))
        else:
            status, told = self._key_vault(place, json.loads(body))
        sent = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def _vault(self, path: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.headers.get("x-vault-token") != TOKEN:
            return 403, {"errors": ["permission denied"]}
        operation, name = path.split("/")[3:5]
        if name != "codemie":
            return 400, {"errors": ["encryption key not found"]}
        if operation == "encrypt":
            wrapped = _KEY.encrypt(base64.b64decode(body["plaintext"])).decode()
            return 200, {"data": {"ciphertext": f"vault:v1:{wrapped}", "key_version": 1}}
        plain = _KEY.decrypt(body["ciphertext"].removeprefix("vault:v1:").encode())
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}

    def _token(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        by_secret = form.get("client_secret") == [CLIENT_SECRET]
        by_assertion = form.get("client_assertion") == [FEDERATED] and "client_assertion_type" in form
        if not (by_secret or by_assertion) or form.get("scope") != ["https://vault.azure.net/.default"]:
            told = "AADSTS7000215: Invalid client secret provided."
            return 401, {"error": "invalid_client", "error_description": told}
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": _ACCESS}

    def _key_vault(self, place: Any, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.headers.get("authorization") != f"Bearer {_ACCESS}":
            return 401, {"error": {"code": "Unauthorized", "message": "AKV10000: Request is missing a Bearer token."}}
        if parse_qs(place.query).get("api-version") != ["7.4"] or body["alg"] != "RSA-OAEP-256":
            return 400, {"error": {"code": "BadParameter", "message": "Unsupported."}}
        key_name, _, operation = place.path.rpartition("/")
        sent = base64.urlsafe_b64decode(body["value"] + "=" * (-len(body["value"]) % 4))
        done = _KEY.encrypt(sent) if operation == "wrapkey" else _KEY.decrypt(sent)
        version = key_name if key_name.count("/") == 3 else f"{key_name}/7f2c"
        host = f"http://{self.headers['host']}"
        return 200, {"kid": f"{host}{version}", "value": base64.urlsafe_b64encode(done).rstrip(b"=").decode()}

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests look at what comes back."""


@contextmanager
def running() -> Iterator[str]:
    """Both on one free loopback port; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()
