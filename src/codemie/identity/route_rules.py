"""Every route of the HTTP API with the rule that guards it: the table that a test drives and the docs show.

The rules themselves are enforced where they belong, in dependencies and in `policy`; this page says what they must
come to. A route that is missing here fails `tests/identity/test_route_policy.py`, which sends every role to every
route. A new route is one more line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from codemie.identity.policy import Action, Kind

Gate = Literal[
    "public", "signed in", "own", "superuser", "overseer", "maintainer", "auditor", "user reader", "self or admin",
    "project member", "project manager", "object",
]  # fmt: skip

GATES: Mapping[Gate, str] = {
    "public": "anybody, signed in or not",
    "signed in": "any user; lists hold what the user may read",
    "own": "any user, for what is theirs; 404 for everything else",
    "superuser": "administrators and maintainers",
    "overseer": "administrators, maintainers, auditors",
    "maintainer": "maintainers",
    "auditor": "maintainers and auditors",
    "user reader": "administrators, maintainers, auditors; administrators of a project, for their members",
    "self or admin": "the user of the path, and administrators",
    "project member": "members of the project that is named, administrators and maintainers",
    "project manager": "administrators of the project that is named, administrators and maintainers",
    "object": "whom the policy lets do it",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What guards a route.

    Args:
        gate: who passes.
        action: with which action of the policy, for objects.
        kind: on which kind of object.
        denied: status for those who do not pass.
        absent: status for an object that does not exist; where it differs from ``denied``, the protocol's words tell
            that the object exists.
        hidden: status for those who may not even read the object, where that is not ``denied``.
    """

    gate: Gate
    action: Action | None = None
    kind: Kind | None = None
    denied: int = 403
    absent: int = 404
    hidden: int | None = None

    @property
    def who(self) -> str:
        """For people."""
        if self.action is None:
            return GATES[self.gate]
        return f"who may {self.action} the {(self.kind or '').replace('_', ' ')}"


_PUBLIC, _USER = Access("public"), Access("signed in")
_SUPERUSER, _OVERSEER = Access("superuser"), Access("overseer")
_MAINTAINER, _AUDITOR = Access("maintainer"), Access("auditor")
_OWN, _SELF, _MEMBER = Access("own", denied=404), Access("self or admin"), Access("project member")
_MANAGER = Access("project manager")
_SEE_PROJECT = Access("object", "read", "project", 404)
_MANAGE_PROJECT = Access("object", "write", "project", 404)


def _assistant(action: Action) -> Access:
    return Access("object", action, "assistant", 401)


def _source(action: Action) -> Access:
    return Access("object", action, "data_source", 401, hidden=404)


def _skill(action: Action) -> Access:
    return Access("object", action, "skill", 403)


def _guardrail(action: Action) -> Access:
    return Access("object", action, "guardrail", 403, hidden=404)


_SEE_GUARDRAIL = Access("object", "read", "guardrail", 404)
_CHAT = Access("object", "read", "assistant", 401)
_AGENT = Access("object", "read", "assistant", 403)
_OPEN_SOURCE = Access("object", "read", "data_source", 404)
_CONVERSATION = Access("object", "write", "conversation", 401)

