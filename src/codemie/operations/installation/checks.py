"""Every check of one installation from inside, in the order of reports."""

from codemie.checks.check import Check
from codemie.operations.installation import (
    api,
    bus,
    configuration,
    database,
    isolation,
    keys,
    language_models,
    load,
    machine,
    outside,
    provider_clock,
    realm,
    sign_in,
    ways,
    work,
)

INSTALLATION: tuple[Check, ...] = (
    *configuration.CHECKS,
    *database.CHECKS,
    *isolation.CHECKS,
    *load.CHECKS,
    *bus.CHECKS,
    *api.CHECKS,
    *work.CHECKS,
    *machine.CHECKS,
    *keys.CHECKS,
    *language_models.CHECKS,
    *ways.CHECKS,
    *outside.CHECKS,
    *provider_clock.CHECKS,
    *sign_in.CHECKS,
    *realm.CHECKS,
)
