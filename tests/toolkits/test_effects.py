"""What a request does to a system, where systems delete by more than DELETE."""

import pytest

from codemie.integrations.trust import is_verified
from codemie.kernel.tools import Effect
from codemie.toolkits.arguments import effect_of_request
from codemie.toolkits.aws.operations import effect_of
from codemie.toolkits.queries import effect_of_query

NONE = "0" * 40
REQUESTS: list[tuple[str, str, object, Effect]] = [
    ("GET", "/projects/1/delete", None, "reads"),
    ("POST", "/projects/1/issues", {"title": "Delete me"}, "writes"),
    ("DELETE", "/projects/1", None, "destroys"),
    ("POST", "/api/v4/projects/1/jobs/2/erase", None, "destroys"),
    ("POST", "/rest/api/3/bulk/issues/delete", None, "destroys"),
    ("PUT", "/v1/items:deleteAll", None, "destroys"),
    ("POST", "/search?what=delete", None, "writes"),
    ("POST", "/undeleted", None, "writes"),
    ("POST", "/_apis/git/repositories/app/refs", [{"name": "refs/heads/x", "newObjectId": NONE}], "destroys"),
    ("POST", "/_apis/git/repositories/app/refs", [{"name": "refs/heads/x", "newObjectId": "1" * 40}], "writes"),
    ("POST", "/pushes", {"commits": [{"changes": [{"changeType": "delete", "item": {"path": "/a"}}]}]}, "destroys"),
    ("POST", "/repository/commits", {"actions": [{"action": "delete", "file_path": "a"}]}, "destroys"),
    ("POST", "/repository/commits", {"actions": [{"action": "update", "file_path": "a"}]}, "writes"),
]


@pytest.mark.parametrize(("method", "path", "body", "effect"), REQUESTS)
def test_a_request_is_weighed_by_all_it_says(method: str, path: str, body: object, effect: Effect) -> None:
    assert effect_of_request(method, path, body) == effect
    assert effect_of_query({"query": {"method": method, "url": path, "method_arguments": body}}) == effect


@pytest.mark.parametrize(
    "method", ["execute_statement", "batch_execute_statement", "start_query_execution", "execute_transaction"]
)
def test_statements_of_databases_may_do_anything(method: str) -> None:
    assert effect_of(method) == "destroys"


def test_certificates_are_checked_where_no_form_lets_people_choose() -> None:
    off = {"verify_ssl": False}
    assert is_verified("Git", off)
    assert is_verified("Jira", {"verify_ssl": "false"})
    assert not is_verified("Xray", off)
    assert not is_verified("Xray", {"verify_ssl": "false"})
    assert is_verified("Xray", {})
    assert is_verified("", off)
