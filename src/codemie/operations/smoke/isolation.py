"""Does somebody else reach what a person made? Tried over HTTP with two people, through whatever stands in front."""

import json
from dataclasses import dataclass
from typing import Any

import httpx2

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, unknown
from codemie.kernel.errors import UpstreamFailed
from codemie.operations.smoke.steps import STEP_SECONDS, assistant_made
from codemie.operations.smoke.visitor import Visitor

_REFUSED = frozenset({401, 403, 404})


@dataclass(frozen=True)
class Stranger:
    """Another person, in none of the first one's projects.

    Attributes:
        visitor: who acts with their token.
    """

    visitor: Visitor


@check(
    "smoke.isolation",
    title="Another person does not reach it",
    symptom="None, until somebody finds what is another project's.",
    remedy=(
        "If a proxy or cache stands in front: it must not keep answers of /v1, nor mix people up",
        "Run: codemiectl doctor --only authz --only db",
    ),
    faq=("F17",),
    needs=("smoke.assistant",),
    timeout=STEP_SECONDS,
)
async def isolation(visitor: Visitor, stranger: Stranger) -> Finding:
    """Something in front keeps answers and gives them to others, signs everybody in alike, or a wall is open."""
    other = stranger.visitor
    seen: dict[str, int] = {}
    is_listed = False
    try:
        who, whom = await visitor.ask("GET", "/v1/user"), await other.ask("GET", "/v1/user")
        if problem := _alike(who, whom, await visitor.project()):
            return unknown(
                problem, "Let CODEMIE_OTHER_TOKEN be that of somebody else, without rights over all projects"
            )
        async with assistant_made(visitor, "apart") as made:
            path, filters = f"/v1/assistants/id/{made}", json.dumps({"search": visitor.mark})
            await visitor.ask("GET", path)
            seen["read"] = (await other.call("GET", path)).status_code
            listed = await other.ask("GET", "/v1/assistants", params={"filters": filters})
            is_listed = any(str(row.get("id")) == made for row in listed["data"])
            seen["delete"] = (await other.call("DELETE", f"/v1/assistants/{made}")).status_code
            await visitor.ask("GET", path)
    except (UpstreamFailed, httpx2.TransportError) as error:
        # What somebody else has deleted is not there to be looked at; that is told below.
        if _REFUSED.issuperset(seen.values()):
            return failed(str(error), *isolation.remedy)
    reached = [what for what, status in seen.items() if status not in _REFUSED] + ["list"] * is_listed
    told = ", ".join(f"{what} {status}" for what, status in seen.items())
    if reached:
        return failed(f"Another person may {', '.join(reached)} it: {told}", *isolation.remedy)
    return passed(f"Another person is refused ({told}), and does not see it in the list")


def _alike(who: dict[str, Any], whom: dict[str, Any], project: str) -> str:
    """Why these two cannot show it; empty where they can."""
    if who["user_id"] == whom["user_id"]:
        return "Both tokens are of the same person"
    if any(whom.get(right) for right in ("is_admin", "is_maintainer")):
        return "The other person administers the platform, and so reaches every project"
    if project in whom.get("applications", []):
        return f"Both are in the project {project}"
    return ""


CHECKS = (isolation,)
