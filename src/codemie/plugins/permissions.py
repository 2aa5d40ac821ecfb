"""What an agent that holds a key may hear and say: exactly what the protocol needs, and of its own key only.

An agent of ours names itself and its session in CONNECT (`codemie-agent/<version>/<session>`). It then hears only what
is meant for that session, may answer in several chunks, and knows what to do when its time is up. The official agent
does none of that: it hears what is meant for any agent with the same key, and its time is not limited, since it would
be deaf for good after `User Authentication Expired`; `gate.py` looks after both.
"""

import re
from dataclasses import dataclass

from codemie.plugins.claims import Permissions
from codemie.plugins.wire import subjects
from codemie.plugins.wire.extensions import LOGIN_SECONDS

ANSWER_SECONDS = 600
MOST_CHUNKS = 64
_OWN_AGENT = re.compile(r"codemie-agent/([\w.+-]{1,64})/([A-Za-z0-9-]{1,64})")


@dataclass(frozen=True, slots=True)
class Agent:
    """What a client tells of itself.

    Args:
        version: of our own agent; None for any other.
        session: that it will serve; None when it does not say.
    """

    version: str | None = None
    session: str | None = None

    @classmethod
    def named(cls, name: str) -> "Agent":
        """By the name in its CONNECT."""
        match = _OWN_AGENT.fullmatch(name)
        return cls(match[1], match[2]) if match else cls()

    @property
    def seconds(self) -> int | None:
        """How long one login counts; None: as long as the connection lasts."""
        return LOGIN_SECONDS if self.session else None


def permissions_of(key: str, agent: Agent) -> Permissions:
    """What an agent may do with a key.

    Args:
        key: that was found to be good; one token of a subject.
        agent: who holds it.
    """
    tools = f"{key}.{agent.session or '*'}.*.*"
    return Permissions(
        publish=(subjects.live_subject(key), subjects.disconnected_subject(key)),
        # `ping` is how the legacy protocol finds tools.
        subscribe=(subjects.list_subject(key), subjects.live_reply_subject(key), f"{key}.ping", tools),
        answers=MOST_CHUNKS if agent.session else 1,
        answer_seconds=ANSWER_SECONDS,
    )
