"""What may be wrong in a project before the stack is made there: each turns exactly its own check red."""

from tests.operations.preflight.google import account_faults, name_faults, state_faults
from tests.operations.preflight.google.injecting import GoogleFault

FAULTS: tuple[GoogleFault, ...] = (
    *account_faults.FAULTS,
    *name_faults.NAMES,
    *name_faults.LIMITS,
    *state_faults.FAULTS,
)
