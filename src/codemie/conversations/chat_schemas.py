"""The wire form of a chat request and of its whole answer. Requests mix snake_case and camelCase freely."""

from typing import Annotated, Any, Literal, cast

from pydantic import Field, JsonValue, field_validator, model_validator

from codemie.conversations import inline_credentials
from codemie.conversations.conversation_ids import openable
from codemie.kernel.database import new_id
from codemie.kernel.http import CamelModel, WireModel
from codemie.kernel.json_schema import unusable
from codemie.parts.schemas import BuiltinSubagent, McpServer, NoneAsEmpty, Texts, ToolKit, Unique

MAX_TEXT = 2_000_000
MOST_SKILLS = 100
MOST_SUB_ASSISTANTS = 100
MOST_LEFT_OUT = 500

StopOnDisconnect = Annotated[
    bool | None,
    Field(
        description="Whether the reply ends when the client of a stream goes away. With `false` it goes on, and "
        "`GET /v1/conversations/{conversation_id}/history/{history_index}/stream` continues it."
    ),
]

Version = Annotated[int, Field(ge=1, lt=2**31)]
"""The number of an assistant's version; the largest is that of its column."""


Names = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=MOST_LEFT_OUT)]


class HistoryMessage(CamelModel):
    """One earlier message, as a caller gives it."""

    role: Literal["User", "Assistant"]
    message: str | None = ""


class ToolCredentials(CamelModel):
    """Credentials of one tool for this request: given directly, or as an integration's id."""

    name: str
    tool_creds: dict[str, JsonValue] | None = None
    integration_id: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "ToolCredentials":
        if (self.tool_creds is None) == (self.integration_id is None):
            raise ValueError("Exactly one of tool_creds and integration_id must be given")
        return self


class InteractiveResponse(WireModel):
    """What a person answered to a question of the assistant; see `answers` for what a payload holds."""

    request_id: str = Field(max_length=256)
    kind: Literal["action", "choice", "form", "submit", "text_fallback"]
    payload: dict[str, JsonValue]


class LeftOut(CamelModel):
    """Parts of an assistant, by name or id, that a person does without. Names it has not are no error."""

    context: Names = Field(default_factory=list, description="Names of data sources.")
    tools: Names = Field(default_factory=list, description="Names of tools of its toolkits.")
    mcp_servers: Names = Field(default_factory=list, description="Names of MCP servers.")
    assistant_ids: Names = Field(default_factory=list, description="Ids of sub-assistants.")
    skill_ids: Names = Field(default_factory=list, description="Ids of its own skills.")


