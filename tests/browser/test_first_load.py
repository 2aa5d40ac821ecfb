"""How much script a page needs before it can be used."""

import gzip

import pytest
from playwright.async_api import Response, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_look import Traffic, wait_until_settled

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
