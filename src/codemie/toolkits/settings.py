"""Settings of the toolkits room."""

from pydantic import Field, SecretStr

from codemie.kernel.settings import Section


class ToolkitsSettings(Section):
    """How tools reach other systems."""

    connect_seconds: float = Field(10, gt=0, le=60, description="Longest time a tool waits for a connection.")
    answer_seconds: float = Field(
        45, gt=0, le=600, description="Longest time a tool waits for the next part of an answer."
    )
    max_answer_bytes: int = Field(
        10 * 2**20, gt=0, le=2**30, description="Longest answer of another system that a tool reads, in bytes."
    )
    retries: int = Field(
        2, ge=0, le=5, description="How often a tool tries again when the system is overloaded or away for a moment."
    )
    patience_seconds: float = Field(
        15, ge=0, le=120, description="Longest time a tool waits before it tries again, whatever the system asks for."
    )
    calls_per_minute: int = Field(
        60, ge=0, description="Direct tool calls of one person a minute, counted by each process; 0 means no limit."
    )
    tavily_api_key: SecretStr | None = Field(
        None, description="Key for searches with Tavily; without one there are none."
    )
    tavily_url: str = Field("https://api.tavily.com", description="Where Tavily is asked.")
    google_search_api_key: SecretStr | None = Field(
        None, description="Key for searches with Google (Custom Search JSON API); without one there are none."
    )
    google_search_engine_id: str | None = Field(None, description="Which search engine of Google is asked (cx).")
    google_search_url: str = Field("https://www.googleapis.com", description="Where Google is asked.")
    wikipedia_url: str = Field(
        "https://en.wikipedia.org",
        description="Which Wikipedia is asked; another MediaWiki with TextExtracts serves as well.",
    )
