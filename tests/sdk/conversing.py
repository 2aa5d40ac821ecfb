"""Conversations, files and workspaces with the official SDK, run by the SDK's own Python; prints one JSON object.

Usage: conversing.py URL EMAIL PASSWORD ADMIN_EMAIL ADMIN_PASSWORD FOLDER
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests  # noqa: TID251 - what the SDK raises
from codemie_sdk import CodeMieClient
from codemie_sdk.models.assistant import AssistantChatRequest, AssistantCreateRequest
from codemie_sdk.models.conversation import (
    ConversationCreateRequest,
    FeedbackAuthor,
    FeedbackCreateRequest,
    FeedbackDeleteRequest,
    FeedbackMark,
    HistoryItem,
    UpdateConversationFolderRequest,
    UpdateConversationRequest,
    UpdateHistoryByIndexRequest,
    UpsertHistoryRequest,
)


def signed_in(url: str, email: str, password: str) -> CodeMieClient:
    """A client of that person."""
    return CodeMieClient(
        auth_server_url=url, auth_realm_name="", codemie_api_domain=url, username=email, password=password
    )


def refused(call: Any, *arguments: Any) -> str:
    """The status that the SDK complains about."""
    try:
        call(*arguments)
    except requests.HTTPError as error:
        return str(error.response.status_code)
    except Exception as error:  # noqa: BLE001 - whatever it is called, its text holds the status
        return next((status for status in ("400", "401", "403", "404", "409") if status in str(error)), repr(error))
    return "passed"


def main(url: str, me: tuple[str, str], admin: tuple[str, str], folder: Path) -> dict[str, Any]:
    """Every public method of the three services."""
    mine, theirs = signed_in(url, *me), signed_in(url, *admin)
    project = me[0]
    assistant = mine.assistants.create(
        AssistantCreateRequest(
            name="Conversing", description="Talks", system_prompt="Talk.", project=project,
            llm_model_type="mock-chat", toolkits=[],
        )
    ).assistant_id  # fmt: skip
    seen: dict[str, Any] = {}
    conversations(mine, theirs, assistant, seen)
    files(mine, theirs, assistant, folder, seen)
    workspaces(mine, seen)
    seen["delete_all"] = [mine.conversations.delete_all().message, len(mine.conversations.list())]
    return seen


def conversations(mine: CodeMieClient, theirs: CodeMieClient, assistant: str, seen: dict[str, Any]) -> None:
    """The conversation service."""
    service = mine.conversations
    made = service.create(ConversationCreateRequest(initial_assistant_id=assistant, folder="sdk"))["id"]
    asked = AssistantChatRequest(text="Hello", conversation_id=made, stream=False)
    mine.assistants.chat(assistant, asked)
    seen["list"] = made in [row.id for row in service.list()]
    seen["list_by_assistant_id"] = [row.id for row in service.list_by_assistant_id(assistant)] == [made]
    seen["get_conversation"] = [item.role for item in service.get_conversation(made).history]
    changed = service.update(made, UpdateConversationRequest(name="Renamed", pinned=True))
    seen["update"] = [changed.conversation_name, changed.pinned]
    seen["list_folders"] = [row.folder_name for row in service.list_folders()]
    seen["create_folder"] = service.create_folder(UpdateConversationFolderRequest(folder="two")).message
    seen["update_folder"] = service.update_folder("two", UpdateConversationFolderRequest(folder="three")).message
    seen["delete_folder"] = service.delete_folder("three").message
    edited = service.update_history_by_index(made, UpdateHistoryByIndexRequest(messageIndex=0, message="Edited"))
    seen["update_history_by_index"] = [len(edited.history), edited.history[3].message]
    feedback(mine, made, assistant, seen)
    shared = service.share_conversation(made)
    opened = theirs.conversations.get_shared_conversation(shared.token)
    seen["share"] = [shared.share_id == f"share_{made}", len(shared.token), opened.conversation.id == made]
    seen["delete_history_by_index"] = len(service.delete_history_by_index(made, 0).history)
    histories(mine, made, seen)
    finishing(mine, theirs, made, seen)
    seen["delete"] = service.delete(made)["message"]
    seen["gone"] = refused(service.get_conversation, made)


def feedback(mine: CodeMieClient, made: str, assistant: str, seen: dict[str, Any]) -> None:
    """A mark given and taken back."""
    service = mine.conversations
    given = service.create_feedback(
        FeedbackCreateRequest(
            conversation_id=made, message_index=1, assistant_id=assistant, request="Hello", response="",
            mark=FeedbackMark.WRONG, author=FeedbackAuthor.USER, comments="No",
        )
    )  # fmt: skip
    mark = service.get_conversation(made).history[1].userMark
    taken = service.delete_feedback(
        FeedbackDeleteRequest(
            conversation_id=made, feedback_id=given.id, message_index=1, assistant_id=assistant,
            author=FeedbackAuthor.USER,
        )
    )  # fmt: skip
    after = service.get_conversation(made).history[1].userMark
    seen["feedback"] = [mark.mark, mark.feedback_id == given.id, taken.message, after]


def histories(mine: CodeMieClient, made: str, seen: dict[str, Any]) -> None:
    """A history brought in, twice, and cleared."""
    service = mine.conversations

    def turn(index: int) -> list[HistoryItem]:
        now = datetime.now(UTC)
        return [
            HistoryItem(role=role, message=f"{role} {index}", historyIndex=index, date=now, fileNames=[])
            for role in ("User", "Assistant")
        ]

    counts = [service.upsert_history(f"{made}-in", UpsertHistoryRequest(history=turn(index))) for index in (0, 0, 1)]
    seen["upsert_history"] = [[count.new_messages, count.total_messages, count.created] for count in counts]
    seen["delete_history"] = len(service.delete_history(f"{made}-in").history)


def finishing(mine: CodeMieClient, theirs: CodeMieClient, made: str, seen: dict[str, Any]) -> None:
    """Closed by the owner, by an administrator, and seen by one."""
    seen["finish"] = [
        refused(theirs.conversations.finish, made),
        mine.conversations.finish(made).conversation_id == made,
        refused(mine.conversations.finish, made),
        refused(mine.conversations.delete_history, made),
        [row.id for row in mine.conversations.list(is_finished=True)] == [made],
    ]
    results = theirs.conversations.finish_bulk([made, f"{made}-in", "nothing"]).results
    seen["finish_bulk"] = [[result.already_finished, result.error] for result in results]
    page = theirs.conversations.list_admin(is_finished=True, per_page=200)
    seen["list_admin"] = [made in [row.id for row in page.data], page.pagination.page]


def files(mine: CodeMieClient, theirs: CodeMieClient, assistant: str, folder: Path, seen: dict[str, Any]) -> None:
    """The file service, and the files of a conversation."""
    paths = [folder / name for name in ("a.txt", "b.txt")]
    for path in paths:
        path.write_text(f"text of {path.name}")
    uploaded = mine.files.bulk_upload(paths)
    tokens = [file.file_url for file in uploaded.files]
    made = mine.conversations.create(ConversationCreateRequest(initial_assistant_id=assistant))["id"]
    mine.assistants.chat(
        assistant, AssistantChatRequest(text="Read", conversation_id=made, file_names=tokens[:1], stream=False)
    )
    link = mine.conversations.share_conversation(made).token
    seen["files"] = {
        "failed": uploaded.failed_files,
        "mine": mine.files.get_file(tokens[0]).decode(),
        "of_conversation": mine.conversations.get_files(made) == tokens[:1],
        "theirs": refused(theirs.files.get_file, tokens[0]),
        "shared": theirs.files.get_file(tokens[0], share_token=link).decode(),
        "not_shared": refused(theirs.files.get_file, tokens[1], link),
        "malformed": refused(mine.files.get_file, "not-a-token"),
    }


def workspaces(mine: CodeMieClient, seen: dict[str, Any]) -> None:
    """The workspace service."""
    service = mine.workspaces
    made = mine.conversations.create(ConversationCreateRequest())["id"]
    place = service.create(made, name="Work")
    again = service.create(made)
    written = service.write_file(place.id, "go.py", "open('out.txt', 'w').write('made'); print('ran')")
    done = service.execute_script(place.id, "go.py")
    seen["workspaces"] = {
        "idempotent": place.id == again.id == service.get_by_conversation(made).id,
        "missing": refused(service.get_by_conversation, "nothing"),
        "version": written.version,
        "executed": [done.output, [file.path for file in done.workspace_files], done.warnings],
        "read": service.read_file(place.id, "out.txt").content,
        "listed": [file.path for file in service.list_files(place.id)],
        "globbed": [file.path for file in service.list_files(place.id, glob="*.py")],
        "deleted": [service.delete_file(place.id, "out.txt").deleted, service.delete_file(place.id, "out.txt").deleted],
        "reserved": refused(service.write_file, place.id, "codemie_runtime_sdk.py", "x"),
    }


if __name__ == "__main__":
    url, email, password, admin_email, admin_password, folder = sys.argv[1:]
    sys.stdout.write(json.dumps(main(url, (email, password), (admin_email, admin_password), Path(folder))) + "\n")
