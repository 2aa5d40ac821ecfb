"""One of everything, and somebody of every role, for the test that sends every role to every route."""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import text
from tests.conftest import MakeUser
from tests.identity.administration import fresh, id_of, new_project
from tests.support import Platform

from codemie.identity.caller import Caller
from codemie.identity.policy import Kind, Resource
from codemie.kernel import row_security

# Role → what the account is made with.
ROLES: dict[str, dict[str, Any]] = {
    "owner": {},
    "member": {},
    "project admin": {},
    "plain": {},
    "external": {"user_type": "external"},
    "auditor": {"is_auditor": True},
    "administrator": {"is_admin": True},
    "maintainer": {"is_maintainer": True},
}


_SOURCE = text(
    """
    INSERT INTO data_sources (id, date, update_date, project_id, name, type, shared, owner_id, created_by, completed)
    VALUES (:id, now(), now(), :project, :id, 'knowledge_base_file', :shared, :owner, CAST(:person AS jsonb), true)
    """
)


_GRANT = text(
    """
    INSERT INTO resource_grants (id, date, update_date, resource_type, resource_id, principal_type, principal_id,
        permission_level, owner_id, created_by)
    VALUES (:id, now(), now(), 'datasource', :source, 'application', 'reader', 'read', :owner, '{}')
    """
)


@dataclass
class Thing:
    """An object somebody may or may not touch: what the policy knows of it, and what a path says."""

    resource: Resource
    parameters: dict[str, str]


@dataclass
class World:
    platform: Platform
    people: dict[str, httpx2.AsyncClient]
    callers: dict[str, Caller]
    project: str

    async def make(self, kind: Kind, *, shared: bool) -> Thing:
        """A fresh object of the owner's."""
        maker = {
            "project": self._project,
            "assistant": self._assistant,
            "data_source": self._source,
            "conversation": self._conversation,
            "skill": self._skill,
            "grant": self._grant,
            "guardrail": self._guardrail,
            "user_integration": self._user_integration,
            "project_integration": self._project_integration,
        }[kind]
        parameters = await maker(shared=shared)
        owner = self.callers["owner"].id
        project = parameters.get("project_name", self.project)
        return Thing(Resource(kind, owner, project, shared=shared), parameters)

    async def _project(self, *, shared: bool) -> dict[str, str]:
        owner = self.people["owner"]
        if not shared:
            name = self.callers["owner"].email
            return {"project_name": name, "app_name": name, "user_id": self.callers["member"].id}
        # The world's own project has everybody in it; requests that pass must not change that, and do not: their
        # bodies are empty.
        del owner
        return {"project_name": self.project, "app_name": self.project, "user_id": "nobody"}

    async def _assistant(self, *, shared: bool) -> dict[str, str]:
        body = assistant_body(self.project, shared=shared)
        answer = await self.people["owner"].post("/v1/assistants", json=body)
        assert answer.status_code == 200, answer.text
        made = answer.json()["assistantId"]
        slug = (await self.people["owner"].get(f"/v1/assistants/id/{made}")).json()["slug"]
        return {"assistant_id": made, "slug:path": slug, "version_number": "1", "version1": "1", "version2": "1"}

    async def _source(self, *, shared: bool) -> dict[str, str]:
        made = str(uuid.uuid4())
        owner = self.callers["owner"].id
        with row_security.system("test"):
            async with self.platform.resources.database.session() as session:
                await session.execute(
                    _SOURCE,
                    {
                        "id": made,
                        "project": self.project,
                        "shared": shared,
                        "owner": owner,
                        "person": json.dumps({"id": owner, "username": "owner", "name": "owner"}),
                    },
                )
        return {"index_id": made, "chunk_id": "0"}

    async def _grant(self, *, shared: bool) -> dict[str, str]:
        del shared
        made = str(uuid.uuid4())
        async with self.platform.resources.database.session() as session:
            values = {"id": made, "source": made, "owner": self.callers["owner"].id}
            await session.execute(_GRANT, values)
        return {"permission_id": made}

    async def _guardrail(self, *, shared: bool) -> dict[str, str]:
        del shared
        # An owner of the project administers it.
        answer = await self.people["owner"].post("/v1/guardrails", json=guardrail_body(self.project))
        assert answer.status_code == 201, answer.text
        return {"guardrail_id": answer.json()["guardrailId"]}

    async def _user_integration(self, *, shared: bool) -> dict[str, str]:
        del shared
        return await self._integration("user")

    async def _project_integration(self, *, shared: bool) -> dict[str, str]:
        del shared
        return await self._integration("project")

    async def _integration(self, scope: str) -> dict[str, str]:
        owner, alias = self.people["owner"], fresh("integration")
        body = {"project_name": self.project, "alias": alias, "credential_type": "Jira", "credential_values": []}
        answer = await owner.post(f"/v1/settings/{scope}", json=body)
        assert answer.status_code == 200, answer.text
        rows = (await owner.get(f"/v1/settings/{scope}", params={"per_page": 1})).json()["data"]
        assert rows[0]["alias"] == alias
        return {"setting_id": rows[0]["id"]}

    async def _skill(self, *, shared: bool) -> dict[str, str]:
        answer = await self.people["owner"].post("/v1/skills", json=skill_body(self.project, shared=shared))
        assert answer.status_code == 201, answer.text
        return {"skill_id": answer.json()["id"]}

    async def _conversation(self, *, shared: bool) -> dict[str, str]:
        del shared
        answer = await self.people["owner"].post("/v1/conversations", json={})
        assert answer.status_code == 200, answer.text
        return {"conversation_id": answer.json()["id"], "history_index": "0", "variant": "0"}


