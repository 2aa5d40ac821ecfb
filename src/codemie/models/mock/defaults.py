"""What the mock answers when no rule speaks: quotes the context it was given, calls the tools it was asked to call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2

from codemie.models.mock.filling import fill
from codemie.models.mock.hints import Hints
from codemie.models.mock.passages import Passage, best_quote, keywords, passages, ranked
from codemie.models.mock.request import ChatRequest, ToolOutcome, ToolSpec

_MOST_CALLS = 5
"""Tool calls the mock makes in one turn before it answers."""
_MOST_NAMED = 8
"""Tools that an answer names which did nothing else."""
_LOOKED_AT = 1_000
"""Characters in which wishes are recognised: the patterns take quadratic time on text made to annoy them."""
_SEARCH_TOOLS = ("search_kb", "search_code")
_RECALL = re.compile(
    r"(?i)\b(?:what|which|who|where|when|do you|can you|did|how)\b"
    r".*\b(?:my|i|me|earlier|before|previous|remember|said|told|asked)\b"
)
_SAY = re.compile(
    r"(?i)\b(?:say|reply|respond|answer|repeat|echo|print|output|return|write)(?:\s+(?:with|only|just|exactly|back|me|the"
    r"|word|words|phrase|text|following|nothing but))*\s*:?\s*(?:\"([^\"]+)\"|'([^']+)'|`([^`]+)`)"
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_FILE = re.compile(r"[^\s()]{0,300}\.([A-Za-z]{1,8})(?:,| \(|\n)")
_DENIED = "Tool call was denied by the user."
"""What the agent loop tells a model instead of a result; known by its words, as over HTTP."""
_PAGE = re.compile(r"(?m)^Page (\d{1,6}):\n?")
_TOLD_WHOLE, _LONGEST_TOLD = 1_200, 4_000
"""Characters of a tool's text that are repeated as they are, and at most, where nothing in it answers."""
_SUM = re.compile(r"(?<![\w.])(-?\d{1,12})\s*([-+*x×])\s*(-?\d{1,12})(?![\w.])")
_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": int.__add__,
    "-": int.__sub__,
    **dict.fromkeys("*x×", int.__mul__),
}


@dataclass(frozen=True, slots=True)
class Call:
    """A tool to call with arguments as JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Text, tool calls, or both."""

    text: str
    calls: tuple[Call, ...] = ()


def answer(request: ChatRequest) -> Answer:
    """Return the default answer: tool calls that are still to be made, else the final one in the shape asked for."""
    calls = _calls(request)
    if calls:
        return Answer("", calls)
    said = spoken(request)
    if request.response_schema is not None:
        filled = fill(request.response_schema, Hints(request.prompt, said))
        return Answer(json.dumps(filled, ensure_ascii=False))
    return Answer(json.dumps({"answer": said}, ensure_ascii=False)) if request.json_mode else Answer(said)


def call(tool: ToolSpec, request: ChatRequest, free_text: str | None = None) -> Call:
    """Return a call of `tool` with arguments from the user's text, valid under the tool's schema."""
    hints = Hints(_without_name(request.prompt, tool.name), free_text or request.prompt)
    return Call(tool.name, json.dumps(fill(_needed(tool, hints), hints), ensure_ascii=False))


def spoken(request: ChatRequest) -> str:
    """Return the final answer as text."""
    for source in _SOURCES:
        if text := source(request):
            return text
    return _introduction(request)


def _calls(request: ChatRequest) -> tuple[Call, ...]:
    tools = [tool for tool in request.tools if tool.name not in _output_names(request)]
    if request.tool_choice == "none":
        return ()
    if request.tool_choice not in {"auto", "required"}:
        return tuple(call(tool, request) for tool in request.tools if tool.name == request.tool_choice)
    if wanted := _wanted(request, tools):
        return tuple(call(tool, request) for tool in wanted)
    ending = [tool for tool in request.tools if tool.name in _output_names(request)]
    if ending and (request.tool_choice == "required" or request.output_tools):
        return (call(ending[0], request, spoken(request)),)
    return (call(tools[0], request),) if request.tool_choice == "required" and tools and not request.results else ()


