"""Pools: what may be done when, who is let in, what comes back, and how they end."""

from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from audits.models import Task
from audits.services.batches import create_batch
from audits.services.tasks import NewTask, create_task
from crowd_rules.models import Assignment, Pool, PoolTask, Reward, Skill, SkillChange, Solution
from crowd_rules.services.hand_out import expire_assignments, offers
from crowd_rules.services.performers import Profile, change_profile, enter_by_token, renew_token
from crowd_rules.services.pool_completion import close_finished_pools
from crowd_rules.services.pool_tasks import NewPoolTask, NewSuite, add_project_tasks, add_suites, add_tasks, change_task
from crowd_rules.services.pools import PoolSettings, archive_pool, close_pool, create_pool, open_pool, update_pool
from crowd_rules.services.refusals import (
    EmptyPool,
    MixingNeeded,
    NothingLeft,
    SkillMissing,
    WrongPoolStatus,
    WrongStatus,
)
from crowd_rules.services.restrictions import restrict
from crowd_rules.services.review import accept_assignment, accept_overdue, reject_assignment
from crowd_rules.services.skills import remove_skill, set_skill
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.models import Event, EventType
from tests.crowd_rules.crowd import config, make_crowd, rule
from tests.factories import forget_scope

pytestmark = pytest.mark.django_db


def settings_of(**given):
    return PoolSettings(private_name="pool", **given)


def at(crowd):
    return {"actor": crowd.owner, "now": timezone.now()}


@contextmanager
def refused(crowd, error, match=None):
    """A scope of its own, which the refusal undoes as the end of a request does."""
    with pytest.raises(error, match=match) as caught, crowd.scope():
        yield caught


def decide(crowd, how, assignment, **more):
    with crowd.scope():
        return how(organization=crowd.organization, assignment_id=assignment.pk, **at(crowd), **more)


def test_a_pool_is_opened_closed_and_archived_in_that_order():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=2)
    with crowd.scope():
        assert not open_pool(pool=pool, **at(crowd))
    with refused(crowd, WrongPoolStatus):
        update_pool(pool=pool, settings=settings_of(), **at(crowd))
    with refused(crowd, WrongPoolStatus):
        archive_pool(pool=pool, **at(crowd))
    with crowd.scope():
        assert close_pool(pool=pool, **at(crowd))
        assert not close_pool(pool=pool, **at(crowd))
        assert update_pool(pool=pool, settings=settings_of(reward=Decimal(1)), **at(crowd)).reward == 1
        assert archive_pool(pool=pool, **at(crowd))
    with refused(crowd, WrongPoolStatus):
        open_pool(pool=pool, **at(crowd))
    with crowd.scope():
        types = set(Event.objects.filter(subject_id=pool.pk).values_list("type", flat=True))
    assert types == {f"pool.{what}" for what in ("created", "opened", "closed", "changed", "archived")}


def test_a_pool_with_a_rule_that_reviews_keeps_its_review():
    crowd = make_crowd("ann")
    pool = crowd.pool(auto_accept_solutions=False, auto_accept_period_day=3)
    accept_all = rule(("assignments_accepted_count", "GTE", 5), action="APPROVE_ALL_ASSIGNMENTS")
    crowd.rule(pool, config("ANSWER_COUNT", accept_all))
    with crowd.scope():
        close_pool(pool=pool, **at(crowd))
    with refused(crowd, InvalidInput) as caught:
        update_pool(pool=pool, settings=settings_of(auto_accept_solutions=True), **at(crowd))
    assert list(caught.value.fields) == ["auto_accept_solutions"]
    crowd.rule(pool)
    with crowd.scope():
        changed = update_pool(pool=pool, settings=settings_of(auto_accept_solutions=True), **at(crowd))
    assert changed.auto_accept_solutions


def test_an_empty_pool_is_not_opened_and_wrong_settings_are_named_at_their_fields():
    crowd = make_crowd("ann")
    with crowd.scope():
        pool = create_pool(project=crowd.project, settings=settings_of(), **at(crowd))
        pool.organization = crowd.organization
    with refused(crowd, EmptyPool):
        open_pool(pool=pool, **at(crowd))
    wrong = {"auto_accept_solutions": False, "auto_accept_period_day": 22, "default_overlap": 0,
             "reward": Decimal(-1), "filter": {"or": []}}  # fmt: skip
    with refused(crowd, InvalidInput) as caught:
        create_pool(project=crowd.project, settings=settings_of(**wrong), **at(crowd))
    assert set(caught.value.fields) == {"auto_accept_period_day", "default_overlap", "reward", "filter"}


