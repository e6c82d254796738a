"""`python -m tools.bench [--only KEY …] [--rounds N]`: measure, and print the tables."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import tools.bench
from tools.bench.airflow_share import AIRFLOW
from tools.bench.airflow_share import measured as airflow_measured
from tools.bench.curves import CURVES, Curves
from tools.bench.data import Data
from tools.bench.editions import EDITIONS
from tools.bench.editions import measured as editions_measured
from tools.bench.files import SIZES, Files, Size
from tools.bench.month import MONTHS, Month, Months
from tools.bench.spent import machine
from tools.bench.steps import LINES, LONG, ROUNDS, SHORT, Bench, told


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure whole months and single steps, or those that are asked for."""
    months, steps = {month.name: month for month in MONTHS}, {line.measured: line for line in LINES}
    sizes = {size.name: size for size in SIZES}
    curves = {curve.name: curve for curve in CURVES}
    keys = [*sizes, *months, *steps, EDITIONS, *curves, AIRFLOW]
    parser = argparse.ArgumentParser(description=tools.bench.__doc__)
    parser.add_argument("--only", nargs="+", choices=keys, default=keys, metavar="KEY", help=", ".join(keys))
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the steps, at most")
    asked = parser.parse_args(arguments)
    where = machine()
    with TemporaryDirectory(prefix="bench-") as folder:
        data = Data(Path(folder))
        if asked_for := [size for name, size in sizes.items() if name in asked.only]:
            files = Files(data, asked_for)
            files.measure()
            print(files.told(), end="\n\n", flush=True)
        if wanted := [month for name, month in months.items() if name in asked.only]:
            measured = Months(data, wanted)
            measured.measure()
            print(measured.told(), end="\n\n", flush=True)
        if lines := [line for key, line in steps.items() if key in asked.only]:
            bench = Bench(data)
            best, rounds = bench.best(lines, asked.rounds)
            print(told(lines, best))
            if "figures long" in best:
                print(f"\n{LONG} months hold {bench.growth:.1f} times the counts of {SHORT} months")
            print(f"\nsteps: best of {rounds} interleaved {'round' if rounds == 1 else 'rounds'}")
        if EDITIONS in asked.only:
            print(f"\n{editions_measured(data, asked.rounds)}", flush=True)
        if drawn := tuple(curve for name, curve in curves.items() if name in asked.only):
            along = Curves(data, drawn)
            along.measure()
            print(f"\n{along.told()}")
        if AIRFLOW in asked.only:
            print(f"\n{airflow_measured(data)}", flush=True)
    whole: list[Size | Month] = [*asked_for, *wanted]
    print("\n".join(f"{one.name}: best of {one.rounds} interleaved rounds" for one in whole))
    print(f"on {where}")


if __name__ == "__main__":
    main()
