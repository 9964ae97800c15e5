"""What every hand-out looks up by its id is looked up by that alone: no plan can walk an organization for it."""

import re

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db
HOT = ("answers", "give_back", "hold", "hold_overdue", "issue", "page", "release", "submit")
# An organization that is an index condition beside an id; `IS NOT DISTINCT FROM` is none.
BESIDE = re.compile(r"\b(\w+)\.organization_id = given_organization\s+AND \1\.id\b")


@pytest.mark.parametrize("name", HOT)
def test_an_id_is_looked_up_alone(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [f"crowd_rules_{name}"])
        ((source,),) = cursor.fetchall()
    assert [found[0] for found in BESIDE.finditer(source)] == []