def test_tasks_of_a_batch_go_through_the_pool_and_complete_the_batch():
    crowd = make_crowd("ann")
    with crowd.scope():
        batch = create_batch(project=crowd.project, actor=None, name="first", now=timezone.now())
        for number in range(3):
            new = NewTask(type="custom", params={"n": number}, project=crowd.project, batch=batch)
            create_task(organization=crowd.organization, actor=None, new=new, now=timezone.now())
        pool = create_pool(project=crowd.project, settings=settings_of(), **at(crowd))
        pool.organization = crowd.organization
        assert add_project_tasks(pool=pool, batch_id=batch.pk, **at(crowd)) == 3
        assert add_project_tasks(pool=pool, **at(crowd)) == 0
        open_pool(pool=pool, **at(crowd))
    for _ in range(3):
        crowd.do("ann", pool)
    with crowd.scope():
        task = Task.objects.select_related("completed_by").first()
        batch.refresh_from_db()
        assert (task.status, task.response, task.completed_by.external_id) == ("completed", {"result": "OK"}, "ann")
        assert batch.status == "completed"
        assert Event.objects.filter(type=EventType.TASK_COMPLETED).count() == 3


def test_a_pool_closes_by_itself_when_everything_is_done():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=2)
    crowd.do("ann", pool)
    assert close_finished_pools(now=timezone.now()) == 0
    crowd.do("ann", pool)
    assert close_finished_pools(now=timezone.now()) == 1
    with crowd.scope():
        pool.refresh_from_db()
    assert (pool.status, pool.last_close_reason) == ("CLOSED", "COMPLETED")


def test_an_expired_assignment_comes_back_by_the_clock_of_the_database():
    crowd = make_crowd("ann", "bob")
    pool = crowd.pool(tasks=1, assignment_max_duration_seconds=60)
    issued = crowd.take("ann", pool)
    with pytest.raises(NothingLeft):
        crowd.take("bob", pool)
    crowd.let_pass(seconds=61)
    with pytest.raises(WrongStatus, match="time"):
        crowd.submit("ann", issued)
    assert crowd.take("bob", pool).tasks == issued.tasks
    crowd.let_pass(seconds=61)
    assert expire_assignments() == 1
    # An expiry, unlike a skip, lets the same task come to the same performer again.
    assert crowd.take("ann", pool).tasks == issued.tasks


def test_a_skipped_suite_never_comes_back_to_who_skipped_it():
    crowd = make_crowd("ann", "bob")
    pool = crowd.pool(tasks=1)
    crowd.skip("ann", pool)
    with pytest.raises(NothingLeft):
        crowd.take("ann", pool)
    assert crowd.take("bob", pool)


def test_somebody_elses_assignment_is_unknown():
    crowd = make_crowd("ann", "bob")
    pool = crowd.pool(tasks=2)
    issued = crowd.take("ann", pool)
    with pytest.raises(NotFound):
        crowd.submit("bob", issued)


def test_filters_by_skill_and_profile():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    good = {"category": "skill", "key": skill.pk.hex, "operator": "GTE", "value": 80}
    german = {"category": "profile", "key": "country", "operator": "EQ", "value": "DE"}
    reads = {"category": "profile", "key": "languages", "operator": "IN", "value": ["EN", "DE"]}
    wants = {"and": [{"or": [good, german]}, {"or": [reads]}]}
    pool = crowd.pool(tasks=5, filter=wants)
    ann = crowd.performer("ann")
    with pytest.raises(SkillMissing):
        crowd.take("ann", pool)
    with crowd.scope():
        change_profile(account=ann.accounts.select_related("organization").get(),
                       profile=Profile(languages=["en"]), **at(crowd))  # fmt: skip
        value = set_skill(
            organization=crowd.organization, performer=ann, skill=skill, value=Decimal("79.4"), **at(crowd)
        )
    with pytest.raises(SkillMissing):
        crowd.take("ann", pool)
    with crowd.scope():
        set_skill(organization=crowd.organization, performer=ann, skill=skill, value=Decimal("79.5"), **at(crowd))
    crowd.do("ann", pool)
    with crowd.scope():
        remove_skill(organization=crowd.organization, performer_skill_id=value.pk, **at(crowd))
        (offer,) = offers(organization=crowd.organization, performer=ann)
    assert (offer.available, offer.reason) == (False, "SKILL")


