"""Pages of Confluence, which are XHTML with macros, as Markdown and back.

Format: https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html. Macros become what
they show, as far as a page says what that is; the rest of the way goes a library.
"""

import asyncio
import re
from html import escape
from html.parser import HTMLParser
from typing import Any, cast

from markdown_it import MarkdownIt

_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_PANELS = frozenset({"info", "note", "warning", "tip", "panel", "expand", "success", "error"})
_PLAIN = {"task-list": ("<ul>", "</ul>"), "task": ("<li>", "</li>")}
_CODE = frozenset({"code", "noformat"})
_MOST = 400_000
"""Characters of a body that are looked at: a tool's result is shorter."""
_KINDS = ("storage", "view", "export_view", "styled_view")
_DEEP = 12


async def with_markdown(answer: Any) -> Any:
    """The JSON of an answer with Markdown in place of the bodies of pages, wherever they are in it."""
    return await asyncio.to_thread(_converted, answer, 0)


async def as_markdown(body: str) -> str:
    """One body."""
    return await asyncio.to_thread(_markdown, body)


def from_markdown(text: str) -> str:
    """Markdown as a body of a page; HTML in it stays text, so that nobody writes macros by accident."""
    return MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable("table").render(text)


def _converted(part: Any, depth: int) -> Any:
    if depth > _DEEP:
        return part
    if isinstance(part, list):
        return [_converted(item, depth + 1) for item in cast("list[Any]", part)]
    if not isinstance(part, dict):
        return part
    fields = cast("dict[str, Any]", part)
    return {
        name: {**item, "value": _markdown(item["value"]), "representation": "markdown"}
        if name in _KINDS and isinstance(item, dict) and isinstance(item.get("value"), str)
        else _converted(item, depth + 1)
        for name, item in fields.items()
    }


def _markdown(body: str) -> str:
    # It costs a tenth of a second, once: most processes never need it.
    from kreuzberg import ConcurrencyConfig, ExtractionConfig, extract_bytes_sync

    page = _Shown()
    page.feed(_CDATA.sub(lambda found: escape(found[1], quote=False), body[:_MOST]))
    page.close()
    html = "".join(page.parts)
    if not html.strip():
        return ""
    config = ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format="markdown",
        concurrency=ConcurrencyConfig(max_threads=1),
    )
    return extract_bytes_sync(f"<body>{html}</body>".encode(), "text/html", config).content.strip()


class _Shown(HTMLParser):
    """Rewrites the elements of Confluence as plain HTML that shows the same."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._macros: list[str] = []
        self._parameter: str | None = None
        self._language = ""
        self._link: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        prefix, _, name = tag.partition(":")
        if prefix == "ac":
            self._open(name, named)
        elif prefix == "ri":
            self._refer(name, named)
        else:
            if tag == "time":
                self.parts.append(escape(named.get("datetime", "")))
            shown = "".join(
                f' {key}="{escape(value)}"' for key, value in named.items() if key in ("href", "src", "alt")
            )
            self.parts.append(f"<{tag}{shown}>")

    def handle_endtag(self, tag: str) -> None:
        prefix, _, name = tag.partition(":")
        if prefix == "ac":
            self._close(name)
        elif prefix != "ri":
            self.parts.append(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if ":" in tag:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self._parameter is None:
            self.parts.append(escape(data, quote=False))
        elif self._parameter == "language":
            self._language = data.strip()
        elif self._parameter == "task-status":
            self.parts.append("[x] " if data.strip() == "complete" else "[ ] ")
        elif self._parameter == "title" and self._macros and self._macros[-1] in _PANELS:
            self.parts.append(f"<p><strong>{escape(data)}</strong></p>")

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        macro = self._macros[-1] if self._macros else ""
        match name:
            case "structured-macro" | "macro":
                self._macros.append(attributes.get("ac:name", ""))
                self._language = ""
                if self._macros[-1] in _PANELS:
                    self.parts.append("<blockquote>")
            case "parameter" | "task-id" | "task-uuid" | "task-status":
                self._parameter = attributes.get("ac:name", name)
            case "plain-text-body" if macro in _CODE:
                self.parts.append(f'<pre><code class="language-{escape(self._language)}">')
            case "link":
                self._link.append("")
            case "link-body" | "plain-text-link-body":
                self._link[-1:] = [""]  # its words, not the title of what it leads to
            case "emoticon":
                self.parts.append(escape(attributes.get("ac:emoji-fallback", "")))
            case _:
                self.parts.append(_PLAIN.get(name, ("", ""))[0])

    def _close(self, name: str) -> None:
        macro = self._macros[-1] if self._macros else ""
        match name:
            case "structured-macro" | "macro" if self._macros:
                if self._macros.pop() in _PANELS:
                    self.parts.append("</blockquote>")
            case "parameter" | "task-id" | "task-uuid" | "task-status":
                self._parameter = None
            case "plain-text-body" if macro in _CODE:
                self.parts.append("</code></pre>")
            case "link" if self._link:
                self.parts.append(escape(self._link.pop()))
            case _:
                self.parts.append(_PLAIN.get(name, ("", ""))[1])

    def _refer(self, name: str, attributes: dict[str, str]) -> None:
        """What a link or a picture leads to."""
        title = attributes.get("ri:content-title") or attributes.get("ri:filename") or attributes.get("ri:value", "")
        user = attributes.get("ri:account-id") or attributes.get("ri:username") or attributes.get("ri:userkey")
        if self._link:
            self._link[-1] = f"@{user}" if user else title
        elif name in ("attachment", "url") and title:
            self.parts.append(f'<img src="{escape(title)}" alt="{escape(title)}">')
