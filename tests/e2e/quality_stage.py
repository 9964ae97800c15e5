"""The demo, and on it what a team adds in a week: a kept report, a lot that a plan decides on, late audits, a redo."""

import random

from django.utils import timezone

from audits.models import AuditSession, Task, Verdict
from audits.plans import PlanRequest
from audits.services.audits import Judgement, record_verdict
from audits.services.demo import DOMAIN, SLUG, create_demo
from audits.services.demo_data import MOOD_PROJECT, MOODS, REASONS
from audits.services.demo_weeks import AUDITORS, COMMENTS, batch_of, take_time
from audits.services.redos import redo_task
from audits.services.sampling import SampleSize
from audits.services.sessions import claim_next, finish_session, open_session
from labelops.statistics.plans import Wishes
from labelops.tenancy.models import Membership, Organization
from labelops.tenancy.scope import organization_scope, system_scope
from reports.engine.weeks import last_weeks
from reports.services.following import follow_events
from reports.services.weekly import report_last_week


class Stage:
    """`organization` is the demo's; sign in as owner@ with the password."""

    def __init__(self, password: str) -> None:
        create_demo(password=password, now=timezone.now())
        self.chance = random.Random(20261123)
        with system_scope("command line"):
            self.organization = Organization.objects.get(slug=SLUG)
        follow_events()
        report_last_week(now=timezone.now())
        with organization_scope(self.organization.pk):
            found = Membership.objects.for_organization(self.organization).select_related("user", "organization")
            self.people = {one.user.email.partition("@")[0]: one for one in found}
            self._decide_on_a_lot()
            self._come_late()
            take_time(self.organization, self.chance)
        follow_events()

    def _decide_on_a_lot(self) -> None:
        """A session bound to a plan, judged to its decision."""
        plan = PlanRequest("single", Wishes(0.05, 0.25, 0.05, 0.10))
        monday = last_weeks(timezone.now(), self.organization.time_zone, 2)[-1].monday
        self.lot = open_session(opener=self.people["lead"], size=SampleSize(), seed=7, name="Lot of the week before",
                                filter={"project": MOOD_PROJECT, "batch": batch_of(monday)}, now=timezone.now(),
                                plan=plan)  # fmt: skip
        self._audit(self.lot, self.lot.size)
        session = AuditSession.objects.for_organization(self.organization).get(pk=self.lot.pk)
        session.organization = self.organization
        finish_session(by=self.people["lead"], session=session, now=timezone.now())

    def _come_late(self) -> None:
        """What came after Monday's report: more audits of that week, all to be judged twice, and one task sent back."""
        week = last_weeks(timezone.now(), self.organization.time_zone, 1)[0]
        dates = {"completed_after": str(week.monday), "completed_before": str(week.sunday)}
        self.open = open_session(opener=self.people["owner"], filter={"project": MOOD_PROJECT, **dates}, seed=8,
                                 size=SampleSize(number=30), name="Once more", now=timezone.now(),
                                 second_share=0.5)  # fmt: skip
        self._audit(self.open, 12)
        rejected = Task.objects.for_organization(self.organization).filter(review_status="rejected")
        redo_task(by=self.people["lead"], task_id=rejected.order_by("id").first().pk, now=timezone.now(),
                  note="Please read to the end: the second half is ironic.")  # fmt: skip

    def _audit(self, session: AuditSession, number: int) -> None:
        for turn in range(number):
            self._judge(self.people[AUDITORS[turn % 3]], session)

    def _judge(self, auditor: Membership, session: AuditSession) -> None:
        claimed = claim_next(auditor=auditor, session=session)
        record_verdict(auditor=auditor, session_id=session.pk, task_id=claimed.task.pk,
                       judgement=self._judgement(claimed.task.response), lock_token=claimed.lease.token,
                       version=claimed.task.version, now=timezone.now())  # fmt: skip

    def _judgement(self, response: dict) -> Judgement:
        verdict = self.chance.choices([*Verdict], [86, 8, 6])[0]
        if verdict == Verdict.ACCEPTED:
            return Judgement(verdict)
        other = {"category": next(mood for mood in MOODS if mood != response["category"])}
        reasons = (self.chance.choice(REASONS[MOOD_PROJECT]),)
        return Judgement(verdict, self.chance.choice(COMMENTS[verdict]), other if verdict == Verdict.FIXED else None,
                         reasons)  # fmt: skip

    def login(self, who: str) -> str:
        return f"{who}@{DOMAIN}"
