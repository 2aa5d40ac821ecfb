"""Secrets of a server in the catalogue: sealed at rest, masked in answers, in the clear only to connect."""

from typing import Any

from codemie.kernel.crypto import Cipher
from codemie.parts.secrets import SecretKeeper, conceal

Json = dict[str, Any]

_SECRET = "client_secret"  # noqa: S105 - the name of a field
_NAME = "config"


def sealed(cipher: Cipher, config_id: str, config: Json, former: Json | None = None) -> Json:
    """The configuration as it is stored; where a mask, or no client secret, is sent, what was there stays."""
    keeper = _keeper(cipher, config_id)
    before = former or {}
    kept = _keep(keeper, config, before)
    auth = config.get("auth_config")
    if auth:
        given = {name: value for name, value in auth.items() if name != "has_client_secret"}
        old = (before.get("auth_config") or {}).get(_SECRET)
        if given.get(_SECRET):
            [opened] = keeper.seal_servers([_server({_SECRET: given[_SECRET]})], [_server({_SECRET: old})])
            given[_SECRET] = opened["config"]["env"][_SECRET]
        elif old:
            given[_SECRET] = old
        kept["auth_config"] = given
    return kept


def opened(cipher: Cipher, config_id: str, config: Json) -> Json:
    """The configuration in the clear."""
    keeper = _keeper(cipher, config_id)
    [server] = keeper.open_servers([{"name": _NAME, "config": config}])
    clear: Json = server["config"]
    if secret := (config.get("auth_config") or {}).get(_SECRET):
        [auth] = keeper.open_servers([_server({_SECRET: secret})])
        clear["auth_config"] = {**config["auth_config"], _SECRET: auth["config"]["env"][_SECRET]}
    return clear


def shown(config: Json) -> Json:
    """The configuration as clients see it."""
    masked: Json = conceal(config)
    if auth := config.get("auth_config"):
        rest = {name: value for name, value in auth.items() if name != _SECRET}
        masked["auth_config"] = {**conceal(rest), "has_client_secret": bool(auth.get(_SECRET))}
    return masked


def _keeper(cipher: Cipher, config_id: str) -> SecretKeeper:
    return SecretKeeper(cipher, f"mcp-config:{config_id}")


def _keep(keeper: SecretKeeper, config: Json, former: Json) -> Json:
    [server] = keeper.seal_servers([{"name": _NAME, "config": config}], [{"name": _NAME, "config": former}])
    kept: Json = dict(server["config"])
    return kept


def _server(environment: Json) -> Json:
    return {"name": "auth", "config": {"env": environment}}
