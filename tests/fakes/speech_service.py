"""A fake of Azure's speech service on loopback: tokens for a key, text for recordings, faults on demand."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class FakeSpeechService:
    """What it was sent, and how it answers next."""

    url: str = ""
    tokens: int = 0
    recordings: list[tuple[str, str, bytes, str]] = field(default_factory=list[tuple[str, str, bytes, str]])
    """Name, content type, bytes and definition of each."""

    status: int = 200
    text: str = "Hello there."

    def _refused(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Ocp-Apim-Subscription-Key") != KEY:
            return web.json_response({"error": {"code": "401", "message": "Access denied"}}, status=401)
        return None if self.status == 200 else web.Response(status=self.status, text="no")

    async def issue(self, request: web.Request) -> web.StreamResponse:
        """POST /sts/v1.0/issueToken: the token is the whole body."""
        if refused := self._refused(request):
            return refused
        self.tokens += 1
        return web.Response(text=f"short-lived-{self.tokens}", content_type="application/jwt")

    async def transcribe(self, request: web.Request) -> web.StreamResponse:
        """POST /speechtotext/transcriptions:transcribe, multipart with `audio` and `definition`."""
        if refused := self._refused(request):
            return refused
        form: Any = await request.post()
        audio = form["audio"]
        definition: Any = form["definition"]
        told = definition if isinstance(definition, str) else bytes(definition).decode()
        self.recordings.append((audio.filename, audio.content_type, audio.file.read(), told))
        phrases = [{"channel": 0, "text": self.text}] if self.text else []
        return web.json_response({"durationMilliseconds": 1200, "combinedPhrases": phrases, "phrases": []})


@asynccontextmanager
async def running() -> AsyncGenerator[FakeSpeechService]:
    """One on a free loopback port."""
    fake = FakeSpeechService()
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_post("/sts/v1.0/issueToken", fake.issue)
    app.router.add_post("/speechtotext/transcriptions:transcribe", fake.transcribe)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = runner.addresses[0] and f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()