def test_a_training_opens_the_pool_behind_it():
    crowd = make_crowd("ann", "bob")
    training = crowd.pool(tasks=0, type=Pool.Type.TRAINING, real_tasks_count=0, training_tasks_count=2)
    with crowd.scope():
        known = [{"output_values": {"result": "OK"}}]
        add_tasks(pool=training, tasks=[NewPoolTask({"n": n}, known_solutions=known, message_on_unknown_solution="look")
                                        for n in range(4)], **at(crowd))  # fmt: skip
        open_pool(pool=training, **at(crowd))
    pool = crowd.pool(tasks=3, training_pool_id=training.pk, training_passing_skill_value=70)
    for name, answer in (("ann", "OK"), ("bob", "BAD")):
        with pytest.raises(SkillMissing):
            crowd.take(name, pool)
        crowd.do(name, training, answer)
    assert crowd.take("ann", pool)
    with pytest.raises(SkillMissing):
        crowd.take("bob", pool)
    with crowd.scope():
        changes = SkillChange.objects.order_by("id").values_list("performer__external_id", "after", "cause__by")
        assert list(changes) == [("ann", 100, "training"), ("bob", 0, "training")]


def test_a_training_that_is_too_long_ago_opens_nothing():
    crowd = make_crowd("ann")
    training = crowd.pool(tasks=0, type=Pool.Type.TRAINING, real_tasks_count=0, training_tasks_count=1)
    with crowd.scope():
        known = [{"output_values": {"result": "OK"}}]
        task = NewPoolTask({"n": 0}, known_solutions=known, message_on_unknown_solution="look")
        add_tasks(pool=training, tasks=[task], **at(crowd))
        open_pool(pool=training, **at(crowd))
        Skill.objects.filter(training=True).update(skill_ttl_hours=24)
    pool = crowd.pool(tasks=3, training_pool_id=training.pk, training_passing_skill_value=70)
    crowd.do("ann", training)
    crowd.let_pass(hours=23)
    crowd.do("ann", pool)
    crowd.let_pass(hours=2)
    with pytest.raises(SkillMissing):
        crowd.take("ann", pool)


@pytest.mark.parametrize(("weight", "right"), [(None, True), (0.5, True), (0, False)])
def test_a_known_solution_that_weighs_nothing_is_a_wrong_one(weight, right):
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=1, golden_tasks_count=1)
    known = [{"output_values": {"result": "OK"}}, {"output_values": {"result": "NEAR"}, "correctness_weight": weight}]
    with crowd.scope():
        add_tasks(pool=pool, tasks=[NewPoolTask({"control": 1}, known_solutions=known)], **at(crowd))
    crowd.do("ann", pool, "NEAR")
    with crowd.scope():
        assert Solution.objects.get(pool_task__kind="CONTROL").is_correct is right


def test_control_tasks_are_placed_by_the_seed_and_look_like_others():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=12, controls=3, real_tasks_count=4, golden_tasks_count=1)
    pages = []
    for _ in range(3):
        issued = crowd.take("ann", pool)
        kinds = ["control" in task.input_values for task in issued.tasks]
        assert (len(kinds), sum(kinds)) == (5, 1)
        pages.append(kinds.index(True))
        crowd.submit("ann", issued)
    with crowd.scope():
        assert PoolTask.objects.controls().filter(issued=0, answered=0).count() == 3, (
            "rows that all share are not written"
        )


