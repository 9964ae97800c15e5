"""Control tasks: in from text, file and audits; how they fare; retired ones are handed out no more."""

import io

import pytest
from django.utils import timezone

from audits.models import Project, ProjectVersion, Task
from audits.services.tasks import complete_task
from crowd_rules.models import PoolTask
from crowd_rules.services.controls import control_figures, suspicious_controls

LINE = '{"input_values": {"n": 1}, "known_solutions": [{"output_values": {"result": "OK"}}]}'


def controls(desk, pool):
    with desk.crowd.scope():
        return list(PoolTask.objects.filter(pool=pool).controls().order_by("id"))


def test_they_come_as_lines_as_a_list_and_as_a_file(desk):
    pool = desk.crowd.pool(tasks=1)
    training = LINE[:-1] + ', "message_on_unknown_solution": "Look again"}'
    assert desk.post("new_controls", pool.pk, data={"text": f"{LINE}\n\n{training}"}).status_code == 302
    assert [one.kind for one in controls(desk, pool)] == ["CONTROL", "TRAINING"]
    desk.post("new_controls", pool.pk, data={"text": f"[{LINE}, {LINE}]"})
    file = io.BytesIO(f"\ufeff{LINE}\n".encode())
    file.name = "controls.jsonl"
    desk.post("new_controls", pool.pk, data={"file": file})
    assert len(controls(desk, pool)) == 5
    assert "Look again" in desk.told("controls", pool.pk)


WRONG = [
    ("", "Choose a file, or paste the control tasks below."),
    ("{", "Line 1: This is not JSON"),
    (f"{LINE}\nnothing", "Line 2: This is not JSON"),
    ('{"input_values": {"a": NaN}, "known_solutions": []}', "Line 1: NaN is not a number"),
    ("[1]", "Task 1: give “input_values” as an object."),
    ('{"input_values": {}}', "Task 1: give at least one of “known_solutions”."),
    (f'{LINE}\n{{"input_values": {{}}, "known_solutions": [{{"output_values": 3}}]}}', "Task 2: Give"),
    ('{"input_values": {"a": "\\u0000"}, "known_solutions": [{"output_values": {}}]}', "NUL"),
]


def test_a_wrong_one_is_named_and_none_is_added(desk):
    pool = desk.crowd.pool(tasks=1)
    for text, sentence in WRONG:
        answer = desk.post("new_controls", pool.pk, data={"text": text})
        assert (answer.status_code, sentence in answer.content.decode()) == (400, True), text
    assert controls(desk, pool) == []


def test_completed_tasks_become_control_tasks(desk):
    pool = desk.crowd.pool(tasks=2)
    with desk.crowd.scope():
        done, waiting = Task.objects.order_by("id")
        complete_task(organization=desk.crowd.organization, actor=None, task_id=done.pk, response={"result": "yes"},
                      completed_by="", now=timezone.now())  # fmt: skip
    page = desk.told("new_controls", pool.pk)
    assert done.public_id not in page, "it is work in this very pool"
    other = desk.crowd.pool(tasks=1)
    assert done.public_id in desk.told("new_controls", other.pk)
    assert desk.post("choose_controls", other.pk, data={"ids": [done.public_id]}).status_code == 302
    (made,) = controls(desk, other)
    assert made.known_solutions[0]["output_values"] == {"result": "yes"}
    answer = desk.client.post(desk.url("choose_controls", other.pk), {"ids": [waiting.public_id]}, follow=True)
    assert "has no response that could be trusted" in answer.content.decode()


def test_an_item_that_good_performers_fail_is_suspicious(desk):
    pool = desk.crowd.pool(tasks=40, controls=6, golden_tasks_count=6, real_tasks_count=1)
    odd = controls(desk, pool)[0]
    for name in ("ann", "bob", "cid"):
        desk.crowd.do(name, pool, lambda task: "NO" if task == odd.params else "OK")
    desk.crowd.do("dan", pool, "BAD")
    with desk.crowd.scope():
        figures = control_figures(pool, [odd.pk])[odd.pk]
        assert suspicious_controls(pool) == [odd.pk]
    assert (figures.shown, figures.answered, figures.right, figures.by_good, figures.right_by_good) == (4, 4, 0, 3, 0)
    assert (figures.exposure, figures.often_wrong) == (1.0, '{"result": "NO"}')
    assert figures.interval.high == pytest.approx(0.4899, abs=1e-4)
    page = desk.told("controls", pool.pk, query="?state=suspicious")
    assert "only 0 of 3 good performers got it right" in page
    assert "1 control task" in page


