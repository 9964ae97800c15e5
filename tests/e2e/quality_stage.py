"""The demo with six weeks of work on it: batches, samples, second audits, a bound plan, a kept report, a redo."""

import random
from datetime import datetime, timedelta

from django.utils import timezone

from audits.models import Audit, AuditSession, Project, SecondAudit, Task, Verdict
from audits.plans import PlanRequest
from audits.services.audits import Judgement
from audits.services.batches import create_batch
from audits.services.demo import DOMAIN, SLUG, create_demo
from audits.services.demo_data import MOOD_PROJECT, MOODS, PERFORMERS, REASONS, SENTENCES, THINGS
from audits.services.flow import judge_and_claim
from audits.services.redos import redo_task
from audits.services.sampling import SampleSize
from audits.services.second_audits import claim_second, record_second_audit
from audits.services.sessions import claim_next, finish_session, open_session
from audits.services.tasks import NewTask, complete_task, create_task
from labelops.statistics.plans import Wishes
from labelops.tenancy.models import Membership, Organization
from labelops.tenancy.scope import organization_scope, system_scope
from reports.engine.weeks import Week, last_weeks, running_week
from reports.services.following import follow_events
from reports.services.weekly import report_last_week

A_WEEK, SAMPLE = 90, 36
AUDITORS = ("auditor", "auditor2", "lead")
COMMENTS = {"rejected": ["Irony missed.", "The second sentence turns it around.", "A question is no complaint."],
            "fixed": ["Neutral: nothing is judged here.", "Positive, if dryly said."]}  # fmt: skip


