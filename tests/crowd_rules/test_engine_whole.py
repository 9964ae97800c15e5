"""The whole catalogue against a slow reference: rules of pools and of the project, windows, later verdicts, shadows.

`test_engine.py` has the seed's collectors in two pools; here stands what it leaves out. The reference knows no
counters: it keeps every event and counts all of them anew at each.
"""

import operator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from crowd_rules.engine import events
from crowd_rules.engine.collectors import COLLECTORS
from crowd_rules.engine.events import Event
from crowd_rules.engine.judging import Config, CounterState, Ended, RuleSpec, group_by_counter, judge, start_anew

START, DAY = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=24)
STEP = 300
POOLS = ("a", "b")
RESTRICT, SET, AGAIN = "RESTRICTION_V2", "SET_SKILL", "CHANGE_OVERLAP"


def made(name, type, pool, *rules, keep=0, **parameters):
    """`rules`: (action, (key, operator, value), …)"""
    given = []
    for number, (action, *asks) in enumerate(rules):
        conditions = [{"key": key, "operator": sign, "value": value} for key, sign, value in asks]
        given.append(RuleSpec(f"{name}{number}", conditions, {"type": action, "parameters": {}}))
    return Config(name, type, parameters, "p", pool, tuple(given), keep)


ROW, FAST, TOTAL = "skipped_in_row_count", "fast_submitted_count", "total_submitted_count"
GOLD, RIGHT = "golden_set_answers_count", "golden_set_correct_answers_rate"
BAD_REVIEWS = (RESTRICT, ("rejected_assignments_rate", "GTE", 50), ("total_assignments_count", "GTE", 2))
CONFIGS = (
    made("skips", "SKIPPED_IN_ROW_ASSIGNMENTS", "", (RESTRICT, (ROW, "GTE", 3)), (SET, (ROW, "NE", 2))),
    made("fast", "ASSIGNMENT_SUBMIT_TIME", "a", (RESTRICT, (FAST, "GTE", 2), (TOTAL, "GT", 2)), (SET, (TOTAL, "EQ", 4)),
         fast_submit_threshold_seconds=10),
    made("fast-a", "ASSIGNMENT_SUBMIT_TIME", "a", (RESTRICT, (FAST, "GTE", 2)), keep=5, history_size=3,
         fast_submit_threshold_seconds=10),
    made("fast-b", "ASSIGNMENT_SUBMIT_TIME", "b", (SET, (FAST, "LTE", 1), (TOTAL, "EQ", 5)), keep=5, history_size=5,
         fast_submit_threshold_seconds=10),
    made("fast-all", "ASSIGNMENT_SUBMIT_TIME", "", (RESTRICT, (TOTAL, "EQ", 3)), fast_submit_threshold_seconds=10),
    made("review", "ACCEPTANCE_RATE", "", BAD_REVIEWS, (SET, ("accepted_assignments_rate", "LT", 100)), keep=4,
         history_size=4),
    made("review-b", "ACCEPTANCE_RATE", "b", BAD_REVIEWS),
    made("income", "INCOME", "", (RESTRICT, ("income_sum_for_last_24_hours", "GTE", 5)),
         (SET, ("income_sum_for_last_24_hours", "EQ", 3))),
    made("audits", "AUDIT_VERDICTS", "a", (RESTRICT, ("rejected_audits_count", "GTE", 2)),
         (SET, ("fixed_audits_rate", "GT", 0))),
    made("audits-3", "AUDIT_VERDICTS", "",
         (RESTRICT, ("accepted_audits_rate", "LT", 50), ("total_audits_count", "GTE", 2)), keep=3, history_size=3),
    made("golden", "GOLDEN_SET", "a", (RESTRICT, (GOLD, "GTE", 2), (RIGHT, "LT", 60)),
         (SET, ("total_answers_count", "EQ", 3))),
    made("golden-all", "GOLDEN_SET", "",
         (RESTRICT, ("incorrect_answers_rate", "GT", 50), ("total_answers_count", "GT", 1))),
    made("answers", "ANSWER_COUNT", "", (SET, ("assignments_accepted_count", "EQ", 3)),
         (RESTRICT, ("assignments_accepted_count", "GT", 4))),
    made("answers-b", "ANSWER_COUNT", "b", (RESTRICT, ("assignments_accepted_count", "GTE", 2))),
    made("again", "ASSIGNMENTS_ASSESSMENT", "b", (AGAIN, ("assessment_event", "EQ", "REJECT"),
         ("rejected_assignments_count", "EQ", 1)), (SET, ("pending_assignments_count", "LT", 1))),
    made("lost", "USERS_ASSESSMENT", "", (AGAIN, ("pool_access_revoked_reason", "NE", "SKILL_CHANGE"))),
    made("vote-2", "MAJORITY_VOTE", "a", (SET, ("incorrect_answers_rate", "GTE", 50)), answer_threshold=2),
    made("vote-3", "MAJORITY_VOTE", "a", (RESTRICT, ("total_answers_count", "GTE", 2)), answer_threshold=3),
)  # fmt: skip
OVER_PROJECT = ("SKIPPED_IN_ROW_ASSIGNMENTS", "ANSWER_COUNT")


