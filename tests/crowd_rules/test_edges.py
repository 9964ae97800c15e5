"""Where the meaning of rules has edges: shadow and on, the project's rules, figures of one event, work left behind."""

from decimal import Decimal

import pytest
from django.utils import timezone

from crowd_rules.models import Operation, RuleFiring
from crowd_rules.services import jobs
from crowd_rules.services.jobs import run_operation
from crowd_rules.services.operations import start_operation
from crowd_rules.services.pool_completion import close_finished_pools
from crowd_rules.services.pool_tasks import NewPoolTask, NewSuite, add_suites, change_suite, change_task
from crowd_rules.services.pools import archive_pool, close_pool, open_pool
from crowd_rules.services.refusals import WorkInHand, WorkUndecided
from crowd_rules.services.restrictions import restrict
from crowd_rules.services.review import accept_assignment, reject_assignment, review_all
from crowd_rules.services.rules import rules_of, set_rules, set_shadow
from crowd_rules.services.skills import remove_skill, set_skill
from tests.crowd_rules.crowd import config, make_crowd, rule, suspend

pytestmark = pytest.mark.django_db
SKIPS = suspend(("skipped_in_row_count", "GTE", 2))


def at(crowd):
    return {"actor": crowd.owner, "now": timezone.now()}


def test_a_rule_that_fired_in_shadow_acts_at_the_next_event_once_it_is_on():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=10, rules=[config("SKIPPED_IN_ROW_ASSIGNMENTS", {**SKIPS, "shadow": True})])
    for _ in range(3):
        crowd.skip("ann", pool)
    with crowd.scope():
        assert RuleFiring.objects.count() == 1, "once per crossing, in shadow too"
        ((only,),) = (one.standing_rules for one in rules_of(project=crowd.project, pool=pool))
        set_shadow(pool=pool, project=crowd.project, rule_id=only.pk, shadow=False, **at(crowd))
    crowd.skip("ann", pool)
    assert len(crowd.restrictions("ann")) == 1


def test_eq_on_the_figures_of_one_suite_is_plain_equality():
    crowd = make_crowd("ann")
    first = rule(("rejected_assignments_count", "EQ", 1), ("accepted_assignments_count", "EQ", 0),
                 action="CHANGE_OVERLAP", delta=1, open_pool=True)  # fmt: skip
    pool = crowd.pool(tasks=1, auto_accept_solutions=False, auto_accept_period_day=3,
                      rules=[config("ASSIGNMENTS_ASSESSMENT", first)])  # fmt: skip
    assignment = crowd.do("ann", pool)
    with crowd.scope():
        reject_assignment(organization=crowd.organization, assignment_id=assignment.pk, public_comment="no bird",
                          **at(crowd))  # fmt: skip
        assert pool.tasks.get().overlap == 2


AGAIN = {"action": "CHANGE_OVERLAP", "delta": 1, "open_pool": False}


def test_a_projects_rule_hears_of_lost_access():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=2)
    again = config("USERS_ASSESSMENT", rule(("pool_access_revoked_reason", "EQ", "RESTRICTION"), **AGAIN))
    crowd.do("ann", pool)
    with crowd.scope():
        set_rules(project=crowd.project, pool=None, configs=[again], **at(crowd))
        restrict(organization=crowd.organization, performer=crowd.performer("ann"), scope="POOL", pool=pool, until=None,
                 **at(crowd))  # fmt: skip
        assert Operation.objects.filter(type="POOL.REDO").count() == 1


def test_a_skill_taken_away_is_lost_access_too():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    wants = {"and": [{"or": [{"category": "skill", "key": skill.pk.hex, "operator": "GTE", "value": 50}]}]}
    again = config("USERS_ASSESSMENT", rule(("pool_access_revoked_reason", "EQ", "SKILL_CHANGE"), **AGAIN))
    with crowd.scope():
        value = set_skill(organization=crowd.organization, performer=crowd.performer("ann"), skill=skill,
                          value=Decimal(60), **at(crowd))  # fmt: skip
    crowd.do("ann", crowd.pool(tasks=2, filter=wants, rules=[again]))
    with crowd.scope():
        remove_skill(organization=crowd.organization, performer_skill_id=value.pk, **at(crowd))
        assert Operation.objects.filter(type="POOL.REDO").count() == 1


def test_a_pool_is_not_archived_over_work_that_would_never_be_paid():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=2, auto_accept_solutions=False, auto_accept_period_day=3)
    issued = crowd.take("ann", pool)
    with crowd.scope():
        close_pool(pool=pool, **at(crowd))
    with pytest.raises(WorkInHand), crowd.scope():
        archive_pool(pool=pool, **at(crowd))
    assignment = crowd.submit("ann", issued)
    with pytest.raises(WorkUndecided), crowd.scope():
        archive_pool(pool=pool, **at(crowd))
    with crowd.scope():
        reject_assignment(organization=crowd.organization, assignment_id=assignment.pk, public_comment="no bird",
                          **at(crowd))  # fmt: skip
        assert archive_pool(pool=pool, **at(crowd))


