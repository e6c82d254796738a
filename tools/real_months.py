"""How do the measures behave on real months? Prints, per Area, how each control chart reads its months, and the Areas called.

`python -m tools.real_months` reads the collection `outcomes` from the home's warehouse (`ASSURANCE_HOME`), into which
docs/real-data.md tells how to feed the published months. It prints two tables: per Area the average rate, how many times more
its months vary than by chance, and how many months are outside the limits of a p, a p-prime and an XmR chart; per quarter the
Areas called lower or higher than the typical Area, with and without the allowance for over-dispersion, and how many an
exact test would flag.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

from assurance.measures.comparison import (
    FALSE_DISCOVERY_RATE,
    Position,
    benjamini_hochberg,
    compare,
    exact_p,
    typical_rate,
    unallowed,
)
from assurance.measures.figures import series
from assurance.measures.rates import percent
from assurance.measures.signals import Signal
from assurance.measures.variation import ControlChart, Point, p_chart, p_prime_chart
from assurance.measures.xmr import xmr_chart
from assurance.model import Counts, Period, TallyRow
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.warehouse.submissions import tallies
