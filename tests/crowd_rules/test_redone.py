"""A task that an audit rejected and sent back is done again in its pool, by others, and their answers alone decide."""

import pytest
from django.utils import timezone

from audits.models import Task
from audits.services.redos import redo_task
from crowd_rules.models import Assignment, Pool, PoolTask, Solution
from crowd_rules.services.aggregation import aggregate_pool, estimate_by_dawid_skene
from crowd_rules.services.audit_loop import follow_audits
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.pool_completion import close_finished_pools
from crowd_rules.services.pool_tasks import NewPoolTask, NewSuite, add_suites
from crowd_rules.services.pools import close_pool, open_pool
from crowd_rules.services.refusals import NothingLeft, WrongPoolStatus
from crowd_rules.services.review import reject_assignment
from labelops.tenancy.models import Event, Membership
from tests.crowd_rules.crowd import make_crowd
from tests.crowd_rules.test_audit_loop import audit
from tests.crowd_rules.workplace import office_address
from tests.factories import client_of

pytestmark = pytest.mark.django_db
FIRST, SECOND = ("ann", "bob", "cem"), ("dee", "eve", "fay")


@pytest.fixture
def crowd():
    return make_crowd(*FIRST, *SECOND)


def task_of(crowd) -> Task:
    with crowd.scope():
        return Task.objects.get()


def send_back(crowd, task):
    """Rejects the task and sends it back; the pool hears of it with the next look at the log."""
    audit(crowd, task.pk, "rejected")
    with crowd.scope():
        member = Membership.objects.for_organization(crowd.organization).select_related("user", "organization").get()
        redo_task(by=member, task_id=task.pk, now=timezone.now())


def test_the_overlap_opens_again_for_others_and_their_answers_decide(crowd):
    pool = crowd.pool(tasks=1, default_overlap=3, aggregation_threshold=2)
    for name in FIRST:
        crowd.do(name, pool, "duck")
    send_back(crowd, task_of(crowd))
    with pytest.raises(NothingLeft):
        crowd.take("dee", pool)
    follow_audits()
    follow_audits()  # The late seconds are read again, and nothing opens twice.

    with pytest.raises(NothingLeft):
        crowd.take("ann", pool)
    crowd.do("dee", pool, "goose")
    crowd.do("eve", pool, "swan")
    assert task_of(crowd).status == "pending"
    crowd.do("fay", pool, "goose")
    task = task_of(crowd)
    # Three ducks of before would have won.
    assert (task.status, task.response, task.prior_responses) == (
        "completed",
        {"result": "goose"},
        [{"result": "duck"}],
    )
    with crowd.scope():
        kept = PoolTask.objects.get()
        assert (kept.overlap, kept.issued, kept.answered, kept.state, kept.attempt) == (6, 6, 6, "AGREED", 2)
        assert Solution.objects.count() == 6
    with pytest.raises(NothingLeft):
        crowd.take("gil", pool)


def test_a_third_round_asks_for_as_many_again(crowd):
    pool = crowd.pool(tasks=1, default_overlap=1)
    for name in ("ann", "bob"):
        crowd.do(name, pool, name)
        send_back(crowd, task_of(crowd))
        follow_audits()
    crowd.do("cem", pool, "cem")
    assert task_of(crowd).response == {"result": "cem"}
    with crowd.scope():
        assert PoolTask.objects.get().overlap == 3


def test_answers_that_replaced_rejected_ones_are_not_asked_for_again(crowd):
    pool = crowd.pool(tasks=1, default_overlap=1, auto_accept_solutions=False, auto_accept_period_day=3)
    first = crowd.do("ann", pool)
    with crowd.scope():
        place = {"organization": crowd.organization, "actor": crowd.owner, "now": timezone.now()}
        reject_assignment(assignment_id=first.pk, public_comment="no", **place)
        PoolTask.objects.update(overlap=2)
    second = crowd.do("bob", pool, "duck")
    client_of(crowd.owner).post(office_address(crowd, f"review/{second.pk.hex}/decide/"), {"accept": "1"})
    assert task_of(crowd).status == "completed"
    send_back(crowd, task_of(crowd))
    follow_audits()
    with crowd.scope():
        assert PoolTask.objects.get().overlap == 3


