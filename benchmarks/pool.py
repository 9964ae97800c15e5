"""Hand-outs over HTTP, everything on: rates against pgbench, then a whole pool with skips, expiries and bans between.

    ./run python manage.py sandbox --durable -- python benchmarks/pool.py [--quick] [--run-only]

A unit submits a suite by a performer's token and takes the next, in one call and in two. Tokens, scope, row-level
security, rules, rewards, events and outbox are on, and one endpoint listens. First, at c = 1, 4 and 16 in turn, the
ratio to two prepared statements of pgbench on the same server; then 100,000 hand-outs at c = 16, after which everything
is counted again: nobody got a task twice, no task went to more than its overlap, nobody got anything while shut out.
"""

import argparse
import os
import sys

import django

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
django.setup()

from benchmarks import pool_depth, pool_recount, pool_stage, pool_windows  # noqa: E402
from benchmarks.goals import Goals, quantile  # noqa: E402
from benchmarks.pool_run import EXPIRED, SKIPPED, Run, hand_out_all  # noqa: E402

CLIENTS, PERFORMERS, THOUSAND = 16, 32, 1000


def rates(goals: Goals, *, quick: bool) -> None:
    """On pools of their own, so that no window begins where another has ended."""
    window, depth = (2.0, 6_000) if quick else (12.0, 100_000)
    organization = pool_stage.found_organization()
    stage = pool_stage.prepare(organization, hand_outs=depth, workers=CLIENTS)
    pool_windows.measure(goals, stage, window=window)
    pool_windows.count_statements(goals, stage)
    # Performers whose hands are empty, and a pool that is whole.
    stage = pool_stage.prepare(organization, hand_outs=depth, workers=1)
    pool_depth.measure(goals, stage, depth=depth)


def whole_pool(goals: Goals, *, quick: bool) -> None:
    wanted, seconds = (3_000, 12) if quick else (100_000, 7200)
    # What is skipped or expires is handed out again.
    slots = int(wanted * (1 - (SKIPPED + EXPIRED) / 1000) * 1.01)
    stage = pool_stage.prepare(pool_stage.found_organization(), hand_outs=slots, workers=PERFORMERS)
    run = hand_out_all(stage, clients=CLIENTS, seconds=seconds)
    tell(run)
    goals.at_most("errors", len(run.errors), 0)
    pool_recount.check(goals, run)
    if not quick:
        growth = quantile(run.takes[-THOUSAND:], 0.5) / quantile(run.takes[THOUSAND : 2 * THOUSAND], 0.5)
        goals.at_most("last_1000_takes_to_the_second_1000", growth, 1.2)
        goals.at_least("hand_outs", run.tally["handed out"], wanted)


def tell(run: Run) -> None:
    print(", ".join(f"{number:,} {what}" for what, number in sorted(run.tally.items())), f"in {run.seconds:.0f} s")
    for name, values in (("take", run.takes), ("submit", run.submits), ("both", run.both)):
        marks = " ".join(f"p{int(100 * share)} {1000 * quantile(values, share):.1f} ms" for share in (0.5, 0.95, 0.99))
        print(f"{name:8} {len(values) / run.seconds:7.0f}/s  {marks}")
    for error in run.errors[:5]:
        print("   error:", error)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="at most 45 s: shorter windows, 12 s of hand-outs")
    parser.add_argument("--run-only", action="store_true", help="only the whole pool, no rates")
    given = parser.parse_args()
    goals = Goals()
    print("preparing", flush=True)
    if not given.run_only:
        rates(goals, quick=given.quick)
    whole_pool(goals, quick=given.quick)
    return 1 if goals.short else 0


if __name__ == "__main__":
    sys.exit(main())
