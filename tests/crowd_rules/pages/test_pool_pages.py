"""Pools: the list, the form with its filter, what may be done with one, and the demo's."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.services.demo import create_demo
from crowd_rules.models import Pool, Restriction, Skill
from crowd_rules.services.demo import create_crowd_demo
from crowd_rules.services.pools import PoolSettings, close_pool, create_pool
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope
from tests.crowd_rules.api.world import Caller
from tests.crowd_rules.crowd import config, suspend
from tests.factories import make_key

POOL = {
    "private_name": "First", "type": "REGULAR", "mixing": "True", "real_tasks_count": "4", "golden_tasks_count": "1",
    "training_tasks_count": "0", "min_real_tasks_count": "1", "min_golden_tasks_count": "0",
    "min_training_tasks_count": "0", "reward": "0.05", "default_overlap": "3", "minutes": "1.5", "priority": "0",
    "close_minutes": "2", "auto_accept_solutions": "False", "auto_accept_period_day": "7", "aggregation": "MAJORITY",
    "aggregation_threshold": "2", "allow_skip": "on", "keep_task_order": "on", "will_expire": "2030-01-31T12:00",
}  # fmt: skip


def new(desk, **changes):
    return desk.post("new_pool", data={**POOL, "project": desk.crowd.project.pk.hex, **changes})


def test_a_pool_is_made_as_the_form_says(desk):
    skill = desk.crowd.skill("care")
    lines = {
        "f-0-0-key": f"skill:{skill.pk.hex}", "f-0-0-operator": "GTE", "f-0-0-value": "80",
        "f-1-0-key": "profile:country", "f-1-0-operator": "EQ", "f-1-0-value": "de",
        "f-1-1-key": "profile:languages", "f-1-1-operator": "IN", "f-1-1-value": "en, fr",
    }  # fmt: skip
    assert new(desk, **lines).status_code == 302
    with desk.crowd.scope():
        pool = Pool.objects.get()
    assert (pool.reward, pool.default_overlap, pool.assignment_max_duration_seconds) == (Decimal("0.05"), 3, 90)
    assert (pool.auto_close_after_complete_delay_seconds, pool.auto_accept_period_day) == (120, 7)
    assert (pool.keep_task_order, pool.shuffle_tasks_in_task_suite, pool.status) == (True, False, "CLOSED")
    assert pool.will_expire.isoformat() == "2030-01-31T12:00:00+00:00"
    assert pool.filter == {"and": [
        {"or": [{"category": "skill", "key": skill.pk.hex, "operator": "GTE", "value": 80}]},
        {"or": [{"category": "profile", "key": "country", "operator": "EQ", "value": "DE"},
                {"category": "profile", "key": "languages", "operator": "IN", "value": ["EN", "FR"]}]},
    ]}  # fmt: skip
    page = desk.told("pool", pool.pk)
    assert "care ≥ 80" in page
    assert "Country = DE or Languages is one of EN, FR" in page
    assert "The pool has no tasks yet" in page
    # Its settings fill the form in again, and saving that changes nothing.
    before = PoolSettings.of(pool)
    assert desk.post("edit_pool", pool.pk, data={**POOL, **lines}).status_code == 302
    with desk.crowd.scope():
        assert PoolSettings.of(Pool.objects.get()) == before


WRONG = [
    ({"private_name": ""}, "id_private_name_error", "This field is required."),
    ({"auto_accept_period_day": ""}, "id_auto_accept_period_day_error", "Say after how many days"),
    ({"auto_accept_period_day": "22"}, "id_auto_accept_period_day_error", "less than or equal to 21"),
    ({"reward": "-1"}, "id_reward_error", "greater than or equal to 0"),
    ({"minutes": "0.01"}, "id_minutes_error", "greater than or equal to 0.1"),
    ({"f-0-0-key": "profile:city", "f-0-0-value": ""}, "f-0-0-error", "Say what to compare with."),
    ({"f-0-0-key": "", "f-0-0-value": "80"}, "f-0-0-error", "Choose a skill or a property."),
    ({"f-0-0-key": "skill:1", "f-0-0-value": "many"}, "f-0-0-error", "Compare a skill with a number"),
    ({"f-0-0-key": "skill:1", "f-0-0-value": "nan"}, "f-0-0-error", "Compare a skill with a number"),
    ({"project": "0" * 32}, "id_project_error", "Select a valid choice"),
    ({"training_pool_id": "0" * 32}, "id_training_pool_id_error", "Select a valid choice"),
]


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(desk):
    for changes, place, sentence in WRONG:
        answer = new(desk, **changes)
        told = answer.content.decode().partition(f'id="{place}"')[2][:900]
        assert (answer.status_code, sentence in told) == (400, True), (changes, told)
    with desk.crowd.scope():
        assert not Pool.objects.exists()


def test_a_condition_of_the_filter_comes_by_itself_and_nothing_is_saved(desk):
    answer = desk.post("new_pool", data={**POOL, "step": "f-and"}, **{"HX-Request": "true"}).content.decode()
    assert 'name="f-0-0-key"' in answer
    assert "<h1" not in answer
    whole = desk.post("new_pool", data={**POOL, "step": "f-and"}).content.decode()
    assert 'value="First"' in whole
    with desk.crowd.scope():
        assert not Pool.objects.exists()


def test_a_skill_that_was_set_long_ago_is_warned_of_while_the_filter_is_made(desk):
    old, young = desk.crowd.skill("Old"), desk.crowd.skill("Young")
    with desk.crowd.scope():
        Skill.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=91))
    chosen = {"f-0-0-operator": "GTE", "f-0-0-value": "80", "step": "f-refresh"}
    warning = "have not changed for long: filtering by it leaves out performers"
    for skill, warned in ((old, True), (young, False)):
        for htmx in ({"HX-Request": "true"}, {}):
            data = {**POOL, **chosen, "f-0-0-key": f"skill:{skill.pk.hex}"}
            assert (warning in desk.post("new_pool", data=data, **htmx).content.decode()) == warned
    assert warning not in desk.post("new_pool", data={**POOL, "f-0-0-key": "skill:1", "step": "f-and"}).content.decode()
    wanted = {"category": "skill", "key": old.pk.hex, "operator": "GTE", "value": 80}
    pool = desk.crowd.pool(tasks=0, filter={"and": [{"or": [wanted]}]})
    assert warning in desk.told("edit_pool", pool.pk)
    assert warning in desk.told("pool", pool.pk)


def test_an_open_pool_is_closed_before_it_is_changed(desk):
    pool = desk.crowd.pool(tasks=1)
    answer = desk.post("edit_pool", pool.pk, data=POOL)
    assert answer.status_code == 400
    assert "Close the pool before you change it." in answer.content.decode()
    desk.post("change_pool", pool.pk, data={"action": "close"})
    assert desk.post("edit_pool", pool.pk, data=POOL).status_code == 302
    desk.post("change_pool", pool.pk, data={"action": "archive"})
    with desk.crowd.scope():
        assert Pool.objects.get().status == "ARCHIVED"
    assert "Archived" in desk.told("pool", pool.pk)


def test_what_the_form_does_not_ask_stays(desk):
    pool = desk.crowd.pool(tasks=1, rest={"metadata": {"a": ["b"]}})
    with desk.crowd.scope():
        close_pool(pool=pool, actor=None, now=timezone.now())
    desk.post("edit_pool", pool.pk, data=POOL)
    with desk.crowd.scope():
        assert Pool.objects.get().settings == {"metadata": {"a": ["b"]}}


def test_the_list_filters_sorts_and_helps_who_has_none(desk):
    assert "Set one up, put tasks into it" in desk.told("pools")
    first = desk.crowd.pool(tasks=3, private_name="Alpha", reward=Decimal("0.125"))
    desk.crowd.pool(tasks=0, private_name="Beta")
    desk.crowd.do("ann", first)
    page = desk.told("pools", query="?sort=name")
    assert page.index("Alpha") < page.index("Beta")
    assert "1 of 3" in page
    assert "$0.125" in page
    assert "Beta" not in desk.told("pools", query="?status=OPEN")
    assert "No pool matches this filter" in desk.told("pools", query="?q=gamma")
    assert desk.get("pools", query="?sort=-reward").status_code == 200


def test_a_page_asks_the_database_as_often_however_much_there_is(desk):
    rules = [config("SKIPPED_IN_ROW_ASSIGNMENTS", suspend(("skipped_in_row_count", "GTE", 1)))]
    pool = desk.crowd.pool(tasks=8, controls=2, golden_tasks_count=1, rules=rules)
    desk.crowd.do("ann", pool)
    desk.crowd.skip("ann", pool)
    pages = [("pools",), ("pool", pool.pk), ("controls", pool.pk)]
    statements(desk, "pools")  # The first one signs in.
    before = [statements(desk, *page) for page in pages]
    more = [config("GOLDEN_SET", suspend(("total_answers_count", "GTE", number))) for number in (1, 2)]
    desk.crowd.rule(pool, *rules, *more)
    desk.crowd.pool(tasks=2, controls=2)
    for name in ("bob", "cid"):
        desk.crowd.do(name, pool)
    assert [statements(desk, *page) for page in pages] == before


def statements(desk, *page) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(*page).status_code == 200
    return len(asked)


def test_an_empty_pool_says_why_it_does_not_open(desk):
    pool = desk.crowd.pool(tasks=0)
    answer = desk.client.post(desk.url("change_pool", pool.pk), {"action": "open"}, follow=True)
    assert "There are no tasks in this pool" in answer.content.decode()


def test_the_open_page_asks_and_hears_that_nothing_has_changed(desk):
    pool = desk.crowd.pool(tasks=3)
    tag = desk.get("pool", pool.pk)["ETag"]
    headers = {"X-Live": "1", "If-None-Match": tag, "HX-Request": "true", "HX-Target": "pool-now"}
    assert desk.get("pool", pool.pk, **headers).status_code == 304
    desk.crowd.do("ann", pool)
    answer = desk.get("pool", pool.pk, **headers)
    assert (answer.status_code, "<h1" in answer.content.decode()) == (200, False)


def test_the_demo_has_a_pool_with_somebody_shut_out_and_is_made_once(db):
    assert create_crowd_demo(now=timezone.now()) is False
    create_demo(password="a long password", now=timezone.now())
    assert create_crowd_demo(now=timezone.now()) is True
    assert create_crowd_demo(now=timezone.now()) is False
    with system_scope("command line"):
        demo = Organization.objects.get(slug="demo")
    with organization_scope(demo.pk):
        assert Pool.objects.get().status == "OPEN"
        assert Restriction.objects.get().performer.external_id == "poll-05"


def test_what_the_page_made_can_be_sent_back_by_a_client_as_it_came(desk):
    """A pool of the page may have no end; the client of the wire would have to give one."""
    api = Caller(make_key(organization=desk.crowd.organization))
    with desk.crowd.scope():
        training = create_pool(project=desk.crowd.project, actor=None, now=timezone.now(),
                               settings=PoolSettings(private_name="first", type="TRAINING"))  # fmt: skip
    for pool in (desk.crowd.pool(tasks=0), training):
        place = f"pools/{pool.pk.hex}"
        found = api.get(place).body
        assert "will_expire" not in found
        assert api.put(place, found).status == 200
        assert api.put(place, {**found, "will_expire": "2100-01-01T00:00:00"}).status == 200
        assert set(api.put(place, found).fields) == {"will_expire"}, "an end is taken away by nobody who leaves it out"
    ended = {**found, "will_expire": "2100-01-01T00:00:00"}
    for odd in ("abc", [1], 0, 10**20):
        assert set(api.put(place, {**ended, "task_suites_required_to_pass": odd}).fields) == {
            "task_suites_required_to_pass"}  # fmt: skip
    assert api.put(place, {**ended, "task_suites_required_to_pass": 3})["task_suites_required_to_pass"] == 3
