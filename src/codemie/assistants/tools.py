"""Everything an assistant brings along that a run may call: what it is given, then what it is taught."""

from dataclasses import dataclass

from codemie.assistants.assembly import ContextTools, Definition
from codemie.assistants.skill_tools import SkillTools
from codemie.identity.caller import Caller
from codemie.kernel.tools import Tool


@dataclass(frozen=True, slots=True)
class AssistantTools:
    """The tools of its data sources and servers, then its skills."""

    own: ContextTools
    skills: SkillTools

    async def __call__(self, caller: Caller, definition: Definition, passages: int) -> tuple[Tool, ...]:
        """The tools of one run.

        Raises:
            NotFound: a data source is gone, or nobody involved may read it any more.
            SignInRequired: MCP servers want the caller to sign in.
        """
        reaches_out = definition.sources or definition.servers or definition.skill_servers
        own = await self.own(caller, definition, passages) if reaches_out else ()
        return (*own, *self.skills(definition.lessons))