ROUTES: Mapping[str, Access] = {
    # health and documents of the platform
    "GET /v1/info": _PUBLIC,
    "GET /v1/healthcheck": _PUBLIC,
    "GET /health/live": _PUBLIC,
    "GET /health/ready": _PUBLIC,
    "GET /metrics": _PUBLIC,
    "GET /v1/config": _PUBLIC,
    "GET /v1/applications": _PUBLIC,
    # what administrators change while the platform runs
    "GET /v1/config/declarations": _SUPERUSER,
    "PUT /v1/config/declarations/{component_id}": _SUPERUSER,
    "DELETE /v1/config/declarations/{component_id}": _SUPERUSER,
    "GET /v1/dynamic-config": _SUPERUSER,
    "GET /v1/dynamic-config/": _SUPERUSER,
    "POST /v1/dynamic-config": _SUPERUSER,
    "POST /v1/dynamic-config/": _SUPERUSER,
    "GET /v1/dynamic-config/{key}": _SUPERUSER,
    "PUT /v1/dynamic-config/{key}": _SUPERUSER,
    "DELETE /v1/dynamic-config/{key}": _SUPERUSER,
    # signing in and out
    "GET /v1/user/log_out": _PUBLIC,
    "GET /v1/auth/login/{port}": _PUBLIC,
    "GET /v1/auth/sign-in": _PUBLIC,
    "GET /v1/auth/callback": _PUBLIC,
    "POST /v1/auth/back-channel-logout": _PUBLIC,
    "POST /v1/local-auth/login": _PUBLIC,
    "POST /v1/local-auth/register": _PUBLIC,
    "POST /v1/local-auth/verify-email": _PUBLIC,
    "POST /v1/local-auth/forgot-password": _PUBLIC,
    "POST /v1/local-auth/reset-password": _PUBLIC,
    "POST /v1/local-auth/change-password": _USER,
    "POST /v1/local-auth/logout": _USER,
    "GET /v1/local-auth/.well-known/jwks.json": _PUBLIC,
    # oneself
    "GET /v1/user": _USER,
    "GET /v1/profile": _USER,
    "PUT /v1/user/profile": _USER,
    "GET /v1/user/data": _USER,
    "PUT /v1/user/data": _USER,
    "GET /v1/preferences/{user_id}": _SELF,
    "PUT /v1/preferences/{user_id}": _SELF,
    "GET /v1/preferences/{user_id}/favorites/assistants": _SELF,
    "GET /v1/preferences/{user_id}/favorites/skills": _SELF,
    "GET /v1/preferences/{user_id}/favorites/workflows": _SELF,
    "GET /v1/user/reactions": _USER,
    "GET /v1/personal-tokens": _USER,
    "POST /v1/personal-tokens": _USER,
    "DELETE /v1/personal-tokens/{token_id}": _OWN,
    # users
    "GET /v1/admin/users": Access("user reader"),
    "POST /v1/admin/users": _SUPERUSER,
    "GET /v1/admin/users/{user_id}": Access("user reader", absent=403),
    "PUT /v1/admin/users/{user_id}": _SUPERUSER,
    "DELETE /v1/admin/users/{user_id}": _SUPERUSER,
    "PUT /v1/admin/users/{user_id}/password": _SUPERUSER,
    "GET /v1/admin/users/{user_id}/projects": _OVERSEER,
    "POST /v1/admin/users/{user_id}/projects": _SUPERUSER,
    "PUT /v1/admin/users/{user_id}/projects/{project_name}": _SUPERUSER,
    "DELETE /v1/admin/users/{user_id}/projects/{project_name}": _SUPERUSER,
    "PUT /v1/admin/users/{user_id}/projects/{project_name}/default": _SUPERUSER,
    "DELETE /v1/admin/users/{user_id}/projects/{project_name}/default": _SUPERUSER,
    "GET /v1/admin/users/{user_id}/knowledge-bases": _OVERSEER,
    "POST /v1/admin/users/{user_id}/knowledge-bases": _SUPERUSER,
    "DELETE /v1/admin/users/{user_id}/knowledge-bases/{kb_name}": _SUPERUSER,
    # projects and members
    "GET /v1/projects": _USER,
    "POST /v1/projects": _USER,
    "GET /v1/projects/{project_name}": _SEE_PROJECT,
    "PATCH /v1/projects/{project_name}": Access("object", "write", "project", 403),
    "DELETE /v1/projects/{project_name}": Access("object", "delete", "project", 404),
    "GET /v1/projects/{project_name}/spends": _MANAGE_PROJECT,
    "PUT /v1/projects/{project_name}/ownership": _MANAGE_PROJECT,
    "POST /v1/projects/{project_name}/assignment": _MANAGE_PROJECT,
    "PUT /v1/projects/{project_name}/assignment/{user_id}": _MANAGE_PROJECT,
    "DELETE /v1/projects/{project_name}/assignment/{user_id}": _MANAGE_PROJECT,
    "POST /v1/projects/{project_name}/assignments": _MANAGE_PROJECT,
    "DELETE /v1/projects/{project_name}/assignments": _MANAGE_PROJECT,
    "POST /v1/projects/{project_name}/import-users/validate": _MANAGE_PROJECT,
    "POST /v1/projects/{project_name}/import-users": _MANAGE_PROJECT,
    "POST /v1/admin/spend-tracking/collect": _SUPERUSER,
    "GET /v1/admin/applications": _OVERSEER,
    "POST /v1/admin/application": _SUPERUSER,
    "GET /v1/application/{app_name}": Access("object", "read", "project", 403),
    # logs
    "POST /v1/metrics": _USER,
    "POST /v1/logs": _SUPERUSER,
    "GET /v1/admin/health/checks": _SUPERUSER,
    "POST /v1/admin/support-bundle": _SUPERUSER,
    # audit log
    "GET /v1/admin/activity-events": _MAINTAINER,
    "GET /v1/admin/activity-events/filter-options": _MAINTAINER,
    "GET /v1/audit/events": _AUDITOR,
    "GET /v1/audit/filter-options": _AUDITOR,
    "GET /v1/audit/export": _AUDITOR,
    # integrations: what is in a body is for tests/integrations
    "GET /v1/settings/types": _USER,
    "GET /v1/settings/user": _USER,
    "GET /v1/settings/user/{setting_id}": Access("object", "read", "user_integration", 404),
    "GET /v1/settings/user/{setting_id}/usages": Access("object", "read", "user_integration", 404),
    "POST /v1/settings/user": _USER,
    "PUT /v1/settings/user/{setting_id}": Access("object", "write", "user_integration", 404),
    "DELETE /v1/settings/user/{setting_id}": Access("object", "delete", "user_integration", 404),
    "GET /v1/settings/user/available": _USER,
    "GET /v1/settings/project": _USER,
    "GET /v1/settings/project/{setting_id}": Access("object", "read", "project_integration", 404),
    "GET /v1/settings/project/{setting_id}/usages": Access("object", "read", "project_integration", 404),
    "GET /v1/settings/project/users": _USER,
    "POST /v1/settings/project": _USER,
    "PUT /v1/settings/project/{setting_id}": Access("object", "write", "project_integration", 403, hidden=404),
    "DELETE /v1/settings/project/{setting_id}": Access("object", "delete", "project_integration", 403, hidden=404),
    "POST /v1/settings/transfer": _SUPERUSER,
    # plugin keys: those of a project are seen by its members, revoked by its administrators, changed by who made them
    "GET /v1/plugin-engine/connection": _USER,
    "GET /v1/plugin-engine/sessions": _USER,
    "GET /v1/plugin-engine/keys": _USER,
    "POST /v1/plugin-engine/keys": _USER,
    "GET /v1/plugin-engine/keys/{setting_id}": _OWN,
    "GET /v1/plugin-engine/keys/{setting_id}/agents": _OWN,
    "GET /v1/plugin-engine/keys/{setting_id}/calls": _OWN,
    "PUT /v1/plugin-engine/keys/{setting_id}/rights": _OWN,
    "POST /v1/plugin-engine/keys/{setting_id}/renewal": _OWN,
    "DELETE /v1/plugin-engine/keys/{setting_id}": _OWN,
    "POST /v1/settings/test": _USER,
    "POST /v1/settings/test/": _USER,
    "POST /v1/settings/diagnose": _USER,
    # models
    "GET /v1/llm_models": _USER,
    "GET /v1/embeddings_models": _USER,
    "GET /v1/llm_models/image_generation": _USER,
    "GET /v1/categories": _PUBLIC,
    "GET /v1/default_models": _PUBLIC,
    "GET /v1/default_models/{category}": _USER,
    "GET /v1/admin/llm/reload": _SUPERUSER,
    "POST /v1/admin/llm/reload": _SUPERUSER,
    "POST /v1/admin/llm/retire": _SUPERUSER,
    "POST /v1/admin/llm/retire/bulk": _SUPERUSER,
    "GET /v1/admin/llm/status": _SUPERUSER,
    "POST /v1/admin/llm/check": _SUPERUSER,
    "GET /mock/v1/models": _USER,
    "POST /mock/v1/chat/completions": _USER,
    "POST /mock/v1/embeddings": _USER,
    # speech
    "GET /v1/speech/config": _USER,
    "POST /v1/speech-recognition": _USER,
    # data sources
    "GET /v1/permissions": _USER,
    "GET /v1/permissions/applications": _USER,
    "POST /v1/permissions": _USER,
    "DELETE /v1/permissions/{permission_id}": Access("object", "delete", "grant", 401),
    "POST /v1/callbacks/index/{index_id}": _PUBLIC,
    "GET /v1/index": _USER,
    "GET /v1/index/users": _USER,
    "GET /v1/index/find_id": _USER,
    "POST /v1/index/health": _USER,
    "POST /v1/index/knowledge_base/file": _MEMBER,
    "PUT /v1/index/knowledge_base/file": _MEMBER,
    "PUT /v1/index/knowledge_base/{kind}/reindex": _MEMBER,
    "POST /v1/application/{project}/index": _MEMBER,
    "PUT /v1/application/{project}/index/{name}": _MEMBER,
    "GET /v1/index/{index_id}": _OPEN_SOURCE,
    "DELETE /v1/index/{index_id}": _source("delete"),
    "POST /v1/index/{index_id}/cancel": _source("write"),
    "GET /v1/index/{index_id}/elasticsearch": _OPEN_SOURCE,
    "GET /v1/index/{index_id}/events": _OPEN_SOURCE,
    "GET /v1/index/{index_id}/skipped": _OPEN_SOURCE,
    "GET /v1/index/{index_id}/passages/{chunk_id}": _OPEN_SOURCE,
    "GET /v1/index/{index_id}/search": _OPEN_SOURCE,
    "GET /v1/index/{index_id}/assistants": _OPEN_SOURCE,
    "POST /v1/index/{index_id}/search": Access("object", "read", "data_source", 401),
    # guardrails
    "GET /v1/guardrails": _USER,
    "POST /v1/guardrails": _MANAGER,
    "POST /v1/guardrails/try": _MANAGER,
    "GET /v1/guardrails/assignments": _MEMBER,
    "GET /v1/guardrails/{guardrail_id}": _SEE_GUARDRAIL,
    "PUT /v1/guardrails/{guardrail_id}": _guardrail("write"),
    "DELETE /v1/guardrails/{guardrail_id}": _guardrail("delete"),
    "GET /v1/guardrails/{guardrail_id}/assignments": _SEE_GUARDRAIL,
    "PUT /v1/guardrails/{guardrail_id}/assignments": _guardrail("write"),
    "POST /v1/guardrails/{guardrail_id}/apply": _SEE_GUARDRAIL,
    # MCP: servers of assistants, the catalogue, sign-ins at servers, and the platform as a server
    "POST /v1/assistants/mcp_tools": _USER,
    "POST /v1/assistants/mcp/test": _USER,
    "GET /v1/mcp-configs": _USER,
    "POST /v1/mcp-configs": _SUPERUSER,
    "GET /v1/mcp-configs/{config_id}": _OWN,
    "PUT /v1/mcp-configs/{config_id}": _SUPERUSER,
    "DELETE /v1/mcp-configs/{config_id}": _SUPERUSER,
    "POST /v1/mcp-configs/{config_id}/clone": _SUPERUSER,
    "GET /v1/mcp/managed-servers": _USER,
    "POST /v1/mcp-auth/oauth2/initiate": _USER,
    "GET /v1/mcp-auth/oauth2/callback": _PUBLIC,
    "POST /v1/mcp-auth/oauth2/callback-diagnostics": _PUBLIC,
    "GET /v1/mcp-auth/status": _USER,
    "DELETE /v1/mcp-auth/sign-ins/{auth_config_id}": _OWN,
    "POST /v1/mcp-auth/saml/initiate": _PUBLIC,
    "POST /v1/mcp-auth/saml/acs": _PUBLIC,
    "GET /v1/mcp-auth/saml/metadata": _PUBLIC,
    "GET /mcp": _USER,
    "POST /mcp": _USER,
    "DELETE /mcp": _USER,
    "GET /.well-known/oauth-protected-resource{resource:path}": _PUBLIC,
    # assistants and chat
    "GET /v1/assistants": _USER,
    "POST /v1/assistants": _MEMBER,
    "GET /v1/assistants/users": _USER,
    "GET /v1/assistants/tools": _USER,
    "GET /v1/assistants/plugin_tools": _USER,
    "GET /v1/tools": _USER,
    "GET /v1/tools/configs": _USER,
    "GET /v1/tools/health": _MEMBER,
    "GET /v1/tools/{name}/schema": _USER,
    "POST /v1/tools/{name}/invoke": _MEMBER,
    "GET /v1/assistants/hedgeable_tools": _USER,
    "GET /v1/assistants/context": _MEMBER,
    "GET /v1/assistants/builtin_subagents": _USER,
    "GET /v1/assistants/prebuilt": _USER,
    "GET /v1/assistants/prebuilt/{slug}": _USER,
    "GET /v1/assistants/categories": _PUBLIC,
    "POST /v1/assistants/categories": _SUPERUSER,
    "GET /v1/assistants/categories/list": _SUPERUSER,
    "GET /v1/assistants/categories/{category_id}": _SUPERUSER,
    "PUT /v1/assistants/categories/{category_id}": _SUPERUSER,
    "DELETE /v1/assistants/categories/{category_id}": _SUPERUSER,
    "GET /v1/assistants/id/{assistant_id}": _assistant("read"),
    "GET /v1/assistants/slug/{slug:path}": _assistant("read"),
    "PUT /v1/assistants/{assistant_id}": _assistant("write"),
    "DELETE /v1/assistants/{assistant_id}": _assistant("delete"),
    "GET /v1/assistants/{assistant_id}/versions": _assistant("read"),
    "GET /v1/assistants/{assistant_id}/versions/{version_number}": _assistant("read"),
    "GET /v1/assistants/{assistant_id}/versions/{version1}/compare/{version2}": _assistant("read"),
    "POST /v1/assistants/{assistant_id}/versions/{version_number}/rollback": _assistant("write"),
    "POST /v1/assistants/{assistant_id}/reactions": _assistant("read"),
    "DELETE /v1/assistants/{assistant_id}/reactions": _assistant("read"),
    "POST /v1/admin/marketplace/reindex": _SUPERUSER,
    "POST /v1/assistants/{assistant_id}/marketplace/publish/validate": _assistant("write"),
    "POST /v1/assistants/{assistant_id}/marketplace/publish": _assistant("write"),
    "POST /v1/assistants/{assistant_id}/marketplace/unpublish": _assistant("write"),
    "GET /v1/assistants/{assistant_id}/users/mapping": _assistant("read"),
    "POST /v1/assistants/{assistant_id}/users/mapping": _assistant("read"),
    "DELETE /v1/assistants/{assistant_id}/users/mapping": _assistant("read"),
    "GET /v1/assistants/{assistant_id}/users/prompt-variables": _assistant("read"),
    "POST /v1/assistants/{assistant_id}/users/prompt-variables": _assistant("read"),
    # Refused to everybody while the feature is off.
    "GET /v1/assistants/projects/mapping": _USER,
    "POST /v1/assistants/{assistant_id}/projects/mapping": _USER,
    "DELETE /v1/assistants/{assistant_id}/projects/mapping": _USER,
    "POST /v1/assistants/id/{assistant_id}/export": _assistant("read"),
    "POST /v1/assistants/import": _MEMBER,
    "POST /v1/assistants/generate": _USER,
    "POST /v1/assistants/prompt/generate": _USER,
    "POST /v1/assistants/refine": _USER,
    "POST /v1/assistants/system-prompt/validate": _USER,
    "POST /v1/assistants/{assistant_id}/health": _assistant("read"),
    "POST /v1/assistants/{assistant_id}/evaluate": _assistant("read"),
    "GET /v1/assistants/{assistant_id}/skills": _assistant("read"),
    "POST /v1/assistants/{assistant_id}/skills": _assistant("write"),
    "DELETE /v1/assistants/{assistant_id}/skills/{skill_id}": _assistant("write"),
    # skills
    "GET /v1/skills": _USER,
    "POST /v1/skills": _MEMBER,
    "GET /v1/skills/categories": _USER,
    "GET /v1/skills/users": _USER,
    "GET /v1/skills/config": _USER,
    "POST /v1/skills/import": _MEMBER,
    "POST /v1/skills/import-bundle-preview": _USER,
    "POST /v1/skills/generate": _USER,
    "POST /v1/skills/refine": _USER,
    "POST /v1/skills/instructions/generate": _USER,
    "POST /v1/skills/events": _USER,
    "GET /v1/skills/events": _USER,
    "GET /v1/skills/events/stats": _USER,
    "GET /v1/skills/events/{skill_slug}/stats": _USER,
    "GET /v1/skills/{skill_id}": _skill("read"),
    "PUT /v1/skills/{skill_id}": _skill("write"),
    "DELETE /v1/skills/{skill_id}": _skill("delete"),
    "GET /v1/skills/{skill_id}/companion-files": _skill("read"),
    "GET /v1/skills/{skill_id}/companion-files/content": _skill("read"),
    "GET /v1/skills/{skill_id}/export": _skill("read"),
    "POST /v1/skills/{skill_id}/marketplace/publish": _skill("write"),
    "POST /v1/skills/{skill_id}/marketplace/unpublish": _skill("write"),
    "POST /v1/skills/{skill_id}/reactions": _skill("read"),
    "DELETE /v1/skills/{skill_id}/reactions": _skill("read"),
    "GET /v1/skills/{skill_id}/assistants": _skill("read"),
    "POST /v1/skills/{skill_id}/assistants/bulk-attach": _skill("read"),
    # chat
    "POST /v1/chat/completions": _USER,
    "GET /v1/models": _USER,
    "GET /v1/models/{model:path}": _USER,
    "GET /v1/a2a/assistants/fetch": _MEMBER,
    "GET /v1/a2a/assistants/{assistant_id}/.well-known/agent.json": _AGENT,
    "POST /v1/a2a/assistants/{assistant_id}": _AGENT,
    "POST /v1/assistants/virtual/model": _USER,
    "POST /v1/assistants/slug/{slug:path}/model": _CHAT,
    "POST /v1/assistants/{assistant_id}/model": _CHAT,
    "POST /v1/assistants/{assistant_id}/model/tool-call/resume": _CHAT,
    "POST /v1/ide/config": _USER,
    "GET /v1/ide/virtual/conversations/{virtual_assistant_id}": _USER,
    "POST /v1/ide/virtual/conversations": _USER,
    "POST /v1/ide/inference/virtual": _USER,
    "POST /v1/ide/inference/{assistant_id}": _CHAT,
    "GET /v1/tasks/{task_id}": _OWN,
    # files
    "POST /v1/files/": _USER,
    "POST /v1/files": _USER,
    "POST /v1/files/bulk": _USER,
    "POST /v1/files/diagram/mermaid": _USER,
    "GET /v1/files/{token:path}": _OWN,
    "DELETE /v1/files/{token:path}": _OWN,
    # workspaces
    "POST /v1/workspaces": _USER,
    "GET /v1/workspaces": _USER,
    "GET /v1/workspaces/conversations/{conversation_id}": _OWN,
    "GET /v1/workspaces/{workspace_id}/files": _OWN,
    "PUT /v1/workspaces/{workspace_id}/files": _OWN,
    "DELETE /v1/workspaces/{workspace_id}/files": _OWN,
    "GET /v1/workspaces/{workspace_id}/files/content": _OWN,
    "GET /v1/workspaces/{workspace_id}/files/download": _OWN,
    "POST /v1/workspaces/{workspace_id}/files/edit": _OWN,
    "GET /v1/workspaces/{workspace_id}/files/grep": _OWN,
    "POST /v1/workspaces/{workspace_id}/execute": _OWN,
    # conversations
    "POST /v1/share/conversations": _USER,
    "GET /v1/share/conversations": _USER,
    "GET /v1/share/conversations/{token}": _USER,
    "DELETE /v1/share/conversations/{token}": _OWN,
    "POST /v1/feedback": _USER,
    "DELETE /v1/feedback": _USER,
    "GET /v1/feedback": _SUPERUSER,
    "GET /v1/feedback/{feedback_id}": _SUPERUSER,
    "GET /v1/admin/conversations": _SUPERUSER,
    "POST /v1/admin/conversations/finish-bulk": _SUPERUSER,
    "GET /v1/admin/users/{user_id}/conversations/{conversation_id}": _SUPERUSER,
    "PUT /v1/admin/users/{user_id}/conversations/{conversation_id}/feedback": _SUPERUSER,
    "GET /v1/conversations": _USER,
    "POST /v1/conversations": _USER,
    "DELETE /v1/conversations": _USER,
    "GET /v1/conversations/new": _USER,
    "GET /v1/conversations/search": _USER,
    "GET /v1/conversations/folders/list": _USER,
    "POST /v1/conversations/folder": _USER,
    "PUT /v1/conversations/folder/{name:path}": _OWN,
    "DELETE /v1/conversations/folder/{name:path}": _OWN,
    "GET /v1/conversations/{conversation_id}": _CONVERSATION,
    "PUT /v1/conversations/{conversation_id}": _CONVERSATION,
    "DELETE /v1/conversations/{conversation_id}": _CONVERSATION,
    "POST /v1/conversations/{conversation_id}/finish": Access("object", "write", "conversation", 403),
    "GET /v1/conversations/{conversation_id}/files": _CONVERSATION,
    "GET /v1/conversations/{conversation_id}/export": _CONVERSATION,
    "GET /v1/conversations/{conversation_id}/history/{history_index}/{variant}/export": _CONVERSATION,
    "POST /v1/conversations/{conversation_id}/feedback": _CONVERSATION,
    "GET /v1/assistants/metrics/{conversation_id}": _CONVERSATION,
    "DELETE /v1/conversations/{conversation_id}/history": _CONVERSATION,
    # Makes the conversation that is not there yet.
    "PUT /v1/conversations/{conversation_id}/history": Access("object", "write", "conversation", 401, absent=201),
    "DELETE /v1/conversations/{conversation_id}/history/{history_index}": _CONVERSATION,
    "PUT /v1/conversations/{conversation_id}/history/{history_index}": _CONVERSATION,
    "GET /v1/conversations/{conversation_id}/history/{history_index}/stream": _CONVERSATION,
    "POST /v1/conversations/{conversation_id}/history/{history_index}/stop": _CONVERSATION,
}
