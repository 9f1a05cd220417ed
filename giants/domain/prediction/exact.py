"""Two formulas of statistics in whole numbers: SciPy, which has them too, is a hundred megabytes."""

from math import comb, sqrt
from statistics import NormalDist


def wilson_interval(part: int, whole: int, level: float) -> tuple[float, float]:
    """Wilson's interval of a share `part / whole` (0 < whole) at a level such as 0.95."""
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, spread = part / whole, z * z / whole
    centre = share + spread / 2
    half = z * sqrt(share * (1 - share) / whole + spread / (4 * whole))
    low, high = (centre - half) / (1 + spread), (centre + half) / (1 + spread)
    return (0.0 if part == 0 else low), (1.0 if part == whole else high)


def fisher_two_sided(table: tuple[tuple[int, int], tuple[int, int]]) -> float:
    """Two-sided p of Fisher's exact test: of all tables with these sums, those that are no more likely.

    Exact: probabilities are compared and summed as integers, each made from the one before.
    """
    (a, b), (c, d) = table
    row, column, total = a + b, a + c, a + b + c + d
    first, last = max(0, row + column - total), min(row, column)
    ways = comb(row, first) * comb(total - row, column - first)
    by_count = []
    for count in range(first, last + 1):
        by_count.append(ways)
        ways = ways * (row - count) * (column - count) // ((count + 1) * (total - row - column + count + 1))
    observed = by_count[a - first]
    return sum(one for one in by_count if one <= observed) / comb(total, column)
