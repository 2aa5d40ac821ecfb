"""What the operations room keeps while a process runs."""

from typing import Annotated

from fastapi import Depends, Request

from codemie.kernel.http import resources
from codemie.kernel.rate_limits import RateLimit
from codemie.operations.client_metrics import ClientMetrics
from codemie.operations.health import SelfExamination
from codemie.operations.settings import OperationsSettings
from codemie.operations.support_bundles import SupportBundles


def open_client_metrics(settings: OperationsSettings) -> ClientMetrics:
    """Counts from zero: each process for itself."""
    return ClientMetrics(RateLimit("reported events", settings.client_metrics_per_minute))


async def get_client_metrics(request: Request) -> ClientMetrics:
    """The one of the process."""
    found: ClientMetrics = resources(request).client_metrics
    return found


ClientMetricsDep = Annotated[ClientMetrics, Depends(get_client_metrics)]


async def get_self_examination(request: Request) -> SelfExamination:
    """The one of the process."""
    found: SelfExamination = resources(request).self_examination
    return found


SelfExaminationDep = Annotated[SelfExamination, Depends(get_self_examination)]


async def get_support_bundles(request: Request) -> SupportBundles:
    """Those of the process."""
    found: SupportBundles = resources(request).support_bundles
    return found


SupportBundlesDep = Annotated[SupportBundles, Depends(get_support_bundles)]