class Stage:
    """`organization` is the demo's; sign in as owner@ with the password."""

    def __init__(self, password: str) -> None:
        create_demo(password=password, now=timezone.now())
        self.chance = random.Random(20261123)
        with system_scope("command line"):
            self.organization = Organization.objects.get(slug=SLUG)
        with organization_scope(self.organization.pk):
            found = Membership.objects.for_organization(self.organization).select_related("user")
            self.people = {one.user.email.partition("@")[0]: one for one in found}
            for one in found:
                one.organization = self.organization
            self.project = Project.objects.for_organization(self.organization).get(name=MOOD_PROJECT)
        self._weeks()

    def _weeks(self) -> None:
        now, zone = timezone.now(), self.organization.time_zone
        weeks = [*reversed(last_weeks(now, zone, 6)), running_week(now, zone)]
        for number, week in enumerate(weeks, 1):
            with organization_scope(self.organization.pk):
                self._work(number, week, now)
        for number, week in enumerate(weeks[:-1], 1):
            share = {4: 0.5, 5: 1.0}.get(number, 0.25)
            self.audit(self._sample(number, week, share), part=1.0 if number < 6 else 0.7)
        follow_events()
        report_last_week(now=timezone.now())
        self._lot()
        self._late()
        follow_events()

    def _work(self, number: int, week: Week, now: datetime) -> None:
        batch = create_batch(project=self.project, actor=None, name=f"Mood, week {number}", now=now)
        last = min(week.last_moment, now - timedelta(minutes=20))
        for place in range(A_WEEK):
            mood, at = self.chance.choice(MOODS), week.starts_at + (last - week.starts_at) * self.chance.random()
            text = self.chance.choice(SENTENCES[mood]).format(self.chance.choice(THINGS))
            task = create_task(organization=self.organization, actor=None, now=now, new=NewTask(
                type="categorization", params={"attachment": text, "categories": MOODS},
                project=self.project, batch=batch,
                unique_id=f"mood-{number}-{place:02d}", created_at=at - timedelta(hours=2),
                tags=["chat"] if self.chance.random() < 0.3 else ["mail"]))  # fmt: skip
            complete_task(organization=self.organization, actor=None, task_id=task.pk, now=now, completed_at=at,
                          response={"category": mood}, completed_by=self.chance.choice(PERFORMERS))  # fmt: skip

    def _sample(self, number: int, week: Week, share: float) -> AuditSession:
        dates = {"completed_after": str(week.monday), "completed_before": str(week.sunday)}
        with organization_scope(self.organization.pk):
            return open_session(opener=self.people["owner"], filter={"project": MOOD_PROJECT, **dates},
                                size=SampleSize(number=SAMPLE), seed=number, name=f"Mood, week {number}",
                                now=timezone.now(), second_share=share)  # fmt: skip

    def audit(self, session: AuditSession, *, part: float = 1.0, twice: bool = True) -> None:
        """Everybody in turn; then, if `twice`, the second audits, each by somebody else."""
        for turn in range(round(part * session.size)):
            self._judge(self.people[AUDITORS[turn % 3]], session)
        with organization_scope(self.organization.pk):
            for name in AUDITORS if twice else ():
                while self._judge_again(self.people[name], session):
                    pass
            for audit in Audit.objects.for_organization(self.organization).filter(session=session):
                seconds = self.chance.lognormvariate(3.3, 0.5)
                Audit.objects.filter(pk=audit.pk).update(seconds=seconds, active_seconds=seconds)

    def _judge(self, auditor: Membership, session: AuditSession) -> None:
        with organization_scope(self.organization.pk):
            claimed = claim_next(auditor=auditor, session=session)
            if claimed is not None:
                judge_and_claim(auditor=auditor, session_id=session.pk, task_id=claimed.task.pk,
                                judgement=self._judgement(claimed.task.response), lock_token=claimed.lease.token,
                                version=claimed.task.version, now=timezone.now())  # fmt: skip

    def _judgement(self, response: dict) -> Judgement:
        verdict = self.chance.choices([*Verdict], [86, 8, 6])[0]
        if verdict == Verdict.ACCEPTED:
            return Judgement(verdict)
        reasons = (self.chance.choice(REASONS[MOOD_PROJECT]),)
        other = {"category": next(mood for mood in MOODS if mood != response["category"])}
        comment = self.chance.choice(COMMENTS[verdict])
        return Judgement(verdict, comment, other if verdict == Verdict.FIXED else None, reasons)

    def _judge_again(self, auditor: Membership, session: AuditSession) -> bool:
        turn = claim_second(auditor=auditor, session=session)
        if turn is None:
            return False
        mine = SecondAudit.objects.for_organization(self.organization).filter(session=session, task=turn.task)
        first = mine.with_first().get().first_verdict
        verdict = first if self.chance.random() < 0.88 else self.chance.choice([Verdict.ACCEPTED, Verdict.REJECTED])
        other = next(mood for mood in MOODS if mood != turn.response["category"])
        judgement = Judgement(verdict, "" if verdict == Verdict.ACCEPTED else "Seen otherwise.",
                              {"category": other} if verdict == Verdict.FIXED else None)  # fmt: skip
        record_second_audit(auditor=auditor, session_id=session.pk, task_id=turn.task.pk, judgement=judgement,
                            lock_token=turn.lease.token, now=timezone.now())  # fmt: skip
        return True

    def _lot(self) -> None:
        """A session bound to a plan, judged to its decision."""
        plan = PlanRequest("single", Wishes(0.05, 0.25, 0.05, 0.10))
        lot = {"project": MOOD_PROJECT, "batch": "Mood, week 7"}
        with organization_scope(self.organization.pk):
            self.lot = open_session(opener=self.people["lead"], filter=lot,
                                    size=SampleSize(), seed=7, name="Lot of week 7", now=timezone.now(),
                                    plan=plan)  # fmt: skip
        self.audit(self.lot)
        with organization_scope(self.organization.pk):
            session = AuditSession.objects.for_organization(self.organization).get(pk=self.lot.pk)
            session.organization = self.organization
            finish_session(by=self.people["lead"], session=session, now=timezone.now())

    def _late(self) -> None:
        """What came after Monday's report: more audits of that week, and one task sent back."""
        last = last_weeks(timezone.now(), self.organization.time_zone, 1)[0]
        self.open = self._sample(8, last, 0.5)
        self.audit(self.open, part=0.4, twice=False)
        with organization_scope(self.organization.pk):
            rejected = Task.objects.for_organization(self.organization).filter(review_status="rejected")
            redo_task(by=self.people["lead"], task_id=rejected.order_by("id").first().pk, now=timezone.now(),
                      note="Please read to the end: the second half is ironic.")  # fmt: skip

    def login(self, who: str) -> str:
        return f"{who}@{DOMAIN}"
