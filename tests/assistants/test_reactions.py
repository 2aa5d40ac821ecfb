"""Likes, dislikes and favourites over HTTP."""

from typing import Any

import httpx2

from tests.assistants.conftest import Team, create, shown


async def react(client: httpx2.AsyncClient, assistant_id: str, reaction: str) -> dict[str, Any]:
    answer = await client.post(f"/v1/assistants/{assistant_id}/reactions", json={"reaction": reaction})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def outcome(reaction: str | None, likes: int, dislikes: int) -> dict[str, Any]:
    return {"success": True, "reaction": reaction, "like_count": likes, "dislike_count": dislikes, "error": None}


async def user_id(client: httpx2.AsyncClient) -> str:
    return str((await client.get("/v1/user")).json()["user_id"])


async def test_a_reaction_is_counted_replaced_and_taken_back(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, shared=True)
    assert await react(team.owner, assistant_id, "like") == outcome("like", 1, 0)
    assert await react(team.member, assistant_id, "like") == outcome("like", 2, 0)
    assert await react(team.member, assistant_id, "dislike") == outcome("dislike", 1, 1)
    assert await react(team.member, assistant_id, "dislike") == outcome(None, 1, 0)
    removed = await team.owner.delete(f"/v1/assistants/{assistant_id}/reactions")
    assert removed.json() == outcome(None, 0, 0)
    assert (await team.owner.delete(f"/v1/assistants/{assistant_id}/reactions")).json() == outcome(None, 0, 0)


async def test_counts_show_on_the_assistant_and_do_not_count_as_a_change(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, shared=True)
    before = (await shown(team.owner, assistant_id))["update_date"]
    await react(team.member, assistant_id, "like")
    assistant = await shown(team.owner, assistant_id)
    assert (assistant["unique_likes_count"], assistant["unique_dislikes_count"]) == (1, 0)
    assert assistant["update_date"] == before


async def test_only_what_one_may_read_can_be_liked(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    refused = await team.stranger.post(f"/v1/assistants/{assistant_id}/reactions", json={"reaction": "like"})
    assert refused.status_code == 401
    wrong = await team.owner.post(f"/v1/assistants/{assistant_id}/reactions", json={"reaction": "love"})
    assert wrong.status_code == 422


async def test_a_person_sees_their_own_reactions(team: Team, make_user: Any) -> None:
    person = await make_user("fan")
    liked = await create(team.owner, team.project, is_global=True, categories=["devops"], name="Liked")
    other = await create(team.owner, team.project, is_global=True, categories=["devops"])
    await react(person, liked, "like")
    await react(person, other, "dislike")
    await react(team.member, other, "like")
    items = (await person.get("/v1/user/reactions")).json()["items"]
    assert [(row["resourceId"], row["reaction"], row["resourceType"]) for row in items] == [
        (other, "dislike", "assistant"),
        (liked, "like", "assistant"),
    ]
    assert all(set(row) == {"resourceId", "reaction", "reactionAt", "resourceType"} for row in items)
    (full,) = (await person.get("/v1/user/reactions?include_details=true&reaction_type=like")).json()["items"]
    assert (full["resourceId"], full["name"], full["slug"], full["icon"]) == (liked, "Liked", full["slug"], None)
    assert (await person.get("/v1/user/reactions?resource_type=skills")).json() == {"items": []}
    await team.owner.delete(f"/v1/assistants/{other}")
    assert len((await person.get("/v1/user/reactions?resource_type=all")).json()["items"]) == 1


async def test_details_are_for_what_may_still_be_read(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, shared=True, name="Once open")
    await react(team.member, assistant_id, "like")
    await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "Once open", "shared": False})
    items = (await team.member.get("/v1/user/reactions?include_details=true")).json()["items"]
    assert assistant_id not in [row["resourceId"] for row in items]


async def test_favourites_are_listed_with_filters_and_reactions(team: Team, make_user: Any) -> None:
    person = await make_user("collector")
    me = await user_id(person)
    path = f"/v1/preferences/{me}/favorites/assistants"
    assert (await person.get(path)).json() == {"data": [], "page": 0, "per_page": 12, "total": 0, "pages": 0}
    ids = [
        await create(team.owner, team.project, is_global=True, categories=[category], name=f"Favourite {category}")
        for category in ("devops", "training")
    ]
    hidden = await create(team.owner, team.project)
    saved = {"pinned_assistants": [ids[0]], "favorites": {"assistants": [*ids, hidden]}}
    assert (await person.put(f"/v1/preferences/{me}", json=saved)).status_code == 200
    await react(person, ids[0], "like")
    page = (await person.get(path)).json()
    assert (page["total"], page["pages"]) == (2, 1)
    by_id = {row["id"]: row for row in page["data"]}
    assert set(by_id) == set(ids)
    first = by_id[ids[0]]
    assert (first["is_favorited"], first["is_pinned"], first["is_liked"], first["is_disliked"]) == (
        True,
        True,
        True,
        False,
    )
    assert first["icon_url"] == ""
    assert first["user_abilities"] == ["read"]
    narrowed = (await person.get(path, params={"categories": ["training"], "search": "favourite"})).json()
    assert [row["id"] for row in narrowed["data"]] == [ids[1]]
    paged = (await person.get(path, params={"page": 1, "per_page": 1})).json()
    assert (len(paged["data"]), paged["total"], paged["pages"]) == (1, 2, 2)
    assert (await team.member.get(path)).status_code == 403
