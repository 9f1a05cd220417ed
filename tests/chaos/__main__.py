"""`python -m tests.chaos`: a long run, with what it did and measured on standard output."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.chaos.rolling import RollingRun, rolling_lines, rolling_plan
from tests.chaos.run import BrokerKind, Plan, Result, Run

KILLS_PER_MINUTE = 5.5
OTHERS_PER_MINUTE = 1.8
OUTAGE_SECONDS = 60.0
ROLLING_FACTS_BETWEEN = 600
FOLDER = Path(".giants/chaos")


def main(arguments: Sequence[str]) -> None:
    """Play, print, and end with status 1 where something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--broker", type=BrokerKind, choices=list(BrokerKind), default=BrokerKind.KAFKA)
    parser.add_argument("--facts-per-second", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="made anew")
    parser.add_argument("--rolling", action="store_true", help="a rolling restart instead")
    options = parser.parse_args(arguments)
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    if options.rolling:
        sys.exit(1 if _roll(options) else 0)
    plan = Plan(
        seed=options.seed,
        seconds=60 * options.minutes,
        kills=round(KILLS_PER_MINUTE * options.minutes),
        others=round(OTHERS_PER_MINUTE * options.minutes),
        broker=options.broker,
        folder=options.folder.absolute(),
        facts_per_second=options.facts_per_second,
        outage_seconds=min(OUTAGE_SECONDS, 60 * options.minutes / 10),
    )
    result = Run(plan, say).play()
    for line in lines(plan, result):
        say(line)
    sys.exit(1 if result.violations else 0)


def _roll(options: argparse.Namespace) -> list[str]:
    """Play a rolling restart and print it; returns the violations."""
    plan = rolling_plan(options.seed, options.folder.absolute(), options.facts_per_second)
    run = RollingRun(plan, say, ROLLING_FACTS_BETWEEN)
    result = run.play()
    for line in rolling_lines(run.hand_overs, result):
        say(line)
    return result.violations


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def lines(plan: Plan, result: Result) -> list[str]:
    """What a run did and measured."""
    played = [
        f"  {victim:10} {means:8} {times:4} times"
        for (means, victim), times in sorted(result.played.items(), key=lambda one: one[0][::-1])
    ]
    recovery = [
        f"  {victim:10} {len(some):4} times, median {median(some):5.1f} s, longest {max(some):5.1f} s"
        for victim, some in sorted(result.recovery_seconds.items())
    ]
    again = [f"  {what:20} {times:6}" for what, times in sorted(result.again.items())]
    return [
        f"seed {plan.seed}, {plan.broker}, {plan.seconds:.0f} s, {result.kills} kills",
        *played,
        f"ended by themselves: {dict(result.ended_by_themselves) or 'none'}",
        f"{result.facts} facts confirmed ({result.sent_again} batches sent again), {result.changes} changes",
        "came again, the same:",
        *again,
        "until all that had been there when somebody went down was worked off:",
        *recovery,
        f"through {result.through_seconds:.1f} s after the last fact",
        f"latest values right {result.settle_seconds:.1f} s after that",
        *(f"VIOLATION {violation[:1_000]}" for violation in result.violations[:50]),
        f"{len(result.violations)} violations",
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
