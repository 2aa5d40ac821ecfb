"""Skills as clients see them: snake_case, but for the dates and the page size."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from codemie.kernel.http import CamelModel, WireModel
from codemie.parts.schemas import BuiltinSubagent, CreatedBy, McpServer, NoneAsEmpty, ToolKit, Unique
from codemie.skills.settings import MIN_CONTENT_LENGTH

Visibility = Literal["private", "project", "public"]
SortBy = Literal["created_date", "assistants_count", "relevance"]
Category = Literal[
    "development", "engineering", "testing", "quality_assurance", "code_review", "documentation", "devops",
    "security", "compliance", "monitoring_alerts", "architecture", "ui_ux_design", "data_analysis", "data_analytics",
    "project_management", "product_management", "business_analysis", "migration_modernization", "support",
    "customer_experience", "knowledge_management", "training", "presales", "interview", "talent_acquisition", "other",
]  # fmt: skip
CATEGORIES: tuple[Category, ...] = get_args(Category)
_LABELS = {"devops": "DevOps", "ui_ux_design": "UI/UX Design"}

NAME_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Name = Annotated[str, Field(min_length=3, max_length=64, pattern=NAME_PATTERN)]
Description = Annotated[str, Field(min_length=10, max_length=1000)]
# The maximum is a setting: see ``authoring``.
Content = Annotated[str, Field(min_length=MIN_CONTENT_LENGTH)]
Project = Annotated[str, Field(min_length=1, max_length=255)]
Categories = Annotated[list[Category], NoneAsEmpty, Unique, Field(max_length=3)]
Subagents = Annotated[list[BuiltinSubagent], NoneAsEmpty, Unique]


class FileMetadata(WireModel):
    """A file that comes with a skill."""

    path: str
    mime_type: str = "text/plain"
    encoding: str = "text"
    size_bytes: int = 0


class CompanionFile(FileMetadata):
    """The same with its content: text, or base64 when the encoding says so."""

    content: str


class FileRequest(WireModel):
    """A file as it is sent; its size is measured here."""

    path: str
    content: str
    mime_type: Annotated[str | None, Field(max_length=255)] = None
    encoding: Literal["text", "base64"] | None = None


class CreateSkill(WireModel):
    """Body of POST."""

    name: Name
    description: Description
    content: Content
    project: Project
    visibility: Visibility = "private"
    categories: Categories = Field(default_factory=list)
    toolkits: Annotated[list[ToolKit], NoneAsEmpty] = Field(default_factory=list)
    mcp_servers: Annotated[list[McpServer], NoneAsEmpty] = Field(default_factory=list)
    enabled_builtin_subagents: Subagents = Field(default_factory=list)
    companion_files: Annotated[list[FileRequest], NoneAsEmpty] = Field(default_factory=list)


class UpdateSkill(WireModel):
    """Body of PUT: what is absent or null stays as it is."""

    name: Name | None = None
    description: Description | None = None
    content: Content | None = None
    project: Project | None = None
    visibility: Visibility | None = None
    categories: Annotated[list[Category], Unique, Field(max_length=3)] | None = None
    toolkits: list[ToolKit] | None = None
    mcp_servers: list[McpServer] | None = None
    enabled_builtin_subagents: Annotated[list[BuiltinSubagent], Unique] | None = None
    companion_files: list[FileRequest] | None = None


class _SkillFields(WireModel):
    id: str
    name: str
    description: str
    project: str
    visibility: Visibility
    created_by: CreatedBy | None
    categories: list[str]
    created_date: datetime = Field(alias="createdDate")
    updated_date: datetime | None = Field(alias="updatedDate")
    assistants_count: int = 0
    user_abilities: list[str] = Field(default_factory=list)
    unique_likes_count: int = 0
    unique_dislikes_count: int = 0


class SkillItem(_SkillFields):
    """The short form of a list."""

    is_attached: bool = False


class SkillDetail(_SkillFields):
    """The full form."""

    content: str
    display_name: str | None = None
    toolkits: list[ToolKit] = Field(default_factory=list)
    mcp_servers: list[McpServer] = Field(default_factory=list)
    companion_files: list[FileMetadata] = Field(default_factory=list)
    enabled_builtin_subagents: list[str] = Field(default_factory=list)


class SkillList(CamelModel):
    """One page; ``page`` counts from 0."""

    skills: list[SkillItem]
    page: int
    per_page: int
    total: int
    pages: int


class CategoryChoice(WireModel):
    """A category with its name for people."""

    value: Category
    label: str

    @classmethod
    def of(cls, value: Category) -> "CategoryChoice":
        """The category as a choice."""
        return cls(value=value, label=_LABELS.get(value, value.replace("_", " ").title()))


class SkillLimits(WireModel):
    """What forms check before they send."""

    max_content_length: int
    min_content_length: int = MIN_CONTENT_LENGTH
    bundle_seed_max_file_count: int
    bundle_seed_max_file_size_bytes: int
    bundle_seed_max_total_size_bytes: int


class ImportSkill(WireModel):
    """A Markdown file with front matter, base64-encoded."""

    file_content: Annotated[str, Field(max_length=8_000_000)]
    filename: Annotated[str, Field(min_length=1, max_length=255)]
    project: Project
    visibility: Visibility = "private"


class BundlePreview(WireModel):
    """What an archive holds, before anything is saved."""

    name: str
    description: str
    content: str
    companion_files: list[CompanionFile]


class PublishSkill(WireModel):
    """Categories that are not sent stay as they are."""

    categories: Annotated[list[Category], Unique, Field(max_length=3)] | None = None


class GenerateSkill(WireModel):
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    include_tools: bool = True
    llm_model: str | None = None


class SkillDraft(WireModel):
    """A whole skill, written by a model."""

    name: str
    description: str
    instructions: str
    categories: list[str] = Field(default_factory=list)
    toolkits: list[Any] = Field(default_factory=list)


class RefineSkill(WireModel):
    name: str | None = None
    description: str | None = None
    instructions: Annotated[str, Field(max_length=100_000)] | None = None
    categories: list[str] | None = None
    toolkits: list[dict[str, Any]] | None = None
    refine_prompt: Annotated[str, Field(max_length=20_000)] | None = None
    llm_model: str | None = None


class GenerateInstructions(WireModel):
    description: Annotated[str, Field(max_length=10_000)] | None = None
    existing_instructions: Annotated[str, Field(max_length=100_000)] | None = None
    skill_name: Annotated[str, Field(max_length=64)] | None = None
    llm_model: str | None = None


class InstructionsDraft(WireModel):
    instructions: str
    metadata: dict[str, Any] = Field(default_factory=dict)
