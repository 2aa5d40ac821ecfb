"""Azure's speech service: tokens that end soon, and the text of recordings.

`issueToken` trades the key for a token of ten minutes
(https://learn.microsoft.com/azure/ai-services/speech-service/rest-speech-to-text-short#authentication); fast
transcription takes whatever browsers record
(https://learn.microsoft.com/azure/ai-services/speech-service/fast-transcription-create).
"""

import asyncio
import json
import time
from typing import Any, cast

import httpx2

from codemie.kernel.errors import CodeMieError, InvalidInput, Unavailable, UpstreamFailed
from codemie.kernel.telemetry import get_logger
from codemie.speech.schemas import SpeechConfig
from codemie.speech.settings import SpeechSettings

log = get_logger(__name__)

TOKEN_SECONDS = 60.0
"""How long a token is handed out again: the vendor's live ten minutes, and a client must get most of them."""

_MAX_TOKEN = 16_384
_TRANSCRIPTION = "/speechtotext/transcriptions:transcribe?api-version=2024-11-15"
_KEY_HEADER = "Ocp-Apim-Subscription-Key"
_TOKEN_TIMEOUT = httpx2.Timeout(10)
_RECORDING_TIMEOUT = httpx2.Timeout(10, read=90, write=60)


class SpeechService:
    """The service of one installation.

    Args:
        settings: region and key are set.
    """

    def __init__(self, settings: SpeechSettings) -> None:
        assert settings.azure_region is not None  # noqa: S101 - the runtime asked is_configured
        assert settings.azure_key is not None  # noqa: S101 - the settings keep both together
        self._region = settings.azure_region
        self._key = settings.azure_key
        self._languages = settings.languages
        base = settings.azure_endpoint or f"https://{self._region}.api.cognitive.microsoft.com"
        self._client = httpx2.AsyncClient(base_url=base, timeout=_TOKEN_TIMEOUT, follow_redirects=False)
        self._lock = asyncio.Lock()
        self._token = ""
        self._token_until = float("-inf")

    async def config(self) -> SpeechConfig:
        """What a client needs to speak to the service itself.

        Raises:
            UpstreamFailed: the service refuses. Unavailable: it does not answer.
        """
        return SpeechConfig(
            token=await self._fresh_token(),
            region=self._region,
            stt_wss_url=f"wss://{self._region}.stt.speech.microsoft.com"
            "/speech/recognition/conversation/cognitiveservices/v1",
            tts_url=f"https://{self._region}.tts.speech.microsoft.com/cognitiveservices/v1",
        )

    async def recognise(self, recording: bytes, name: str, content_type: str) -> str:
        """The text of a recording; empty when nobody speaks in it.

        Raises:
            InvalidInput: the service cannot read it. UpstreamFailed, Unavailable: as for tokens.
        """
        definition = json.dumps({"locales": list(self._languages)} if self._languages else {})
        answer = await self._post(
            _TRANSCRIPTION,
            timeout=_RECORDING_TIMEOUT,
            files={"audio": (name, recording, content_type), "definition": (None, definition, "application/json")},
        )
        if answer.status_code in {400, 415, 422}:
            raise InvalidInput(
                "The recording cannot be read",
                details="The speech service knows no such format, or there is nothing in it.",
                help="Send WAV, MP3, OGG, FLAC, MP4 or WebM.",
            )
        _require_success(answer)
        return _text_of(answer)

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()

    async def _fresh_token(self) -> str:
        """Those who ask at once wait for one answer."""
        async with self._lock:
            if time.monotonic() >= self._token_until:
                answer = await self._post("/sts/v1.0/issueToken", timeout=_TOKEN_TIMEOUT)
                _require_success(answer)
                token = answer.text.strip()
                if not token or len(token) > _MAX_TOKEN:
                    raise UpstreamFailed("The speech service gave no token")
                self._token, self._token_until = token, time.monotonic() + TOKEN_SECONDS
            return self._token

    async def _post(
        self, path: str, *, timeout: httpx2.Timeout, files: dict[str, Any] | None = None
    ) -> httpx2.Response:
        headers = {_KEY_HEADER: self._key.get_secret_value()}
        try:
            return await self._client.post(path, headers=headers, timeout=timeout, files=files)
        except httpx2.HTTPError as error:
            log.warning("speech_service_unreachable", reason=type(error).__name__)
            raise Unavailable(
                "The speech service does not answer",
                details=f"It was asked in region {self._region}.",
                help="Try again; an administrator finds the reason in the log.",
                retry_after=5,
            ) from error


def _require_success(answer: httpx2.Response) -> None:
    if answer.is_success:
        return
    log.warning("speech_service_refused", status=answer.status_code)
    raise _refusal(answer.status_code)


def _refusal(status: int) -> CodeMieError:
    if status == 429:
        return Unavailable("The speech service is busy", details="It accepts no more for now.", retry_after=10)
    setting = "An administrator should check speech.azure_region and speech.azure_key."
    hint = setting if status in {401, 403, 404} else "Try again later."
    return UpstreamFailed("The speech service refused", details=f"It answered {status}.", help=hint)


def _text_of(answer: httpx2.Response) -> str:
    """`combinedPhrases` has one text for each channel of the recording."""
    try:
        phrases = cast("dict[str, Any]", answer.json())["combinedPhrases"]
        return "\n".join(str(phrase["text"]) for phrase in phrases).strip()
    except (ValueError, KeyError, TypeError) as error:
        raise UpstreamFailed("The speech service gave no text") from error
