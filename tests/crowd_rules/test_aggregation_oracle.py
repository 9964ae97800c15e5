"""Majority vote and Dawid-Skene against crowd-kit's, on the real labels and on random sets.

The same to the last digits, but for two things. Ties crowd-kit breaks by the order of its rows, where we say TIE. And
where a performer has answered no task of some true label, the model knows nothing of their errors there: crowd-kit
takes every label for equally likely, we keep to the votes' tiny weights. Sets of few answers by each show that.
"""

import json
import subprocess
from collections import Counter
from random import Random
from typing import Any

import pytest

from crowd_rules.engine.aggregation import AGREED, TIE, dawid_skene, majority
from tests.crowd_rules.labels import load
from tests.environments import CROWD_KIT

Labels = list[tuple[str, str, str]]
# How far posteriors may lie apart.
REAL = {"bluebirds": 1e-6, "ducks": 1e-6, "SP_amt": 1e-6, "ZenCrowd_in": 1e-6, "CF_amt": 1e-5, "barzan_tweets": 1e-3}
# Four to seventy answers by each performer, on five labels: here only what wins is compared.
SPARSE = {"CF": 0.99, "MS": 0.99}
STEPS = 5
RANDOM = 12


def random_labels(seed: int) -> Labels:
    """Some performers with an accuracy of their own, each on some of the tasks; two to four labels."""
    chance = Random(seed)
    names = "abcd"[: chance.randint(2, 4)]
    tasks, performers = chance.randint(12, 30), chance.randint(2, 8)
    found = []
    for performer in range(performers):
        accuracy, share = chance.uniform(0.3, 1), chance.uniform(0.6, 1)
        for task in range(tasks):
            if chance.random() < share:
                truth = names[task % len(names)]
                label = truth if chance.random() < accuracy else chance.choice(names)
                found.append((f"t{task}", f"p{performer}", label))
    return found


def ask(sets: dict[str, Labels]) -> dict[str, Any]:
    """What crowd-kit makes of them, by the set's name."""
    asked = json.dumps({"iterations": STEPS, "sets": sets})
    command = [CROWD_KIT.python(), "-W", "ignore", "aggregate.py"]
    done = subprocess.run(command, cwd=CROWD_KIT.folder, input=asked, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def check_votes(labels: Labels, theirs: dict[str, Any]) -> None:
    votes: dict[str, list[str]] = {}
    for task, _, label in labels:
        votes.setdefault(task, []).append(label)
    assert set(votes) == set(theirs["chosen"])
    for task, given in votes.items():
        found, chosen = majority(given), theirs["chosen"][task]
        leaders = [label for label, number in Counter(given).items() if number == found.top]
        assert found.state == (AGREED if len(leaders) == 1 else TIE)
        assert chosen in leaders if found.state == TIE else chosen == found.winner, task
        assert theirs["shares"][task][chosen] == pytest.approx(found.share)


def winners(odds: dict[str, dict[str, float]], close: float = 0) -> dict[str, str]:
    """By task; left out where the second is as near as the tolerance."""
    ordered = {task: sorted(one, key=one.get, reverse=True) for task, one in odds.items()}
    return {task: best for task, (best, second, *_) in ordered.items()
            if odds[task][best] - odds[task][second] > 2 * close}  # fmt: skip


def check_model(labels: Labels, theirs: dict[str, Any], close: float) -> None:
    ours = dawid_skene(labels, iterations=STEPS, tolerance=0)
    known = winners(theirs["posterior"])
    for task, odds in ours.items():
        assert theirs["posterior"][task] == pytest.approx(odds, abs=close), task
    for task, winner in winners(ours, close).items():
        assert known[task] == winner, task


@pytest.mark.xdist_group("crowd-kit")
def test_random_labels_as_crowd_kit_has_them():
    sets = {str(seed): random_labels(seed) for seed in range(RANDOM)}
    for name, theirs in ask(sets).items():
        check_votes(sets[name], theirs)
        check_model(sets[name], theirs, 1e-6)


@pytest.mark.xdist_group("crowd-kit")
def test_real_labels_as_crowd_kit_has_them():
    sets = {name: load(name).labels for name in (*REAL, *SPARSE)}
    answer = ask(sets)
    for name, labels in sets.items():
        check_votes(labels, answer[name])
    for name, close in REAL.items():
        check_model(sets[name], answer[name], close)
    for name, least in SPARSE.items():
        ours = winners(dawid_skene(sets[name], iterations=STEPS, tolerance=0))
        known = winners(answer[name]["posterior"])
        assert sum(known.get(task) == winner for task, winner in ours.items()) >= least * len(ours)