@pytest.mark.parametrize("way", ["by hand", "suite", "rule", "review"])
def test_a_task_that_needs_no_more_answers_gets_its_response(way):
    crowd = make_crowd("ann", "bob")
    less = rule(("rejected_audits_count" if way == "rule" else "accepted_assignments_count", "GTE", 1),
                action="CHANGE_OVERLAP", delta=-1, open_pool=False)  # fmt: skip
    listens = "AUDIT_VERDICTS" if way == "rule" else "ASSIGNMENTS_ASSESSMENT"
    vote = config("MAJORITY_VOTE", rule(("total_answers_count", "GTE", 1), action="SET_SKILL_FROM_OUTPUT_FIELD",
                                        skill_id=(skill := crowd.skill()).pk.hex, from_field="correct_answers_rate"),
                  answer_threshold=1)  # fmt: skip
    given = {"auto_accept_solutions": False, "auto_accept_period_day": 3} if way == "review" else {}
    pool = crowd.pool(tasks=0 if way == "suite" else 1, default_overlap=3, mixing=way != "suite",
                      rules=[vote, config(listens, less)], **given)  # fmt: skip
    if way == "suite":
        with crowd.scope():
            add_suites(pool=pool, suites=[NewSuite([NewPoolTask(input_values={"n": 1})])], **at(crowd))
            open_pool(pool=pool, **at(crowd))
    done = [crowd.do(name, pool) for name in ("ann", "bob")]
    with crowd.scope():
        task = pool.tasks.get()
        place = {"organization": crowd.organization, **at(crowd)}
        if way == "by hand":
            change_task(task_id=task.pk, changes={"overlap": 2}, **place)
        elif way == "suite":
            change_suite(suite_id=task.suite_id, changes={"overlap_or_min": 1}, **place)
        elif way == "review":
            for one in done:
                accept_assignment(assignment_id=one.pk, **place)
        else:
            parameters = {"pool_id": pool.pk.hex, "performer_id": crowd.performer("ann").pk.hex, "delta": -1,
                          "open_pool": False, "suite_id": done[0].suite_id.hex}  # fmt: skip
            operation = start_operation(organization=crowd.organization, type="POOL.REDO", parameters=parameters,
                                        now=timezone.now())  # fmt: skip
    if way == "rule":
        run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())
    with crowd.scope():
        task.refresh_from_db()
        assert (task.overlap, task.state, task.task.response) == (2, "AGREED", {"result": "OK"})
    assert [crowd.value(name, skill) for name in ("ann", "bob")] == [100, 100], "the majority rules hear of it"


def test_a_pool_that_was_done_does_not_close_over_work_that_was_asked_for_again():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=1, auto_close_after_complete_delay_seconds=600)
    crowd.do("ann", pool)
    close_finished_pools(now=timezone.now())
    with crowd.scope():
        pool.refresh_from_db()
        assert (pool.status, pool.completed_at is None) == ("OPEN", False)
        change_task(organization=crowd.organization, task_id=pool.tasks.get().pk, changes={"overlap": 2}, **at(crowd))
        pool.refresh_from_db()
        assert pool.completed_at is None


def test_what_the_clock_has_ended_stands_in_no_archives_way():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=2)
    crowd.take("ann", pool)
    crowd.let_pass(days=1)
    with crowd.scope():
        close_pool(pool=pool, **at(crowd))
        assert archive_pool(pool=pool, **at(crowd))


@pytest.mark.parametrize("accept", [True, False])
def test_what_somebody_decides_while_all_is_being_decided_stops_nothing(monkeypatch, accept):
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=3, auto_accept_solutions=False, auto_accept_period_day=3)
    handed_in = [crowd.do("ann", pool).pk for _ in range(3)]
    name = "accept_assignment" if accept else "reject_assignment"
    decide = getattr(jobs, name)

    def somebody_was_faster(**given):
        if len(handed_in) == 3:
            handed_in.remove(given["assignment_id"])
            decide(**{**given, "assignment_id": handed_in[0]})
        return decide(**given)

    monkeypatch.setattr(jobs, name, somebody_was_faster)
    with crowd.scope():
        operation = review_all(pool=pool, actor=None, accept=accept, public_comment="all", now=timezone.now())
    run_operation(organization_id=crowd.organization.pk, operation_id=operation.pk, now=timezone.now())
    with crowd.scope():
        operation.refresh_from_db()
        assert (operation.status, operation.details["done"]) == ("SUCCESS", 3)
        assert pool.assignments.filter(status="ACCEPTED" if accept else "REJECTED").count() == 3
