"""Assistants leave and come as one archive: `assistant.yaml`, and the skills beside it. No secret travels."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import authoring
from codemie.assistants.schemas import CreateAssistant
from codemie.assistants.service import get_assistant
from codemie.assistants.tables import Assistant
from codemie.identity.caller import Caller
from codemie.identity.projects_use import require_usable
from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import InvalidInput, Unprocessable
from codemie.parts.schemas import SECRET_MASK
from codemie.parts.secrets import conceal
from codemie.skills import attachments, markdown
from codemie.skills import service as skills

MANIFEST = "assistant.yaml"
_FORMAT = "codemie-assistant/1"
# What belongs to the installation it comes from stays there.
_LEFT_OUT = {"slug", "project", "is_global", "assistant_ids", "skill_ids", "guardrail_assignments", "shared"}
_MOST_BYTES = 2_000_000


class _PlainLoader(yaml.SafeLoader):
    """Refuses references within the document: a small file could grow without end by them."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("References are not allowed.")
        return super().compose_node(parent, index)


async def export(
    session: AsyncSession, caller: Caller, assistant_id: str, env_vars: dict[str, str]
) -> tuple[str, bytes]:
    """File name and archive.

    Args:
        session: of the request.
        caller: who asks.
        assistant_id: what to export.
        env_vars: settings the client wants to travel along, as `.env`.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    assistant = await get_assistant(session, caller, assistant_id)
    attached = (await attachments.ids_of(session, [assistant_id])).get(assistant_id, [])
    known = await skills.readable(session, caller, attached)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, yaml.safe_dump(_manifest(assistant), sort_keys=False, allow_unicode=True))
        for skill in (known[key] for key in attached if key in known):
            document = markdown.Document(skill.name, skill.description, skill.content, tuple(skill.categories))
            archive.writestr(f"skills/{skill.name}.md", markdown.render(document))
        if env_vars:
            archive.writestr(".env", "".join(_assignments(env_vars)))
    return f"{assistant.slug.replace('/', '-')}.zip", target.getvalue()


async def bring_in(session: AsyncSession, caller: Caller, cipher: Cipher, project: str, content: bytes) -> Assistant:
    """Save an assistant from an exported archive, or from its manifest alone; its skills are not created.

    Raises:
        AccessDenied: 403, the project is not the caller's. NotFound: 404, there is no such project.
        InvalidInput: 400, not an exported assistant. Unprocessable: 422, a field has no acceptable value.
    """
    await require_usable(session, caller, project)
    fields = _read(content)
    try:
        request = CreateAssistant.model_validate(
            # What is brought along names no integration: whoever brings it in chooses them afterwards.
            {**fields, "project": project, "shared": False, "skip_integration_validation": True}
        )
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        told = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in problems)
        raise Unprocessable(told, details=[{**item, "loc": list(item["loc"])} for item in problems]) from error
    return await authoring.create(session, caller, cipher, request)


def _manifest(assistant: Assistant) -> dict[str, Any]:
    names = [name for name in CreateAssistant.model_fields if name not in _LEFT_OUT and hasattr(assistant, name)]
    fields = {name: getattr(assistant, name) for name in names}
    return {"format": _FORMAT, **{name: _portable(value) for name, value in fields.items() if value is not None}}


def _portable(value: Any) -> Any:
    """The value without secrets and without the integrations of its installation."""
    shown = conceal(value)
    if isinstance(shown, dict):
        return {
            key: _portable(item) for key, item in shown.items() if key not in {"settings", "mcp_connect_auth_token"}
        }
    if isinstance(shown, list):
        return [_portable(item) for item in shown]
    return "" if shown == SECRET_MASK else shown


def _assignments(env_vars: dict[str, str]) -> Iterator[str]:
    for name, value in env_vars.items():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        yield f'{name.upper()}="{escaped}"\n'


def _read(content: bytes) -> dict[str, Any]:
    text = _manifest_text(content) if content.startswith(b"PK") else content
    if len(text) > _MOST_BYTES:
        raise _invalid(f"{MANIFEST} is larger than {_MOST_BYTES} bytes.")
    try:
        fields: Any = yaml.load(text.decode("utf-8"), _PlainLoader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _invalid(f"{MANIFEST} is not valid YAML.") from error
    if not isinstance(fields, dict) or fields.get("format") != _FORMAT:
        raise _invalid(f"{MANIFEST} must name the format '{_FORMAT}'.")
    return {
        name: value for name, value in fields.items() if name in CreateAssistant.model_fields and name not in _LEFT_OUT
    }


def _manifest_text(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(MANIFEST) as opened:
            return opened.read(_MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise _invalid(f"The archive holds no {MANIFEST} that can be read.") from error


def _invalid(details: str) -> InvalidInput:
    return InvalidInput("Invalid assistant file", details=details, help="Send what the export of an assistant gave.")
