"""How far may rates spread around the national one? Limits of a funnel plot, by the number of checks.

A picture: it never decides. Exact limits call every Area at 100 %, and limits that allow for over-dispersion can hide every
outlier among thirteen; which Areas differ is for `comparison.compare` to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assurance.measures import binomial
from assurance.model import Counts

Z95, Z998 = 1.959964, 3.090232
"""Deviates of the 95 % and the 99.8 % limits, rounded as the source of the arcsine limits has them."""

WINSORISED = 0.1
"""The share of z scores at each end that is drawn in before the spread is measured."""

_RARE = 0.001
"""What lies beyond a 99.8 % limit, on each side."""

_FEWEST = 2
"""Between fewer Areas there is no spread."""


@dataclass(frozen=True)
class Limits:
    """Shares between which 95 % and 99.8 % of rates would lie."""

    low95: float
    high95: float
    low998: float
    high998: float


@dataclass(frozen=True)
class Dispersion:
    """How much more the Areas differ than by chance."""

    target: float
    """The national rate: all that was met out of all that was assessed."""
    scores: Mapping[str, float]
    """By Area: how many standard deviations of chance it lies from the national rate, on the arcsine scale."""
    winsorised: Mapping[str, float]
    """The same with a tenth at each end drawn in to the tenth and the ninetieth percentile."""
    phi: float
    """The mean square of the winsorised scores: 1 by chance."""
    tau2: float
    """The variance between Areas beyond chance, on the arcsine scale; 0 where they differ no more than by chance."""


def exact_limits(target: float, assessed: int) -> Limits:
    """Between which rates would chance alone put an Area of so many checks?

    The exact binomial limits of Spiegelhalter (Statistics in Medicine 24, 2005, appendix A.1.1): the quantile r of the
    binomial distribution, less the part of its step that is not needed. ValueError without a check, or for a target that
    is not between 0 and 1; at 0 or 1 itself all limits are the target.
    """
    _check(target, assessed)
    if target in (0.0, 1.0):
        return Limits(target, target, target, target)
    return Limits(*(_interpolated(share, assessed, target) for share in (0.025, 0.975, 0.001, 0.999)))


def is_outside(met: int, assessed: int, target: float) -> bool:
    """Would chance alone put fewer than one Area in a thousand at least so far out on this side?

    The question behind the 99.8 % limits, asked of whole checks. The drawn limits run between the steps of the
    distribution, so that an Area in which everything was met would lie above them whatever chance says.
    """
    _check(target, assessed)
    rarer = min(binomial.at_most(met, assessed, target), binomial.at_least(met, assessed, target))
    return rarer < _RARE


def arcsine_limits(target: float, assessed: int, tau2: float = 0.0) -> Limits:
    """Between which rates would an Area of so many checks lie, where Areas differ with variance tau2 besides chance?

    sin²(arcsin √target ± z √(1/4n + τ²)), as R's FunnelPlotR has it. A limit that would lie beyond 0 or 1 stops there.
    ValueError as for `exact_limits`.
    """
    _check(target, assessed)
    centre, deviation = math.asin(math.sqrt(target)), math.sqrt(1 / (4 * assessed) + tau2)
    reached = (centre + z * deviation for z in (-Z95, Z95, -Z998, Z998))
    return Limits(*(math.sin(max(0.0, min(height, math.pi / 2))) ** 2 for height in reached))


def dispersion(areas: Mapping[str, Counts]) -> Dispersion | None:
    """How much more do the Areas differ than by chance? None when nothing was assessed.

    With y = arcsin √p and s = 1 / (2 √n), z = (y - arcsin √target) / s; a tenth of the z at each end is drawn in
    (winsorised; type-7 quantiles, R's default); φ = mean z², and after DerSimonian and Laird
    τ² = max(0, (kφ - (k - 1)) / (Σw - Σw²/Σw)) with w = 1/s². R's FunnelPlotR for proportions. Areas without a check have
    no part; a single one has no τ².
    """
    present = {area: counts for area, counts in areas.items() if counts.assessed}
    if not present:
        return None
    pooled = Counts.total(present.values())
    target = pooled.met / pooled.assessed
    centre = math.asin(math.sqrt(target))
    scores = {area: 2 * math.sqrt(c.assessed) * (_height(c) - centre) for area, c in present.items()}
    low, high = (type7_quantile(list(scores.values()), share) for share in (WINSORISED, 1 - WINSORISED))
    drawn_in = {area: min(max(z, low), high) for area, z in scores.items()}
    phi = math.fsum(z * z for z in drawn_in.values()) / len(present)
    return Dispersion(target, scores, drawn_in, phi, _tau2(phi, [4 * c.assessed for c in present.values()]))


def type7_quantile(values: Sequence[float], share: float) -> float:
    """Below which value does this share of them lie, between two of them in proportion? R's `quantile(type = 7)`."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _tau2(phi: float, weights: Sequence[int]) -> float:
    k, total = len(weights), sum(weights)
    if k < _FEWEST:
        return 0.0
    return max(0.0, (k * phi - (k - 1)) / (total - sum(w * w for w in weights) / total))


def _interpolated(share: float, assessed: int, target: float) -> float:
    r = binomial.quantile(share, assessed, target)
    reached = binomial.at_most(r, assessed, target)
    return (r - (reached - share) / binomial.probability(r, assessed, target)) / assessed


def _height(counts: Counts) -> float:
    return math.asin(math.sqrt(counts.met / counts.assessed))


def _check(target: float, assessed: int) -> None:
    if not 0 <= target <= 1:
        raise ValueError(f"a target lies between 0 and 1, not at {target}")
    if assessed < 1:
        raise ValueError(f"limits need at least one check, not {assessed}")
