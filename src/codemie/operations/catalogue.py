"""Every check there is, in the order of reports, and which command makes it."""

from collections.abc import Mapping
from difflib import get_close_matches

from codemie.checks.check import Check
from codemie.checks.forms import in_form
from codemie.kernel.errors import NotFound
from codemie.operations.backup import drill_checks
from codemie.operations.cloud import checks as cloud
from codemie.operations.cloud import served_checks
from codemie.operations.installation.checks import INSTALLATION
from codemie.operations.kubernetes import checks as kubernetes
from codemie.operations.models import stored, verification
from codemie.operations.network import dns_checks, http_checks, proxy_checks, stapling, tls_checks
from codemie.operations.preflight import checks as preflight
from codemie.operations.preflight.stack import CLOUDS
from codemie.operations.smoke import isolation, steps
from codemie.operations.terraform import described
from codemie.operations.upgrade import checks as upgrade
from codemie.plugins.diagnosis.walk import STEPS

CLUSTER: tuple[Check, ...] = kubernetes.CHECKS
"""Of the cluster that it runs in, seen from outside."""

CLOUD: tuple[Check, ...] = cloud.CHECKS
"""Of what the stack made in the cloud, as the cloud tells it."""

DOMAIN: tuple[Check, ...] = (
    *dns_checks.CHECKS,
    *tls_checks.CHECKS,
    *stapling.CHECKS,
    *http_checks.CHECKS,
    *proxy_checks.CHECKS,
)
"""Of the name that people type, seen from where the command runs."""

CLOUD_AND_DOMAIN: tuple[Check, ...] = (*CLOUD, *DOMAIN, *served_checks.CHECKS)
"""Of the name that people type, and of what the cloud has behind it."""

FORMS: Mapping[str, tuple[Check, ...]] = {
    each: tuple(
        check
        for forms in (preflight.OF_ACCOUNT, preflight.OF_STATES, cloud.OF_CLOUD, cloud.OF_BOTH_ENDS)
        for check in forms.get(each, ())
    )
    for each in CLOUDS
}
"""Cloud → what is looked at there in a form of its own; the other checks have one form everywhere, or are of AWS."""

PREFLIGHT: tuple[Check, ...] = preflight.CHECKS
"""Before something is installed or changed."""

CONNECTION: tuple[Check, ...] = STEPS
"""Of an agent's way to the platform: `codemiectl nats test`. Some of them `doctor` makes, too."""

SMOKE: tuple[Check, ...] = (*steps.CHECKS, *isolation.CHECKS)
"""Of what people do with it."""

MODEL_FILE: tuple[Check, ...] = stored.CHECKS
"""Of a model file that may take the place of the one in use; `codemiectl llm verify` makes more, one set a model."""

DRILL: tuple[Check, ...] = (*drill_checks.CHECKS, drill_checks.removed)
"""Of a backup, by restoring it into a database that is thrown away."""

UPGRADE: tuple[Check, ...] = upgrade.CHECKS
"""Before another version takes over."""

MADE_AT_RUN_TIME: tuple[Check, ...] = (*described.errors(), *verification.families())
"""Errors of Terraform that are known, and what `codemiectl llm verify` makes of a file, with NAME for what it names."""

_ALL = (*PREFLIGHT, *INSTALLATION, *CLUSTER, *CLOUD_AND_DOMAIN, *SMOKE, *DRILL, *CONNECTION, *MODEL_FILE, *UPGRADE)
CHECKS: tuple[Check, ...] = tuple({each.id: each for each in _ALL}.values())


def find(name: str, cloud: str = "") -> Check:
    """The check with this id; one that is made of a model file when it is looked at, for any name.

    Args:
        name: its id.
        cloud: in whose form, where it has one there.

    Raises:
        NotFound: there is none; names those that begin alike, else those that are spelt alike.
    """
    for check in (*in_form(CHECKS, FORMS.get(cloud, ())), *MADE_AT_RUN_TIME):
        if check.id == name:
            return check
    if made := verification.described(name):
        return made
    family = name.partition(".")[0]
    ids = [check.id for check in (*CHECKS, *MADE_AT_RUN_TIME)]
    alike = [each for each in ids if each.startswith(f"{family}.")] or get_close_matches(name, ids)
    listed = "`codemiectl explain` lists them"
    raise NotFound(f"There is no check {name!r}", help=f"There are: {', '.join(alike)}; {listed}" if alike else listed)
