"""Whatever happens, in whatever order it is heard of: the figures are what a count of the rows says."""

from random import Random
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audits.filters import page_filter
from audits.models import Audit, Batch, Project, Task
from audits.services.sampling import SampleSize
from reports.engine import estimates
from reports.figures import figures_of
from reports.models import Cell, Feed
from reports.place_totals import totals_of_places
from reports.services import counting, following, spreading
from reports.services.following import follow_events
from reports.services.recount import compare, recount
from reports.totals import TaskTotals
from reports.trend import trend_of
from tests.audits.scene import make_scene
from tests.reports.plays import Play, judge_next, sampled_from, selection_of

QUERIES = [
    "", "project=birds", "project=nothing", "batch=one", "project=birds&batch=two", "batch_status=completed",
    "type=categorization", "performer=p1", "tag=a", "tag=a,b", "review_status=rejected", "review_status=pending",
    "review_status=accepted&review_status=fixed&project=fish", "auditor={alice}", "auditor={alice}&project=birds",
    "auditor=nobody@example.com", "completed_after={month_ago}", "completed_before={week_ago}&tag=b",
    "completed_after={month_ago}&completed_before={week_ago}&performer=p2", "completed_after={instant}",
    "project=birds&tag=a&review_status=fixed", "type=categorization&performer=p0", "status=pending",
]  # fmt: skip


def filled(query, scene):
    now = timezone.now()
    return query.format(
        alice=scene.members["alice"].user.email, instant=(now - timezone.timedelta(days=13)).isoformat()[:19] + "Z",
        month_ago=(now - timezone.timedelta(days=30)).date(), week_ago=(now - timezone.timedelta(days=6)).date(),
    )  # fmt: skip


def raw(scene, query):
    """The same out of the rows, by the ORM: tasks, reviews, accepted, fixed, rejected."""
    tasks = Task.objects.for_organization(scene.organization).completed()
    found = page_filter(QueryDict(query), tasks=tasks, organization=scene.organization).qs
    audits = Audit.objects.for_organization(scene.organization).filter(task__in=found.values("pk")).standing()
    if "auditor=" in query:
        audits = audits.filter(auditor__email=QueryDict(query)["auditor"])
    counts = audits.count_by_verdict()
    return [found.count(), *(counts[name] for name in ("reviews", "accepted", "fixed", "rejected"))]


def counted(scene, query):
    counts = figures_of(selection_of(scene, query)).counts
    return [counts.tasks, counts.reviews, counts.accepted, counts.fixed, counts.rejected]


def over_time(scene, query):
    periods = trend_of(selection_of(scene, query), today=timezone.now().date() + timezone.timedelta(days=1)).periods
    return [
        sum(getattr(one, name) for one in periods) for name in ("tasks", "reviews", "accepted", "fixed", "rejected")
    ]


def total(scene, query):
    """Of the list of all tasks: as it was counted ahead, and as its rows say."""
    tasks = Task.objects.for_organization(scene.organization)
    found = page_filter(QueryDict(query), tasks=tasks, organization=scene.organization)
    assert found.is_valid(), found.errors
    return TaskTotals(found, member=scene.members["owner"]), found.qs.count()


def places(scene, kind):
    """Tasks, and the ready ones, of each project or batch: as counted ahead, and as the rows say."""
    counted = kind.objects.for_organization(scene.organization).with_task_counts()
    rows = {key: (tasks, ready) for key, tasks, ready in counted.values_list("pk", "task_count", "ready_count")}
    ahead = totals_of_places(scene.organization, kind._meta.model_name, list(rows))
    return {key: ahead.get(key, (0, 0)) for key in rows}, rows


class AnyPlay(TestCase):
    @settings(max_examples=4, deadline=None, database=None)
    @given(seed=st.integers(min_value=0, max_value=2**32))
    def test_every_figure_of_every_filter_equals_the_recount(self, seed):
        # What an import's thousands are counted by is tried on a few, too; on all of them, or not at all.
        with patch("reports.services.counting.MANY", Random(seed).choice([1, 3, 1_000])):
            self.play(seed)

    def play(self, seed):
        play = Play(Random(seed))
        for _ in range(30):
            play.step()
        follow_events()

        with play.scene.scope():
            found = recount(organization_id=play.scene.organization.pk, now=timezone.now())
            assert (found.number, found.first) == (0, [])
            for query in QUERIES:
                asked = filled(query, play.scene)
                assert counted(play.scene, asked) == raw(play.scene, asked), asked
                assert over_time(play.scene, asked) == raw(play.scene, asked), asked
            ahead, number = total(play.scene, "review_status=pending")
            assert ahead.counted(most=None)[0] == number

        # What was not followed yet is part of a list's total all the same.
        for _ in range(8):
            play.step()
        with play.scene.scope():
            for query in (*QUERIES, "project=birds&status=completed", "status=completed&status=pending&tag=a"):
                ahead, number = total(play.scene, filled(query, play.scene))
                assert ahead.exactly() in (None, number), query
                about, is_exact = ahead.counted(most=None) or (None, False)
                assert about == number or not is_exact, query
            assert total(play.scene, "project=birds&status=completed")[0].exactly() is not None
            for kind in (Project, Batch):
                ahead, rows = places(play.scene, kind)
                assert ahead == rows, kind


