r"""The mock's script: a readable YAML of rules, the first that matches answers.

```yaml
rules:
  - name: greet Ada                     # shown in logs and errors
    when: {matches: "my name is (?P<who>\\w+)", model: "mock-*"}
    then: {reply: "Pleased to meet you, {who}."}
  - name: the provider is busy twice, then well
    when: {contains: "be busy"}
    then: {error: {status: 429, retry_after_seconds: 1}}
    times: 2
```

Every condition given in `when` must hold. Templates know `{prompt}`, `{model}`, `{turn}`, `{result}` (text of the last
tool result) and the groups of `matches`; an unknown name stays as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from codemie.kernel.documents import WatchedFile, read_document
from codemie.models.mock.request import ChatRequest

DEFAULT_RULES = Path(__file__).parent.parent / "data" / "mock-rules.yaml"
_LONGEST_MATCHED = 20_000
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Part):
    """When a rule answers; text conditions look at the user's last message."""

    matches: Annotated[str, AfterValidator(_compiled)] | None = Field(
        default=None, description="regular expression, searched"
    )
    contains: str | list[str] | None = Field(default=None, description="any of these, in any case")
    system_contains: str | None = Field(default=None, description="text of the system prompt, in any case")
    model: str | None = Field(default=None, description="name of the model, * and ? allowed")
    has_tool: str | None = Field(default=None, description="a tool offered, * and ? allowed")
    has_tools: bool | None = None
    after_tool: bool | str | None = Field(default=None, description="a tool has answered in this turn; or its name")
    has_image: bool | None = None
    turn: int | None = Field(default=None, ge=1, description="number of the user's message in the conversation")

    def groups(self, request: ChatRequest) -> dict[str, str] | None:
        """Return the named and numbered groups of `matches` when everything holds, else None."""
        if not all(check(self, request) for check in _CHECKS):
            return None
        if self.matches is None:
            return {}
        found = re.search(self.matches, request.prompt[:_LONGEST_MATCHED])
        if found is None:
            return None
        numbered = {str(n): group or "" for n, group in enumerate(found.groups(), 1)}
        return numbered | {name: group or "" for name, group in found.groupdict().items()}


class Fault(_Part):
    """An error the endpoint answers with instead of a reply."""

    status: int = Field(default=500, ge=400, le=599)
    code: str | None = None
    message: str = "The mock was told to fail."
    retry_after_seconds: float | None = Field(default=None, ge=0)


class CallTemplate(_Part):
    """A tool call; arguments left out are filled from the text and the tool's schema."""

    name: str
    arguments: dict[str, Any] | None = None


class Action(_Part):
    """What a rule does; `reply`, `json` and tool calls may stand together with the delays and the broken forms."""

    reply: str | None = None
    structured: Any = Field(default=None, alias="json", description="answered as JSON text")
    tool_call: CallTemplate | None = None
    tool_calls: list[CallTemplate] = []
    malformed_tool_call: str | None = Field(
        default=None, description="call this tool with arguments that are not JSON; of `*` the last tool offered"
    )
    error: Fault | None = None
    delay_seconds: float = Field(default=0, ge=0, le=3600, description="before the first token")
    token_delay_seconds: float = Field(default=0, ge=0, le=60, description="between tokens")
    truncate_after_tokens: int | None = Field(
        default=None, ge=0, description="the connection breaks after so many tokens"
    )
    endless: bool = Field(default=False, description="the reply repeats and never ends")

    @property
    def answers(self) -> bool:
        """Whether the rule says what to answer; otherwise it only changes how the usual answer arrives."""
        return any(
            (self.reply is not None, self.structured is not None, self.calls, self.malformed_tool_call, self.error)
        )

    @property
    def calls(self) -> list[CallTemplate]:
        """All tool calls of the rule."""
        return [self.tool_call, *self.tool_calls] if self.tool_call else self.tool_calls


class Rule(_Part):
    """One `when`/`then` pair; with `times` it answers only so often in the life of the process."""

    name: str = ""
    when: Condition = Condition()
    then: Action
    times: int | None = Field(default=None, ge=1)


class RuleFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    rules: list[Rule] = []

    @model_validator(mode="before")
    @classmethod
    def _empty_is_no_rules(cls, data: Any) -> Any:
        return {} if data is None else data


class RuleBook:
    """The rules in use, with the count of how often each limited one has answered."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules
        self._left = {index: rule.times for index, rule in enumerate(rules) if rule.times is not None}

    def match(self, request: ChatRequest) -> tuple[Action, Mapping[str, str]] | None:
        """Return the first rule that answers `request`, with the groups of its pattern."""
        for index, rule in enumerate(self._rules):
            if self._left.get(index) == 0:
                continue
            groups = rule.when.groups(request)
            if groups is not None:
                if index in self._left:
                    self._left[index] -= 1
                return rule.then, groups
        return None


def parse_rules(text: str, file: str) -> RuleBook:
    """Return the rules in `text`.

    Raises:
        DocumentError: naming file, line and key of everything wrong.
    """
    return RuleBook(read_document(text, file).validated(RuleFile).rules)


@lru_cache(maxsize=16)
def _watched(path: Path) -> WatchedFile[RuleBook]:
    return WatchedFile(path, parse_rules, fallback=DEFAULT_RULES)


def rules_file(path: Path | None = None) -> WatchedFile[RuleBook]:
    """Return the followed rule file at `path`; the packaged rules answer while it does not exist."""
    return _watched(path or DEFAULT_RULES)


def expand(template: str, values: Mapping[str, str]) -> str:
    """Replace `{name}` in `template` by its value; a plain replacement, nothing is evaluated."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)


def _contains(condition: Condition, request: ChatRequest) -> bool:
    wanted = [condition.contains] if isinstance(condition.contains, str) else condition.contains
    return wanted is None or any(text.lower() in request.prompt.lower() for text in wanted)


def _after_tool(condition: Condition, request: ChatRequest) -> bool:
    wanted = condition.after_tool
    if isinstance(wanted, str):
        return any(fnmatchcase(result.tool, wanted) for result in request.results)
    return wanted is None or wanted == bool(request.results)


_CHECKS = (
    lambda when, request: when.model is None or fnmatchcase(request.model, when.model),
    lambda when, request: when.turn is None or when.turn == request.turn,
    lambda when, request: when.has_tools is None or when.has_tools == bool(request.tools),
    lambda when, request: when.has_tool is None or any(fnmatchcase(tool.name, when.has_tool) for tool in request.tools),
    lambda when, request: when.has_image is None or when.has_image == bool(request.images),
    lambda when, request: when.system_contains is None or when.system_contains.lower() in request.system.lower(),
    _contains,
    _after_tool,
)
