"""`python -m bench [scenario …]`: measures, prints tables, and writes them to `bench/results/`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from cryptography.fernet import Fernet

from bench.processes import ROOT, BenchError
from bench.scenario import Progress, Scenario, Setup
from bench.scenarios import (
    arrival,
    class_,
    classroom,
    core,
    delivery,
    history,
    idle,
    siege,
    soak,
    storage,
    terminal,
)

RESULTS = Path(__file__).parent / "results"
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        delivery.SCENARIO,
        arrival.SCENARIO,
        class_.SCENARIO,
        classroom.SCENARIO,
        idle.SCENARIO,
        history.SCENARIO,
        soak.SCENARIO,
        siege.SCENARIO,
        terminal.SCENARIO,
        storage.SCENARIO,
        core.SCENARIO,
    )
}


def main(arguments: list[str] | None = None) -> int:
    """Run the scenarios that are named, or all of them.

    Args:
        arguments: The command line without the program; that of this process if None.

    Returns:
        0 if every scenario ran to its end, else 1.
    """
    options = _parser().parse_args(arguments)
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        print(
            f"No scenario is called {', '.join(unknown)}. There are: {', '.join(SCENARIOS)}.", file=sys.stderr
        )
        return 2
    folder = options.out or (None if options.quick else RESULTS)
    failed = False
    for name in options.scenarios or SCENARIOS:
        try:
            _run(SCENARIOS[name], quick=options.quick, folder=folder, app=options.app)
        except BenchError as error:
            failed = True
            print(f"\n{name} failed. {error}\n", file=sys.stderr)
    return int(failed)


def _run(scenario: Scenario, *, quick: bool, folder: Path | None, app: Path) -> None:
    progress = Progress(scenario.name)
    start = time.monotonic()
    try:
        report = scenario.run(Setup(quick, progress, Fernet.generate_key().decode(), app))
    finally:
        progress.close()
        print(f"{scenario.name} took {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print(f"\n{report.markdown()}", flush=True)
    if folder:
        report.write(folder)


def _parser() -> argparse.ArgumentParser:
    lines = "\n".join(f"  {scenario.name:<11}{scenario.about}" for scenario in SCENARIOS.values())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures SecureChat beside what people would otherwise use.",
        epilog=f"scenarios (all of them if none is named):\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help="what to measure")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to try it; nothing is written")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write, instead of bench/results")
    parser.add_argument(
        "--app",
        type=Path,
        default=ROOT,
        metavar="DIR",
        help="another version of the app to besiege, such as a checkout of last month's",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
