"""How many tokens of earlier turns a run can be shown."""

import json

from codemie.agents.request import AgentRun, Turn
from codemie.conversations.settings import ConversationsSettings
from codemie.models.windows import context_window

_BYTES_PER_TOKEN = 4
_PER_MESSAGE = 8
_PER_IMAGE = 1_500
_USUAL_ANSWER = 4_096
_UNKNOWN_WINDOW = 128_000


def tokens(text: str) -> int:
    """About how many tokens a text is: counted in bytes, because scripts beyond Latin take more of both."""
    return len(text.encode(errors="surrogatepass")) // _BYTES_PER_TOKEN + 1


def of_turn(turn: Turn) -> int:
    """The same for a turn with its tool calls."""
    calls = (tokens(call.result) + tokens(json.dumps(call.arguments)) + _PER_MESSAGE for call in turn.calls)
    pictures = _PER_IMAGE * sum(len(call.pictures) for call in turn.calls)
    return tokens(turn.text) + _PER_MESSAGE + sum(calls) + pictures


def for_history(run: AgentRun, settings: ConversationsSettings) -> int:
    """What is left for earlier turns beside instructions, tools, question and answer.

    An eighth of what the model reads is kept for what its tools will say.
    """
    window = context_window(run.model) or _UNKNOWN_WINDOW
    answer = min(run.model.max_output_tokens or _USUAL_ANSWER, window // 4)
    own = tokens(run.instructions) + tokens(run.prompt) + _PER_IMAGE * len(run.images)
    tools = sum(tokens(tool.description) + tokens(json.dumps(tool.parameters)) for tool in run.tools)
    results = window // 8 if run.tools or run.sub_agents else 0
    return max(0, min(settings.history_tokens, window - answer - own - tools - results))
