"""A mail server that people submit to: encrypted before anybody signs in (RFC 6409, 3207, 4954)."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "me", "right-password"


@dataclass
class SubmissionServer:
    """Takes one account; keeps what it heard before encryption.

    Args:
        certificate: none where the server cannot encrypt.
    """

    certificate: ssl.SSLContext | None
    port: int = 0
    unencrypted: list[str] = field(default_factory=list[str])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        encrypted = False
        writer.write(b"220 mail.example.com ESMTP\r\n")
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while line := (await reader.readline()).decode().strip():
                command, _, rest = line.partition(" ")
                if not encrypted:
                    self.unencrypted.append(line)
                if command.upper() == "STARTTLS" and self.certificate:
                    writer.write(b"220 2.0.0 Ready to start TLS\r\n")
                    await writer.drain()
                    await writer.start_tls(self.certificate)
                    encrypted = True
                    continue
                writer.write(self._answer(command.upper(), rest, encrypted=encrypted))
                if command.upper() == "QUIT":
                    break
        writer.close()

    def _answer(self, command: str, rest: str, *, encrypted: bool) -> bytes:
        if command == "EHLO":
            offered = b"AUTH PLAIN" if encrypted else b"STARTTLS" if self.certificate else b"HELP"
            return b"250-mail.example.com\r\n250 " + offered + b"\r\n"
        if command == "AUTH":
            sent = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
            if sent[1:] == [USER, PASSWORD]:
                return b"235 2.7.0 Authentication successful\r\n"
            return b"535 5.7.8 Username and Password not accepted\r\n"
        return b"221 2.0.0 Bye\r\n" if command == "QUIT" else b"250 2.0.0 OK\r\n"


@asynccontextmanager
async def running(certificate: ssl.SSLContext | None) -> AsyncGenerator[SubmissionServer]:
    """One on a free loopback port."""
    held = SubmissionServer(certificate)
    server = await asyncio.start_server(held.serve, "127.0.0.1", 0)
    held.port = server.sockets[0].getsockname()[1]
    yield held
    server.close()
