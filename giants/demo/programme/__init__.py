"""Made-up programmes of the real size: lists, reviews and name records as they are really published.

No company of them exists. Cohort sizes and pass counts are the published ones (see `figures`), so that a
fold over a whole programme must arrive at the published totals; a scale makes it smaller.
"""

from giants.demo.programme.figures import DESIGNATED, PASSED, REVIEWED, scaled
from giants.demo.programme.firms import Firm
from giants.demo.programme.play import programme

__all__ = ["DESIGNATED", "PASSED", "REVIEWED", "Firm", "programme", "scaled"]
