"""Is the port free, and if not, whose is it?"""

import errno
import socket

import psutil

from codemie.cli.exits import Refused

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared with, never bound


def refuse_taken(host: str, port: int, another: str = "") -> None:
    """Make sure that a server can listen there.

    Args:
        host: name or address.
        port: there.
        another: how to choose another port; for the API by its variable.

    Raises:
        Refused: somebody else does, or the address is not this machine's; says who and what to do.
    """
    family, _, _, _, address = _resolve(host, port)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as error:
            raise Refused(_explain(error, host, port, another or f"CODEMIE_PORT={port + 1}")) from error


def reachable(host: str) -> str:
    """The host part of an address for people on this machine: a server that listens everywhere listens here, too."""
    shown = _ANY_ADDRESS.get(host, host)
    return f"[{shown}]" if ":" in shown else shown


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, int, int, str, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror as error:
        raise Refused(f"The address {host} cannot be resolved: {error.strerror}. Set CODEMIE_HOST.") from error
    family, kind, protocol, name, address = found
    return family, kind, protocol, name, (str(address[0]), int(address[1]))


def _explain(error: OSError, host: str, port: int, another: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by {_owner(port)}. Stop it, or choose another: {another}."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than you have: ports below 1024 are root's. Set CODEMIE_PORT."
    return f"CodeMie cannot listen on {host}:{port}: {error.strerror}. Set CODEMIE_HOST and CODEMIE_PORT."


def _owner(port: int) -> str:
    try:
        for connection in psutil.net_connections(kind="tcp"):
            listens = connection.status == psutil.CONN_LISTEN and getattr(connection.laddr, "port", None) == port
            if listens and connection.pid:
                process = psutil.Process(connection.pid)
                return f"{process.name()} (process {process.pid} of {process.username()})"
    except psutil.Error:
        # Other people's processes are not ours to see.
        return "another program"
    return "another program"
