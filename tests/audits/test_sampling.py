"""The draw: uniform, without replacement, repeatable, and provable by an outsider."""

import hashlib
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from audits.draws import frame_hash
from audits.models import SessionItem, Task
from audits.services.sampling import SampleSize, draw_sample
from labelops.errors import InvalidInput
from tests.audits.scene import make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene(tasks=20)


def draw(scene, **options):
    with scene.scope():
        frame = Task.objects.for_organization(scene.organization).completed()
        return draw_sample(frame, **{"size": SampleSize(number=5), "seed": 1, **options})


def queue(scene, session):
    with scene.scope():
        items = SessionItem.objects.for_organization(scene.organization).filter(session=session)
        return list(items.order_by("position").values_list("task_id", flat=True))


def test_the_same_seed_on_the_same_frame_draws_the_same_tasks_in_the_same_order(scene):
    assert draw(scene, seed=42) == draw(scene, seed=42)
    assert draw(scene, seed=42).task_ids != draw(scene, seed=43).task_ids


def test_nothing_is_drawn_twice_and_a_larger_sample_begins_with_the_smaller(scene):
    small, large = draw(scene, size=SampleSize(number=5)), draw(scene, size=SampleSize(number=15))

    assert len(set(large.task_ids)) == 15
    assert large.task_ids[:5] == small.task_ids


@pytest.mark.parametrize(
    ("size", "drawn"),
    [(SampleSize(number=3), 3), (SampleSize(number=99), 20), (SampleSize(percent=33), 7), (SampleSize(), 20)],
)
def test_size_as_number_percent_or_all(scene, size, drawn):
    assert len(draw(scene, size=size).task_ids) == drawn


@pytest.mark.parametrize("size", [SampleSize(number=0), SampleSize(percent=0), SampleSize(percent=101)])
def test_a_size_that_draws_nothing_is_refused(scene, size):
    with pytest.raises(InvalidInput):
        draw(scene, size=size)


def test_an_outsider_repeats_the_draw_from_the_manifest_and_the_ids(scene):
    session = scene.session(size=SampleSize(percent=40), seed=2026)
    manifest = session.manifest
    ids = [task.pk for task in scene.tasks]

    def place(task_id):
        return hashlib.sha256(f"{manifest['seed']}:{task_id.hex}".encode()).digest()

    assert queue(scene, session) == sorted(ids, key=place)[: manifest["size"]]
    assert manifest["frame_hash"] == frame_hash(ids) == frame_hash(ids[::-1])
    assert manifest["frame_hash"] != frame_hash(ids[1:])
    assert (manifest["frame_size"], manifest["inclusion_probability"]) == (20, 0.4)
    assert manifest["algorithm"] == "sha256-seed-id/1"


def test_every_task_is_drawn_as_often_as_every_other():
    """Chi-square over 1,000 seeds: 20 tasks, 5 drawn each time; 19 degrees of freedom, 99.9 % quantile 43.8."""
    scene = make_scene(tasks=20)
    counts = Counter(task_id for seed in range(1000) for task_id in draw(scene, seed=seed).task_ids)

    expected = 1000 * 5 / 20
    # Without replacement the cells vary less than a multinomial's by the factor 1 - 5/20.
    chi_square = sum((counts[str(task.pk)] - expected) ** 2 for task in scene.tasks) / (expected * (1 - 5 / 20))

    assert chi_square < 43.8


def test_pairs_are_drawn_together_as_often_as_chance_wants():
    """190 pairs over 1,000 seeds, each expected 5*4/(20*19) of the time; bounds are five standard deviations."""
    scene = make_scene(tasks=20)
    pairs = Counter()
    for seed in range(1000):
        drawn = sorted(draw(scene, seed=seed).task_ids)
        pairs.update((one, other) for n, one in enumerate(drawn) for other in drawn[n + 1 :])

    probability = 5 * 4 / (20 * 19)
    deviation = (1000 * probability * (1 - probability)) ** 0.5
    assert len(pairs) == 190
    assert all(abs(count - 1000 * probability) < 5 * deviation for count in pairs.values())


def test_only_completed_tasks_that_match_the_filter_are_in_the_frame(scene):
    scene.add_task(done=False)
    late = scene.add_task()
    now = timezone.now()
    with scene.scope():
        Task.objects.filter(pk=late.pk).update(completed_at=now - timedelta(days=40))

    session = scene.session(filter={"completed_after": (now - timedelta(days=30)).isoformat(), "project": "birds"})

    assert session.population == 20
    assert late.pk not in queue(scene, session)


def test_an_empty_frame_says_what_to_do(scene):
    with pytest.raises(InvalidInput, match="widen"):
        scene.session(filter={"review_status": "fixed"})


def test_a_bad_filter_names_its_field(scene):
    with pytest.raises(InvalidInput) as refused:
        scene.session(filter={"completed_after": "yesterday-ish"})
    assert "completed_after" in refused.value.fields


def test_tasks_completed_after_the_draw_do_not_enter_it(scene):
    session = scene.session()
    scene.add_task()

    assert len(queue(scene, session)) == session.size == 20
