"""All tests; each room has a folder of its own."""

import gc

# Before anything is loaded: that leaves no garbage, and a test leaves little. The usual 700 objects between two looks
# would cost a sixth of the processor.
gc.set_threshold(20_000)
