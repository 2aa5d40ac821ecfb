"""Durable work on DBOS: state in the same PostgreSQL, resumed at the last finished step by any worker.

The API never loads DBOS: it enqueues through `dbos.enqueue_workflow`, the SQL function DBOS installs,
inside the caller's own transaction. So a row and the work it asks for exist together or not at all.
"""

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import new_id, sync_url
from codemie.kernel.settings import KernelSettings

SCHEMA = "dbos"
APPLICATION = "codemie"

_ENQUEUE = text(
    f"SELECT {SCHEMA}.enqueue_workflow("
    "workflow_name => :name, queue_name => :queue, positional_args => CAST(:args AS json[]),"
    " class_name => :class_name, config_name => :config_name, workflow_id => :workflow_id,"
    " deduplication_id => :deduplication_id, application_name => :application)"
)


async def enqueue(
    session: AsyncSession,
    queue: str,
    workflow: str,
    *arguments: Any,
    class_name: str | None = None,
    config_name: str | None = None,
    workflow_id: str | None = None,
    deduplication_id: str | None = None,
) -> str:
    """Ask for durable work, in the transaction of `session`; returns the workflow's id.

    Args:
        session: whose transaction the work becomes part of.
        queue: name of a registered queue.
        workflow: the workflow function's qualified name, as DBOS registers it.
        arguments: JSON-serialisable positional arguments.
        class_name: of the `DBOSConfiguredInstance` the workflow is a method of.
        config_name: of that instance.
        workflow_id: a fixed id makes a repeated call harmless.
        deduplication_id: refuses a second live workflow with the same id on the queue.
    """
    parameters = {
        "name": workflow,
        "queue": queue,
        "args": [json.dumps(argument) for argument in arguments],
        "class_name": class_name,
        "config_name": config_name,
        "workflow_id": workflow_id or new_id(),
        "deduplication_id": deduplication_id,
        "application": APPLICATION,
    }
    return str((await session.execute(_ENQUEUE, parameters)).scalar_one())


def dbos_config(settings: KernelSettings, database_url: str, executor_id: str, version: str) -> dict[str, Any]:
    """Configuration of the DBOS runtime in a worker (and only there)."""
    return {
        "name": APPLICATION,
        "system_database_url": sync_url(database_url),
        "dbos_system_schema": SCHEMA,
        "executor_id": executor_id,
        "application_version": version,
        "run_migrations": False,
        "enable_otlp": False,
        "log_level": "WARNING" if settings.log_level == "INFO" else settings.log_level,
    }
