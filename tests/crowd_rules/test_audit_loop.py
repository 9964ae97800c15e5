"""An audit's verdict comes back to who did the work, within the next look at the event log."""

from decimal import Decimal

import pytest
from django.utils import timezone

from audits.models import Task
from audits.services.audits import Judgement, record_verdict
from audits.services.redos import redo_task
from audits.services.reverts import revert_audit
from audits.services.tasks import complete_task
from crowd_rules.models import CrowdEvent, PerformerPool, Solution
from crowd_rules.services.audit_loop import follow_audits
from labelops.tenancy.models import Membership
from tests.crowd_rules.crowd import config, make_crowd, rule, suspend

pytestmark = pytest.mark.django_db


def audit(crowd, task_id, verdict, response=None):
    with crowd.scope():
        member = Membership.objects.for_organization(crowd.organization).select_related("user", "organization").get()
        record_verdict(auditor=member, task_id=task_id, judgement=Judgement(verdict, "seen", response),
                       now=timezone.now())  # fmt: skip


def verdicts(crowd):
    with crowd.scope():
        rows = CrowdEvent.objects.filter(kind="audit.judged").order_by("at", "id")
        return [(row.performer.external_id, row.facts["verdict"]) for row in rows.select_related("performer")]


def test_each_answer_is_judged_against_the_response_after_the_audit():
    crowd = make_crowd("ann", "bob", "cem")
    pool = crowd.pool(tasks=1, default_overlap=3)
    for name, answer in (("ann", "duck"), ("bob", "goose"), ("cem", "duck")):
        crowd.do(name, pool, answer)
    with crowd.scope():
        task = Task.objects.get()
        assert task.response == {"result": "duck"}
    audit(crowd, task.pk, "fixed", {"result": "goose"})

    assert follow_audits() == 3
    assert sorted(verdicts(crowd)) == [("ann", "fixed"), ("bob", "accepted"), ("cem", "fixed")]
    assert follow_audits() == 0, "the late seconds are read again, and nothing is judged twice"
    with crowd.scope():
        assert sorted(Solution.objects.values_list("audit_verdict", flat=True)) == ["accepted", "fixed", "fixed"]


def test_rejected_work_shuts_its_performer_out():
    crowd = make_crowd("ann")
    ban = suspend(("rejected_audits_count", "GTE", 2), scope="PROJECT")
    pool = crowd.pool(tasks=3, rules=[config("AUDIT_VERDICTS", ban, history_size=10)])
    for _ in range(3):
        crowd.do("ann", pool)
    with crowd.scope():
        tasks = list(Task.objects.order_by("id").values_list("pk", flat=True))
    audit(crowd, tasks[0], "rejected")
    audit(crowd, tasks[1], "accepted")
    follow_audits()
    assert crowd.restrictions("ann") == []
    audit(crowd, tasks[2], "rejected")
    follow_audits()
    assert [one.scope for one in crowd.restrictions("ann")] == ["PROJECT"]


def test_a_second_audit_replaces_the_first_and_work_from_before_a_restriction_counts_no_more():
    crowd = make_crowd("ann")
    skill = crowd.skill()
    share = rule(("total_audits_count", "GTE", 1), action="SET_SKILL_FROM_OUTPUT_FIELD", skill_id=skill.pk.hex,
                 from_field="accepted_audits_rate")  # fmt: skip
    pool = crowd.pool(tasks=3, rules=[config("AUDIT_VERDICTS", share)])
    crowd.do("ann", pool)
    with crowd.scope():
        task = Task.objects.get(status="completed")
    audit(crowd, task.pk, "rejected")
    follow_audits()
    audit(crowd, task.pk, "accepted")
    follow_audits()
    assert crowd.value("ann", skill) == 100
    with crowd.scope():
        assert pool.tasks.get(task=task).solutions.get().audit_verdict == "accepted"


def take_back(crowd, task_id):
    with crowd.scope():
        member = Membership.objects.for_organization(crowd.organization).select_related("user", "organization").get()
        revert_audit(by=member, task_id=task_id, now=timezone.now())


@pytest.mark.parametrize("window", [{}, {"history_size": 5}])
def test_an_undone_verdict_counts_no_more_and_what_stood_before_stands_again(window):
    crowd = make_crowd("ann")
    skill = crowd.skill()
    share = rule(("total_audits_count", "GTE", 1), action="SET_SKILL_FROM_OUTPUT_FIELD", skill_id=skill.pk.hex,
                 from_field="rejected_audits_rate")  # fmt: skip
    ban = suspend(("rejected_audits_count", "GTE", 2), scope="PROJECT")
    pool = crowd.pool(tasks=3, rules=[config("AUDIT_VERDICTS", share, ban, **window)])
    for _ in range(3):
        crowd.do("ann", pool)
    with crowd.scope():
        first, second, third = Task.objects.order_by("id").values_list("pk", flat=True)
    audit(crowd, first, "rejected")
    follow_audits()
    take_back(crowd, first)
    assert follow_audits() == 1
    assert follow_audits() == 0, "the late seconds are read again"
    place = {"audits_accepted": 0, "audits_fixed": 0, "audits_rejected": 0}
    with crowd.scope():
        assert PerformerPool.objects.values(*place).get() == place
        assert not Solution.objects.exclude(audit_verdict="").exists()
    audit(crowd, second, "rejected")
    follow_audits()
    assert crowd.restrictions("ann") == [], "only one rejection stands"

    # A second audit of the third task is undone: the first one stands again, and fires nothing.
    audit(crowd, third, "accepted")
    audit(crowd, third, "fixed", {"result": "goose"})
    follow_audits()
    take_back(crowd, third)
    follow_audits()
    with crowd.scope():
        assert PerformerPool.objects.values(*place).get() == {**place, "audits_accepted": 1, "audits_rejected": 1}
        assert Solution.objects.get(pool_task__task=third).audit_verdict == "accepted"
    audit(crowd, first, "accepted")
    follow_audits()
    assert round(crowd.value("ann", skill), 2) == round(Decimal(100) / 3, 2)


def test_audits_of_imported_work_concern_nobody_here():
    crowd = make_crowd("ann")
    crowd.pool(tasks=1)
    from audits.services.tasks import NewTask, create_task

    with crowd.scope():
        new = NewTask(type="custom", params={}, project=crowd.project, response={"a": 1})
        task = create_task(organization=crowd.organization, actor=None, new=new, now=timezone.now())
    audit(crowd, task.pk, "rejected")
    assert follow_audits() == 0


def test_a_redo_leaves_the_verdict_on_the_first_attempt_where_it_was():
    crowd = make_crowd("ann")
    pool = crowd.pool(tasks=1)
    crowd.do("ann", pool)
    with crowd.scope():
        task = Task.objects.get()
        member = Membership.objects.for_organization(crowd.organization).select_related("user", "organization").get()
    audit(crowd, task.pk, "rejected")
    with crowd.scope():
        redo_task(by=member, task_id=task.pk, now=timezone.now())
    assert follow_audits() == 1, "also where the task is sent back before anybody looks"
    with crowd.scope():
        complete_task(organization=crowd.organization, actor=None, task_id=task.pk, response={"result": "goose"},
                      now=timezone.now())  # fmt: skip
    audit(crowd, task.pk, "accepted")
    assert follow_audits() == 0
    assert verdicts(crowd) == [("ann", "rejected")], "the second attempt was not hers"
