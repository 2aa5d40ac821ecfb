"""Settings of skills."""

from pydantic import Field

from codemie.kernel.settings import Section

MIN_CONTENT_LENGTH = 100


class SkillsSettings(Section):
    """Limits of a skill and of the files that come with it."""

    max_content_length: int = Field(
        30_000,
        ge=MIN_CONTENT_LENGTH,
        le=1_000_000,
        description="Longest instructions of a skill, in characters. Longer ones that exist stay readable.",
        json_schema_extra={"env": "SKILL_MAX_CONTENT_LENGTH"},
    )
    max_files: int = Field(100, ge=0, le=1000, description="Files that come with one skill at most.")
    max_file_bytes: int = Field(10 * 2**20, ge=1, description="Largest file that comes with a skill, in bytes.")
    max_files_bytes: int = Field(50 * 2**20, ge=1, description="All files of one skill together, in bytes.")
