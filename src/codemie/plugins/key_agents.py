"""Who is connected with a key, as people see it."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.integrations import repository
from codemie.integrations.plugin_key import PLUGIN
from codemie.integrations.tables import Integration
from codemie.kernel.database import Database
from codemie.kernel.http import Pagination
from codemie.plugins import rights_repository
from codemie.plugins.effects import effect_of
from codemie.plugins.keys_schemas import AgentTool, PluginAgent, PluginSession, PluginSessionPage
from codemie.plugins.keys_service import Keyring, key_of, readable
from codemie.plugins.naming import named
from codemie.plugins.rights import Rights, asks_about, permits
from codemie.plugins.sessions import Session
from codemie.plugins.wire.subjects import is_key


async def agents_of(database: Database, caller: Caller, ring: Keyring, setting_id: str) -> list[PluginAgent]:
    """Agents that are connected with a key now, and what they offer; the longest there first.

    Raises:
        NotFound: 404. BrokerAway: 503, nobody can be asked.
    """
    async with database.session() as session:
        row = await readable(session, caller, setting_id)
        rights = await rights_repository.rights_of(session, row.id)
    key = key_of(ring.vault, row)
    if ring.registry is None or not is_key(key):
        return []
    # Agents may be slow to answer: no transaction waits for them.
    found = sorted(await ring.registry.sessions(key), key=lambda one: (one.since, one.id))
    called = {(one.session.id, one.entry.name): one.name for one in named(found)}
    return [_view(one, rights, called) for one in found]


async def sessions(
    session: AsyncSession, caller: Caller, ring: Keyring, *, page: int, per_page: int
) -> PluginSessionPage:
    """Agents connected with any key that the caller may use, the longest there first; nobody is asked.

    Each process hears of agents when they connect and every minute, so one that just started soon knows all.
    """
    hashes = ring.registry.connected_keys() if ring.registry else []
    rows = await repository.usable_with_hashes(session, caller, PLUGIN, hashes) if hashes else []
    found = [(row, one) for row in rows for one in ring.known(row.lookup_hash or "")]
    found.sort(key=lambda pair: (pair[1].since, pair[1].id, pair[0].id))
    shown = found[page * per_page : (page + 1) * per_page]
    data = [_summary(row, one) for row, one in shown]
    return PluginSessionPage(data=data, pagination=Pagination.of(page, per_page, len(found)))


def _summary(row: Integration, session: Session) -> PluginSession:
    return PluginSession(
        key_id=row.id,
        key_alias=row.alias,
        project_name=row.project,
        session=session.id,
        label=session.label,
        version=session.abilities.agent,
        host=session.abilities.host,
        since=session.since,
        last_seen=session.seen_at,
        running=session.lane.running,
        waiting=session.lane.waiting,
        tools=list(session.tools),
    )


def _view(session: Session, rights: Rights, called: Mapping[tuple[str, str], str]) -> PluginAgent:
    tools = [
        AgentTool(
            name=tool.name,
            called=called[session.id, tool.name],
            description=tool.description,
            effect=effect_of(tool.name, tool.traits),
            is_permitted=permits(rights, tool.name, tool.traits),
            asks=asks_about(rights, tool.name, tool.traits),
        )
        for tool in session.tools.values()
    ]
    return PluginAgent(
        session=session.id,
        label=session.label,
        version=session.abilities.agent,
        host=session.abilities.host,
        since=session.since,
        last_seen=session.seen_at,
        milliseconds=None if session.latency is None else round(session.latency * 1000),
        running=session.lane.running,
        waiting=session.lane.waiting,
        tools=tools,
        left_out=session.left_out,
    )
