"""Whole sets of real labels through a pool: each label handed out and submitted, each task also a control task.

What comes out is what the oracles say: the majority's accuracy with its ties, Dawid and Skene's estimate, the share of
right labels as the control tasks found it, and each performer's own share as their skill.
"""

import os
from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from crowd_rules.engine.aggregation import canonical
from crowd_rules.models import PerformerPool, PerformerSkill, PoolTask, Solution
from crowd_rules.services.aggregation import estimate_by_dawid_skene
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.pools import open_pool
from crowd_rules.services.refusals import NothingLeft
from tests.crowd_rules.crowd import config, make_crowd, rule
from tests.crowd_rules.labels import SETS, load

# Committed as in life: in one transaction every change of a row would be walked over by whoever reads it later.
pytestmark = pytest.mark.django_db(transaction=True)
EXACT = 1e-4
PAGE, PORTION = 200, 2000
# One of each origin in every run; LABELOPS_ALL_LABELS=1 plays the others too, some minutes' work.
ALWAYS = ("bluebirds", "ducks", "barzan_tweets", "MS")
ALL = pytest.mark.skipif(not os.environ.get("LABELOPS_ALL_LABELS"), reason="LABELOPS_ALL_LABELS=1 plays every set")


def answers_of(data):
    """task -> {who: label}, of tasks whose truth is known. Who labelled a task twice comes a second time as another."""
    seen, found = Counter(), defaultdict(dict)
    for task, who, label in data.labels:
        if task in data.truth:
            seen[task, who] += 1
            found[task][who if seen[task, who] == 1 else f"{who} ({seen[task, who]})"] = label
    return found


def fill(crowd, pool, data, answers):
    """Each task for just those who labelled it, once as work and once as a control task."""
    news = []
    for task, given in answers.items():
        people = [crowd.performer(who).pk for who in given]
        truth = [{"output_values": {"result": data.truth[task]}}]
        news += [NewPoolTask({"name": task}, overlap=len(people), reserved_for=people),
                 NewPoolTask({"name": task}, known_solutions=truth, reserved_for=people)]  # fmt: skip
    with crowd.scope():
        for start in range(0, len(news), PORTION):
            add_tasks(pool=pool, actor=None, tasks=news[start : start + PORTION], now=timezone.now())
        open_pool(pool=pool, actor=None, now=timezone.now())


def work(crowd, pool, answers):
    for who in list(crowd.performers):
        while True:
            try:
                issued = crowd.take(who, pool)
            except NothingLeft:
                break
            crowd.submit(who, issued, lambda given, who=who: answers[given["name"]][who])


def when_all_are_in(answers, skill):
    """A rule for each number of labels that somebody gave: the skill is set when the count passes it, not each time."""
    given = Counter(who for people in answers.values() for who in people)
    return [rule(("golden_set_answers_count", "EQ", number), action="SET_SKILL_FROM_OUTPUT_FIELD",
                 skill_id=skill.pk.hex, from_field="golden_set_correct_answers_rate")
            for number in sorted(set(given.values()))]  # fmt: skip


def majority_of(pool, truth):
    """(accuracy where ties are broken at random, how many ties) of what the pool made of the answers."""
    leaders = {row.pk: (row.task.params["name"], Counter()) for row in
               PoolTask.objects.filter(pool=pool, kind="REAL").select_related("task")}  # fmt: skip
    said = Solution.objects.filter(pool_task__in=leaders).values_list("pool_task", "output_values")
    for task, output in said.iterator():
        leaders[task][1][output["result"]] += 1
    agreed = dict(PoolTask.objects.filter(pool=pool, state="AGREED").values_list("pk", "task__response"))
    hits = 0.0
    for task, (name, votes) in leaders.items():
        most = max(votes.values())
        first = [agreed[task]["result"]] if task in agreed else [one for one in votes if votes[one] == most]
        hits += (truth[name] in first) / len(first)
    return hits / len(leaders), PoolTask.objects.filter(pool=pool, state="TIE").count()


def shares_of(pool, skill):
    """(share of right answers to control tasks, each performer's own by their skill)."""
    whole = PerformerPool.objects.filter(pool=pool).aggregate(right=Sum("control_correct"), all=Sum("control_answers"))
    by_skill = dict(PerformerSkill.objects.filter(skill=skill).values_list("performer__external_id", "exact_value"))
    return whole["right"] / whole["all"], by_skill


@pytest.mark.parametrize("name", [name if name in ALWAYS else pytest.param(name, marks=ALL) for name in SETS])
def test_a_whole_set_comes_out_of_a_pool_as_the_oracles_say(name):
    data = load(name)
    answers, crowd = answers_of(data), make_crowd()
    skill = crowd.skill()
    measure = config("GOLDEN_SET", *when_all_are_in(answers, skill))
    pool = crowd.pool(tasks=0, real_tasks_count=PAGE, golden_tasks_count=PAGE, rules=[measure])
    fill(crowd, pool, data, answers)
    work(crowd, pool, answers)

    with crowd.scope():
        accuracy, ties = majority_of(pool, data.truth)
        right, by_skill = shares_of(pool, skill)
        estimates = estimate_by_dawid_skene(pool=pool) if not int(data.oracle["dup_pairs"]) else {}
        names = dict(PoolTask.objects.filter(pk__in=estimates).values_list("pk", "task__params__name"))
    assert accuracy == pytest.approx(float(data.oracle["MV_tie_expected"]), abs=EXACT)
    assert ties == int(data.oracle["ties"])
    assert right == pytest.approx(float(data.oracle["label_acc"]), abs=EXACT)
    assert by_skill == own_shares(data, answers)
    if estimates:
        found = {names[task]: winner for task, (winner, _odds) in estimates.items()}
        told = sum(found[task] == canonical({"result": truth}) for task, truth in data.truth.items())
        assert told / len(data.truth) == pytest.approx(float(data.oracle["DS_own"]), abs=EXACT)


def own_shares(data, answers):
    """Percent of each performer's labels that are the truth, to ten digits, out of the file alone."""
    counts = defaultdict(lambda: [0, 0])
    for task, given in answers.items():
        for who, label in given.items():
            counts[who][0] += label == data.truth[task]
            counts[who][1] += 1
    digits = Decimal("1.0000000000")
    return {who: (Decimal(100 * right) / whole).quantize(digits) for who, (right, whole) in counts.items()}
