"""All cells of the grid."""

from tests.browser.grid import faults, live, pairs, policies

ALONE = [*policies.cells(), *faults.cells()]
OVER_HTTP = [*live.cells()]
PAIRS = [*pairs.sampled([*ALONE, *OVER_HTTP])]
