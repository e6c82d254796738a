"""Fuzzes the reading and checking of returns.

    python -m tests.fuzz --inputs 1000000 --seed 1
    python -m tests.fuzz --seed 1 --only 4711        # the one input again, in a child as well

Prints a summary by outcome and rule. An input of which something is wrong is written to var/fuzz.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.fuzz.mutations import mutated
from tests.fuzz.running import run

KEPT = Path("var/fuzz")
EVERY = 500
"""After so many inputs the progress is shown."""


def main() -> int:
    asked = argparse.ArgumentParser(description="Fuzz the reading and checking of returns.")
    asked.add_argument("--inputs", type=int, default=1_000_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", type=int, help="the number of one input")
    given = asked.parse_args()
    if given.only is not None:
        return _again(given.seed, given.only)
    return _many(given.seed, given.inputs)


def _again(seed: int, number: int) -> int:
    one = mutated(seed, number)
    print(f"{one.code}, {one.how}, {len(one.content):,} bytes: {_saved(seed, number)}")
    inside, child = run(one), run(one, in_child=True)
    for where, ended in (("here", inside), ("in a child", child)):
        print(f"{where}: {ended.outcome}, {', '.join(ended.rules) or 'no finding'}; wrong: {ended.wrong or 'nothing'}")
    return bool(inside.wrong or child.wrong)


def _many(seed: int, inputs: int) -> int:
    kinds, outcomes, rules, failed = Counter[str](), Counter[str](), Counter[str](), 0
    began = time.monotonic()
    with suppress(KeyboardInterrupt):  # what was seen until then is told all the same
        for number in range(inputs):
            one = mutated(seed, number)
            ended = run(one)
            kinds[one.how] += 1
            outcomes[ended.outcome] += 1
            rules.update(ended.rules)
            if ended.wrong:
                failed += 1
                replay = f"python -m tests.fuzz --seed {seed} --only {number}"
                print(f"\n{'; '.join(ended.wrong)}\n  {_saved(seed, number)}: {replay}", flush=True)
            if sys.stderr.isatty() and number % EVERY == 0:
                print(f"\r{number:,} of {inputs:,}, {failed} failed", end="", file=sys.stderr, flush=True)
    seconds = time.monotonic() - began
    print(f"\n{outcomes.total():,} of {inputs:,} inputs of seed {seed} in {seconds:,.0f} s: {failed} failed")
    for title, counted in (("mutation", kinds), ("outcome", outcomes), ("rule", rules)):
        for name, times in counted.most_common():
            print(f"  {title:9} {name:24} {times:>9,}")
    return bool(failed)


def _saved(seed: int, number: int) -> Path:
    one = mutated(seed, number)
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{seed}-{number}-{one.code}-{one.name}"
    path.write_bytes(one.content)
    return path


if __name__ == "__main__":
    sys.exit(main())
