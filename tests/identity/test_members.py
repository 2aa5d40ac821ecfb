"""Members of projects: one by one, in bulk, from CSV."""

from contextlib import suppress

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import MakeUser
from tests.identity.administration import events, fresh, id_of, new_project
from tests.support import Platform

from codemie.identity.projects_members import MAX_CSV_BYTES, parse_csv
from codemie.kernel.errors import TooLarge, Unprocessable


def roles(detail: httpx2.Response) -> dict[str, bool]:
    return {row["user_id"]: row["is_project_admin"] for row in detail.json()["members"]}


async def test_a_member_joins_rises_and_leaves(make_user: MakeUser, platform: Platform) -> None:
    owner, member = await make_user("owner"), await make_user("member")
    name, member_id = await new_project(owner), await id_of(member)
    path = f"/v1/projects/{name}/assignment"
    body = {"user_id": member_id, "is_project_admin": False}

    joined = (await owner.post(path, json=body)).json()
    assert joined == {**body, "project_name": name, "message": joined["message"]}
    assert (await member.get(f"/v1/projects/{name}")).status_code == 200
    assert (await owner.post(path, json=body)).status_code == 409
    assert (await owner.put(f"{path}/{member_id}", json={"is_project_admin": True})).json()["is_project_admin"] is True
    assert (await member.patch(f"/v1/projects/{name}", json={"description": "x"})).status_code == 200
    assert (await owner.delete(f"{path}/{member_id}")).json()["is_project_admin"] is None
    assert (await member.get(f"/v1/projects/{name}")).status_code == 404
    told = [kind for kind, facts in await events(platform, member_id) if facts.get("project_name") == name]
    assert told == ["user.project.assigned", "user.project.role_updated", "user.project.removed"]


async def test_what_cannot_be_assigned(make_user: MakeUser) -> None:
    owner = await make_user("owner")
    path = f"/v1/projects/{await new_project(owner)}/assignment"
    assert (await owner.post(path, json={"user_id": "nobody", "is_project_admin": False})).status_code == 404
    assert (await owner.post(path, json={"user_id": "nobody", "role": "x"})).status_code == 422
    assert (await owner.put(f"{path}/nobody", json={"is_project_admin": True})).status_code == 404
    assert (await owner.delete(f"{path}/nobody")).status_code == 404
    assert (await owner.delete(f"{path}/{await id_of(owner)}")).status_code == 400


async def test_many_are_assigned_or_none(make_user: MakeUser) -> None:
    owner, first, second = [await make_user(name) for name in ("owner", "first", "second")]
    name = await new_project(owner)
    path = f"/v1/projects/{name}/assignments"
    one, two = [{"user_id": await id_of(person), "is_project_admin": False} for person in (first, second)]
    unknown = {"user_id": "nobody", "is_project_admin": False}
    assert (await owner.post(path, json={"users": [one, unknown]})).status_code == 404
    assert (await owner.post(path, json={"users": [one, one]})).status_code == 400
    assert (await owner.post(path, json={"users": []})).status_code == 422
    assert len(roles(await owner.get(f"/v1/projects/{name}"))) == 1
    await owner.post(path, json={"users": [one]})
    answer = (await owner.post(path, json={"users": [{**one, "is_project_admin": True}, two]})).json()
    assert (answer["total"], answer["project_name"]) == (2, name)
    assert [row["action"] for row in answer["results"]] == ["updated", "assigned"]

    assert (await owner.delete(path)).status_code == 422
    ids = [one["user_id"], two["user_id"]]
    assert (await owner.delete(path, params={"user_id": [*ids, "nobody"]})).status_code == 404
    assert (await owner.delete(path, params={"user_id": [*ids, await id_of(owner)]})).status_code == 400
    assert len(roles(await owner.get(f"/v1/projects/{name}"))) == 3
    removed = (await owner.delete(path, params={"user_id": ids})).json()
    assert [row["action"] for row in removed["results"]] == ["removed", "removed"]


async def test_a_file_is_judged_row_by_row_and_taken_as_a_whole(make_user: MakeUser) -> None:
    owner, member = await make_user("owner"), await make_user("member")
    name, address = await new_project(owner), str(member.email)  # type: ignore[attr-defined]
    path = f"/v1/projects/{name}/import-users"

    def upload(text: str) -> dict[str, tuple[str, bytes, str]]:
        return {"file": ("users.csv", text.encode(), "text/csv")}

    mixed = f"email,role\n{address.upper()},project_admin\nnobody@x.y,\n{address},king\n"
    judged = (await owner.post(f"{path}/validate", files=upload(mixed))).json()["users"]
    assert [(row["email"], row["role"]) for row in judged][:2] == [(address, "project_admin"), ("nobody@x.y", "user")]
    assert [bool(row["error"]) for row in judged] == [True, True, True]
    refused = await owner.post(path, files=upload(mixed))
    assert refused.status_code == 422
    assert [row["row"] for row in refused.json()["error"]["details"]["validation_errors"]] == [2, 3, 4]
    assert (await owner.post(path, files=upload("name\nx\n"))).status_code == 422
    done = (await owner.post(path, files=upload(f"Email\n{address}\n"))).json()
    assert done["results"] == [{"user_id": await id_of(member), "action": "assigned", "is_project_admin": False}]


@given(
    st.binary(max_size=400) | st.text(max_size=400).map(lambda text: ("email,role\n" + text).encode("utf-8", "ignore"))
)
def test_any_bytes_are_rows_or_a_clear_refusal(content: bytes) -> None:
    with suppress(Unprocessable):
        assert parse_csv(content)


def test_huge_files_are_refused() -> None:
    with pytest.raises(TooLarge):
        parse_csv(b"x" * (MAX_CSV_BYTES + 1))
    with pytest.raises(Unprocessable, match="1001 rows"):
        parse_csv(b"email\n" + b"a@b.c\n" * 1001)


async def test_names_of_projects_are_matched_whatever_their_case(make_user: MakeUser) -> None:
    owner = await make_user("owner")
    name = await new_project(owner, fresh("case"))
    assert (await owner.get(f"/v1/projects/{name.upper()}")).json()["name"] == name
    assert (await owner.post("/v1/projects", json={"name": name})).status_code == 409
