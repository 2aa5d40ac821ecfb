"""What becomes of turns that run in the background, as `GET /v1/tasks/{id}` tells it."""

from codemie.conversations.tables import ConversationTask
from codemie.conversations.transcript import Transcript
from codemie.kernel.database import Database, utcnow

TASK = "background_task_id"
"""Where the kept request of a reply says which task it is, so that one that waits for a person finds it again."""
WAITING = "WAITING"
"""How a task is kept that waits for a person. The protocol has no such status: clients see it as started."""


async def ended(database: Database, task_id: str, transcript: Transcript) -> None:
    """The reply has ended, or waits for a person to allow tool calls."""
    if transcript.status == "waiting" and transcript.paused:
        calls = ", ".join(call.label for call in transcript.paused.calls)
        await record(database, task_id, WAITING, transcript.text, f"Waiting for approval: {calls}")
        return
    # The protocol knows no third end: a reply that was stopped did not complete.
    status = "FAILED" if transcript.status in ("failed", "interrupted") else "COMPLETED"
    await record(database, task_id, status, transcript.text, "Finished")


async def record(database: Database, task_id: str, status: str, output: str, step: str) -> None:
    """Write down how the task stands."""
    async with database.session() as session:
        task = await session.get(ConversationTask, task_id)
        if task is not None:
            task.status, task.final_output, task.update_date = status, output.replace("\x00", ""), utcnow()
            task.current_step = step
