"""How much script a page needs before it can be used."""

import gzip

import pytest
from playwright.async_api import Response, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_look import Traffic, violations, wait_until_settled

MOST_BYTES = 300_000


@pytest.mark.parametrize("signed_in", [True, False], ids=["chat", "sign-in"])
async def test_the_script_of_a_first_visit_is_small(open_page: OpenPage, person: Person, *, signed_in: bool) -> None:
    assistant = await person.add_assistant("Guide")
    page = await open_page("/favicon.svg", signed_in=signed_in)
    scripts: list[Response] = []

    def keep_script(response: Response) -> None:
        if response.request.resource_type == "script":
            scripts.append(response)

    page.on("response", keep_script)
    traffic = Traffic(page)
    await page.goto(f"/chat?assistant={assistant}")
    await expect(page.get_by_role("heading", name="Guide" if signed_in else "Sign in to CodeMie")).to_be_visible()
    await wait_until_settled(page, traffic)
    sizes = {response.url: len(gzip.compress(await response.body(), 6)) for response in scripts}
    assert 50_000 < sum(sizes.values()) <= MOST_BYTES, sizes


async def test_an_address_without_a_page_keeps_the_navigation(open_page: OpenPage) -> None:
    page = await open_page("/no/such/page")
    await expect(page.get_by_role("heading", name="This page does not exist")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("navigation").get_by_role("link", name="Knowledge").click()
    await expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()


async def test_a_first_visit_meets_no_error(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Guide")
    page = await open_page("/favicon.svg")
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    for path in ("/chat", "/assistants", f"/assistants/{assistant}"):
        async with page.expect_response(lambda answer: "/v1/user" in answer.url):
            await page.goto(path)
        await page.wait_for_load_state("networkidle")
    assert failed == []
