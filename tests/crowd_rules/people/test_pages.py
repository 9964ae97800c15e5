"""The requester's pages about performers: who is shut out and why, skills and where they came from, review."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.models import Task
from crowd_rules.models import (
    Assignment,
    Operation,
    PerformerPool,
    PerformerSkill,
    Pool,
    Restriction,
    Skill,
    SkillChange,
)
from crowd_rules.services.audit_loop import follow_audits
from crowd_rules.services.hand_out import submit_assignment
from crowd_rules.services.operations import finish_operation, report_progress
from crowd_rules.services.standing import standings_of
from crowd_rules.services.timeline import timeline
from labelops.tenancy.models import Event
from tests.crowd_rules.crowd import config, rule
from tests.crowd_rules.test_audit_loop import audit
from tests.crowd_rules.workplace import SEEDS_RULE, make_workplace, office_address, open_categories
from tests.factories import client_of, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd():
    return make_workplace("ann", "ben")


@pytest.fixture
def office(crowd):
    """office("GET", "performers/") -> the answer to the owner; a POST with its data."""
    client = client_of(crowd.owner)

    def _ask(path: str, data=None, **options):
        ask = client.get if data is None else client.post
        return ask(office_address(crowd, path), data or {}, **options)

    return _ask


def text(response) -> str:
    return response.content.decode()


def do(crowd, name, pool, *answers):
    issued = crowd.take(name, pool)
    with crowd.scope():
        return submit_assignment(
            organization=crowd.organization, performer=crowd.performer(name), assignment_id=issued.assignment.pk,
            solutions=[{"output_values": {"category": one}} for one in answers], now=timezone.now(),
        ).assignment  # fmt: skip


def events(crowd) -> list[str]:
    with crowd.scope():
        rows = Event.objects.for_organization(crowd.organization).order_by("id")
        return [one for one in rows.values_list("type", flat=True) if one.startswith(("restriction", "performer."))]


def path_of(crowd, name) -> str:
    return f"performers/{crowd.performer(name).pk.hex}/"


def test_why_is_this_person_restricted(crowd, office):
    pool = open_categories(crowd, rules=(SEEDS_RULE,))
    for _ in range(2):
        crowd.skip("ann", pool)
    page = text(office(path_of(crowd, "ann")))
    told = (
        "task suites skipped in a row ≥ 2 → suspend from the pool for 5 days",
        "Picks the short ones",
        "Skipped a page of “Animals, week 1”",
        "The performer is told until when, and never why.",
    )
    for said in told:
        assert said in page
    (held,) = crowd.restrictions("ann")
    assert f'href="#firing-{held.firing_id.hex}"' in page
    assert f'id="firing-{held.firing_id.hex}"' in page
    assert "Suspended" in text(office("performers/?state=restricted"))
    assert "ben" not in text(office("performers/?state=restricted&q=")).partition("<tbody>")[2].partition("</tbody>")[0]


def test_restrict_by_hand_lift_and_undo_each_an_event(crowd, office):
    open_categories(crowd)
    path = path_of(crowd, "ann")
    wrong = office(f"{path}restrict/", {"scope": "POOL", "unit": "DAYS", "reason": "x"})
    assert wrong.status_code == 400
    assert all(said in text(wrong) for said in ("Choose one.", "Say for how long, or choose “for good”."))
    by_hand = {
        "scope": "PROJECT",
        "project": crowd.project.pk.hex,
        "unit": "DAYS",
        "duration": "3",
        "reason": "Two accounts",
    }
    assert office(f"{path}restrict/", by_hand).status_code == 302
    (held,) = crowd.restrictions("ann")
    assert timedelta(days=2.9) < held.until - timezone.now() < timedelta(days=3)
    assert "Two accounts" in text(office(path))
    assert office("restrictions/lift/", {"ids": [held.pk.hex]}).status_code == 400
    office("restrictions/lift/", {"ids": [held.pk.hex], "reason": "It was her brother"})
    assert office(f"restrictions/{held.pk.hex}/undo/", {"reason": " "}).status_code == 400
    office(f"restrictions/{held.pk.hex}/undo/", {"reason": "Never so"})
    (held,) = crowd.restrictions("ann")
    assert (held.undone, held.lift_reason, held.lifted_by_id) == (True, "Never so", crowd.owner.pk)
    assert events(crowd)[-3:] == ["restriction.set", "restriction.lifted", "restriction.undone"]
    page = text(office("restrictions/?state=past"))
    assert all(said in page for said in ("Two accounts", "Undone:", "Never so"))
    assert "Nobody is shut out" in text(office("restrictions/"))


def test_what_no_column_can_hold_is_left_out_of_what_was_typed(crowd, office, waiting):
    path = path_of(crowd, "ann")
    for _ in range(2):
        office(f"{path}restrict/", {"scope": "ALL_PROJECTS", "unit": "PERMANENT", "reason": "x"})
        (held,) = [one for one in crowd.restrictions("ann") if not one.lifted_at]
        ways = [("restrictions/lift/", {"ids": [held.pk.hex]}), ("performers/lift/", {"ids": [held.performer_id.hex]})]
        for way, given in ways:
            assert office(way, {**given, "reason": "a\0 slip"}).status_code == 302
    assert office(f"restrictions/{held.pk.hex}/undo/", {"reason": "a\0 slip"}).status_code == 302
    assert crowd.restrictions("ann")[-1].lift_reason == "a slip"
    ids = [one.pk.hex for one in waiting[:1]]
    assert office("review/decide/", {"ids": ids, "public_comment": "no"}).status_code == 400, "neither said nor guessed"
    many = {"action": "reject", "ids": ids, "public_comment": "a\0 slip"}
    assert office("review/decide/", many).status_code == 302
    with crowd.scope():
        assert Assignment.objects.get(pk=waiting[0].pk).public_comment == "a slip"


def test_several_are_let_in_at_once_or_none(crowd, office):
    for name in ("ann", "ben"):
        office(f"{path_of(crowd, name)}restrict/", {"scope": "ALL_PROJECTS", "unit": "PERMANENT", "reason": "x"})
    ids = [one.pk.hex for name in ("ann", "ben") for one in crowd.restrictions(name)]
    unknown = crowd.owner.pk.hex
    assert office("restrictions/lift/", {"ids": [*ids, unknown], "reason": "y"}).status_code == 404
    with crowd.scope():
        assert Restriction.objects.live().count() == 2
    office("restrictions/lift/", {"ids": ids, "reason": "A mistake"})
    with crowd.scope():
        assert Restriction.objects.live().count() == 0


def test_who_may_look_may_not_change(crowd):
    client = client_of(make_member(organization=crowd.organization, role="lead").user)
    page = text(client.get(office_address(crowd, path_of(crowd, "ann"))))
    assert "Let in again" not in page
    assert 'data-open-dialog="restrict"' not in page
    assert client.post(office_address(crowd, "performers/"), {"name": "x"}).status_code == 403
    assert client.get(office_address(crowd, "review/")).status_code == 403


def test_a_performer_is_made_and_invited(crowd, office, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = office("performers/", {"name": "Cem", "email": "cem@example.com", "languages": "de, en"}, follow=True)
    assert "Invited: cem@example.com" in text(made)
    assert "DE, EN" in text(made)
    assert mail.outbox[-1].to == ["cem@example.com"]
    refused = office("performers/", {"name": "Dan", "country": "Germany"})
    assert refused.status_code == 400
    assert events(crowd)[-2:] == ["performer.created", "performer.invited"]


def test_the_timeline_pages_without_losing_or_repeating_anything(crowd):
    pool = open_categories(crowd, tasks=40, real_tasks_count=1, rules=(config(
        "SKIPPED_IN_ROW_ASSIGNMENTS", rule(("skipped_in_row_count", "GTE", 1), action="SET_SKILL",
                                           skill_id=crowd.skill().pk.hex, skill_value=5)),))  # fmt: skip
    for _ in range(40):
        crowd.skip("ann", pool)
    with crowd.scope():
        found, before = [], None
        while True:
            moments, before = timeline(crowd.organization, crowd.performer("ann"), before=before)
            found += [(one.kind, one.subject.pk) for one in moments]
            if before is None:
                break
    # 40 skips, 40 firings, one change of the skill.
    assert (len(found), len(set(found))) == (81, 81)
    page = office_address(crowd) + f"performers/{crowd.performer('ann').pk.hex}/"
    for odd in ("0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "yesterday"):
        assert client_of(crowd.owner).get(f"{page}?before={odd}").status_code == 400, odd


def test_accuracy_has_its_interval_and_audits_are_counted(crowd, office):
    pool = open_categories(crowd, tasks=1, real_tasks_count=1)
    do(crowd, "ann", pool, "Cat")
    with crowd.scope():
        task = Task.objects.get()
    for verdict in ("rejected", "accepted"):
        audit(crowd, task.pk, verdict)
        follow_audits()
    with crowd.scope():
        place = PerformerPool.objects.get(performer=crowd.performer("ann"))
        assert (place.audits_accepted, place.audits_fixed, place.audits_rejected) == (1, 0, 0)
        share = standings_of(crowd.organization, [crowd.performer("ann")])[crowd.performer("ann").pk].audits
        assert (share.right, share.total) == (1, 1)
    assert "n = 1" in text(office("performers/"))


def test_skills_by_hand_with_their_history(crowd, office):
    made = office("skills/", {"name": "Birds", "hidden": "0", "public_name": "Bird watcher"}, follow=True)
    assert made.status_code == 200
    twice = office("skills/", {"name": "Birds", "hidden": "1"})
    assert (twice.status_code, "There is a skill named “Birds” already." in text(twice)) == (400, True)
    with crowd.scope():
        skill = Skill.objects.get()
    path = f"skills/{skill.pk.hex}/"
    assert "There is no performer of this name." in text(office(f"{path}values/", {"performer": "zoe", "value": "5"}))
    office(f"{path}values/", {"performer": "ann", "value": "62.5", "reason": "Passed the call"})
    office(f"{path_of(crowd, 'ann')}skill/", {"skill": skill.pk.hex, "value": "70"})
    history = text(office(f"{path}?show=history"))
    for said in ("set to 62.5", "from 62.5 to 70", "Passed the call", crowd.owner.email):
        assert said in history
    assert "70" in text(office(path))
    with crowd.scope():
        value = PerformerSkill.objects.get()
    office(f"{path}values/{value.pk.hex}/remove/", {"x": 1})
    with crowd.scope():
        assert PerformerSkill.objects.count() == 0
        assert SkillChange.objects.count() == 3
    office(path, {"name": "Birds of Europe", "hidden": "1"})
    with crowd.scope():
        assert (Skill.objects.get().name, Skill.objects.get().hidden) == ("Birds of Europe", True)


def test_the_seeds_warning_on_old_skills(crowd, office):
    skill = crowd.skill("Old")
    wanted = {"category": "skill", "key": skill.pk.hex, "operator": "GTE", "value": 80}
    open_categories(crowd, filter={"and": [{"or": [wanted]}]})
    path = f"skills/{skill.pk.hex}/"
    office(f"{path}values/", {"performer": "ann", "value": "90"})
    warning = "artificially limits the number of available performers"
    assert warning not in text(office(path))
    crowd.let_pass(days=91)
    with crowd.scope(), connection.cursor() as cursor:
        cursor.execute("UPDATE crowd_rules_skill SET created_at = created_at - interval '91 days'")
    assert warning in text(office(path))
    assert "old values leave out performers" in text(office("skills/"))


@pytest.fixture
def waiting(crowd):
    """Two pages of ann's and one of ben's that wait for review."""
    pool = open_categories(crowd, tasks=12, auto_accept_solutions=False, auto_accept_period_day=14)
    return [do(crowd, name, pool, "Cat", "Dog") for name in ("ann", "ann", "ben")]


def test_review_one_by_one(crowd, office, waiting):
    page = text(office("review/"))
    assert page.count("data-select ") >= 3
    assert "Dog" in page
    first, second, third = waiting
    path = f"review/{first.pk.hex}/decide/"
    silent = office(path, {"accept": "0", "public_comment": " "})
    assert (silent.status_code, "Say why: the performer reads it." in text(silent)) == (400, True)
    assert office(path, {"accept": "2"}).status_code == 400
    onward = office(path, {"accept": "0", "public_comment": "Read to the end"})
    assert onward["Location"] == office_address(crowd, f"review/{second.pk.hex}/")
    assert office(path, {"accept": "0", "public_comment": "Again"}).status_code == 400
    office(f"review/{second.pk.hex}/decide/", {"accept": "1"})
    end = office(f"review/{third.pk.hex}/decide/", {"accept": "1"})
    assert end["Location"] == office_address(crowd, "review/")
    # Rejected ones can be accepted after all.
    assert first.pk.hex in text(office("review/?state=rejected"))
    office(path, {"accept": "1"})
    with crowd.scope():
        rows = Assignment.objects.order_by("id")
        assert list(rows.values_list("status", flat=True)) == ["ACCEPTED"] * 3


def test_review_of_a_selection_is_all_or_none(crowd, office, waiting):
    ids = [one.pk.hex for one in waiting]
    refused = office("review/decide/", {"action": "reject", "ids": ids})
    assert refused.status_code == 400
    unknown = office("review/decide/", {"action": "accept", "ids": [*ids, crowd.owner.pk.hex]})
    assert unknown.status_code == 404
    with crowd.scope():
        assert Assignment.objects.filter(status="SUBMITTED").count() == 3
    office("review/decide/", {"action": "reject", "ids": ids[:1], "public_comment": "Read to the end"})
    office("review/decide/", {"action": "accept", "ids": ids[1:]})
    with crowd.scope():
        rows = Assignment.objects.order_by("id")
        assert list(rows.values_list("status", flat=True)) == ["REJECTED", "ACCEPTED", "ACCEPTED"]


def test_everything_of_a_pool_is_accepted_by_a_job(crowd, office, waiting):
    pool = waiting[0].pool_id.hex
    assert "Accept all of this pool" in text(office(f"review/?pool={pool}"))
    assert office("review/accept-all/", {"pool": crowd.owner.pk.hex}).status_code == 404
    assert office("review/accept-all/", {"pool": pool}).status_code == 302
    with crowd.scope():
        assert Operation.objects.get().type == "ASSIGNMENTS.ACCEPT_ALL"


def test_a_job_is_seen_with_its_progress_where_people_wait_for_it(crowd, office, waiting):
    pool = waiting[0].pool_id.hex
    pages = (f"pools/{pool}/", "review/", f"review/?pool={pool}")
    other = open_categories(crowd, private_name="Another").pk.hex
    said = "Answers are being accepted"
    assert all(said not in text(office(page)) for page in pages)
    tags = [office(page)["ETag"] for page in pages]
    office("review/accept-all/", {"pool": pool})
    for page, tag in zip(pages, tags, strict=True):
        found = office(page)
        assert (said in text(found), "Waiting for a worker" in text(found), found["ETag"] != tag) == (True,) * 3
    tags = [office(page)["ETag"] for page in pages]
    with crowd.scope():
        run = Operation.objects.get()
        report_progress(run, done=2, total=3)
    for page, tag in zip(pages, tags, strict=True):
        found = office(page)
        assert ("2 of 3" in text(found), 'value="66"' in text(found), found["ETag"] != tag) == (True,) * 3
    assert all(said not in text(office(page)) for page in (f"review/?pool={other}", f"pools/{other}/"))
    tags = [office(page)["ETag"] for page in pages]
    with crowd.scope():
        finish_operation(run)
    for page, tag in zip(pages, tags, strict=True):
        assert (said in text(found := office(page)), found["ETag"] != tag) == (False, True), (
            "also where nothing else has happened"
        )


def test_a_rules_job_says_about_whom_it_is(crowd, office):
    reject = rule(("assignments_accepted_count", "EQ", 2), action="REJECT_ALL_ASSIGNMENTS", public_comment="Too few")
    pool = open_categories(crowd, tasks=8, auto_accept_solutions=False, auto_accept_period_day=14,
                           rules=(config("ANSWER_COUNT", reject),))  # fmt: skip
    for _ in range(2):
        do(crowd, "ann", pool, "Cat", "Dog")
    assert "Answers are being rejected: ann" in text(office(f"pools/{pool.pk.hex}/"))


def test_lists_cost_the_same_with_many_rows(crowd, office, waiting):
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as context:
            assert office(path).status_code == 200
        return len(context)

    lists = ("performers/", "restrictions/?state=all", "skills/", "review/")
    office(f"{path_of(crowd, 'ann')}restrict/", {"scope": "ALL_PROJECTS", "unit": "PERMANENT", "reason": "x"})
    skills = [crowd.skill("first")]
    office("performers/")
    with crowd.scope():
        pool = Pool.objects.get(pk=waiting[0].pool_id)
    before = [cost(path) for path in lists]
    skills += [crowd.skill(f"skill {number}") for number in range(4)]
    for number in range(6):
        name = f"performer {number}"
        path = path_of(crowd, name)
        office(f"{path}restrict/", {"scope": "ALL_PROJECTS", "unit": "PERMANENT", "reason": "x"})
        office(f"{path}skill/", {"skill": skills[number % 5].pk.hex, "value": "5"})
        if number < 3:
            do(crowd, "ben", pool, "Cat", "Dog")
    # The toasts of what was just done take one look of their own.
    office("performers/")
    assert [cost(path) for path in lists] == before
