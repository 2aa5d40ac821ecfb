"""Handing out access to the speech service, and having it listen to recordings."""

from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput, TooLarge
from codemie.speech.runtime import Speech
from codemie.speech.schemas import SpeechConfig

_UNKNOWN_TYPE = "application/octet-stream"


async def config(speech: Speech, caller: Caller) -> SpeechConfig:
    """Where the service is, and a token for it.

    Raises:
        NotFound: 404, there is none. Unavailable: 503, it is away. UpstreamFailed: 502. TooManyRequests: 429.
    """
    service = speech.required()
    speech.limit.spend(caller.id)
    return await service.config()


async def recognise(
    speech: Speech, caller: Caller, recording: bytes, name: str | None, content_type: str | None
) -> str:
    """The text of a recording.

    Raises:
        InvalidInput: 400, it is empty or cannot be read. TooLarge: 413. The rest as for ``config``.
    """
    service = speech.required()
    if not recording:
        raise InvalidInput("The recording is empty", details="Part 'file' holds no bytes.")
    if len(recording) > speech.settings.max_recording_bytes:
        raise TooLarge("The recording is too long", details=f"Most are {speech.settings.max_recording_bytes} bytes.")
    speech.limit.spend(caller.id)
    return await service.recognise(recording, name or "recording", content_type or _UNKNOWN_TYPE)