def assistant_body(project: str, *, shared: bool = False) -> dict[str, Any]:
    """An assistant as the official SDK sends it."""
    return {
        "name": fresh("assistant"), "description": "Made by a test", "system_prompt": "Be brief.", "project": project,
        "context": [], "llm_model_type": "mock", "toolkits": [], "shared": shared, "is_global": False,
    }  # fmt: skip


def skill_body(project: str, *, shared: bool = False) -> dict[str, Any]:
    """A skill as the official SDK sends it."""
    return {
        "name": fresh("skill").replace("_", "-"), "description": "Made by a test", "content": "Do it well. " * 10,
        "project": project, "visibility": "project" if shared else "private", "categories": [],
    }  # fmt: skip


def guardrail_body(project: str) -> dict[str, Any]:
    """A guardrail as our own pages send it; good for trying it, too."""
    rules = [{"type": "phrase", "phrases": ["nothing"], "action": "mask"}]
    return {"project": project, "name": fresh("guardrail"), "rules": rules, "text": "Hello"}


async def build(platform: Platform, make_user: MakeUser) -> AsyncIterator[World]:
    """Everybody, and the project they stand in different relations to."""
    people = {role: await make_user(role.replace(" ", "-"), **flags) for role, flags in ROLES.items()}
    project = await new_project(people["owner"])
    for role, is_admin in (("member", False), ("project admin", True)):
        body = {"user_id": await id_of(people[role]), "is_project_admin": is_admin}
        answer = await people["owner"].post(f"/v1/projects/{project}/assignment", json=body)
        assert answer.status_code == 200, answer.text
    callers: dict[str, Caller] = {}
    for role, client in people.items():
        about = (await client.get("/v1/user")).json()
        callers[role] = Caller(
            id=about["user_id"],
            username=about["username"],
            name=about["name"],
            email=about["email"],
            projects=frozenset(about["applications"]),
            admin_projects=frozenset(about["applications_admin"]),
            is_admin=about["is_admin"],
            is_maintainer=about["is_maintainer"],
            is_auditor=about["is_auditor"],
            user_type=about["user_type"],
        )
    yield World(platform, people, callers, project)
