"""Settings of the speech service."""

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from codemie.kernel.settings import Section


class SpeechSettings(Section):
    """Which speech service turns speech into text, if any does."""

    azure_region: str | None = Field(
        None, pattern=r"^[a-z0-9]{2,40}$", description="Region of the Azure speech service. Unset: there is none."
    )
    azure_key: SecretStr | None = Field(None, description="Key of the Azure speech service. It is never handed out.")
    azure_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+$",
        description="Address of the service where it is not the region's own, such as a private endpoint. "
        "Unset: https://REGION.api.cognitive.microsoft.com.",
    )
    languages: tuple[str, ...] = Field(
        (), description="Languages expected in recordings, such as en-US. Unset: the service finds out by itself."
    )
    max_recording_bytes: int = Field(25 * 2**20, ge=1, description="Longest recording that is taken.")
    requests_per_minute: int = Field(
        30, ge=0, description="Tokens and recordings a person may ask for per minute, per process; 0: unlimited."
    )

    @field_validator("languages", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.azure_region is None) is not (self.azure_key is None):
            raise ValueError(
                "speech.azure_region (CODEMIE_SPEECH_AZURE_REGION) and speech.azure_key (CODEMIE_SPEECH_AZURE_KEY) "
                "belong together: set both, or neither"
            )
        return self

    @property
    def is_configured(self) -> bool:
        """Is there a speech service?"""
        return self.azure_region is not None
