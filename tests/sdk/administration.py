"""An administrator's day with the official SDK, run by the SDK's own Python; prints one JSON object.

Usage: administration.py URL EMAIL PASSWORD
"""

import json
import sys
import uuid
from typing import Any

from codemie_sdk import CodeMieClient
from codemie_sdk.models.admin import ApplicationCreateRequest
from codemie_sdk.models.project import BulkAssignmentUserItem


def main(url: str, email: str, password: str) -> dict[str, Any]:
    """A user, a project, members, the log, and everything gone again."""
    client = CodeMieClient(
        auth_server_url=url, auth_realm_name="", codemie_api_domain=url, username=email, password=password
    )
    mark = uuid.uuid4().hex[:8]
    seen = users(client, mark)
    seen |= projects(client, mark, seen["user_id"])
    seen |= log(client, seen["user_id"])
    client.users.deactivate_user(seen["user_id"])
    seen["deactivated"] = not client.users.get_admin_user(seen["user_id"]).is_active
    client.users.reactivate_user(seen["user_id"])
    seen["reactivated"] = client.users.get_admin_user(seen["user_id"]).is_active
    client.admin.delete_user(seen["user_id"])
    return seen


def users(client: CodeMieClient, mark: str) -> dict[str, Any]:
    """Create, list, change; projects of the user."""
    name, project = f"sdk-{mark}", f"assigned_{mark}"
    made = client.admin.create_local_user(f"{name}@codemie.test", name, f"passphrase-{mark}")
    changed = client.users.update_admin_user(made.id, name=f"Sdk {mark}", is_auditor=True)
    client.admin.create_application(ApplicationCreateRequest(name=project))
    client.users.assign_user_to_project(made.id, project_name=project, is_project_admin=False)
    client.users.update_user_project_role(made.id, project_name=project, is_project_admin=True)
    client.users.set_default_project(made.id, project)
    held = {row.project_name: row for row in client.users.get_user_projects(made.id)}
    client.users.clear_default_project(made.id, project)
    client.users.remove_user_from_project(made.id, project)
    return {
        "user_id": made.id,
        "found": [row.name for row in client.users.list_admin_users(search=mark, filters='{"is_auditor": true}').data],
        "listed": [row.username for row in client.admin.list_users(search=mark)] == [name],
        "name": changed.name,
        "default": held[project].is_default and held[project].is_project_admin,
        "applications": client.admin.list_applications(project) == [project],
    }


def projects(client: CodeMieClient, mark: str, user_id: str) -> dict[str, Any]:
    """Create, list, change, members, ownership, delete."""
    name = f"sdk-{mark}"
    client.projects.create_project(name=name, description="Made by the SDK")
    client.projects.update_project(name, display_name="Made by SDK")
    rows = client.projects.list_projects(search=name).data
    me = client.users.about_me()
    client.projects.assign_user_to_project(name, user_id, is_project_admin=False)
    client.projects.update_user_project_assignment(name, user_id, is_project_admin=True)
    many = [BulkAssignmentUserItem(user_id=user_id, is_project_admin=False)]
    updated = client.projects.bulk_assign_users_to_project(name, many)
    client.projects.transfer_ownership(name, user_id)
    client.projects.transfer_ownership(name, me.user_id)
    detail = client.projects.get_project_detail(name)
    removed = client.projects.bulk_remove_users_from_project(name, [user_id])
    return {
        "display_name": [row.display_name for row in rows],
        "members": len(detail.members),
        "bulk": [row.action for row in [*updated.results, *removed.results]],
        "deleted": client.projects.delete_project(name).name == name,
    }


def log(client: CodeMieClient, user_id: str) -> dict[str, Any]:
    """What was written down about the user."""
    page = client.activity_events.list_events(entity_id=user_id, sort_dir="asc", limit=100)
    options = client.activity_events.get_filter_options()
    return {"events": [event.event_type for event in page.data], "domains": options.domains}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3])) + "\n")