def test_suites_made_by_hand_keep_their_order_and_their_overlap():
    crowd = make_crowd("ann", "bob")
    with crowd.scope():
        settings = settings_of(mixing=False, keep_task_order=True, shuffle_tasks_in_task_suite=False)
        pool = create_pool(project=crowd.project, settings=settings, **at(crowd))
        pool.organization = crowd.organization
    with refused(crowd, MixingNeeded):
        add_tasks(pool=pool, tasks=[NewPoolTask({"n": 1})], **at(crowd))
    with crowd.scope():
        pages = [NewSuite([NewPoolTask({"n": 10 * page + n}) for n in range(3)], overlap=2) for page in range(2)]
        add_suites(pool=pool, suites=pages, **at(crowd))
        open_pool(pool=pool, **at(crowd))
    for name in ("ann", "bob"):
        for first in (0, 10):
            issued = crowd.take(name, pool)
            assert [task.input_values["n"] for task in issued.tasks] == [first, first + 1, first + 2]
            crowd.submit(name, issued)
        with pytest.raises(NothingLeft):
            crowd.take(name, pool)
    with crowd.scope():
        assert pool.tasks.filter(state="AGREED").count() == 6


def test_review_moves_only_as_the_wire_allows():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=3, auto_accept_solutions=False, auto_accept_period_day=3)
    first = crowd.do("ann", pool)
    with pytest.raises(InvalidInput, match="performer reads it"):
        decide(crowd, reject_assignment, first, public_comment=" ")
    decide(crowd, reject_assignment, first, public_comment="empty")
    with pytest.raises(WrongStatus):
        decide(crowd, reject_assignment, first, public_comment="again")
    assert decide(crowd, accept_assignment, first).status == "ACCEPTED"
    with pytest.raises(WrongStatus) as caught:
        decide(crowd, reject_assignment, first, public_comment="after all")
    assert caught.value.data == {"appropriate_statuses": ["SUBMITTED"]}
    with crowd.scope():
        assert Reward.objects.count() == 1
        task = pool.tasks.get(answered=1)
        assert task.state == "AGREED"


def test_what_nobody_decides_is_accepted_after_the_period():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=2, auto_accept_solutions=False, auto_accept_period_day=3)
    assignment = crowd.do("ann", pool)
    assert accept_overdue() == 0
    crowd.let_pass(days=3, seconds=1)
    assert accept_overdue() == 1
    with crowd.scope():
        assert Assignment.objects.get(pk=assignment.pk).status == "ACCEPTED"
        assert Reward.objects.count() == 1


def test_an_overlap_is_never_set_below_what_is_issued():
    crowd = make_crowd("ann", "bob")
    pool = crowd.pool(tasks=1, default_overlap=3)
    crowd.do("ann", pool)
    crowd.do("bob", pool)
    with crowd.scope():
        task = pool.tasks.get()
    with refused(crowd, InvalidInput, "2 performers"):
        change_task(organization=crowd.organization, task_id=task.pk, changes={"overlap": 1}, **at(crowd))
    with crowd.scope():
        changed = change_task(
            organization=crowd.organization, task_id=task.pk, changes={"overlap_or_min": 1}, **at(crowd)
        )
    assert changed.overlap == 2


def test_a_token_opens_its_own_organization_only_and_an_old_one_nothing():
    crowd = make_crowd("ann")
    with crowd.scope():
        account = crowd.performer("ann").accounts.select_related("organization").get()
        old = renew_token(account=account, **at(crowd))
        new = renew_token(account=account, **at(crowd))
    forget_scope()
    assert enter_by_token(token=old) is None
    assert enter_by_token(token=new + "x") is None
    found = enter_by_token(token=new)
    assert (found.performer.external_id, found.organization) == ("ann", crowd.organization)
    assert PoolTask.objects.count() == 0


def test_restrictions_of_one_pool_leave_the_others_open():
    crowd = make_crowd("ann")
    first, second = crowd.pool(tasks=1), crowd.pool(tasks=1)
    with crowd.scope():
        restrict(organization=crowd.organization, performer=crowd.performer("ann"), scope="POOL", pool=first,
                 until=timezone.now() + timedelta(days=1), private_comment="secret", **at(crowd))  # fmt: skip
        found = {offer.pool.pk: offer for offer in offers(organization=crowd.organization,
                                                          performer=crowd.performer("ann"))}  # fmt: skip
    assert (found[first.pk].reason, found[second.pk].available) == ("RESTRICTED", True)
    assert "secret" not in repr(found)
