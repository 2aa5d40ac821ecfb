"""Routes of speech."""

from fastapi import APIRouter, UploadFile

from codemie.identity.authentication import CallerDep
from codemie.kernel.http import Message
from codemie.speech import service
from codemie.speech.runtime import SpeechDep
from codemie.speech.schemas import SpeechConfig

router = APIRouter(prefix="/v1", tags=["speech"])


@router.get("/speech/config")
async def read_speech_config(speech: SpeechDep, caller: CallerDep) -> SpeechConfig:
    """Where the speech service is, and a token for it that ends within ten minutes."""
    return await service.config(speech, caller)


@router.post("/speech-recognition")
async def recognise_speech(speech: SpeechDep, caller: CallerDep, file: UploadFile) -> Message:
    """The text of a recording."""
    # One byte more than is taken tells that there is more.
    recording = await file.read(speech.settings.max_recording_bytes + 1)
    return Message(message=await service.recognise(speech, caller, recording, file.filename, file.content_type))
