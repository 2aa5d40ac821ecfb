"""The wire models of speech."""

from codemie.kernel.http import WireModel


class SpeechConfig(WireModel):
    """What a client needs to speak to the vendor's service itself; `token` ends within ten minutes."""

    token: str
    region: str
    stt_wss_url: str
    tts_url: str