def counter_of(config, pool):
    """Where this config counts what happens in that pool, by the words of docs/rules.md."""
    size = config.parameters.get("history_size")
    shape = config.parameters.get("answer_threshold"), config.parameters.get("fast_submit_threshold_seconds")
    whole = size or (not config.pool and config.type in OVER_PROJECT)
    return config.type, shape, "project" if whole else pool, bool(size)


class Reference:
    def __init__(self):
        self.history, self.ends, self.held = [], [], {}

    def since(self, counter, event):
        """When this counter began anew; `ends`: (scope, pool, instant, the counter that had made it)."""
        over = [at for scope, pool, at, maker in self.ends if at <= event.at
                and (scope != "POOL" or maker == counter or pool == counter[2])]  # fmt: skip
        return max(over, default=START - DAY)

    def entries(self, config, event, upto):
        """The events of this config's counter, as (label, its event), later verdicts in the place of earlier ones."""
        counter, found = counter_of(config, event.pool), []
        since = self.since(counter, event)
        for one in self.history[:upto]:
            heard = [other for other in CONFIGS if other.pool in ("", one.pool) and one.kind in listens(other)
                     and counter_of(other, one.pool) == counter]  # fmt: skip
            if not heard or one.responded_at <= since:
                continue
            label, replaces = label_of(config, one)
            if replaces is not None:
                place = [at for at, (old, first) in enumerate(found) if (old, first.subject) == (replaces, one.subject)]
                if place:
                    found[place[0] : place[0] + 1] = [(label, one)] if label else []
            elif label is not None:
                found = [*found, (label, one)][-config.keep :] if config.keep else [*found, (label, one)]
        return found

    def take(self, event):
        self.history.append(event)
        fired, upto = [], len(self.history)
        for config in CONFIGS:
            if config.pool not in ("", event.pool) or event.kind not in listens(config):
                continue
            counter = counter_of(config, event.pool)
            since = self.since(counter, event)
            if event.responded_at <= since:
                continue
            before, after = (
                figures_of(config, event, self.entries(config, event, number)) for number in (upto - 1, upto)
            )
            for one in config.rules:
                fired += self.judge(config, one, counter, since, event, before, after)
        return fired

    def judge(self, config, one, counter, since, event, before, after):
        acts = is_occasion(config, event)
        met = all(is_met(config, ask, before, after) for ask in one.conditions)
        mark = one.id, counter, one.id in self.shadows
        was = self.held.get(mark) == since
        if not met:
            for shadow in (True, False):
                self.held.pop((one.id, counter, shadow), None)
        elif acts or was:
            self.held[mark] = since
        return [(one.id, counter)] if acts and met and not (one.action["type"] == RESTRICT and was) else []

    shadows = frozenset()


def listens(config):
    return COLLECTORS[config.type].listens


def label_of(config, event):
    """(what is counted, None for nothing; the label that it takes the place of)"""
    facts = event.facts
    if config.type == "AUDIT_VERDICTS":
        return facts["verdict"], facts["replaces"] or None
    if config.type == "ACCEPTANCE_RATE":
        if not facts.get("reviewed", True):
            return None, None
        return event.kind, events.REJECTED if facts["event"] == "ACCEPT_AFTER_REJECT" else None
    if config.type == "MAJORITY_VOTE" and facts["top"] < config.parameters["answer_threshold"]:
        return None, None
    return event.kind, None


def is_occasion(config, event):
    if config.type == "SKIPPED_IN_ROW_ASSIGNMENTS":
        return event.kind == events.SKIPPED
    if config.type in ("ACCEPTANCE_RATE", "ASSIGNMENTS_ASSESSMENT"):
        return event.facts.get("reviewed", True)
    if config.type == "AUDIT_VERDICTS":
        return not event.facts.get("undone")
    return label_of(config, event)[0] is not None


def share(part, whole):
    return 100 * Fraction(part) / whole if whole else None


