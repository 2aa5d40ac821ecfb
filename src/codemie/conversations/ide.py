"""Chats with an editor: its tools are called where it runs, through the plugin engine's broker.

An editor connects with a plugin key of its own. It says with each question which tools it has and on which subjects.
Only subjects below the key of the same person and installation are believed: nobody has another's editor called. What
the key allows, and a record of each call, is `plugins/editors.py`.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.chat import OpenTurn
from codemie.conversations.ide_schemas import IdeChatRequest, IdeConfigurationRequest, IdeTool
from codemie.identity.caller import Caller
from codemie.integrations import repository as integrations
from codemie.integrations import service
from codemie.integrations.plugin_key import PLUGIN, PLUGIN_KEY
from codemie.integrations.schemas import SettingRequest, SettingValue
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Vault
from codemie.integrations.withdrawals import Withdrawals
from codemie.kernel.database import Database, new_id
from codemie.kernel.errors import CodeMieError, Unprocessable
from codemie.kernel.tools import Tool, ToolResult
from codemie.plugins import editors
from codemie.plugins.editors import EditorCall
from codemie.plugins.tools import Holder, PluginTools

ANSWER_SECONDS = 302.0
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Editor:
    """One installation of an editor's plugin, of the caller's.

    Args:
        installation_id: as the plugin calls itself.
        project: where its key is kept.
    """

    installation_id: str
    project: str

    @property
    def alias(self) -> str:
        """Of the integration that holds its key."""
        return f"IDE {self.installation_id}"


def editor_of(caller: Caller, installation_id: str) -> Editor:
    """Its key is kept in the caller's own place."""
    return Editor(installation_id, caller.default_project)


async def configure(
    session: AsyncSession, caller: Caller, vault: Vault, withdrawals: Withdrawals, asked: IdeConfigurationRequest
) -> None:
    """Keep the key that an installation wants to connect with, in place of the one it had.

    Raises:
        Unprocessable: 422, no agent could connect with such a key. Conflict: 409, it is somebody else's.
    """
    editor = editor_of(caller, asked.installation_id)
    body = SettingRequest(
        project_name=editor.project,
        alias=editor.alias,
        credential_type=PLUGIN,
        credential_values=[SettingValue(key=PLUGIN_KEY, value=asked.new_plugin_key)],
    )
    row = await _kept(session, caller, editor)
    if row is None:
        await service.create(session, caller, vault, "user", body)
    else:
        await service.change(session, caller, vault, row, body, withdrawals)


async def tools_of(
    plugins: PluginTools | None,
    database: Database,
    vault: Vault,
    caller: Caller,
    request: IdeChatRequest,
    *,
    assistant_id: str | None = None,
) -> tuple[Tool, ...]:
    """The editor's tools, as far as its key allows them.

    Raises:
        Unprocessable: 422, a tool has no usable name, a name that another has, or a subject that is not its editor's.
    """
    if not request.tools or plugins is None:
        return ()
    names = [known.name for known in request.tools]
    for name in names:
        if not _NAME.fullmatch(name) or names.count(name) > 1:
            raise Unprocessable(
                "A tool of the editor cannot be called",
                details=f"'{name}' is no usable name, or another tool has it.",
                help="Names have up to 64 letters, digits, '_' and '-', and differ.",
            )
    holder = await _holder(database, vault, caller, editor_of(caller, request.ide_installation_id), assistant_id)
    rights = await plugins.rights_of(holder.setting_id)
    request_id = request.ide_request_id or new_id()
    tools = [_tool(known, holder, request_id, plugins) for known in request.tools]
    return tuple(tool for tool in tools if editors.is_permitted(rights, tool.name))


def equip(turn: OpenTurn, tools: tuple[Tool, ...], request: IdeChatRequest) -> None:
    """Give the turn the editor's tools, in place of others of their name, and what it adds to the prompt."""
    added = [text for text in (request.prompt_header, request.prompt_footer) if text]
    names = {tool.name for tool in tools}
    turn.run = replace(
        turn.run,
        instructions="\n\n".join((turn.run.instructions, *added)),
        tools=(*(tool for tool in turn.run.tools if tool.name not in names), *tools),
    )


async def _kept(session: AsyncSession, caller: Caller, editor: Editor) -> Integration | None:
    rows = await integrations.named(session, editor.project, ["user"], [editor.alias])
    return next((row for row in rows if row.user_id == caller.id and row.credential_type == PLUGIN), None)


async def _holder(database: Database, vault: Vault, caller: Caller, editor: Editor, assistant_id: str | None) -> Holder:
    async with database.session() as session:
        row = await _kept(session, caller, editor)
        if row is None:
            raise Unprocessable(
                "The editor is not known",
                details=f"No plugin key is kept for the installation '{editor.installation_id}'.",
                help="Sign in again in the editor's plugin: it sends its key to POST /v1/ide/config.",
            )
        service.tell_use(session, caller.id, row, "call tools of an editor")
        return Holder(
            key=str(vault.open(row).values[PLUGIN_KEY]),
            setting_id=row.id,
            alias=row.alias,
            actor_id=caller.id,
            project=row.project,
            assistant_id=assistant_id,
        )


def _tool(known: IdeTool, holder: Holder, request_id: str, plugins: PluginTools) -> Tool:
    if not known.subject.startswith(f"{holder.key}.") or set(known.subject) & set(" \t\r\n*>"):
        raise Unprocessable(
            "A tool of the editor has a foreign subject", details=f"'{known.name}' does not listen below the key."
        )

    async def call(arguments: dict[str, Any]) -> ToolResult:
        question = {"tool_name": known.name, "query": json.dumps(arguments), "request_id": request_id}
        asked = EditorCall(known.name, known.subject, arguments, json.dumps(question).encode(), ANSWER_SECONDS)
        try:
            answer = await editors.call(plugins, holder, asked)
        except CodeMieError as error:
            return ToolResult(str(error), is_error=True)
        return ToolResult(answer.decode(errors="replace"))

    return Tool(
        name=known.name,
        description=known.description,
        parameters=known.args_schema.json_schema(),
        call=call,
        timeout_seconds=ANSWER_SECONDS + 1,
        # The person sits before the editor, and it asks them itself.
        effect="reads",
    )