class TurnRequest(CamelModel):
    """What every chat request carries, whatever assistant answers it."""

    conversation_id: str | None = Field(default_factory=new_id, max_length=256)
    text: str | None = Field("", max_length=MAX_TEXT)
    content_raw: str | None = Field("", max_length=MAX_TEXT)
    file_names: list[str] | None = Field(default_factory=list)
    history: list[HistoryMessage | None] | str = Field(default_factory=list)
    stream: bool = False
    top_k: int = Field(10, ge=1, le=200)
    metadata: dict[str, JsonValue] | None = None
    tools_config: list[ToolCredentials] | None = None
    output_schema: dict[str, JsonValue] | None = None
    disable_cache: bool | None = False
    mcp_server_single_usage: bool | None = None
    skill_ids: list[str] | None = Field(None, max_length=MOST_SKILLS)

    @field_validator("text", "content_raw", "conversation_id")
    @classmethod
    def _storable(cls, text: str | None) -> str | None:
        if text and "\x00" in text:
            raise ValueError("Text must not contain the NUL character")
        return text

    @field_validator("output_schema")
    @classmethod
    def _usable(cls, schema: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
        if schema is not None and unusable(schema) is not None:
            raise ValueError("Wrong JSON schema for structured output")
        return schema

    def kept(self) -> dict[str, Any]:
        """The request as it waits in the database with a paused reply.

        Credentials that came along are not kept. What needs them says so when the reply goes on: no other credential
        takes their place, because a person allowed the call as it was.
        """
        emptied = [
            item if item.tool_creds is None else item.model_copy(update={"tool_creds": {}})
            for item in self.tools_config or ()
        ]
        return self.model_copy(update={"tools_config": emptied}).model_dump(mode="json")


class ChatRequest(TurnRequest):
    """The body of `POST /v1/assistants/{id}/model`."""

    file_name: str | None = None
    llm_model: str | None = None
    enable_image_generation: bool | None = None
    image_generation_model: str | None = None
    history_index: int | None = Field(None, ge=0, le=1_000_000)
    parent_variant: int | None = Field(
        None,
        ge=0,
        lt=2**31,
        description="Which version of the turn before `history_index` the question follows, as the history numbers "
        "them (`variant`). Without it, the newest; without `history_index` too, where something was said last.",
    )
    workflow_execution_id: str | None = None
    interactive_response: InteractiveResponse | None = None
    version: Version | None = None
    sub_assistants_versions: dict[str, Version] | None = None
    system_prompt: str | None = Field("", max_length=MAX_TEXT)
    background_task: bool = False
    save_history: bool = True
    stop_on_disconnect: StopOnDisconnect = None
    enable_web_search: bool | None = None
    enable_code_interpreter: bool | None = None
    leave_out: Annotated[
        LeftOut | None, Field(description="What of the assistant this reply does without; it never adds anything.")
    ] = None

    @field_validator("conversation_id")
    @classmethod
    def _openable(cls, conversation_id: str | None) -> str | None:
        return openable(conversation_id) if conversation_id else conversation_id

    @model_validator(mode="after")
    def _answers_are_kept(self) -> "ChatRequest":
        if self.interactive_response and not self.save_history:
            raise ValueError("A question is answered in a conversation that is kept: leave save_history out")
        return self

    @model_validator(mode="after")
    def _follows_something(self) -> "ChatRequest":
        if self.parent_variant is not None and not self.history_index:
            raise ValueError("parent_variant is a version of the turn before history_index: give that too, from 1 on")
        return self

    @model_validator(mode="after")
    def _one_way_to_name_files(self) -> "ChatRequest":
        if self.file_name and self.file_names:
            raise ValueError("Give either file_name or file_names, not both")
        return self


class ResumeRequest(CamelModel):
    """The body of `POST /v1/assistants/{id}/model/tool-call/resume`. What lacks is told after rights are checked."""

    conversation_id: str = Field("", max_length=256)
    action: str = Field("", max_length=16, description="`allow` or `deny`")
    stream: bool = True
    stop_on_disconnect: StopOnDisconnect = None


class InlineContext(WireModel):
    """A data source, by name, in an inline definition."""

    context_type: str = "knowledge_base"
    name: str


class VirtualChatRequest(TurnRequest):
    """The body of `POST /v1/assistants/virtual/model`: a definition and a question in one."""

    system_prompt: str = Field("", max_length=MAX_TEXT)
    llm_model_type: str | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    tools_tokens_size_limit: int | None = Field(None, gt=0)
    context: list[InlineContext] = Field(default_factory=list[InlineContext])
    prompt_variables: list[dict[str, JsonValue]] = Field(default_factory=list[dict[str, JsonValue]])
    mcp_servers: list[McpServer] = Field(default_factory=list[McpServer], max_length=32)
    toolkits: Annotated[list[ToolKit], NoneAsEmpty] = Field(default_factory=list[ToolKit], max_length=100)
    agent_mode: Literal["general", "plan_execute"] | None = "general"
    plan_prompt: str | None = Field(None, max_length=MAX_TEXT)
    smart_tool_selection_enabled: bool | None = False
    assistant_ids: Texts = Field(default_factory=list, max_length=MOST_SUB_ASSISTANTS)
    enabled_builtin_subagents: Annotated[list[BuiltinSubagent], NoneAsEmpty, Unique] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _credentials_inline(cls, body: Any) -> Any:
        """Toolkits keep no secrets, so what is written out in them is taken before they are read."""
        if not isinstance(body, dict):
            return body
        fields = cast("dict[str, Any]", body)
        if fields.get("tools_config") or fields.get("toolsConfig"):
            return fields
        others = {name: value for name, value in fields.items() if name != "toolsConfig"}
        return others | {"tools_config": list(inline_credentials.given(fields.get("toolkits")))}


class AgentError(WireModel):
    """Why an answer failed."""

    error_code: str
    message: str
    details: dict[str, Any] | None = None
    stacktrace: str | None = None


class ChatResponse(CamelModel):
    """The whole answer. All keys are always present."""

    generated: str | dict[str, Any]
    time_elapsed: float
    tokens_used: int | None = None
    thoughts: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    task_id: str | None = None
    success: bool = True
    agent_error: AgentError | None = None
    tool_errors: list[dict[str, Any]] | None = None
    citations: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])


class TaskUser(WireModel):
    """Who started a background turn."""

    user_id: str
    username: str
    name: str


class TaskResponse(WireModel):
    """A background turn."""

    id: str
    task: str
    user: TaskUser
    final_output: str
    current_step: str
    status: str
    date: str
    update_date: str
