"""Every tool for the web against services that know a few pages; who is offered which of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation, stream
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.conversations.test_equipment import offered
from tests.fakes.research_services import ENGINE, GOOGLE_KEY, KNOWN, TAVILY_KEY, ResearchServices
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People
from tests.support import Platform
from tests.toolkits.invoking import error, output, text

GOOGLE, TAVILY, PAGE = "google_search_tool_json", "tavily_search_results_json", "web_scrapper"
KIT = {"toolkit": "Research", "tools": [{"name": name} for name in (GOOGLE, TAVILY, "wikipedia", PAGE)]}
FEATURE = "/v1/config/declarations/features:webSearch"


@pytest.fixture
async def services(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ResearchServices]:
    """The services, where the platform looks for them, with their keys."""
    fake = ResearchServices()
    async with serving(fake) as url:
        fake.url = url
        keys = {
            "google_search_api_key": SecretStr(GOOGLE_KEY),
            "google_search_engine_id": ENGINE,
            "tavily_api_key": SecretStr(TAVILY_KEY),
        }
        addresses = {"google_search_url": url, "tavily_url": url, "wikipedia_url": url}
        settle(platform, monkeypatch, **keys, **addresses)
        yield fake


def settle(platform: Platform, monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    reach = platform.resources.toolkits.reach
    monkeypatch.setattr(reach, "settings", reach.settings.model_copy(update=values))


@pytest.fixture
async def model(platform: Platform) -> AsyncIterator[ScriptedModel]:
    async with scripted_model(platform) as scripted:
        yield scripted


@pytest.fixture
async def switched_on(make_user: MakeUser) -> AsyncIterator[None]:
    """Requests may ask for web search."""
    administrator = await make_user("administrator", is_admin=True)
    assert (await administrator.put(FEATURE, json={"settings": {"enabled": True}})).status_code == 200
    yield
    await administrator.delete(FEATURE)


async def test_google_finds_pages_and_its_key_stands_in_no_address(people: People, services: ResearchServices) -> None:
    found = await output(people.member, people, GOOGLE, query="fox")
    assert [item["title"] for item in found] == ["Red fox", "Arctic fox"]
    assert found[0] == {
        "title": "Red fox",
        "link": "https://wiki.example/wiki/Red_fox",
        "snippet": KNOWN["Red fox"],
    }
    assert await output(people.member, people, GOOGLE, query="unicorn") == []
    assert all(GOOGLE_KEY not in query.values() for query in services.queries)


async def test_tavily_finds_pages_with_what_they_say(people: People, services: ResearchServices) -> None:
    (found,) = await output(people.member, people, TAVILY, query="badger")
    assert (found["url"], found["content"]) == ("https://wiki.example/wiki/Badger", "Badgers dig setts.")
    services.faults.status(432, {"detail": {"error": "This request exceeds your plan's set usage limit."}})
    assert "usage limit" in await error(people.member, people, TAVILY, query="badger")


@pytest.mark.parametrize(
    ("tool", "wrong"),
    [(GOOGLE, {"google_search_api_key": SecretStr("wrong-key")}), (TAVILY, {"tavily_api_key": SecretStr("wrong-key")})],
)
@pytest.mark.usefixtures("services")
async def test_a_wrong_key_of_the_server_is_told_and_not_shown(
    people: People, platform: Platform, monkeypatch: pytest.MonkeyPatch, tool: str, wrong: dict[str, Any]
) -> None:
    settle(platform, monkeypatch, **wrong)
    said = await error(people.member, people, tool, query="fox")
    assert "API key" in said
    assert "wrong-key" not in said
    assert "Integrations page" not in said


async def test_without_a_key_a_search_says_what_is_missing(people: People) -> None:
    assert "toolkits.google_search_api_key" in await error(people.member, people, GOOGLE, query="fox")
    assert "toolkits.tavily_api_key" in await error(people.member, people, TAVILY, query="fox")


async def test_wikipedia_tells_how_the_best_articles_begin(people: People, services: ResearchServices) -> None:
    said = await text(people.member, people, "wikipedia", query="fox")
    assert said.index("# Red fox") < said.index("# Arctic fox")
    assert "https://wiki.example/wiki/Red_fox\n\nThe red fox is the largest" in said
    assert "no article" in await text(people.member, people, "wikipedia", query="unicorn")
    assert "must be set" in await error(people.member, people, "wikipedia", query=" ")
    services.faults.status(403, {"message": "Please respect our robot policy"})
    assert "robot policy" in await error(people.member, people, "wikipedia", query="fox")


async def test_a_page_is_read_as_markdown(people: People, services: ResearchServices) -> None:
    said = await text(people.member, people, PAGE, url=f"{services.url}/moved")
    assert said.startswith(f"Source: {services.url}/foxes\n\n# Foxes\n\n")
    assert f"Foxes **live** in [dens]({services.url}/wiki/Den_(home))." in said
    assert "- red\n- white" in said
    for unseen in ("steal", "color: red", "fox.png"):
        assert unseen not in said
    pictures = await text(
        people.member, people, PAGE, url=f"{services.url}/foxes", extract_images=True, extract_links=False
    )
    assert f"![A fox]({services.url}/fox.png)" in pictures
    assert "in dens." in pictures
    assert "Only [words](here)." in await text(people.member, people, PAGE, url=f"{services.url}/plain.txt")


async def test_a_page_that_cannot_be_read_says_why(people: People, services: ResearchServices) -> None:
    for url, words in {
        f"{services.url}/nowhere": "404",
        "http://169.254.169.254/latest/meta-data": "private, loopback or reserved",
        "file:///etc/passwd": "must begin with https://",
        "http://user:word@example.org/": "without a password",
    }.items():
        assert words in await error(people.member, people, PAGE, url=url)
    services.faults.binary()
    assert "cannot be read" in await error(people.member, people, PAGE, url=f"{services.url}/foxes")
    services.faults.redirect("http://169.254.169.254/")
    assert "private, loopback or reserved" in await error(people.member, people, PAGE, url=f"{services.url}/foxes")


async def test_a_page_written_to_take_long_does_not(people: People, services: ResearchServices) -> None:
    for piece in ("[](", "<head ", '[a](b "', "[![]((", "<b>"):
        services.faults.page(piece * 100_000)
        assert (await text(people.member, people, PAGE, url=f"{services.url}/foxes")).startswith("Source: ")


async def test_an_assistant_is_offered_no_search_that_has_no_key(
    people: People, model: ScriptedModel, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = await make_assistant(people.member, llm_model_type=model.name, toolkits=[KIT])
    await ask(people.member, assistant, "Hello")
    assert offered(model) == {"wikipedia", PAGE}
    settle(platform, monkeypatch, tavily_api_key=SecretStr(TAVILY_KEY))
    await ask(people.member, assistant, "Hello")
    assert offered(model) == {"wikipedia", PAGE, TAVILY}


async def test_people_are_shown_the_searches_that_have_a_key(
    people: People, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def shown() -> set[str]:
        kits = (await people.member.get("/v1/assistants/tools")).json()
        return {tool["name"] for kit in kits if kit["toolkit"] == "Research" for tool in kit["tools"]}

    assert await shown() == {"wikipedia", PAGE}
    settle(platform, monkeypatch, google_search_api_key=SecretStr(GOOGLE_KEY), google_search_engine_id=ENGINE)
    assert await shown() == {"wikipedia", PAGE, GOOGLE}


async def test_a_request_gets_web_search_only_where_the_installation_lets_it(
    people: People, model: ScriptedModel
) -> None:
    assistant = await make_assistant(people.member, llm_model_type=model.name)
    await ask(people.member, assistant, "Hello", enable_web_search=True)
    assert offered(model) == set()


@pytest.mark.usefixtures("switched_on", "services")
async def test_where_it_does_the_request_decides(people: People, model: ScriptedModel) -> None:
    assistant = await make_assistant(people.member, llm_model_type=model.name)
    await ask(people.member, assistant, "Hello", enable_web_search=True)
    assert offered(model) == {GOOGLE, TAVILY, PAGE}
    await ask(people.member, assistant, "Hello", enable_web_search=True, leave_out={"tools": [PAGE, GOOGLE]})
    assert offered(model) == {TAVILY}
    await ask(people.member, assistant, "Hello")
    assert offered(model) == set()


@pytest.mark.usefixtures("switched_on")
async def test_without_a_key_for_a_search_the_reply_says_so(people: People, model: ScriptedModel) -> None:
    assistant = await make_assistant(people.member, llm_model_type=model.name)
    conversation = new_conversation()
    answer = await ask(people.member, assistant, "Hello", enable_web_search=True, conversation_id=conversation)
    [told] = answer["thoughts"]
    assert (told["author_name"], told["error"]) == ("Web Search", True)
    assert "The web was not searched: this server has no key" in told["message"]
    assert "has no web search" in str(model.last)
    assert offered(model) == {PAGE}
    chunks = await stream(people.member, assistant, "Hello", enable_web_search=True)
    assert "Web Search" in [(chunk.get("thought") or {}).get("author_name") for chunk in chunks]
    await ask(people.member, assistant, "And now?", conversation_id=conversation)
    assert "web_search" not in str(model.last), "nothing that a model called"
