"""The performers' calls as their front ends use them: one call to go on, few statements, nothing looked for twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.models import Batch
from audits.services.batches import create_batch
from audits.services.completion import Completion, complete_tasks
from audits.services.tasks import NewTask, create_task
from crowd_rules.models import Assignment, CrowdEvent, PerformerPool, Pool, PoolTask, Reward
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from labelops.tenancy.models import Event, EventType
from labelops.tenancy.scope import organization_scope
from tests.crowd_rules.api.world import IMAGE, make_world
from tests.crowd_rules.crowd import make_crowd
from tests.statements import asked

pytestmark = pytest.mark.django_db
OK = {"output_values": {"result": "OK"}}
MIXED = {"real_tasks_count": 1, "golden_tasks_count": 0, "training_tasks_count": 0}
# What the transaction around the test, and its client, add.
VOTE = {
    "collector_config": {"type": "MAJORITY_VOTE", "parameters": {"answer_threshold": 2}},
    "rules": [{"conditions": [{"key": "total_answers_count", "operator": "GTE", "value": 500}],
               "action": {"type": "RESTRICTION_V2", "parameters": {"scope": "POOL", "duration_unit": "PERMANENT"}}}],
}  # fmt: skip


@pytest.fixture
def world():
    return make_world()


def open_pool(api, *, tasks: int, **settings) -> str:
    pool = api.pool(mixer_config=MIXED, **settings)
    api.tasks(pool["id"], tasks)
    api.post(f"pools/{pool['id']}/open")
    return pool["id"]


def test_one_call_hands_in_and_takes_the_next(world):
    pool = open_pool(world.api, tasks=3)
    _, ann = world.api.worker()
    page = ann.made(f"performer/pools/{pool}/assignments", None)
    answer = ann.post(f"performer/assignments/{page['id']}/submit", {"solutions": [OK], "take_next": True})
    assert (answer["status"], answer["next"]["status"]) == ("ACCEPTED", "ACTIVE")
    assert answer["next"]["tasks"][0]["id"] != page["tasks"][0]["id"]
    assert ann.post(f"performer/pools/{pool}/assignments").body == answer["next"], "it is the one in hand"
    skipped = ann.post(f"performer/assignments/{answer['next']['id']}/skip", {"take_next": True})
    assert (skipped["status"], skipped["next"]["status"]) == ("SKIPPED", "ACTIVE")
    last = ann.post(f"performer/assignments/{skipped['next']['id']}/submit", {"solutions": [OK], "take_next": True})
    assert (last["status"], last["next_refused"]["code"], "next" in last.body) == ("ACCEPTED", "EMPTY_POOL", False)
    with organization_scope(world.organization.pk):
        assert Reward.objects.count() == 2, "what is refused then undoes nothing"


def test_a_banned_performer_may_finish_and_gets_nothing_further(world):
    pool = open_pool(world.api, tasks=3)
    ann_id, ann = world.api.worker()
    page = ann.made(f"performer/pools/{pool}/assignments", None)
    world.api.put("user-restrictions", {"scope": "POOL", "pool_id": pool, "user_id": ann_id, "private_comment": "why"})
    answer = ann.post(f"performer/assignments/{page['id']}/submit", {"solutions": [OK], "take_next": True})
    assert (answer["status"], answer["next_refused"]["code"]) == ("ACCEPTED", "ACCESS_DENIED")
    assert "why" not in str(answer.body)


def test_a_unit_runs_at_most_ten_statements(world):
    """Of a submit that completes a task with a vote, and the next take; in one call, and in two."""
    pool = open_pool(world.api, tasks=40, defaults={"default_overlap_for_new_tasks": 2},
                     quality_control={"configs": [VOTE]})  # fmt: skip
    (_, ann), (_, bob) = world.api.worker("Ann"), world.api.worker("Bob")
    pages = [one.made(f"performer/pools/{pool}/assignments", None) for one in (ann, bob)]
    most = {True: 0, False: 0}
    for number in range(24):
        worker, in_one = (ann, bob)[number % 2], number % 4 < 2
        body = {"solutions": [OK], **({"take_next": True} if in_one else {})}
        with CaptureQueriesContext(connection) as seen:
            answer = worker.post(f"performer/assignments/{pages[number % 2]['id']}/submit", body)
            taken = None if in_one else worker.post(f"performer/pools/{pool}/assignments")
        pages[number % 2] = answer["next"] if in_one else taken.body
        said = [sql for sql in asked(seen) if not sql.startswith("SELECT set_config")]
        most[in_one] = max(most[in_one], len(said))
    assert most == {True: 4, False: 6}, said
    with organization_scope(world.organization.pk):
        assert (
            CrowdEvent.objects.filter(kind="majority.judged").count()
            == 24 - PoolTask.objects.filter(answered=1).count()
        )


def test_a_look_in_vain_is_remembered_although_its_refusal_undoes_everything(world):
    pool = open_pool(world.api, tasks=1, defaults={"default_overlap_for_new_tasks": 2})
    ann_id, ann = world.api.worker()
    page = ann.made(f"performer/pools/{pool}/assignments", None)
    ann.post(f"performer/assignments/{page['id']}/submit", {"solutions": [OK]})
    assert ann.post(f"performer/pools/{pool}/assignments")["code"] == "EMPTY_POOL"
    with organization_scope(world.organization.pk):
        assert PerformerPool.objects.get(performer_id=ann_id).exhausted_at is not None
    # What comes new is found all the same, by a job too that began long ago.
    with organization_scope(world.organization.pk):
        held = Pool.objects.select_related("organization", "project").get(pk=pool)
        add_tasks(pool=held, actor=None, tasks=[NewPoolTask(IMAGE)], now=timezone.now() - timedelta(minutes=20))
    assert ann.post(f"performer/pools/{pool}/assignments").status == 201


def test_ones_own_overdue_suite_is_expired_before_those_of_others(world):
    """However many others are overdue, nobody is told to wait for that."""
    pool = open_pool(world.api, tasks=30)
    workers = [world.api.worker(f"Worker {number}")[1] for number in range(25)]
    for worker in workers:
        worker.made(f"performer/pools/{pool}/assignments", None)
    with organization_scope(world.organization.pk):
        Assignment.objects.update(expires_at=timezone.now())
    assert workers[-1].post(f"performer/pools/{pool}/assignments").status == 201


def test_tasks_of_two_batches_are_completed_at_once():
    crowd = make_crowd()
    place, now = {"organization": crowd.organization, "actor": None}, timezone.now()
    with crowd.scope():
        batches = [create_batch(project=crowd.project, actor=None, name=name, now=now) for name in "ab"]
        news = [NewTask(type="custom", params={}, project=crowd.project, batch=batch) for batch in (*batches, *batches)]
        tasks = [create_task(**place, new=new, now=now) for new in news]
        given = [Completion(task.pk, {"result": "OK"}) for task in tasks]
        assert len(complete_tasks(organization=crowd.organization, completions=given, now=now)) == 4
        assert complete_tasks(organization=crowd.organization, completions=given, now=now) == []
        assert set(Batch.objects.values_list("status", flat=True)) == {"completed"}
        assert Event.objects.filter(type=EventType.TASK_COMPLETED).count() == 4