def _output_names(request: ChatRequest) -> frozenset[str]:
    """Tools that end the run; over HTTP pydantic-ai's are known by their name only."""
    return request.output_tools or frozenset(
        tool.name for tool in request.tools if tool.name.startswith("final_result")
    )


def _wanted(request: ChatRequest, tools: Sequence[ToolSpec]) -> list[ToolSpec]:
    """The tools to call now: those asked for by name one after the other, else every search, once a turn."""
    called = {result.tool for result in request.results}
    prompt = request.prompt[:_LOOKED_AT]
    named = [tool for tool in tools if _named(prompt, tool.name)]
    if named:
        longest = [tool for tool in named if not any(tool.name != o.name and tool.name in o.name for o in named)]
        return [tool for tool in longest if tool.name not in called][:1] if len(request.results) < _MOST_CALLS else []
    if called or not keywords(request.prompt):
        return []
    searches = [tool for tool in tools if tool.name.startswith(_SEARCH_TOOLS)]
    return searches[:_MOST_CALLS] or _delegates(request, tools)


def _delegates(request: ChatRequest, tools: Sequence[ToolSpec]) -> list[ToolSpec]:
    """The sub-assistant whose name and description share most words with the prompt."""
    agents = [tool for tool in tools if tool.name.startswith("transfer_to_")]
    best = ranked(request.prompt, [f"{tool.name.replace('_', ' ')} {tool.description}" for tool in agents])
    return [agents[best[0][1]]] if best else []


def _named(prompt: str, name: str) -> bool:
    words = [re.escape(word) for word in re.split(r"[_\W]+", name) if word]
    spelled = "_*" + r"[\s_-]+".join(words) + "_*"
    if not words or not re.search(rf"(?i)(?<!\w){spelled}(?!\w)", prompt):
        return False
    return (
        len(words) > 1
        or re.search(rf"(?i)\b(?:tool|call|use|run|invoke)\b.*\b{spelled}\b|\b{spelled}\b.*\btool\b", prompt)
        is not None
    )


def _without_name(prompt: str, name: str) -> str:
    return re.sub(rf"(?i)[\"'`]?(?<!\w){re.escape(name)}(?!\w)[\"'`]?", " ", prompt)


def _needed(tool: ToolSpec, hints: Hints) -> dict[str, object]:
    """The tool's schema without the optional arguments the text says nothing about."""
    properties = tool.parameters.get("properties") or {}
    required = tool.parameters.get("required") or []
    kept = {name: schema for name, schema in properties.items() if name in required or any(hints.named(name))}
    return {**tool.parameters, "type": "object", "properties": kept}


def _from_found(request: ChatRequest) -> str:
    """Quote the best passage that searches returned."""
    return _cited(request.prompt, [passage for result in request.results for passage in passages(result.text)])


def _from_tools(request: ChatRequest) -> str:
    return _told(request.prompt, [result for result in request.results if not result.tool.startswith(_SEARCH_TOOLS)])


def _from_searches(request: ChatRequest) -> str:
    """What is left to say when a search found nothing that shares a word with the question."""
    if any(passages(result.text) for result in request.results):
        return "None of the passages found answers this question."
    return _told(request.prompt, request.results)


def _told(question: str, results: Sequence[ToolOutcome]) -> str:
    return "\n\n".join(_told_of(question, result) for result in results)


def _told_of(question: str, result: ToolOutcome) -> str:
    if result.text.strip() == _DENIED:
        return f"The tool `{result.tool}` was not called, because you denied it."
    return f"The tool `{result.tool}` answered:\n\n{_gist(question, result.text)}"


