"""The part of a NATS server's configuration that makes it a plugin broker; the same for our server and for yours."""

import json
from collections.abc import Callable

from codemie.embedded.nats_access import Login, NatsAccess

AUTH_SECONDS = 5
"""How long a server lets a client wait for the callout's decision."""

MAX_PAYLOAD = "8MB"

_ACCOUNTS = """\
accounts {{
  PLATFORM {{ users: [ {{ user: {user}, password: "{codemie}" }} ] }}
  PLUGINS {{ users: [ {{ user: "engine", password: "{engine}" }} ] }}
  AUTH {{ users: [ {{ user: "callout", password: "{callout}" }} ] }}
  SYS {{ users: [ {{ user: "sys", password: "{sys}" }} ] }}
}}
system_account: SYS
authorization {{
  timeout: {timeout}
  auth_callout {{
    account: AUTH
    auth_users: [ {user}, engine, callout, sys ]
    issuer: "{issuer}"
    xkey: "{curve}"
  }}
}}
max_payload: {max_payload}
# An agent that vanished without a word is noticed within 16 seconds: who was heard in an interval is not pinged in it.
ping_interval: "4s"
ping_max: 2
"""


def accounts(access: NatsAccess, shown: Callable[[str], str] = str, *, platform: tuple[str, str] | None = None) -> str:
    """Accounts, users and the callout.

    Args:
        access: what users and keys follow from.
        shown: turns a password into what stands in the file, such as its hash.
        platform: user and password of the message bus; None: those that follow from the secret.
    """
    user, password = platform or (Login.PLATFORM.value, access.password(Login.PLATFORM))
    passwords = {login.value: shown(access.password(login)) for login in Login}
    passwords[Login.PLATFORM.value] = shown(password)
    return _ACCOUNTS.format(
        **passwords,
        user=json.dumps(user),
        timeout=AUTH_SECONDS,
        issuer=access.issuer,
        curve=access.curve,
        max_payload=MAX_PAYLOAD,
    )
