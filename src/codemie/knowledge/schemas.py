"""Wire models of data sources: exactly the JSON that clients send and read."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, StringConstraints

from codemie.guardrails.schemas import EntityGuardrail
from codemie.kernel.http import Page, Pagination, WireModel

Name = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][\w-]*$", min_length=4, max_length=50)]
Description = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Branch = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][\w./-]*$", min_length=1, max_length=1000)]
Link = Annotated[str, StringConstraints(min_length=1, max_length=1000)]

PROCESSED_FILES_SHOWN = 1000


def _either(camel: str, snake: str) -> Any:
    """Both spellings arrive, sometimes in one body: the camelCase one wins."""
    return AliasChoices(camel, snake)


class CreatedBy(WireModel):
    """Who made or changed something."""

    id: str
    username: str = ""
    name: str = ""


class CodeCreate(WireModel):
    """Body of `POST /application/{project}/index`. Official clients send both spellings of some keys."""

    name: Name
    description: Description
    link: Link
    branch: Branch | None = None
    index_type: Literal["code", "summary", "chunk-summary"] = Field(
        "code", validation_alias=_either("indexType", "index_type")
    )
    files_filter: str | None = Field("", validation_alias=_either("filesFilter", "files_filter"))
    embeddings_model: str | None = Field(
        None, validation_alias=AliasChoices("embeddingsModel", "embeddings_model", "embedding_model")
    )
    summarization_model: str | None = Field(None, validation_alias=_either("summarizationModel", "summarization_model"))
    prompt: str | None = None
    docs_generation: bool | None = Field(False, validation_alias=_either("docsGeneration", "docs_generation"))
    setting_id: str | None = Field(None, validation_alias=_either("settingId", "setting_id"))
    guardrail_assignments: list[dict[str, Any]] | None = Field(
        None, validation_alias=_either("guardrailAssignments", "guardrail_assignments")
    )
    cron_expression: str | None = Field(None, validation_alias=_either("cronExpression", "cron_expression"))
    timezone: str | None = None
    # The SDK always sends projectSpaceVisible=false and carries the caller's wish in project_space_visible.
    visible_camel: bool = Field(False, validation_alias="projectSpaceVisible")
    visible_snake: bool = Field(False, validation_alias="project_space_visible")

    @property
    def shared(self) -> bool:
        """Whether members of the project may see the data source."""
        return self.visible_camel or self.visible_snake


class CodeUpdate(WireModel):
    """Body of `PUT /application/{project}/index/{name}`: only the fields present change (`model_fields_set`)."""

    name: str | None = None
    description: Annotated[str, StringConstraints(max_length=500)] | None = None
    prompt: str | None = None
    embeddings_model: str | None = Field(
        None, validation_alias=AliasChoices("embeddingsModel", "embeddings_model", "embedding_model")
    )
    docs_generation: bool | None = Field(None, validation_alias=_either("docsGeneration", "docs_generation"))
    branch: Branch | None = None
    link: Link | None = None
    files_filter: str | None = Field(None, validation_alias=_either("filesFilter", "files_filter"))
    summarization_model: str | None = Field(None, validation_alias=_either("summarizationModel", "summarization_model"))
    setting_id: str | None = Field(None, validation_alias=_either("settingId", "setting_id"))
    new_project_name: str | None = None
    cron_expression: str | None = None
    timezone: str | None = None
    guardrail_assignments: list[dict[str, Any]] | None = None
    visible_camel: bool | None = Field(None, validation_alias="projectSpaceVisible")
    visible_snake: bool | None = Field(None, validation_alias="project_space_visible")

    @property
    def shared(self) -> bool | None:
        """The wished visibility, None when the body does not say.

        The SDK sends its unset projectSpaceVisible as false beside the real value, so the snake_case key wins.
        """
        return self.visible_snake if self.visible_snake is not None else self.visible_camel


class FileCreate(WireModel):
    """Query parameters of `POST /index/knowledge_base/file`."""

    name: Name
    project_name: str
    description: Description
    project_space_visible: bool | None = False
    csv_separator: str | None = None
    csv_start_row: int | None = Field(None, ge=1)
    csv_rows_per_document: int | None = Field(None, ge=1, le=100_000)
    embedding_model: str | None = Field(None, validation_alias=AliasChoices("embedding_model", "embeddings_model"))
    include_email_attachments: bool = True
    guardrail_assignments: str | None = None
    setting_id: str | None = None
    cron_expression: str | None = None


class FileUpdate(WireModel):
    """Query parameters of `PUT /index/knowledge_base/file`; `uploaded_files` is a JSON list of names to keep."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    project_name: str
    description: Annotated[str, StringConstraints(max_length=500)] | None = None
    project_space_visible: bool | None = None
    new_project_name: str | None = None
    uploaded_files: str | None = None
    csv_separator: str | None = None
    csv_start_row: int | None = Field(None, ge=1)
    csv_rows_per_document: int | None = Field(None, ge=1, le=100_000)
    embedding_model: str | None = Field(None, validation_alias=AliasChoices("embedding_model", "embeddings_model"))
    include_email_attachments: bool | None = None
    guardrail_assignments: str | None = None
    setting_id: str | None = None
    cron_expression: str | None = None
    full_reindex: bool = False
    skip_reindex: bool = False
    incremental_reindex: bool = False
    resume_indexing: bool = False


