"""Control tasks that an earlier version made without their project's parameters."""

from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from audits.services.projects import set_project_params
from crowd_rules.models import PoolTask
from tests.crowd_rules.crowd import make_crowd

pytestmark = pytest.mark.django_db
FILL = import_module("crowd_rules.migrations.0018_controls_as_their_project").FILL
GIVEN = {"categories": ["OK", "BAD"], "attachment_type": "text"}


def test_they_get_what_they_lack_and_keep_what_they_have():
    crowd = make_crowd()
    pool = crowd.pool(tasks=1, controls=3)
    with crowd.scope():
        params = {**GIVEN, "output_spec": {"result": {"type": "string"}}}
        set_project_params(project=crowd.project, actor=crowd.owner, params=params, patch=False, now=timezone.now())
        whole, own, bare = pool.tasks.controls().order_by("pk").values_list("pk", flat=True)
        PoolTask.objects.filter(pk=whole).update(params={"control": 1, **GIVEN})
        PoolTask.objects.filter(pk=own).update(params={"control": 2, "categories": ["YES"]})
        PoolTask.objects.filter(pk=bare).update(params=None)
    with connection.cursor() as cursor:
        cursor.execute(FILL)
    with crowd.scope():
        found = dict(pool.tasks.values_list("pk", "params"))
        assert found.pop(whole) == {"control": 1, **GIVEN}
        assert found.pop(own) == {"control": 2, **GIVEN, "categories": ["YES"]}
        assert found.pop(bare) == GIVEN
        assert list(found.values()) == [None], "a real task's own stand with the task"
