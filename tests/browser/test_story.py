"""One story from a template to a shared, exported conversation, with pictures for the docs."""

import re

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.conftest import OpenPage, Portrait
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations

LEASE = ("Lease of the workshop", "The notice period is six weeks.", "The rent is 1200 EUR a month.")


def pdf_of(lines: tuple[str, ...]) -> bytes:
    """A PDF of one page that says these lines."""
    fonts = "/Resources << /Font << /F1 5 0 R >> >>"
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    content = f"BT /F1 14 Tf 20 TL 72 720 Td {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R {fonts} >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = "%PDF-1.4\n", list[int]()
    for number, item in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{item}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return f"{body}{head}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n".encode()


async def from_template(page: Page, name: str) -> None:
    """Make an assistant from a template that asks before each tool call; it opens a chat."""
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_label("Name · required")).to_have_value(name)
    await page.get_by_role("radio", name="Always ask").click()
    await page.get_by_role("button", name="Create assistant").click()
    await page.wait_for_url("**/chat?assistant=*")


async def look(page: Page, name: str, portrait: Portrait) -> None:
    """Check the page as it is now in both themes, and let its picture be taken."""
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme)
        assert await violations(page) == [], f"{name}, {theme}"
    await page.emulate_media(color_scheme="light")
    await portrait(page, name)


@pytest.mark.timeout(300)
async def test_from_a_template_to_a_shared_and_exported_conversation(open_page: OpenPage, portrait: Portrait) -> None:
    page = await open_page("/assistants/new", policy=False)
    await from_template(page, "Document Analyst")
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()

    lease: FilePayload = {"name": "lease.pdf", "mimeType": "application/pdf", "buffer": pdf_of(LEASE)}
    await page.locator("input[type=file]").set_input_files(lease)
    await ask(page, "What is the notice period of the lease?")
    card = page.get_by_role("region", name="This tool call needs your approval")
    await expect(card).to_be_focused(timeout=REPLY_SECONDS)
    await look(page, "chat-approval", portrait)
    await page.keyboard.press("a")
    answers = page.get_by_role("button", name="Good answer")
    await expect(answers).to_be_visible(timeout=REPLY_SECONDS)
    await expect(page.get_by_role("paragraph").filter(has_text="six weeks").first).to_be_visible()

    await page.get_by_role("button", name="Edit message").click()
    await page.get_by_role("textbox", name="Edit message").fill("How much is the rent in the lease?")
    await page.get_by_role("button", name="Send").first.click()
    await card.get_by_role("button", name="Allow").click(timeout=REPLY_SECONDS)
    versions = page.get_by_role("group", name="Answer 2 of 2")
    await expect(versions).to_be_visible(timeout=REPLY_SECONDS)
    await page.get_by_role("button", name="Previous answer").click()
    await expect(page.get_by_text("What is the notice period of the lease?").last).to_be_visible()
    await look(page, "chat-versions", portrait)

    await page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share this conversation")
    await dialog.get_by_role("button", name="Create link").click()
    link = dialog.get_by_role("textbox", name="Link")
    await expect(link).to_have_value(re.compile("/share/conversations/[A-Za-z0-9]{12}$"))
    shared = await link.input_value()
    await look(page, "chat-share", portrait)
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as saving:
        await page.get_by_role("menuitem", name="PDF").click()
    assert (await (await saving.value).path()).read_bytes().startswith(b"%PDF")

    await page.goto(shared)
    await expect(page.get_by_text("to read only")).to_be_visible()
    await look(page, "chat-shared", portrait)
