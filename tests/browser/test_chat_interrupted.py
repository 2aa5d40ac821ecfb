"""The server dies while an answer is written: the page comes back with it, and the answer is asked for again."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from codemie.kernel.database import Database
from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.conversations.rows import left_behind, messages
from tests.faults.api_process import api_process
from tests.support import Platform, until


@pytest.mark.process
@pytest.mark.timeout(240)
async def test_half_an_answer_is_kept_and_asked_for_again(
    open_page: OpenPage, person: Person, platform: Platform, database: Database, tmp_path: Path
) -> None:
    assistant = await person.add_assistant("Talker")
    async with api_process(platform.environment, tmp_path / "api.log") as api:
        page = await open_page(f"/chat?assistant={assistant}", at=replace(platform, url=api.url))
        await ask(page, "[mock:endless] Tell me more")
        await expect(page.get_by_text("And so on, And so on").first).to_be_visible(timeout=REPLY_SECONDS)
        conversation = page.url.rsplit("/", 1)[1]

        async def half_is_stored() -> bool:
            return any(row.message for row in await messages(database, conversation) if row.role == "Assistant")

        await until(half_is_stored, what="half of the answer")
        api.kill()
        await left_behind(database, conversation)
        await api.start()

        await expect(page.get_by_text("This answer was cut off before it was complete.")).to_be_visible(
            timeout=REPLY_SECONDS
        )
        await expect(page.get_by_text("And so on, And so on").first).to_be_visible()
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=REPLY_SECONDS)
        await page.get_by_role("button", name="Stop").click(timeout=REPLY_SECONDS)
        await expect(page.get_by_role("group", name="Answer 2 of 2")).to_be_visible(timeout=REPLY_SECONDS)
        await expect(page.get_by_text("You stopped this answer.")).to_be_visible(timeout=REPLY_SECONDS)
