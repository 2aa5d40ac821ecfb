"""Where does an agent come from, when it reaches the NATS server over a bridge of ours?

The server sees the bridge's address. So the bridge writes the agent's into the login, as a token that only processes
with the broker's secret can make.
"""

import hmac
from collections.abc import Sequence

from codemie.embedded.nats_access import NatsAccess

_MARK = "bridged"


def ticket(access: NatsAccess, address: str, key: str) -> str:
    """What a bridge sends as `auth_token`: the address, sealed together with the key it goes with."""
    return f"{_MARK} {address} {_seal(access, address, key)}"


def address_in(accesses: Sequence[NatsAccess], token: str, key: str) -> str | None:
    """The address in a ticket; None when it is no ticket, or not one of ours."""
    mark, _, rest = token.partition(" ")
    address, _, seal = rest.rpartition(" ")
    if mark != _MARK:
        return None
    is_ours = any(hmac.compare_digest(seal.encode(), _seal(access, address, key).encode()) for access in accesses)
    return address if is_ours else None


def _seal(access: NatsAccess, address: str, key: str) -> str:
    return hmac.digest(access.derive("bridge"), f"{address} {key}".encode(), "sha256").hex()
