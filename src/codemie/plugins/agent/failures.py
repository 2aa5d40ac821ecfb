"""Why there is no connection, in words, and which exit code it is worth.

NotConnected
├── NotReached    no way to the platform: name, network, proxy, TLS
└── KeyRefused    the platform is there and does not know the key
"""

import socket
import ssl

from codemie.kernel.errors import CodeMieError


class NotConnected(CodeMieError):
    """There is no connection now; another try may succeed."""

    status = 503


class NotReached(NotConnected):
    """The platform cannot be reached."""

    title = "The platform cannot be reached"


class KeyRefused(NotConnected):
    """The platform refuses the key."""

    title = "The platform refuses the plugin key"


REFUSALS = (
    "authorization violation",
    "authentication timeout",
    "authentication expired",
    "user authentication revoked",
)


def why(error: BaseException, place: str) -> NotConnected:
    """A failure to connect, in words.

    Args:
        error: what happened.
        place: the address that was tried.
    """
    if isinstance(error, NotConnected):
        return error
    if any(refusal in str(error).lower() for refusal in REFUSALS[:1]):
        return KeyRefused(
            details=place, help="Check PLUGIN_KEY; in the web UI under Plugins you see whether it is valid."
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotReached(
            "The platform's certificate is not trusted",
            details=f"{place}: {error.verify_message}",
            help="Name the authority that issued it with --ca, or the host as the certificate does.",
        )
    if isinstance(error, socket.gaierror):
        return NotReached(
            "The platform's name is not known", details=place, help="Check PLUGIN_ENGINE_URI and the DNS."
        )
    if isinstance(error, TimeoutError):
        return NotReached(
            "The platform does not answer in time",
            details=place,
            help="Does a firewall drop it? Does the port speak TLS at once, and needs tls:// then?",
        )
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return NotReached(details=f"{place}: {reason}")
