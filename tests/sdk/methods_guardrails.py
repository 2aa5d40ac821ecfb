"""Every public method of the SDK's guardrail service once.

Usage: methods_guardrails.py URL EMAIL PASSWORD GUARDRAIL
"""

import sys
from collections.abc import Callable
from typing import Any

from codemie_sdk.models.guardrails import (
    GuardrailAssignmentEntity,
    GuardrailAssignmentRequest,
    GuardrailAssignmentSetting,
)
from codemie_sdk.services.codemie_guardrails import CodemieGuardrailService
from methods import Bench, run


def assigned(bench: Bench) -> Any:
    both = GuardrailAssignmentSetting(mode="all", source="both")
    request = GuardrailAssignmentRequest(
        project=GuardrailAssignmentEntity(settings=[both]),
        assistants=GuardrailAssignmentEntity(settings=[both], items=[bench.assistant(), "gone"]),
    )
    return bench.client.codemie_guardrails.assign_guardrails(sys.argv[4], request)


CALLS: dict[str, Callable[[Bench], Any]] = {"codemie_guardrails.assign_guardrails": assigned}

if __name__ == "__main__":
    run(CALLS, codemie_guardrails=CodemieGuardrailService)
