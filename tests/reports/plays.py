"""Random plays for the figures' tests: what people, integrators and the clock may do, one small step each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from django.http import QueryDict
from django.utils import timezone

from audits.filters import page_filter
from audits.models import Batch, Performer, Project, Task
from audits.services.audits import Judgement, record_verdict
from audits.services.batches import create_batch
from audits.services.projects import create_project
from audits.services.reverts import revert_audit
from audits.services.sampling import SampleSize
from audits.services.sessions import claim_next
from audits.services.task_details import set_tags
from audits.services.tasks import NewTask, cancel_task, complete_task, create_task
from labelops.errors import DomainError
from reports.models import Design, TaskFact
from reports.selecting import Selection, select
from reports.services.following import follow_events
from tests.audits.scene import PARAMS, Scene, make_scene


class Play:
    """A scene with two projects, two batches and three performers; `chance` decides all."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.scene = chance, make_scene(tasks=0)
        organization = self.scene.organization
        with self.scene.scope():
            other = create_project(organization=organization, actor=None, name="fish", type="categorization",
                                   params={}, now=timezone.now())  # fmt: skip
            self.projects: list[Project | None] = [self.scene.project, other, None]
            self.batches: list[Batch] = [
                create_batch(project=self.scene.project, actor=None, name=name, now=timezone.now())
                for name in ("one", "two")
            ]
            self.performers = [
                Performer.objects.create(organization=organization, external_id=f"p{number}") for number in range(3)
            ]
        self.sessions: list = []
        self.steps: list[Callable[[], object]] = [
            self.add, self.add, self.add, self.audit, self.audit, self.audit, self.undo, self.tag, self.finish,
            self.end, self.draw, self.work, self.work, self.recall, follow_events,
        ]  # fmt: skip

    def step(self) -> None:
        try:
            with self.scene.scope():
                self.chance.choice(self.steps)()
        except DomainError:
            pass  # What is refused changes nothing.

    def moment(self) -> datetime:
        return timezone.now() - timedelta(days=self.chance.choice([0, 1, 6, 13, 40, 41, 200]), minutes=5)

    def add(self) -> None:
        project = self.chance.choice(self.projects)
        done = self.chance.random() < 0.8
        new = NewTask(
            type="categorization", params=PARAMS, project=project, tags=self.chance.choice([None, ["a"], ["a", "b"]]),
            batch=self.chance.choice([None, *self.batches]) if project == self.scene.project else None,
            response={"category": "duck"} if done else None,
            completed_by=self.chance.choice([None, *self.performers]), completed_at=self.moment(),
        )  # fmt: skip
        create_task(organization=self.scene.organization, actor=None, new=new, now=timezone.now())

    def one(self, **wanted: str) -> Task | None:
        tasks = list(Task.objects.for_organization(self.scene.organization).filter(**wanted))
        return self.chance.choice(tasks) if tasks else None

    def auditor(self):
        return self.scene.members[self.chance.choice(["owner", "alice", "bob"])]

    def judgement(self) -> Judgement:
        verdict = self.chance.choice(["accepted", "fixed", "rejected"])
        response = {"category": self.chance.choice(["duck", "goose", "swan"])} if verdict == "fixed" else None
        return Judgement(verdict, "seen", response)

    def audit(self) -> None:
        if task := self.one(status="completed"):
            record_verdict(auditor=self.auditor(), task_id=task.pk, judgement=self.judgement(), now=timezone.now())

    def undo(self) -> None:
        if task := self.one(status="completed"):
            revert_audit(by=self.scene.members["owner"], task_id=task.pk, now=timezone.now())

    def tag(self) -> None:
        if task := self.one():
            set_tags(organization=self.scene.organization, actor=None, task_id=task.pk,
                     tags=self.chance.choice([[], ["a"], ["c", "b"]]), now=timezone.now())  # fmt: skip

    def finish(self) -> None:
        if task := self.one(status="pending"):
            complete_task(organization=self.scene.organization, actor=None, task_id=task.pk, completed_by="p1",
                          response={"category": "swan"}, now=timezone.now(), completed_at=self.moment())  # fmt: skip

    def end(self) -> None:
        if task := self.one(status="pending"):
            cancel_task(organization=self.scene.organization, actor=None, task_id=task.pk, now=timezone.now())

    def draw(self) -> None:
        filter = self.chance.choice([{}, {"project": "birds"}, {"review_status": "pending"}, {"tag": "a"},
                                     {"review_status": "rejected"}, {"batch": "one"}])  # fmt: skip
        self.sessions.append(
            self.scene.session(filter=filter, size=SampleSize(percent=self.chance.choice([30, 60, 100])))
        )

    def work(self) -> None:
        if not self.sessions:
            return
        auditor, session = self.auditor(), self.chance.choice(self.sessions)
        if claimed := claim_next(auditor=auditor, session=session):
            lease = {"lock_token": claimed.lease.token, "version": claimed.task.version, "session_id": session.pk}
            record_verdict(auditor=auditor, task_id=claimed.task.pk, judgement=self.judgement(), now=timezone.now(),
                           **lease)  # fmt: skip

    def recall(self) -> None:
        """What a redo does to the row: pending again, its audits stand."""
        from labelops.tenancy.events import record_event

        if task := self.one(status="completed", review_status="rejected"):
            Task.objects.filter(pk=task.pk).update(status="pending", completed_at=None, review_status="")
            record_event("task.recalled", organization=self.scene.organization, actor=None, now=timezone.now(),
                         task_id=task.pk)  # fmt: skip


def selection_of(scene: Scene, query: str = "", member: str = "owner") -> Selection:
    by = scene.members[member]
    tasks = Task.objects.for_organization(scene.organization).visible_to(by).completed()
    found = page_filter(QueryDict(query), tasks=tasks, organization=scene.organization)
    assert found.is_valid(), found.errors
    return select(found, member=by)


def judge_next(scene, session, auditor="alice", verdict="accepted"):
    with scene.scope():
        claimed = claim_next(auditor=scene.members[auditor], session=session)
        record_verdict(auditor=scene.members[auditor], task_id=claimed.task.pk, judgement=Judgement(verdict),
                       session_id=session.pk, lock_token=claimed.lease.token, now=timezone.now())  # fmt: skip
        return claimed.task.pk


def sampled_from(scene):
    """The sessions that could have drawn each sampled task."""
    with scene.scope():
        designs = dict(Design.objects.for_organization(scene.organization).values_list("digest", "sessions"))
        facts = TaskFact.objects.for_organization(scene.organization).exclude(sampled="")
        return [set(designs[design]) for design in facts.values_list("design", flat=True)]
