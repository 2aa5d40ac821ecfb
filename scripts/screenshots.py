"""Takes the pictures of the documentation: walks the README's tour on a running platform, in headless Chromium.

    codemiectl up                                  # in one terminal
    python scripts/screenshots.py URL E-MAIL PASSWORD   # in another

It adds a data source over this repository and an assistant, asks where passwords are hashed, and opens a citation;
then the audit log, for which the account must be a maintainer's.
"""

import argparse
import shutil
import time
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "docs" / "assets"
QUESTION = "Where are passwords hashed?"
NAME = "codemie"
ANSWER_MILLISECONDS = 180_000


def main() -> None:
    """Prepare over the API, then photograph chat and administration in both themes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for word in ("url", "email", "password"):
        parser.add_argument(word)
    given = parser.parse_args()
    with httpx2.Client(base_url=given.url, timeout=60) as client:
        login = client.post("/v1/local-auth/login", json={"email": given.email, "password": given.password})
        token = login.raise_for_status().json()["access_token"]
        # Cookie and header together are refused as ambiguous.
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {token}"
        project = client.get("/v1/user").raise_for_status().json()["projects"][0]["name"]
        add_source(client, project)
        assistant = add_assistant(client, project)
    ASSETS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for theme in ("light", "dark"):
            context = browser.new_context(
                base_url=given.url, viewport={"width": 1280, "height": 800}, color_scheme=theme, reduced_motion="reduce"
            )  # fmt: skip
            context.add_cookies([{"name": "codemie_access_token", "value": token, "url": given.url}])
            page = context.new_page()
            suffix = "" if theme == "light" else "-dark"
            photograph_chat(page, assistant, ASSETS / f"chat{suffix}.png")
            photograph_administration(page, suffix)
            context.close()
        browser.close()


def find_source(client: httpx2.Client) -> dict[str, Any] | None:
    """The row of our data source."""
    rows = client.get("/v1/index", params={"per_page": 100}).raise_for_status().json()["data"]
    return next((row for row in rows if row["repo_name"] == NAME), None)


def add_source(client: httpx2.Client, project: str) -> None:
    """A Git data source over this checkout, indexed to its end."""
    if find_source(client) is None:
        body = {
            "name": NAME,
            "description": "The source code of CodeMie",
            "project_name": project,
            "type": "code",
            "link": ROOT.as_uri(),
            "branch": "main",
            "indexType": "code",
            "filesFilter": "*.py\n*.md",
            "projectSpaceVisible": False,
        }
        client.post(f"/v1/application/{project}/index", json=body).raise_for_status()
    deadline = time.monotonic() + 600
    while not ((row := find_source(client)) and row["completed"]):
        if (row and row.get("error")) or time.monotonic() > deadline:
            raise SystemExit(f"The data source was not indexed: {row}")
        time.sleep(1)


def add_assistant(client: httpx2.Client, project: str) -> str:
    """An assistant over the data source."""
    body = {
        "name": "Code guide",
        "description": "Knows this code base and cites it.",
        "system_prompt": "Search before you answer, and cite the files.",
        "project": project,
        "llm_model_type": "mock-chat",
        "context": [{"context_type": "code", "name": NAME}],
        "conversation_starters": [QUESTION],
    }
    return str(client.post("/v1/assistants", json=body).raise_for_status().json()["assistantId"])


def photograph_chat(page: Page, assistant: str, path: Path) -> None:
    """Ask, wait for the answer, open its first citation, press the button."""
    page.goto(f"/chat?assistant={assistant}")
    page.get_by_role("textbox", name="Message").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible(timeout=ANSWER_MILLISECONDS)
    page.get_by_role("link", name="Source 1").first.click()
    expect(page.get_by_role("region", name="Passage")).to_be_visible(timeout=ANSWER_MILLISECONDS)
    page.screenshot(path=path)


def photograph_administration(page: Page, suffix: str) -> None:
    """The newest entry of the audit log beside the list."""
    page.goto("/administration/audit")
    page.get_by_role("table", name="Audit log").get_by_role("link").first.click()
    expect(page.get_by_role("dialog").locator("dl")).to_be_visible()
    page.screenshot(path=ASSETS / f"audit{suffix}.png")


if __name__ == "__main__":
    main()
