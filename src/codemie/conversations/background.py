"""Turns that run in the background, and how to ask what became of them."""

import asyncio
from datetime import timedelta

from fastapi import Response
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.chat import ChatRoom, OpenTurn, carry_out
from codemie.conversations.chat_schemas import TaskResponse, TaskUser
from codemie.conversations.tables import ConversationTask
from codemie.conversations.tasks import TASK, WAITING, record
from codemie.identity.caller import Caller
from codemie.kernel.database import utcnow
from codemie.kernel.errors import CodeMieError, NotFound
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

_BEAT_SECONDS = 10.0
_STALE_AFTER = timedelta(seconds=60)
_RUNNING = "Task is running in the background"
_LOST = "The task was lost: the server that worked on it was stopped."


async def respond(room: ChatRoom, turn: OpenTurn) -> Response:
    """Start the turn on its own and answer with the id to ask for."""
    caller = turn.caller
    task = ConversationTask(
        user_id=caller.id, username=caller.username, name=caller.name, task=turn.run.prompt, current_step="Started"
    )
    async with room.database.session() as session:
        session.add(task)
    turn.request[TASK] = task.id
    room.runtime.launch(_work(room, turn, task.id))
    answer = {
        "generated": _RUNNING,
        "timeElapsed": 0.0,
        "tokensUsed": None,
        "thoughts": [],
        "taskId": task.id,
        "success": True,
        "agentError": None,
        "toolErrors": None,
        "citations": [],
    }
    return Response(to_json(answer), media_type="application/json")


async def get_task(session: AsyncSession, caller: Caller, task_id: str) -> TaskResponse:
    """A background turn of the caller.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    task = await session.get(ConversationTask, task_id)
    if task is None or task.user_id != caller.id:
        raise NotFound("Task not found", details=f"The task with ID [{task_id}] could not be found in the system.")
    lost = task.status == "STARTED" and utcnow() - task.update_date > _STALE_AFTER
    return TaskResponse(
        id=task.id,
        task=task.task,
        user=TaskUser(user_id=task.user_id, username=task.username, name=task.name),
        final_output=_LOST if lost else task.final_output,
        current_step=task.current_step,
        status="FAILED" if lost else "STARTED" if task.status == WAITING else task.status,
        date=task.date.isoformat(),
        update_date=task.update_date.isoformat(),
    )


async def _work(room: ChatRoom, turn: OpenTurn, task_id: str) -> None:
    beating = asyncio.create_task(_beat(room, task_id))
    try:
        await carry_out(room, turn)
    except CodeMieError as error:
        log.warning("background_turn_failed", task=task_id, error=str(error))
        await record(room.database, task_id, "FAILED", str(error), "Finished")
    finally:
        beating.cancel()


async def _beat(room: ChatRoom, task_id: str) -> None:
    """Show that somebody works on the task."""
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        try:
            await record(room.database, task_id, "STARTED", "", "Working")
        except CodeMieError as error:
            log.warning("background_beat_missed", task=task_id, error=str(error))
