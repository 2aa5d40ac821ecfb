"""Row-level security: a second wall around every tenant's rows, behind the policy's filters.

Revision ID: 0009_row_security
Revises: 0015_mcp
"""

from alembic import op

from codemie.migrations import walls
from codemie.migrations.walls import enclose_part, enclose_private_table, enclose_project_table

revision = "0009_row_security"
down_revision = "0015_mcp"
branch_labels = None
depends_on = None

_WALLS = {
    "assistants": enclose_project_table("assistants", project="project_id", owner="created_by_id"),
    "assistant_versions": enclose_part("assistant_versions", of="assistants", by="assistant_id"),
    "assistant_uses": enclose_part("assistant_uses", of="assistants", by="assistant_id"),
    "data_sources": enclose_project_table("data_sources", project="project_id", owner="owner_id"),
    "generations": enclose_part("generations", of="data_sources", by="data_source_id"),
    "uploaded_files": enclose_part("uploaded_files", of="data_sources", by="data_source_id"),
    "uploaded_parts": enclose_part("uploaded_parts", of="uploaded_files", by="file_id"),
    "conversations": enclose_private_table("conversations", owner="user_id", project="project"),
    "conversation_folders": enclose_private_table("conversation_folders", owner="user_id"),
    "conversation_tasks": enclose_private_table("conversation_tasks", owner="user_id"),
    "model_usage": enclose_project_table("model_usage", project="project", owner="user_id"),
}


_FUNCTIONS = ("sees_all_projects", "projects", "token_projects", "market")


def upgrade() -> None:
    op.execute(walls.FUNCTIONS)
    op.execute(walls.CONVERSATION_OWNER)
    for wall in _WALLS.values():
        op.execute(wall)
    op.execute(walls.publish("assistants", project="project_id", published="is_global"))


def downgrade() -> None:
    for table in _WALLS:
        op.execute(walls.open_up(table))
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION codemie_{name}()")
    op.execute("DROP FUNCTION codemie_conversation_owner(text)")