def _gist(question: str, text: str) -> str:
    """The text when it is short, else the sentence of it that answers best, with its page."""
    text = text.strip()
    paragraphs = _PARAGRAPH.split(text)
    best = ranked(question, paragraphs) if len(text) > _TOLD_WHOLE else []
    if not best:
        return text[:_LONGEST_TOLD]
    place = best[0][1]
    pages = _PAGE.findall("\n".join(paragraphs[: place + 1]))
    quote = best_quote(question, _PAGE.sub("", paragraphs[place]))
    return f"“{quote}”" + (f" (page {pages[-1]})" if pages else "")


def _from_context(request: ChatRequest) -> str:
    """Answer from numbered passages put into the prompt itself."""
    return _cited(request.prompt, passages(request.system))


def _cited(question: str, found: Sequence[Passage]) -> str:
    best = _in_search_order(ranked(question, [passage.text for passage in found]))
    if not best:
        return ""
    top = found[best[0][1]]
    quote = best_quote(question, top.text)
    shown = (
        f"```{_language(top.text)}\n{quote}\n```\n\nSource: [{top.number}]"
        if "\n" in quote
        else f"“{quote}” [{top.number}]"
    )
    near = dict.fromkeys(found[index].number for score, index in best[1:4] if score >= 0.6 * best[0][0])
    others = ", ".join(f"[{number}]" for number in near if number != top.number)
    return f"From what was found:\n\n{shown}" + (f"\n\nSee also {others}." if others else "")


def _language(text: str) -> str:
    """The ending of the file that the first line of a passage names."""
    named = _FILE.match(text)
    return named[1].lower() if named else ""


def _in_search_order(scored: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Discount by place as DCG does: whoever searched saw more than shared words."""
    discounted = ((score / log2(place + 2), place) for score, place in scored)
    return sorted(discounted, key=lambda pair: (-pair[0], pair[1]))


def _exact(request: ChatRequest) -> str:
    match = _SAY.search(request.prompt[:_LOOKED_AT])
    return next((group for group in match.groups() if group), "") if match else ""


def _recalled(request: ChatRequest) -> str:
    if not request.earlier_user_texts or not _RECALL.search(request.prompt[:_LOOKED_AT]):
        return ""
    earlier = request.earlier_user_texts
    best = ranked(request.prompt, earlier)
    quote = best_quote(request.prompt, earlier[best[0][1]]) if best else earlier[-1][:400]
    return f"Earlier you wrote: “{quote}”"


def _calculated(request: ChatRequest) -> str:
    match = _SUM.search(request.prompt)
    if match is None or len(request.prompt) > 200:
        return ""
    left, operator, right = match.groups()
    return f"{left} {operator} {right} = {_OPERATIONS[operator](int(left), int(right))}"


def _pictures(request: ChatRequest) -> str:
    if not request.images:
        return ""
    count = f"{request.images} image{'s' if request.images > 1 else ''}"
    return f"I received {count} with your message “{request.prompt[:300]}”. The mock model does not look inside images."


_SOURCES = (_from_found, _from_tools, _exact, _recalled, _from_context, _pictures, _calculated, _from_searches)


def _introduction(request: ChatRequest) -> str:
    asked = " ".join(request.prompt.split())
    shown = asked if len(asked) <= 600 else f"{asked[:600]}…"
    heard = f"You wrote: “{shown}”" if shown else "You sent an empty message"
    silent = _output_names(request)
    callable_ = [t.name for t in request.tools if t.name not in silent and not t.name.startswith(_SEARCH_TOOLS)]
    names = [f"`{name}`" for name in callable_[:_MOST_NAMED]]
    tools = f"Tools that it calls when a message names them: {', '.join(names)}. " if names else ""
    return (
        f"{heard}\n\nThis is the built-in mock model `{request.model}`; no real language model has read it. "
        f"It can search the data sources of this assistant, call its tools by name and fill JSON schemas. {tools}"
        "For real answers, an administrator points a model in `models.yaml` at a real endpoint; no restart is needed."
    )
