"""What an answer and its files look like: diagrams, formulas, tables, previews; and how files come in."""

import asyncio
import re

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations

RICH = """Energy is $E = mc^2$ and costs $5 or $10.

\\[\\int_0^1 x^2\\,dx\\]

```mermaid
flowchart LR
  A[Question] --> B[Answer]
```

```mermaid
flowchart LR
  A["<img src=x onerror='document.title=1'>"] --> B
  click A "javascript:alert(1)"
```

```mermaid
flowchart ???
```

| City | Price |
|---|---|
| Wien | 420 |
| =HYPERLINK("https://evil.example") | -3 |
"""


async def said(person: Person, answer: str) -> str:
    """A conversation whose one answer is this."""
    assistant = await person.add_assistant("Painter")
    history = [
        {"role": "User", "message": "Draw", "historyIndex": 0},
        {"role": "Assistant", "message": answer, "historyIndex": 0, "assistantId": assistant},
    ]
    body = {"assistant_id": assistant, "history": history}
    kept = await person.client.put(f"/v1/conversations/rich-{assistant}/history", json=body)
    assert kept.status_code == 201, kept.text
    return f"rich-{assistant}"


async def copied(page: Page) -> str:
    return str(await page.evaluate("navigator.clipboard.readText()"))


async def test_diagrams_and_formulas_are_drawn_and_hostile_ones_do_nothing(open_page: OpenPage, person: Person) -> None:
    page = await open_page(f"/chat/{await said(person, RICH)}")
    await expect(page.get_by_role("img", name=re.compile("^Diagram drawn from"))).to_have_count(2, timeout=60_000)
    await expect(page.locator(".katex")).to_have_count(2)
    await expect(page.get_by_text("costs $5 or $10.")).to_be_visible()
    await expect(page.get_by_text("This diagram cannot be drawn")).to_be_visible()
    assert await page.title() != "1"
    await page.get_by_role("button", name="Show the code").first.click()
    await expect(page.get_by_role("button", name="Show the diagram")).to_be_visible()


async def test_rich_answers_are_accessible_and_their_tables_go_to_spreadsheets(
    open_page: OpenPage, person: Person
) -> None:
    page = await open_page(f"/chat/{await said(person, RICH)}", theme="dark", policy=False)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await expect(page.locator(".katex").first).to_be_visible(timeout=60_000)
    assert await violations(page) == []
    await page.get_by_role("group", name="Table").hover()
    await page.get_by_role("button", name="Copy as CSV").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "Wien,420" in await copied(page)
    assert '"\'=HYPERLINK(""https://evil.example"")",-3' in await copied(page)


async def test_files_of_a_conversation_are_listed_and_shown(open_page: OpenPage, person: Person) -> None:
    conversation = await said(person, "Done.")
    opened = await person.client.post("/v1/workspaces", json={"conversation_id": conversation})
    files = {"report/prices.csv": 'city;price\nWien;"4;20"\n', "run.py": "print('hello')\n"}
    for name, content in files.items():
        body = {"file_path": name, "content": content}
        await person.client.put(f"/v1/workspaces/{opened.json()['id']}/files", json=body)
    page = await open_page(f"/chat/{conversation}", policy=False)
    await page.get_by_role("link", name="Files").click()
    panel = page.get_by_role("complementary", name="Files")
    await panel.get_by_role("link", name=re.compile("^report.prices.csv")).click()
    await expect(panel.get_by_role("cell", name="4;20")).to_be_visible()
    assert await violations(page) == []
    async with page.expect_download() as saving:
        await panel.get_by_role("link", name="Download report/prices.csv").click()
    assert (await saving.value).suggested_filename == "prices.csv"
    await page.reload()
    await panel.get_by_role("link", name="All files").click()
    await panel.get_by_role("link", name=re.compile("^run.py")).click()
    await expect(panel.get_by_text("print('hello')")).to_be_visible()


DROP = """() => {
  const data = new DataTransfer();
  data.items.add(new File(["The code word is heron."], "dropped.txt", {type: "text/plain"}));
  const send = kind => document.querySelector("h1").dispatchEvent(
    new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
  send("dragover");
  return new Promise(done => setTimeout(() => {
    const said = document.body.innerText.includes("Drop files to attach them");
    send("drop");
    done(said);
  }, 100));
}"""
PASTE = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 8, height: 8});
  const blob = await new Promise(done => canvas.toBlob(done));
  for (let time = 0; time < 2; time += 1) {
    const data = new DataTransfer();
    data.items.add(new File([blob], "image.png", {type: "image/png"}));
    document.body.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, cancelable: true, clipboardData: data}));
  }
}"""


async def test_files_are_dropped_and_pictures_pasted_anywhere(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Reader")
    page = await open_page(f"/chat?assistant={assistant}")
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    assert await page.evaluate(DROP)
    await expect(page.get_by_role("button", name="Remove dropped.txt")).to_be_visible()
    await page.evaluate(PASTE)
    pictures = page.get_by_role("button", name=re.compile("^Remove pasted .*png$"))
    await expect(pictures).to_have_count(2)
    names = await asyncio.gather(*(button.get_attribute("aria-label") for button in await pictures.all()))
    assert len(set(names)) == 2
    await ask(page, "What is this?")
    await expect(page.get_by_role("img", name=re.compile("^pasted"))).to_have_count(2, timeout=REPLY_SECONDS)


async def test_a_mentioned_assistant_answers_in_the_same_conversation(open_page: OpenPage, person: Person) -> None:
    first = await person.add_assistant("Alpha Helper")
    await person.add_assistant("Beta Helper")
    page = await open_page(f"/chat?assistant={first}", policy=False)
    await ask(page, "Hello")
    await expect(page.get_by_role("button", name="Good answer")).to_be_visible(timeout=REPLY_SECONDS)
    box = page.get_by_role("textbox", name="Message")
    await box.press_sequentially("@Beta")
    await expect(page.get_by_role("option", name="Beta Helper")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("")
    await box.fill("And you?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Good answer")).to_have_count(2, timeout=REPLY_SECONDS)
    await expect(page.get_by_role("heading", name="Beta Helper")).to_be_visible()
    await expect(page.get_by_role("heading", name="Alpha Helper")).to_be_visible()


async def test_values_that_instructions_refer_to_are_asked_for_once(open_page: OpenPage, person: Person) -> None:
    variables = [{"key": "team", "description": "Your team", "default_value": ""}]
    assistant = await person.add_assistant("Planner", system_prompt="Plan for {{team}}.", prompt_variables=variables)
    page = await open_page(f"/chat?assistant={assistant}", policy=False)
    form = page.get_by_role("form", name="Planner needs to know")
    await form.get_by_label("Your team").fill("Blue")
    assert await violations(page) == []
    await form.get_by_role("button", name="Save and go on").click()
    await expect(form).to_be_hidden()
    await page.reload()
    await expect(page.get_by_role("textbox", name="Message")).to_be_enabled()
    await expect(form).to_be_hidden()