def test_a_retired_one_is_handed_out_no_more_until_it_is_put_back(desk):
    pool = desk.crowd.pool(tasks=10, controls=1, golden_tasks_count=1)
    (control,) = controls(desk, pool)
    ids = {"ids": [control.public_id], "back": desk.url("controls", pool.pk)}
    desk.post("change_controls", pool.pk, data={**ids, "action": "retire"})
    assert [one.id for one in desk.crowd.take("ann", pool).tasks if one.id == control.pk] == []
    assert "Retired" in desk.told("controls", pool.pk, query="?state=retired")
    assert "No control task matches" in desk.told("controls", pool.pk, query="?state=used")
    desk.post("change_controls", pool.pk, data={**ids, "action": "restore"})
    assert [one.id for one in desk.crowd.take("bob", pool).tasks if one.id == control.pk] == [control.pk]


FIELDS = {"input_spec": {"text": {"type": "string"}, "place": {"type": "string", "hidden": True}},
          "output_spec": {"mood": {"type": "string", "allowed_values": ["good", "bad"]}}}  # fmt: skip


def test_without_fields_of_its_own_a_project_asks_as_its_newest_task_has_them(desk):
    pool = desk.crowd.pool(tasks=1)
    shown = {"text": "Hm.", "image": "https://a.example/1.jpg", "tags": ["a"], "page": 3, "old": True, "box": {"x": 1}}
    with desk.crowd.scope():
        Task.objects.update(params=shown)
    editor = desk.get("answer_control", pool.pk).context["editor"]
    kinds = {name: one["type"] for name, one in editor["schema"]["output_spec"].items()}
    assert kinds == {"text": "string", "image": "url", "tags": "array_string", "page": "integer", "old": "boolean",
                     "box": "json"}  # fmt: skip
    assert editor["response"] == shown
    assert desk.post("answer_control", pool.pk, data={"input": '{"text": "Oh."}'}).context["step"] == "answer"
    assert desk.post("answer_control", pool.pk, data={"input": "[1]"}).context["editor"]["response"] == {}
    with desk.crowd.scope():
        Task.objects.update(params={})
    assert "as JSON" in desk.told("answer_control", pool.pk)


def test_a_requester_answers_one_in_the_performers_own_form(desk):
    pool = desk.crowd.pool(tasks=1)
    with desk.crowd.scope():
        Project.objects.filter(pk=pool.project_id).update(task_fields=FIELDS)
        task = Task.objects.get()
    assert 'data-task-editor="fields"' in desk.told("answer_control", pool.pk)
    refused = desk.post("answer_control", pool.pk, data={"input": "{}"})
    assert (refused.status_code, refused.context["problems"]) == (400, {"text": "This field is required."})
    asked = desk.post("answer_control", pool.pk, data={"input": '{"text": "Hm."}'})
    assert (asked.context["step"], asked.context["given"]) == ("answer", '{"text": "Hm."}')
    answer = {"input": '{"text": "Hm."}', "answer": '{"mood": "fair"}', "message": "Look\x00 again"}
    refused = desk.post("answer_control", pool.pk, data=answer)
    assert (refused.status_code, refused.context["problems"]) == (400, {"mood": "One of good, bad."})
    assert refused.context["editor"]["response"] == {"mood": "fair"}, "nothing that was filled in is lost"
    assert desk.post("answer_control", pool.pk, data=answer | {"answer": '{"mood": "bad"}'}).status_code == 302
    (made,) = controls(desk, pool)
    assert (made.kind, made.params) == ("TRAINING", {"text": "Hm."})
    assert made.known_solutions == [{"output_values": {"mood": "bad"}}]
    assert made.message_on_unknown_solution == "Look again", "without what no column can hold"
    # What a task shows can be taken from it; what is no object is refused where it is asked for.
    assert desk.get("answer_control", pool.pk, query=f"?task={task.public_id}").context["step"] == "answer"
    assert desk.get("answer_control", pool.pk, query="?task=none").status_code == 404
    assert desk.post("answer_control", pool.pk, data={"input": "[1]"}).context["error"] == "Give a JSON object."


def test_who_answers_one_sees_what_the_project_gives_every_task(desk):
    pool = desk.crowd.pool(tasks=1)
    with desk.crowd.scope():
        ProjectVersion.objects.filter(project_id=pool.project_id).update(params={"categories": ["good", "bad"]})
    asked = desk.post("answer_control", pool.pk, data={"input": '{"text": "Hm."}'})
    assert asked.context["editor"]["params"] == {"categories": ["good", "bad"], "text": "Hm."}
    desk.post("new_controls", pool.pk, data={"text": LINE})
    assert "categories" not in desk.told("controls", pool.pk), "all have it: it tells none of them from another"
