"""Speech: a token that ends soon instead of the key, the text of recordings, and a clear word where there is none."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codemie.kernel.errors import ConfigurationError
from codemie.settings import load_settings
from codemie.speech import azure
from tests.fakes import speech_service
from tests.fakes.speech_service import KEY, FakeSpeechService
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform, environment_for, serving

FACTS = Path(__file__).parents[1] / "contract" / "speech.json"
RECORDING = {"file": ("memo.webm", b"\x1aE\xdf\xa3 pretend", "audio/webm")}


@pytest.fixture(scope="module")
async def spoken_to() -> AsyncIterator[FakeSpeechService]:
    async with speech_service.running() as fake:
        yield fake


@pytest.fixture(scope="module")
async def listening(
    spoken_to: FakeSpeechService, tmp_path_factory: pytest.TempPathFactory, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """A platform with a speech service."""
    extra = {
        "CODEMIE_SPEECH_AZURE_REGION": "westeurope",
        "CODEMIE_SPEECH_AZURE_KEY": KEY,
        "CODEMIE_SPEECH_AZURE_ENDPOINT": spoken_to.url,
        "CODEMIE_SPEECH_MAX_RECORDING_BYTES": "1000",
        "CODEMIE_SPEECH_LANGUAGES": "en-US, de-DE",
        "CODEMIE_SPEECH_REQUESTS_PER_MINUTE": "20",
    }
    async with serving(environment_for(tmp_path_factory.mktemp("speech"), postgres_url, nats_url, **extra)) as running:
        yield running


@pytest.fixture
async def speaker(listening: Platform, spoken_to: FakeSpeechService) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody signed in; the service is in good health and nobody has asked for much yet."""
    spoken_to.status, spoken_to.text = 200, "Hello there."
    listening.resources.speech.limit._buckets.clear()
    async with listening.client(await listening.login(ADMIN_EMAIL, ADMIN_PASSWORD)) as signed_in:
        yield signed_in


def forget_token(platform: Platform) -> None:
    service = platform.resources.speech.service
    assert service is not None
    service._token_until = float("-inf")


async def test_clients_get_a_token_that_ends_soon_and_never_the_key(
    listening: Platform, speaker: httpx2.AsyncClient, spoken_to: FakeSpeechService
) -> None:
    forget_token(listening)
    answer = await speaker.get("/v1/speech/config")

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "token": f"short-lived-{spoken_to.tokens}",
        "region": "westeurope",
        "stt_wss_url": "wss://westeurope.stt.speech.microsoft.com/speech/recognition/conversation/cognitiveservices/v1",
        "tts_url": "https://westeurope.tts.speech.microsoft.com/cognitiveservices/v1",
    }
    assert KEY not in answer.text


async def test_many_who_ask_at_once_cost_one_token(
    listening: Platform, speaker: httpx2.AsyncClient, spoken_to: FakeSpeechService
) -> None:
    forget_token(listening)
    before = spoken_to.tokens
    answers = await asyncio.gather(*(speaker.get("/v1/speech/config") for _ in range(8)))
    assert {answer.json()["token"] for answer in answers} == {f"short-lived-{before + 1}"}

    forget_token(listening)  # as if a minute had passed
    assert (await speaker.get("/v1/speech/config")).json()["token"] == f"short-lived-{before + 2}"


async def test_a_recording_becomes_text(speaker: httpx2.AsyncClient, spoken_to: FakeSpeechService) -> None:
    answer = await speaker.post("/v1/speech-recognition", files=RECORDING)

    assert (answer.status_code, answer.json()) == (200, {"message": "Hello there."})
    name, content_type, content, definition = spoken_to.recordings[-1]
    assert (name, content_type, content) == RECORDING["file"][:1] + RECORDING["file"][:0:-1]
    assert json.loads(definition) == {"locales": ["en-US", "de-DE"]}


async def test_silence_is_empty_text(speaker: httpx2.AsyncClient, spoken_to: FakeSpeechService) -> None:
    spoken_to.text = ""
    assert (await speaker.post("/v1/speech-recognition", files=RECORDING)).json() == {"message": ""}


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"file": ("a.webm", b"", "audio/webm")}, 400),
        ({"file": ("a.webm", b"x" * 1001, "audio/webm")}, 413),
        ({"other": ("a.webm", b"x", "audio/webm")}, 422),
    ],
    ids=["empty", "too long", "without file"],
)
async def test_what_is_no_recording_is_refused(
    speaker: httpx2.AsyncClient, spoken_to: FakeSpeechService, files: dict[str, Any], status: int
) -> None:
    before = len(spoken_to.recordings)
    assert (await speaker.post("/v1/speech-recognition", files=files)).status_code == status
    assert len(spoken_to.recordings) == before


@pytest.mark.parametrize(("theirs", "ours"), [(400, 400), (401, 502), (429, 503), (500, 502)])
async def test_what_the_service_refuses_is_told_without_secrets(
    speaker: httpx2.AsyncClient, spoken_to: FakeSpeechService, theirs: int, ours: int
) -> None:
    spoken_to.status = theirs
    answer = await speaker.post("/v1/speech-recognition", files=RECORDING)
    assert answer.status_code == ours, answer.text
    assert KEY not in answer.text
    if theirs == 401:
        assert "speech.azure_key" in answer.json()["error"]["help"]


async def test_a_service_that_is_away_is_told(
    listening: Platform, speaker: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    service: Any = listening.resources.speech.service
    monkeypatch.setattr(service, "_client", httpx2.AsyncClient(base_url="http://127.0.0.1:9"))
    forget_token(listening)
    answer = await speaker.get("/v1/speech/config")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_one_person_may_ask_for_so_much_a_minute(speaker: httpx2.AsyncClient) -> None:
    answers = [(await speaker.get("/v1/speech/config")).status_code for _ in range(22)]
    assert answers == [200] * 20 + [429] * 2


async def test_clients_are_told_whether_they_may_listen(
    speaker: httpx2.AsyncClient, client: httpx2.AsyncClient
) -> None:
    assert (await speaker.get("/v1/user/data")).json()["stt_support"] is True
    assert (await client.get("/v1/user/data")).json()["stt_support"] is False


async def test_without_a_service_the_setting_is_named(client: httpx2.AsyncClient) -> None:
    for answer in (
        await client.get("/v1/speech/config"),
        await client.post("/v1/speech-recognition", files=RECORDING),
    ):
        assert answer.status_code == 404, answer.text
        assert answer.json()["error"]["message"] == "No speech service is configured"
        assert "CODEMIE_SPEECH_AZURE_REGION" in answer.json()["error"]["help"]


@pytest.mark.parametrize(
    "variables",
    [
        {"CODEMIE_SPEECH_AZURE_REGION": "westeurope"},
        {"CODEMIE_SPEECH_AZURE_KEY": KEY},
        {"CODEMIE_SPEECH_AZURE_REGION": "https://evil.test/", "CODEMIE_SPEECH_AZURE_KEY": KEY},
    ],
)
def test_half_a_configuration_stops_the_start(variables: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings(variables)
    assert KEY not in str(refusal.value)


def test_a_token_is_handed_out_for_less_than_it_lives() -> None:
    assert 0 < azure.TOKEN_SECONDS < 9 * 60
