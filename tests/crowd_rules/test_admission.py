"""Who is let in: filters by profile and skill in groups, and an exam before the work."""

from contextlib import suppress

import pytest
from django.utils import timezone

from audits.services.projects import create_project
from crowd_rules.models import SkillChange
from crowd_rules.services.performers import Profile, change_profile
from crowd_rules.services.refusals import SkillMissing
from tests.crowd_rules.crowd import config, make_crowd, rule

pytestmark = pytest.mark.django_db


def at(crowd):
    return {"actor": crowd.owner, "now": timezone.now()}


PEOPLE = {
    "ann": Profile(country="DE", city="Berlin", languages=["DE", "EN"]),
    "bob": Profile(country="FR", city="Lyon", languages=["FR"]),
    "cem": Profile(),
}
IN_GERMANY = ("country", "EQ", "de")
FILTERS = [
    ([[IN_GERMANY]], "ann"),
    ([[("country", "NE", "DE")]], "bob cem"),
    ([[("country", "EQ", None)]], "cem"),
    ([[("city", "EQ", "lyon")]], "bob"),
    ([[("city", "IN", ["Lyon", "Berlin"])]], "ann bob"),
    ([[("languages", "IN", ["EN", "FR"])]], "ann bob"),
    ([[("languages", "NOT_IN", ["EN"])]], "bob cem"),
    ([[IN_GERMANY, ("city", "EQ", "Lyon")]], "ann bob"),
    ([[IN_GERMANY], [("city", "EQ", "Lyon")]], ""),
    ([[IN_GERMANY, ("languages", "IN", ["FR"])], [("city", "NE", "Berlin")]], "bob"),
]


@pytest.mark.parametrize(("groups", "admitted"), FILTERS, ids=lambda one: str(one)[:60])
def test_a_filter_is_groups_that_all_hold_of_conditions_of_which_one_holds(groups, admitted):
    crowd = make_crowd(*PEOPLE)
    wanted = [{"or": [{"category": "profile", "key": key, "operator": operator, "value": value}
                      for key, operator, value in group]} for group in groups]  # fmt: skip
    pool = crowd.pool(tasks=1, default_overlap=3, filter={"and": wanted})
    found = []
    for name, profile in PEOPLE.items():
        with crowd.scope():
            change_profile(account=crowd.performer(name).accounts.select_related("organization").get(),
                           profile=profile, **at(crowd))  # fmt: skip
        with suppress(SkillMissing):
            crowd.take(name, pool)
            found.append(name)
    assert " ".join(found) == admitted


def test_an_exam_of_control_tasks_sets_the_skill_that_the_pool_behind_it_asks_for():
    """The exam is for who has not passed it, or has no value yet; work in any project is for who has 80 or more."""
    crowd = make_crowd("ann", "bob")
    skill = crowd.skill("birds")
    key = {"category": "skill", "key": skill.pk.hex}
    measure = rule(("total_answers_count", "GTE", 4), action="SET_SKILL_FROM_OUTPUT_FIELD", skill_id=skill.pk.hex,
                   from_field="correct_answers_rate")  # fmt: skip
    to_pass = [{**key, "operator": "LT", "value": 80}, {**key, "operator": "EQ", "value": None}]
    exam = crowd.pool(tasks=0, controls=8, real_tasks_count=0, golden_tasks_count=4,
                      filter={"and": [{"or": to_pass}]}, rules=[config("GOLDEN_SET", measure)])  # fmt: skip
    with crowd.scope():
        crowd.project = create_project(organization=crowd.organization, name="geese", type="custom", params={},
                                       **at(crowd))  # fmt: skip
        crowd.project.organization = crowd.organization
    work = crowd.pool(tasks=2, filter={"and": [{"or": [{**key, "operator": "GTE", "value": 80}]}]})
    for name in ("ann", "bob"):
        with pytest.raises(SkillMissing):
            crowd.take(name, work)
    crowd.do("ann", exam, "OK")
    answers = iter(["BAD", "OK", "OK", "OK"])
    crowd.do("bob", exam, lambda given: next(answers))
    assert [crowd.value(name, skill) for name in ("ann", "bob")] == [100, 75]
    assert crowd.do("ann", work).status == "ACCEPTED"
    with pytest.raises(SkillMissing):
        crowd.take("ann", exam)
    with pytest.raises(SkillMissing):
        crowd.take("bob", work)
    assert crowd.take("bob", exam), "who has not passed may try the rest of it"
    with crowd.scope():
        assert {one.cause["by"] for one in SkillChange.objects.all()} == {"rule"}