def test_a_pool_that_was_done_opens_by_itself_and_one_that_somebody_closed_says_that_there_is_work(crowd):
    pool = crowd.pool(tasks=1)
    crowd.do("ann", pool)
    assert close_finished_pools(now=timezone.now()) == 1
    send_back(crowd, task_of(crowd))
    follow_audits()
    with crowd.scope():
        assert Pool.objects.get().status == "OPEN"
        assert [one.after for one in Event.objects.filter(type="pool.opened").order_by("id")][-1] == {"reason": "REDO"}
    assert close_finished_pools(now=timezone.now()) == 0, "there is a task to be done"
    crowd.do("bob", pool)
    with crowd.scope():
        close_pool(pool=pool, actor=crowd.owner, now=timezone.now())
    send_back(crowd, task_of(crowd))
    follow_audits()
    with pytest.raises(WrongPoolStatus):
        crowd.take("cem", pool)
    page = client_of(crowd.owner).get(office_address(crowd, f"pools/{pool.pk.hex}/")).content.decode()
    assert "1 task was sent back by an audit" in page
    assert "There is work again: open the pool" in page
    with crowd.scope():
        open_pool(pool=pool, actor=crowd.owner, now=timezone.now())
    crowd.do("cem", pool)
    assert (
        "sent back" not in client_of(crowd.owner).get(office_address(crowd, f"pools/{pool.pk.hex}/")).content.decode()
    )


def test_a_suite_made_by_hand_is_issued_again_as_a_whole(crowd):
    pool = crowd.pool(tasks=0, mixing=False)
    with crowd.scope():
        tasks = [NewPoolTask(input_values={"n": number}) for number in range(2)]
        add_suites(pool=pool, actor=crowd.owner, suites=[NewSuite(tasks=tasks)], now=timezone.now())
        open_pool(pool=pool, actor=crowd.owner, now=timezone.now())
    crowd.do("ann", pool, "duck")
    with crowd.scope():
        task = Task.objects.order_by("id").first()
    send_back(crowd, task)
    follow_audits()
    with pytest.raises(NothingLeft):
        crowd.take("ann", pool)
    crowd.do("bob", pool, "goose")
    with crowd.scope():
        assert [one.response for one in Task.objects.order_by("id")] == [{"result": "goose"}, {"result": "duck"}]
        assert set(PoolTask.objects.values_list("overlap", "issued", "answered")) == {(2, 2, 2)}
        assert Assignment.objects.values("suite").distinct().count() == 1


def test_an_estimate_reads_only_the_new_answers(crowd):
    pool = crowd.pool(tasks=1, default_overlap=2, aggregation="DAWID_SKENE")
    for name in FIRST[:2]:
        crowd.do(name, pool, "duck")
    estimate(crowd, pool)
    send_back(crowd, task_of(crowd))
    follow_audits()
    crowd.do("dee", pool, "goose")
    with crowd.scope():
        assert [winner for winner, _ in estimate_by_dawid_skene(pool=pool).values()] == ['{"result": "goose"}']
    crowd.do("eve", pool, "goose")
    estimate(crowd, pool)
    assert task_of(crowd).response == {"result": "goose"}


def estimate(crowd, pool):
    with crowd.scope():
        operation = aggregate_pool(pool=pool, actor=crowd.owner, now=timezone.now())
    run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())


def test_what_was_completed_elsewhere_meanwhile_is_not_asked_for(crowd):
    pool = crowd.pool(tasks=1)
    crowd.do("ann", pool)
    send_back(crowd, task_of(crowd))
    with crowd.scope():
        Task.objects.update(status="completed", response={"result": "elsewhere"}, completed_at=timezone.now())
    follow_audits()
    with pytest.raises(NothingLeft):
        crowd.take("bob", pool)
