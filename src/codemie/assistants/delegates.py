"""The other assistants that an assistant may hand tasks to, as tools its model can call."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.agents.request import AgentRun, SubAgent
from codemie.assistants import repository, setup_repository
from codemie.assistants.assembly import Definition
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.kernel import row_security
from codemie.kernel.telemetry import get_logger
from codemie.skills import attachment_repository

log = get_logger(__name__)

GENERAL_PURPOSE = "GENERAL_PURPOSE_SUBAGENT"
_GENERAL_PROMPT = (
    "You carry out one task for another assistant. Work on it by yourself with your tools until it is done, then "
    "answer with the result and nothing else: your answer is all the other assistant sees. Say plainly what you could "
    "not do."
)
_LONGEST_NAME = 64
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


async def usable(session: AsyncSession, caller: Caller, parent: Definition) -> list[Definition]:
    """The sub-assistants of `parent` that this caller may use through it, in its order; others are left out."""
    # Another project's sub-assistant may be lent through its parent: `may_delegate` decides.
    async with row_security.beyond(session, "lend to an assistant"):
        found = await repository.find_guarded(session, parent.assistant_ids)
    own = await setup_repository.values_of(session, found, caller.id)
    skills: dict[str, list[str]] = defaultdict(list)
    for assistant_id, skill_id in await attachment_repository.pairs(session, found):
        skills[assistant_id].append(skill_id)
    subs: list[Definition] = []
    for sub_id in parent.assistant_ids:
        definition = None
        if sub_id in found:
            assistant, guards = found[sub_id]
            definition = Definition.of(assistant, skills[sub_id], own.get(sub_id, ()), guards)
        if definition is not None and may_delegate(caller, parent, definition):
            subs.append(definition)
        else:
            log.warning("sub_assistant_left_out", assistant=parent.id, sub_assistant=sub_id)
    return subs


def may_delegate(caller: Caller, parent: Definition, sub: Definition) -> bool:
    """Whether the caller may use `sub` through `parent`: by their own right, or because the parent's author may.

    What others share in the project is for who is in that project still, unless the parent is published.
    """
    if decide(caller, "read", sub.resource()):
        return True
    if not parent.id:
        return False
    if sub.owner_id is not None and sub.owner_id == parent.owner_id:
        return True
    return sub.shared and sub.project == parent.project and (parent.is_global or caller.can_use_project(parent.project))


def sub_agents(subs: list[tuple[Definition, AgentRun]], general: AgentRun | None) -> tuple[SubAgent, ...]:
    """Each under a name of its own; `general` is the parent's own run, cloned for tasks that need no specialist."""
    naming = _naming()
    agents = [SubAgent(naming(sub.name, sub.id), _described(sub), sub.name, run) for sub, run in subs]
    if general is not None:
        clone = replace(general, instructions=_GENERAL_PROMPT, history=(), output_schema=None, question=None)
        description = "Hand over a task that needs several steps but no specialist; it has the same tools as you."
        agents.append(SubAgent(naming("general purpose", GENERAL_PURPOSE), description, "General Purpose", clone))
    return tuple(agents)


def _described(sub: Definition) -> str:
    return f"Hand a task to the assistant '{sub.name}'. {sub.description}".strip()


def _naming() -> Callable[[str, str], str]:
    taken: set[str] = set()

    def named(name: str, identifier: str) -> str:
        """`transfer_to_<name>`; with a digest of the id where that is too long or taken."""
        tool = f"transfer_to_{_NOT_IN_A_NAME.sub('_', name.lower()).strip('_') or 'assistant'}"
        if len(tool) > _LONGEST_NAME or tool in taken:
            digest = sha256(identifier.encode()).hexdigest()[:8]
            tool = f"{tool[: _LONGEST_NAME - 9]}_{digest}"
        taken.add(tool)
        return tool

    return named