def figures_of(config, event, entries):
    """What the rules of this config see, out of the list of everything that counts."""
    size, told = config.parameters.get("history_size"), [one for _label, one in entries]
    labels = [label for label, _one in entries]
    if size:
        told, labels = told[-size:], labels[-size:]
    number, found = len(labels), {}
    match config.type:
        case "SKIPPED_IN_ROW_ASSIGNMENTS":
            row = 0
            for label in labels:
                row = 0 if label == events.SUBMITTED else row + 1
            return {ROW: row}
        case "ASSIGNMENT_SUBMIT_TIME":
            return {TOTAL: number, FAST: sum(one.facts["seconds"] < 10 for one in told)}
        case "ANSWER_COUNT":
            return {"assignments_accepted_count": number}
        case "ACCEPTANCE_RATE":
            found["total_assignments_count"] = number
            for name, kind in (("accepted", events.ACCEPTED), ("rejected", events.REJECTED)):
                found[f"{name}_assignments_rate"] = share(labels.count(kind), number)
        case "INCOME":
            oldest = (event.at - DAY).timestamp() // STEP
            late = [one for one in told if one.at.timestamp() // STEP > oldest]
            return {
                "income_sum_for_last_24_hours": Fraction(
                    sum((Decimal(one.facts["reward"]) for one in late), Decimal(0))
                )
            }
        case "AUDIT_VERDICTS":
            found["total_audits_count"] = number
            for verdict in ("accepted", "fixed", "rejected"):
                found[f"{verdict}_audits_count"] = labels.count(verdict)
                found[f"{verdict}_audits_rate"] = share(labels.count(verdict), number)
        case "GOLDEN_SET":
            control = [one for one in told if not one.facts["training"]]
            for prefix, name, part in (("", "total_answers_count", told), ("golden_set_", GOLD, control)):
                points = sum(Fraction(one.facts["weight"]) for one in part if one.facts["correct"])
                found[name] = len(part)
                found[f"{prefix}correct_answers_rate"] = share(points, len(part))
                found[f"{prefix}incorrect_answers_rate"] = share(len(part) - points, len(part))
        case "MAJORITY_VOTE":
            right = sum(one.facts["votes"] >= config.parameters["answer_threshold"] for one in told)
            return {"total_answers_count": number, "incorrect_answers_rate": share(number - right, number)}
        case "ASSIGNMENTS_ASSESSMENT":
            facts = event.facts
            counts = {f"{name}_assignments_count": facts[name] for name in ("pending", "accepted", "rejected")}
            return {**counts, "assessment_event": facts["event"]}
        case "USERS_ASSESSMENT":
            return {"pool_access_revoked_reason": event.facts["reason"]}
    return found


def is_met(config, ask, before, after):
    value, wanted = after[ask["key"]], ask["value"]
    if value is None:
        return False
    counts = config.type not in ("ASSIGNMENTS_ASSESSMENT", "USERS_ASSESSMENT") and not ask["key"].endswith("_rate")
    if ask["operator"] == "EQ" and counts:
        return (before[ask["key"]] or 0) < wanted <= value
    return COMPARE[ask["operator"]](value, wanted)


COMPARE = {"EQ": operator.eq, "NE": operator.ne, "GT": operator.gt, "GTE": operator.ge, "LT": operator.lt,
           "LTE": operator.le}  # fmt: skip


class Judging(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.now, self.number = START, 0
        self.reference, self.states, self.ends, self.makers = Reference(), {}, [], []
        self.reviewed, self.audited = {}, {}

    def tell(self, kind, pool, subject="", given=None, **facts):
        self.now += timedelta(minutes=1)
        self.number += 1
        event = Event(str(self.number), kind, "ann", pool, "p", self.now, given or self.now,
                      subject or str(self.number), facts)  # fmt: skip
        there = [self.cast(config) for config in CONFIGS if config.pool in ("", pool)]
        fired = []
        for key, sharing in group_by_counter(there, event).items():
            state = self.states.setdefault(key, CounterState())
            start_anew(state, key, event, self.ends)
            fired += [(hit.rule.id, hit.key) for hit in judge(sharing, key, state, event)]
        expected = self.reference.take(event)
        assert sorted(one for one, _key in fired) == sorted(one for one, _counter in expected), event
        self.makers += zip(sorted(fired), sorted(expected, key=lambda one: one[0]), strict=True)

    def cast(self, config):
        rules = tuple(
            RuleSpec(one.id, one.conditions, one.action, one.id in self.reference.shadows) for one in config.rules
        )
        return Config(config.id, config.type, config.parameters, config.project, config.pool, rules, config.keep)

    @rule(pool=st.sampled_from(POOLS))
    def skip(self, pool):
        self.tell(events.SKIPPED, pool)

    @rule(pool=st.sampled_from(POOLS), seconds=st.sampled_from([9, 10]))
    def submit(self, pool, seconds):
        self.tell(events.SUBMITTED, pool, seconds=seconds)

    @rule(pool=st.sampled_from(POOLS))
    def expire(self, pool):
        self.tell(events.EXPIRED, pool)

    @rule(pool=st.sampled_from(POOLS), correct=st.booleans(), training=st.booleans(), weight=st.sampled_from([1, 0.5]))
    def answer_a_control(self, pool, correct, training, weight):
        self.tell(events.CONTROL, pool, correct=correct, training=training, weight=weight)

    @rule(pool=st.sampled_from(POOLS), votes=st.integers(1, 4), others=st.integers(0, 4))
    def reach_the_overlap(self, pool, votes, others):
        self.tell(events.MAJORITY, pool, votes=votes, top=max(votes, others))

    @rule(
        pool=st.sampled_from(POOLS),
        accepted=st.booleans(),
        by_hand=st.booleans(),
        reward=st.sampled_from(["0.9", "2.1"]),
    )
    def review(self, pool, accepted, by_hand, reward):
        subject = f"s{self.number}"
        suite = {"pending": self.number % 2, "accepted": int(accepted), "rejected": int(not accepted)}
        if accepted:
            self.tell(events.ACCEPTED, pool, subject, event="ACCEPT", reviewed=by_hand, reward=reward, **suite)
        else:
            self.tell(events.REJECTED, pool, subject, event="REJECT", reviewed=True, **suite)
            self.reviewed[subject] = pool, self.now

    @precondition(lambda self: self.reviewed)
    @rule(data=st.data())
    def accept_after_all(self, data):
        subject = data.draw(st.sampled_from(sorted(self.reviewed)))
        pool, given = self.reviewed.pop(subject)
        suite = {"pending": 0, "accepted": 1, "rejected": 0}
        self.tell(
            events.ACCEPTED, pool, subject, given, event="ACCEPT_AFTER_REJECT", reviewed=True, reward="1", **suite
        )

    @rule(
        pool=st.sampled_from(POOLS), verdict=st.sampled_from(["accepted", "fixed", "rejected"]), age=st.integers(0, 3)
    )
    def audit(self, pool, verdict, age):
        subject, given = f"t{self.number}", self.now - timedelta(minutes=age)
        self.tell(events.AUDIT, pool, subject, given, verdict=verdict, replaces="")
        self.audited[subject] = pool, given, verdict

    @precondition(lambda self: self.audited)
    @rule(data=st.data(), verdict=st.sampled_from(["accepted", "rejected", ""]))
    def audit_again(self, data, verdict):
        """Another verdict in its place, or none: it was undone."""
        subject = data.draw(st.sampled_from(sorted(self.audited)))
        pool, given, stood = self.audited.pop(subject)
        undone = {"undone": True} if not verdict else {}
        self.tell(events.AUDIT, pool, subject, given, verdict=verdict, replaces=stood, **undone)
        if verdict:
            self.audited[subject] = pool, given, verdict

    @rule(pool=st.sampled_from(POOLS), reason=st.sampled_from(["RESTRICTION", "SKILL_CHANGE"]))
    def lose_access(self, pool, reason):
        self.tell(events.ACCESS, pool, reason=reason, skill="")

    @rule(minutes=st.sampled_from([60, 720, 24 * 60 - 1]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(scope=st.sampled_from(["POOL", "PROJECT", "ALL_PROJECTS"]), pool=st.sampled_from(POOLS))
    def end_a_restriction_by_hand(self, scope, pool):
        self.end(scope, pool, "", None)

    @precondition(lambda self: self.makers)
    @rule(pool=st.sampled_from(POOLS))
    def end_a_rules_suspension(self, pool):
        """The counter that made it begins anew, also where it is one over several pools."""
        (_rule, key), (_same, counter) = self.makers[-1]
        self.end("POOL", pool, key, counter)

    def end(self, scope, pool, key, counter):
        self.ends.append(Ended(scope, self.now, pool, "p", key))
        self.reference.ends.append((scope, pool, self.now, counter))

    @rule(which=st.sampled_from(["skips0", "answers-b0", "audits0", "fast-a0"]))
    def put_in_shadow_or_on(self, which):
        self.reference.shadows = self.reference.shadows ^ {which}


TestJudging = Judging.TestCase
TestJudging.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
