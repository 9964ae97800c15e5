"""A submit tells of the task that it completes before the database has answered: it holds it, and knows its row."""

import pytest
from django.db import connection
from django.utils import timezone

from audits.models import Task
from audits.services.completion import Completion, complete_tasks, row_when_completed
from crowd_rules.services.holding import hold_assignment
from labelops.tenancy.rows import fetch, instance
from tests.concurrency.together import run_together
from tests.crowd_rules.crowd import make_crowd

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = {"real_tasks_count": 1, "default_overlap": 1}


def hold(crowd, issued):
    return hold_assignment(crowd.organization, crowd.performers["ann"].pk, issued.assignment.pk, to_submit=True)


def test_the_row_is_known_before_it_is_written():
    crowd = make_crowd("ann")
    issued = crowd.take("ann", crowd.pool(tasks=1, **PAGE))
    with crowd.scope():
        held = hold(crowd, issued)
        ann = crowd.performers["ann"]
        completion = Completion(Task.objects.get().pk, {"b": 1, "a": [0.5]}, ann.pk, ann.external_id)
        known = row_when_completed(held.work, completion, held.instant)
        (done,) = complete_tasks(organization=crowd.organization, completions=[completion], now=held.instant)
        (row,) = fetch("SELECT t FROM audits_task t WHERE organization_id = %s", [crowd.organization.pk])
        written, expected = instance(Task, row["t"]), instance(Task, known["task"])
        assert {**expected.__dict__, "_state": 0} == {**written.__dict__, "_state": 0}
        assert known["project"]["name"] == done.project.name
        assert known["performer"]["external_id"] == done.completed_by.external_id


def test_nobody_else_changes_it_meanwhile():
    crowd = make_crowd("ann")
    issued = crowd.take("ann", crowd.pool(tasks=1, **PAGE))

    def is_free():
        with crowd.scope():
            return Task.objects.for_organization(crowd.organization).select_for_update(skip_locked=True).exists()

    with crowd.scope():
        assert hold(crowd, issued).work
        assert run_together([is_free]) == [False]
    assert run_together([is_free]) == [True]


def test_what_is_canceled_is_not_held_and_not_told_of():
    crowd = make_crowd("ann")
    issued = crowd.take("ann", crowd.pool(tasks=1, **PAGE))
    with crowd.scope(), connection.cursor() as cursor:
        cursor.execute("UPDATE audits_task SET status = 'canceled', updated_at = %s", [timezone.now()])
    with crowd.scope():
        assert hold(crowd, issued).work is None
    crowd.submit("ann", issued, "OK")
    with crowd.scope():
        assert Task.objects.get().status == "canceled"
