"""The check of the ways to the models, as the process that looks has them: the API's own, on the page Health."""

import asyncio
from dataclasses import dataclass

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, Status, failed, passed
from codemie.models.catalogue import Catalogue
from codemie.models.entries import ModelEntry
from codemie.operations.models.reaching import place, reach

_MOST = 20
_SECONDS = 4.0
_INSIDE = frozenset(("mock", "embedded"))


@dataclass(frozen=True)
class ModelEndpoints:
    """Where the models of the file run.

    Attributes:
        catalogue: of this installation.
    """

    catalogue: Catalogue

    def rows(self) -> dict[str, ModelEntry]:
        """One row for each endpoint outside of the platform."""
        models = self.catalogue.models()
        return {place(each): each for each in (*models.chat, *models.embedding) if each.provider not in _INSIDE}


@check(
    "net.probe",
    title="The network leads to every endpoint of a model",
    symptom="Chats end with an error, although the model answers elsewhere.",
    severity=Severity.MAJOR,
    remedy=(
        "No answer: look at network policies of the namespace, security groups, ACLs and the route to the NAT gateway",
        "Refused: nobody listens there; compare base_url of the endpoint with the server's port",
        "No address: codemiectl net dns NAME, from where this runs",
    ),
    faq=("F45", "F46"),
    needs=("llm.defaults",),
    timeout=2 * _SECONDS,
)
async def probe(endpoints: ModelEndpoints) -> Finding:
    """A network policy, a security group or an ACL lets the platform's processes not out to it, or its name is unknown.

    PostgreSQL, NATS and the identity provider have checks of their own; these are what is reached besides.
    """
    rows = endpoints.rows()
    if not rows:
        return passed("No model runs outside")
    chosen = list(rows.items())[:_MOST]
    said = await asyncio.gather(*(reach(entry, _SECONDS) for _, entry in chosen))
    found = dict(zip((name for name, _ in chosen), said, strict=True))
    told = {name: f"{each.detail} ({each.evidence.get('address', 'no address')})" for name, each in found.items()}
    broken = {name: told[name] for name, each in found.items() if each.status is Status.FAIL}
    rest = f"; {len(rows) - _MOST} more were not tried" if len(rows) > _MOST else ""
    if broken:
        return failed(f"{len(broken)} of {len(chosen)} cannot be reached{rest}", *probe.remedy, **broken)
    return passed(f"{len(chosen)} can be reached{rest}", **told)


CHECKS = (probe,)
