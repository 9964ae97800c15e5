"""Real labels through aggregation, and some of them through a pool; `test_whole_sets.py` plays whole sets."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from django.utils import timezone

from crowd_rules.engine.aggregation import dawid_skene, majority
from crowd_rules.models import PerformerSkill, PoolTask
from crowd_rules.services.aggregation import aggregate_pool
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.pool_tasks import NewPoolTask, NewSuite, add_suites, add_tasks
from crowd_rules.services.pools import open_pool
from crowd_rules.services.refusals import NothingLeft
from tests.crowd_rules.crowd import config, make_crowd, rule
from tests.crowd_rules.labels import SETS, load

EXACT, MODEL = 1e-4, 0.02
QUICK = [name for name in SETS if name != "adultcontent2"]


def expected_majority(data):
    """Accuracy of the majority where ties are broken at random: ties count by their number of leaders."""
    votes = defaultdict(list)
    for task, _, label in data.labels:
        votes[task].append(label)
    hits, ties = 0.0, 0
    for task, truth in data.truth.items():
        found = majority(votes[task])
        if found.state == "AGREED":
            hits += found.winner == truth
        else:
            ties += 1
            groups = Counter(votes[task])
            leaders = [label for label, number in groups.items() if number == found.top]
            hits += (truth in leaders) / len(leaders)
    return hits / len(data.truth), ties


@pytest.mark.parametrize("name", SETS)
def test_majority_equals_the_oracle(name):
    data = load(name)
    accuracy, ties = expected_majority(data)
    assert accuracy == pytest.approx(float(data.oracle["MV_tie_expected"]), abs=EXACT)
    assert ties == int(data.oracle["ties"])


@pytest.mark.parametrize("name", QUICK)
def test_dawid_skene_equals_the_oracles(name):
    data = load(name)
    posterior = dawid_skene(data.labels)
    accuracy = data.accuracy({task: max(odds, key=odds.get) for task, odds in posterior.items()})
    assert accuracy == pytest.approx(float(data.oracle["DS_own"]), abs=EXACT)
    # Another program starts, smooths and stops otherwise; CF has few labels for each of its many performers.
    assert accuracy == pytest.approx(float(data.oracle["DS_ck"]), abs=MODEL if name != "CF" else 0.04)


def replay(data, *, aggregation="MAJORITY"):
    """Every label of a set, handed out by the pool and submitted by its performer. Complete sets only."""
    crowd = make_crowd()
    answers = {(task, who): label for task, who, label in data.labels}
    tasks = sorted({task for task, _, _ in data.labels})
    people = Counter(who for _, who, _ in data.labels)
    assert len(answers) == len(tasks) * len(people), "each performer has labelled each task"
    pool = crowd.pool(tasks=0, default_overlap=len(people), real_tasks_count=27, aggregation=aggregation)
    news = [NewPoolTask({"name": task}) for task in tasks]
    with crowd.scope():
        add_tasks(pool=pool, actor=None, tasks=news, now=timezone.now())
        open_pool(pool=pool, actor=None, now=timezone.now())
    for who in sorted(people):
        while True:
            try:
                issued = crowd.take(who, pool)
            except NothingLeft:
                break
            crowd.submit(who, issued, lambda given, who=who: answers[given["name"], who])
    return crowd, pool


def results(crowd, pool):
    """task -> the response that the pool gave it."""
    with crowd.scope():
        rows = PoolTask.objects.filter(pool=pool, kind="REAL", state="AGREED").select_related("task")
        return {row.task.params["name"]: row.task.response["result"] for row in rows}


@pytest.mark.django_db
def test_bluebirds_through_a_pool_have_the_accuracy_of_dawid_and_skene():
    data = load("bluebirds")
    crowd, pool = replay(data, aggregation="DAWID_SKENE")
    assert results(crowd, pool) == {}
    with crowd.scope():
        operation = aggregate_pool(pool=pool, actor=None, now=timezone.now())
    run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())
    assert data.accuracy(results(crowd, pool)) == pytest.approx(float(data.oracle["DS_own"]), abs=EXACT)


@pytest.mark.django_db
def test_control_tasks_measure_each_performer_as_the_truth_does():
    """Each skill is the share of right answers among the control tasks that were theirs: counted by hand."""
    data = load("bluebirds")
    crowd = make_crowd()
    skill = crowd.skill()
    computed = rule(("golden_set_answers_count", "GTE", 1), action="SET_SKILL_FROM_OUTPUT_FIELD",
                    skill_id=skill.pk.hex, from_field="golden_set_correct_answers_rate")  # fmt: skip
    tasks = sorted({task for task, _, _ in data.labels})
    answers = {(task, who): label for task, who, label in data.labels}
    pool = crowd.pool(tasks=0, real_tasks_count=0, golden_tasks_count=12, rules=[config("GOLDEN_SET", computed)])
    with crowd.scope():
        known = [NewPoolTask({"name": task}, known_solutions=[{"output_values": {"result": data.truth[task]}}])
                 for task in tasks]  # fmt: skip
        add_tasks(pool=pool, actor=None, tasks=known, now=timezone.now())
        open_pool(pool=pool, actor=None, now=timezone.now())
    people = sorted({who for _, who, _ in data.labels})[:8]
    for who in people:
        for _ in range(len(tasks) // 12):
            crowd.do(who, pool, lambda given, who=who: answers[given["name"], who])
    with crowd.scope():
        values = dict(PerformerSkill.objects.values_list("performer__external_id", "exact_value"))
    for who in people:
        right = sum(answers[task, who] == data.truth[task] for task in tasks)
        assert values[who] == pytest.approx(Decimal(100) * right / len(tasks), abs=Decimal("0.0000000001"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["barzan_tweets", "CF_amt"])
def test_sets_with_gaps_through_suites_made_by_hand(name):
    """Who labelled what is given: suites reserved for just these performers, of some of its tasks."""
    data = load(name)
    chosen = sorted(data.truth)[::20][:30]
    votes = defaultdict(dict)
    for task, who, label in data.labels:
        votes[task].setdefault(who, label)
    crowd = make_crowd()
    pool = crowd.pool(tasks=0, mixing=False)
    pages = defaultdict(list)
    for task in chosen:
        pages[frozenset(votes[task])].append(task)
    with crowd.scope():
        suites = []
        for who_all, page in pages.items():
            ids = [crowd.performer(who).pk for who in sorted(who_all)]
            news = [NewPoolTask({"name": task}) for task in page]
            suites.append(NewSuite(news, overlap=len(ids), reserved_for=ids))
        add_suites(pool=pool, actor=None, suites=suites, now=timezone.now())
        open_pool(pool=pool, actor=None, now=timezone.now())
    for who in list(crowd.performers):
        while True:
            try:
                issued = crowd.take(who, pool)
            except NothingLeft:
                break
            crowd.submit(who, issued, lambda given, who=who: votes[given["name"]][who])
    expected = {task: majority(list(votes[task].values())) for task in chosen}
    with crowd.scope():
        states = {row.task.params["name"]: row for row in PoolTask.objects.filter(pool=pool).select_related("task")}
    assert len(states) == len(chosen)
    for task, found in expected.items():
        assert states[task].state == found.state
        assert states[task].answered == len(votes[task])
        if found.winner is not None:
            assert states[task].task.response == {"result": found.winner}