class Reindex(WireModel):
    """Body of `PUT /index/knowledge_base/{type}/reindex`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    project_name: str


class ReindexFlags(WireModel):
    """What a PUT asks the index to do."""

    full_reindex: bool = False
    skip_reindex: bool = False
    resume_indexing: bool = False
    incremental_reindex: bool = False


class Progress(WireModel):
    """The part of a row that moves while indexing; also the payload of progress events."""

    id: str
    current_state: int
    complete_state: int
    current__chunks_state: int = Field(validation_alias=AliasChoices("current__chunks_state", "current_chunks_state"))
    is_queued: bool
    is_fetching: bool
    completed: bool
    error: bool
    text: str
    update_date: datetime
    processing_info: dict[str, Any] | None = None
    refinement: dict[str, Any] | None = None


class IndexListItem(WireModel):
    """A row of `GET /index`. Kinds that do not exist yet are null, never absent: clients read the keys."""

    id: str
    project_name: str
    display_name: str | None = None
    repo_name: str
    index_type: str
    created_by: CreatedBy
    project_space_visible: bool
    link: str | None = None
    date: datetime
    update_date: datetime
    setting_id: str | None = None
    text: str
    full_name: str
    current_state: int
    """How many documents were looked at, those left out included."""
    complete_state: int
    documents_count: int | None = None
    """How many of them can be searched; null until the first run has ended. Ours."""
    current__chunks_state: int
    error: bool
    completed: bool
    is_fetching: bool
    is_queued: bool
    user_abilities: list[str]
    jira: dict[str, Any] | None = None
    xray: dict[str, Any] | None = None
    sharepoint: dict[str, Any] | None = None
    aice_datasource_id: str | None = None
    cron_expression: str | None = None
    refinement: dict[str, Any] | None = None


class IndexInfo(IndexListItem):
    """The answer of `GET /index/{id}`."""

    description: str
    prompt: str | None = None
    embeddings_model: str | None = None
    summarization_model: str | None = None
    docs_generation: bool = False
    branch: str | None = None
    files_filter: str | None = ""
    vcs_type: str = "git"
    processed_files: list[str] = Field(default_factory=list)
    uploaded_files: list[str] = Field(default_factory=list)
    updated_by: CreatedBy | None = None
    tokens_usage: dict[str, Any] | None = None
    processing_info: dict[str, Any] | None = None
    last_reindex_triggered_at: datetime | None = None
    last_reindex_date: datetime | None = None
    timezone: str | None = "UTC"
    google_doc_link: str = ""
    confluence: dict[str, Any] | None = None
    azure_devops_wiki: dict[str, Any] | None = None
    azure_devops_work_item: dict[str, Any] | None = None
    provider_fields: dict[str, Any] | None = None
    bedrock: dict[str, Any] | None = None
    guardrail_assignments: list[EntityGuardrail] = Field(default_factory=list[EntityGuardrail])
    uses_legacy_es_naming: bool = False
    lifecycle_state: str = "ACTIVE"
    marked_stale_at: datetime | None = None


class IndexId(WireModel):
    """The answer of `GET /index/find_id`."""

    id: str


class IndexSize(WireModel):
    """The answer of `GET /index/{id}/elasticsearch`: name and size of the search index."""

    index_name: str
    size_in_bytes: int


class HealthRequest(WireModel):
    """Body of `POST /index/health`; fields of other kinds are ignored."""

    index_type: str
    project_name: str = ""
    setting_id: str | None = None
    git_url: str | None = None


class HealthProblem(WireModel):
    """Why a source cannot be read; `field_error` names the form field to mark."""

    message: str
    details: Any = None
    help: str | None = None
    field_error: str | None = None


class HealthAnswer(WireModel):
    """The answer of `POST /index/health`."""

    implemented: bool
    documents_count: int | None = None
    error: HealthProblem | None = None


class CodeSearchParams(WireModel):
    """Fine tuning of `POST /index/{id}/search`."""

    top_k: int = Field(10, ge=1, le=100)


class SearchRequest(WireModel):
    """Body of `POST /index/{id}/search`."""

    query: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    code_search_params: CodeSearchParams | None = None


class SearchAnswer(WireModel):
    """The answer of `POST /index/{id}/search`: what an assistant's search tool would have said."""

    output: str | None = None
    error: str | None = None
    metadata: dict[str, Any] | None = None


class Passage(WireModel):
    """A chunk with what stands before and after it (ours)."""

    chunk_id: str
    source: str
    title: str | None
    page: int | None
    start_line: int | None
    end_line: int | None
    text: str
    before: str
    after: str
    language: str | None


class FoundPassage(WireModel):
    """A hit of `GET /index/{id}/search` (ours)."""

    chunk_id: str
    source: str
    title: str | None = None
    page: int | None = None
    start_line: int | None = None
    end_line: int | None = None
    score: float
    text: str


class FoundPassages(WireModel):
    """The answer of `GET /index/{id}/search` (ours)."""

    data: list[FoundPassage]


class SkippedDocument(WireModel):
    """A document that was not indexed, with the reason (ours)."""

    source: str
    reason: str
    code: str


class SkippedDocuments(Page[SkippedDocument]):
    """The answer of `GET /index/{id}/skipped` (ours)."""


class Indexes(WireModel):
    """The answer of `GET /index`; rows are IndexInfo with `full_response=true`."""

    data: list[IndexInfo] | list[IndexListItem]
    pagination: Pagination


class CallbackBody(WireModel):
    """What became of indexing that was done outside; which statuses there are is told only to who may answer."""

    status: Any = None
    errors: Any = None


class CallbackTaken(WireModel):
    """The answer was taken."""

    status: str