@pytest.mark.django_db
def test_a_recount_names_what_differs_and_a_rebuild_puts_it_right(capsys):
    scene = make_scene(tasks=2)
    follow_events()
    with scene.scope():
        Cell.objects.filter(dimension="project", grain="a").update(tasks=7)

    with pytest.raises(CommandError, match="differ"):
        call_command("recount", organization=scene.organization.slug)
    told = capsys.readouterr().out
    assert f"project a {scene.project.pk}" in told
    assert "kept    {7," in told
    call_command("recount", organization=scene.organization.slug, rebuild=True)
    assert f"{scene.organization.slug}: no differences" in capsys.readouterr().out
    with scene.scope():
        assert Feed.objects.get(organization=scene.organization).differences == 0


@pytest.mark.django_db
def test_a_session_has_its_part_in_chances_from_its_first_verdict_on():
    """Until then it has judged nobody; and in a large organization a new chance for all is a long count."""
    scene = make_scene(tasks=4)
    judged, empty = scene.session(), scene.session()
    judge_next(scene, judged)
    follow_events()
    assert sampled_from(scene) == [{judged.pk}]
    judge_next(scene, empty, auditor="bob")
    follow_events()
    assert sampled_from(scene) == [{judged.pk, empty.pk}] * len(sampled_from(scene))
    with scene.scope():
        assert recount(organization_id=scene.organization.pk, now=timezone.now()).number == 0


@pytest.mark.django_db
def test_a_new_session_speaks_once_its_chance_is_in_all_facts_and_what_happens_meanwhile_is_counted(monkeypatch):
    monkeypatch.setattr(estimates, "FLOOR", 2)
    scene = make_scene(tasks=9)
    first, second = scene.session(size=SampleSize(number=5)), scene.session()
    drawn = [judge_next(scene, first) for _ in range(5)]
    follow_events()
    (_, said), reviews = figures(scene), 6
    monkeypatch.setattr(spreading, "PORTION", 2)
    monkeypatch.setattr(following, "TURN", 0)

    while judge_next(scene, second, auditor="bob", verdict="rejected") in drawn:
        reviews += 1
    for known in (2, 4):
        follow_events()
        assert [second.pk in one for one in sampled_from(scene)].count(True) == known
        assert figures(scene) == (reviews, said)
        assert exact(scene)
    follow_events()
    assert all(one == {first.pk, second.pk} for one in sampled_from(scene))
    assert figures(scene)[1].n == 6
    assert exact(scene)


def figures(scene):
    """Reviews, and the share that was accepted."""
    with scene.scope():
        found = figures_of(selection_of(scene, ""))
        return found.counts.reviews, found.estimates["accepted"]


def exact(scene):
    """By a look that spreads no further."""
    with scene.scope():
        return compare(scene.organization).number == 0


@pytest.mark.django_db
def test_a_task_that_was_audited_before_it_was_counted_is_not_taken_for_a_new_one(monkeypatch):
    monkeypatch.setattr(counting, "MANY", 1)
    scene = make_scene(tasks=1)
    follow_events()
    scene.add_task(), scene.add_task()
    session = scene.session(size=SampleSize(percent=100))
    for _ in range(3):
        judge_next(scene, session)
    scene.add_task()
    follow_events()
    with scene.scope():
        assert counted(scene, "") == raw(scene, "") == [4, 3, 3, 0, 0]
        assert compare(scene.organization).number == 0


@pytest.mark.django_db
def test_days_follow_the_organization_to_another_zone():
    scene = make_scene(tasks=0)
    scene.add_task()
    moment = timezone.datetime(2026, 3, 2, 7, 30, tzinfo=timezone.get_default_timezone())
    with scene.scope():
        Task.objects.update(completed_at=moment)
    follow_events()
    with scene.scope():
        assert {str(cell.day) for cell in Cell.objects.filter(dimension="all", grain="d")} == {"2026-03-01"}
    scene.organization.time_zone = "Europe/Berlin"
    with scene.scope():
        scene.organization.save(update_fields=["time_zone"])
    follow_events()
    with scene.scope():
        assert {str(cell.day) for cell in Cell.objects.filter(dimension="all", grain="d")} == {"2026-03-02"}
