"""Six weeks of work in the demo, for Quality to tell of: batches, random samples, verdicts and second audits."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from audits.models import Audit, AuditSession, SecondAudit, Verdict
from audits.services.audits import Judgement, record_verdict
from audits.services.demo_data import MOOD_PROJECT, MOODS, PERFORMERS, REASONS, SEED, SENTENCES, THINGS
from audits.services.sampling import SampleSize
from audits.services.second_audits import claim_second, record_second_audit
from audits.services.sessions import claim_next, finish_session, open_session
from labelops.tenancy.models import Membership, Organization

WEEKS, A_WEEK, SAMPLE = 6, 60, 24
AUDITORS = ("auditor", "auditor2", "lead")
# How often each of them is right, in percent.
CARE = dict(zip(PERFORMERS, (96, 93, 89, 70, 94), strict=True))
# The share of each sample that is audited again, and of the newest one that is audited at all: the rest waits.
TWICE, BEGUN = 0.25, 0.4
COMMENTS = {
    Verdict.REJECTED: ["Irony missed.", "Read to the end: the customer is glad.", "A question is no complaint."],
    Verdict.FIXED: ["Nothing is judged here.", "Dryly said, but meant well."],
}


class DemoWeeks:
    """The same chances each time; only the dates follow `now`."""

    def __init__(self, *, zone: str, now: datetime) -> None:
        self.zone, self.now, self.chance = ZoneInfo(zone), now, random.Random(SEED + 2)  # noqa: S311
        today = now.astimezone(self.zone).date()
        monday = today - timedelta(days=today.weekday())
        self.mondays = [monday - timedelta(days=7 * back) for back in range(WEEKS, 0, -1)]
        # What each text really says, by its `unique_id`.
        self.moods: dict[str, str] = {}

    def records(self) -> Iterator[dict[str, Any]]:
        """For the demo's file: each week a batch."""
        for number, monday in enumerate(self.mondays):
            for place in range(A_WEEK):
                yield self._record(f"demo-week-{number + 1}-{place:02d}", monday)

    def _record(self, unique_id: str, monday: date) -> dict[str, Any]:
        mood, performer = self.chance.choice(MOODS), self.chance.choice(PERFORMERS)
        self.moods[unique_id] = mood
        right = self.chance.randrange(100) < CARE[performer]
        day = monday + timedelta(days=self.chance.randrange(5))
        clock = time(self.chance.randint(8, 17), self.chance.randrange(60))
        completed = datetime.combine(day, clock, self.zone)
        return {
            "unique_id": unique_id, "project": MOOD_PROJECT, "batch": batch_of(monday),
            "params": {"attachment": self.chance.choice(SENTENCES[mood]).format(self.chance.choice(THINGS))},
            "response": {"category": mood if right else _other(mood)}, "completed_by": performer,
            "tags": [self.chance.choice(["chat", "mail", "mail"])], "completed_at": completed.isoformat(),
            "created_at": (completed - timedelta(hours=2)).isoformat(),
        }  # fmt: skip

    def audit(self, people: dict[str, Membership]) -> None:
        """A sample of each week, by three auditors in turn; the last is left open, half done."""
        for number, monday in enumerate(self.mondays):
            session = self._open(people["lead"], number, batch_of(monday))
            newest = monday == self.mondays[-1]
            for turn in range(round(session.size * (BEGUN if newest else 1))):
                self._judge(people[AUDITORS[turn % len(AUDITORS)]], session)
            for name in AUDITORS:
                while not newest and self._judge_again(people[name], session):
                    pass
            if not newest:
                finish_session(by=people["lead"], session=session, now=self.now)
        take_time(people["lead"].organization, self.chance)

    def _open(self, lead: Membership, number: int, batch: str) -> AuditSession:
        return open_session(opener=lead, filter={"project": MOOD_PROJECT, "batch": batch}, seed=number, name=batch,
                            size=SampleSize(number=SAMPLE), now=self.now, second_share=TWICE)  # fmt: skip

    def _judge(self, auditor: Membership, session: AuditSession) -> None:
        claimed = claim_next(auditor=auditor, session=session)
        mood = self.moods[claimed.task.unique_id]
        record_verdict(auditor=auditor, session_id=session.pk, task_id=claimed.task.pk, now=self.now,
                       judgement=self._judgement(claimed.task.response, mood), lock_token=claimed.lease.token,
                       version=claimed.task.version)  # fmt: skip

    def _judge_again(self, auditor: Membership, session: AuditSession) -> bool:
        """As the first did, nine times out of ten."""
        turn = claim_second(auditor=auditor, session=session)
        if turn is None:
            return False
        seconds = SecondAudit.objects.for_organization(auditor.organization).filter(session=session, task=turn.task)
        first, mood = seconds.with_first().get().first_verdict, turn.response["category"]
        agrees = self.chance.random() < 0.9
        verdict = first if agrees else Verdict.REJECTED if first == Verdict.ACCEPTED else Verdict.ACCEPTED
        corrected = {"category": _other(mood)} if verdict == Verdict.FIXED else None
        record_second_audit(auditor=auditor, session_id=session.pk, task_id=turn.task.pk, now=self.now,
                            judgement=Judgement(verdict, self._comment(verdict), corrected),
                            lock_token=turn.lease.token)  # fmt: skip
        return True

    def _judgement(self, response: dict[str, Any], mood: str) -> Judgement:
        if response["category"] == mood:
            return Judgement(Verdict.ACCEPTED)
        verdict = self.chance.choice([Verdict.FIXED, Verdict.REJECTED])
        corrected = {"category": mood} if verdict == Verdict.FIXED else None
        return Judgement(verdict, self._comment(verdict), corrected, (self.chance.choice(REASONS[MOOD_PROJECT]),))

    def _comment(self, verdict: str) -> str:
        return self.chance.choice(COMMENTS[verdict]) if verdict in COMMENTS else ""


def take_time(organization: Organization, chance: random.Random) -> None:
    """What people would have needed for each audit."""
    audits = list(Audit.objects.for_organization(organization).filter(auditor__isnull=False))
    for audit in audits:
        audit.seconds = audit.active_seconds = round(chance.lognormvariate(3.3, 0.5), 1)
    Audit.objects.bulk_update(audits, ["seconds", "active_seconds"])


def batch_of(monday: date) -> str:
    return f"Mood, week of {monday}"


def _other(mood: str) -> str:
    return MOODS[(MOODS.index(mood) + 1) % len(MOODS)]
