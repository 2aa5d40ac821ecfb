"""A mail server (SMTP, RFC 5321) that keeps what it is sent."""

import asyncio
import email
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.policy import default

from tests.support import until


@dataclass
class MailServer:
    """A mail server that keeps what it is sent, as (recipient, text)."""

    port: int = 0
    received: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip().upper():
            if line == "DATA":
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                message = email.message_from_bytes(raw, policy=default)
                self.received.append((str(message["To"]), str(message.get_content())))
            writer.write(b"221 bye\r\n" if line == "QUIT" else b"250 ok\r\n")
            if line == "QUIT":
                break
        writer.close()

    async def link_to(self, address: str) -> str:
        """The token of the newest mail to the address."""

        async def found() -> str | None:
            texts = [text for recipient, text in self.received if recipient == address]
            return texts[-1] if texts else None

        text = await until(found, what=f"a mail to {address}")
        assert text is not None
        match = re.search(r"https?://[^/\s]+/auth/[a-z-]+\?token=(\S+)", text)
        assert match, text
        return match[1]


@asynccontextmanager
async def mail_server() -> AsyncGenerator[MailServer]:
    """One on a free loopback port."""
    held = MailServer()
    server = await asyncio.start_server(held.serve, "127.0.0.1", 0)
    held.port = server.sockets[0].getsockname()[1]
    yield held
    server.close()
