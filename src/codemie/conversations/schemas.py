"""Conversations, their history and folders as clients see them, casing quirks included."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, field_validator

from codemie.kernel.http import CamelModel, WireModel

Json = dict[str, Any]
Role = Literal["User", "Assistant"]
Listed = BeforeValidator(lambda value: [] if value is None else value)
Texted = BeforeValidator(lambda value: "" if value is None else value)
Count = Annotated[int, Field(ge=0, lt=2**31)]
Measure = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=1000)]
FolderName = Annotated[str, Field(min_length=1, max_length=255)]
_MOST_TURNS = 1_000_000


class HistoryItem(CamelModel):
    """One message.

    Ours: ``citations``, ``status``, ``variant``, ``parentVariant``, ``llmModel``, ``errorCode``; the rest is published.
    """

    role: Role
    message: Annotated[str, Texted] = ""
    history_index: Count | None = None
    date: datetime | None = None
    response_time: Measure | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    money_spent: Measure | None = None
    user_mark: Json | None = None
    operator_mark: Json | None = None
    message_raw: str | None = None
    file_names: Annotated[list[str], Listed] = Field(default_factory=list)
    assistant_id: str | None = None
    thoughts: Annotated[list[Json], Listed] = Field(default_factory=list)
    citations: Annotated[list[Json], Listed] = Field(default_factory=list)
    status: Literal["running", "complete", "interrupted", "failed", "waiting"] = "complete"
    variant: int = 0
    parent_variant: int | None = None
    """Which version of the turn before it follows; null: the newest."""
    llm_model: Annotated[str, Field(max_length=500)] | None = None
    error_code: Annotated[str, Field(max_length=100)] | None = None
    workflow_execution_ref: bool | None = None
    execution_id: str | None = None
    execution_status: str | None = None
    interactive_request: Json | None = None
    interactive_response: Json | None = None


class AssistantData(WireModel):
    """What a conversation shows of an assistant that takes part in it."""

    assistant_id: str
    assistant_name: str
    assistant_icon: str | None = None
    assistant_type: str | None = None
    context: list[Json] = Field(default_factory=list)
    tools: list[Json] = Field(default_factory=list)
    conversation_starters: list[str] = Field(default_factory=list)


class HistoryPagination(WireModel):
    """Where a page of the history stands."""

    page: int
    per_page: int
    total: int
    pages: int
    has_next: bool
    has_previous: bool


class ConversationObject(WireModel):
    """A conversation with its history; clients insist on every key."""

    id: str
    date: datetime
    update_date: datetime
    conversation_id: str
    conversation_name: str
    llm_model: str | None
    enable_image_generation: bool | None
    image_generation_model: str | None
    folder: str | None
    pinned: bool
    history: list[HistoryItem]
    user_id: str
    user_name: str
    assistant_ids: list[str]
    assistant_data: list[AssistantData]
    initial_assistant_id: str
    final_user_mark: Json | None
    final_operator_mark: Json | None
    project: str | None
    mcp_server_single_usage: bool
    is_workflow_conversation: bool
    conversation_details: Json | None = None
    assistant_details: Json | None = None
    user_abilities: list[str] | None
    is_folder_migrated: bool = False
    category: str | None
    finished_at: datetime | None
    very_first_msg_at: datetime | None
    very_last_msg_at: datetime | None
    pagination: HistoryPagination | None = None


class ConversationItem(WireModel):
    """A row of the conversation list. ``date`` is the last activity."""

    id: str
    name: str
    folder: str | None
    pinned: bool
    date: datetime = Field(validation_alias="update_date")
    update_date: datetime
    assistant_ids: list[str]
    initial_assistant_id: str | None
    very_first_msg_at: datetime | None = Field(validation_alias="first_message_at")
    very_last_msg_at: datetime | None = Field(validation_alias="last_message_at")
    is_workflow: bool
    workflow_id: str | None = None
    conversation_id: str | None = None
    assistant_icon: str | None = None
    assistant_names: list[str] = Field(default_factory=list)
    finished_at: datetime | None


class CreateConversation(CamelModel):
    """Body of POST /v1/conversations."""

    initial_assistant_id: str | None = None
    folder: Annotated[str, Field(max_length=255)] | None = None
    mcp_server_single_usage: bool | None = False
    is_workflow: bool | None = Field(
        False, validation_alias=AliasChoices("is_workflow", "isWorkflow", "is_workflow_conversation")
    )


class UpdateConversation(CamelModel):
    """Body of PUT /v1/conversations/{id}; only what is present changes."""

    name: Name | None = None
    folder: Annotated[str, Field(max_length=255)] | None = None
    pinned: bool | None = None
    active_assistant_id: Annotated[str, Field(max_length=100)] | None = None
    llm_model: (
        Annotated[
            str,
            Field(
                max_length=500,
                description="Kept as it is: histories that are brought in name models of other servers. Where this "
                "server has no such model, the assistant's answers.",
            ),
        ]
        | None
    ) = None
    enable_image_generation: bool | None = None
    image_generation_model: Annotated[str, Field(max_length=500)] | None = None

    @field_validator("name")
    @classmethod
    def _says_something(cls, name: str | None) -> str | None:
        if name is not None and not name.strip():
            raise ValueError("The name of a conversation must not be empty")
        return name


class EditAnswer(CamelModel):
    """Body of PUT …/history/{i}: new text for the answer of one variant of the turn."""

    message_index: Annotated[int, BeforeValidator(lambda value: 0 if value is None else value), Field(ge=0)] = 0
    message: Annotated[str, Texted] = ""


class UpsertHistory(WireModel):
    """Body of PUT …/history."""

    model_config = ConfigDict(populate_by_name=True)

    history: Annotated[list[HistoryItem], Field(max_length=2000)]
    assistant_id: str | None = Field(None, validation_alias=AliasChoices("assistant_id", "assistantId"))
    folder: Annotated[str, Field(max_length=255)] | None = None

    @field_validator("history")
    @classmethod
    def _countable(cls, history: list[HistoryItem]) -> list[HistoryItem]:
        # Room is left for the turns that follow: an index is a 32-bit integer.
        if any((item.history_index or 0) > _MOST_TURNS for item in history):
            raise ValueError(f"historyIndex must be at most {_MOST_TURNS}")
        return history


class HistoryUpserted(WireModel):
    """Answer to it; ``new_messages`` counts the items sent."""

    conversation_id: str
    new_messages: int
    total_messages: int
    created: bool


class Finished(CamelModel):
    """Answer to POST …/finish."""

    conversation_id: str
    finished_at: datetime


class FolderObject(WireModel):
    """A folder."""

    id: str
    date: datetime
    update_date: datetime
    folder_name: str
    user_id: str
    user_abilities: list[str] = Field(default_factory=list)


class FolderRequest(WireModel):
    """Body that names a folder."""

    folder: FolderName


class FoundItem(WireModel):
    """A conversation or folder that matches. ``excerpt``, the turn and its version it is from are ours."""

    id: str
    name: str
    updated_at: datetime
    type: Literal["chat", "folder"]
    folder: str | None = None
    finished_at: datetime | None = None
    excerpt: str | None = None
    history_index: int | None = None
    variant: int | None = None


class Found(WireModel):
    """Answer to a search."""

    items: list[FoundItem]


class ConversationExport(WireModel):
    """A conversation as a JSON file."""

    assistants: list[AssistantData]
    history: list[HistoryItem]
    very_first_msg_at: datetime | None
    very_last_msg_at: datetime | None


class Uploaded(WireModel):
    """Address of a stored file."""

    file_url: str


class MermaidRequest(WireModel):
    """Body of POST /v1/files/diagram/mermaid."""

    code: Annotated[str, Field(max_length=100_000)]


class BulkUploaded(WireModel):
    """Addresses of stored files, and why others were refused; null when none was."""

    files: list[Uploaded]
    failed_files: dict[str, str] | None
