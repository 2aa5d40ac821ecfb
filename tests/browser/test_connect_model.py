"""What the page about models tells those who edit the model file."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_look import violations
from tests.support import Platform


@pytest.fixture
def broken_models(platform: Platform) -> Iterator[None]:
    """A mistake in the model file of the platform, mended afterwards."""
    path = platform.home / "models.yaml"
    before = path.read_text() if path.exists() else None
    path.write_text("llm_models:\n  - base_nam: gpt\n")
    yield
    if before is None:
        path.unlink()
    else:
        path.write_text(before)


@pytest.mark.usefixtures("broken_models")
async def test_administrators_read_which_line_and_key_of_the_model_file_are_wrong(
    open_page: OpenPage, chief: Person
) -> None:
    page = await open_page("/models/connect", who=chief, policy=False)

    note = page.get_by_role("alert")
    await expect(note).to_contain_text("The model file is broken, and the last good version of it is in use")
    await expect(note).to_contain_text("models.yaml:2:5: llm_models[0].base_name: Field required")
    assert await violations(page) == []
