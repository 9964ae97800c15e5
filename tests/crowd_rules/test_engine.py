"""The engine against a slow reference that keeps the whole history and counts it anew at every event."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from crowd_rules.engine.events import ACCEPTED, AUDIT, CONTROL, EXPIRED, MAJORITY, SKIPPED, SUBMITTED, Event
from crowd_rules.engine.judging import (
    Config,
    CounterState,
    Ended,
    RuleSpec,
    group_by_counter,
    judge,
    start_anew,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
POOLS = ("a", "b")
WINDOW = 4


def spec(name, action, *conditions):
    given = [{"key": key, "operator": operator, "value": value} for key, operator, value in conditions]
    return RuleSpec(name, given, {"type": action, "parameters": {}})


def skips(pool):
    rules = (spec(f"{pool}-skips", "RESTRICTION_V2", ("skipped_in_row_count", "GTE", 2)),
             spec(f"{pool}-third", "SET_SKILL", ("skipped_in_row_count", "EQ", 3)))  # fmt: skip
    return Config(f"{pool}-s", "SKIPPED_IN_ROW_ASSIGNMENTS", {}, "p", pool, rules)


def controls(pool, size):
    parameters = {"history_size": size} if size else {}
    bad = (("total_answers_count", "GTE", 3), ("correct_answers_rate", "LT", 60))
    rules = (
        spec(f"{pool}-{size}-ban", "RESTRICTION_V2", *bad),
        spec(f"{pool}-{size}-skill", "SET_SKILL_FROM_OUTPUT_FIELD", ("total_answers_count", "GTE", 2)),
        # Passed once: a full window stays at this count.
        spec(f"{pool}-{size}-passed", "SET_SKILL", ("total_answers_count", "EQ", WINDOW)),
    )
    return Config(f"{pool}-{size}-c", "GOLDEN_SET", parameters, "p", pool, rules, keep=6)


def majority(pool):
    rules = (spec(f"{pool}-m", "SET_SKILL", ("incorrect_answers_rate", "GTE", 50), ("total_answers_count", "GTE", 2)),)
    return Config(f"{pool}-m", "MAJORITY_VOTE", {"answer_threshold": 2}, "p", pool, rules)


def audits(pool):
    rules = (spec(f"{pool}-v", "RESTRICTION_V2", ("rejected_audits_count", "GTE", 2)),)
    return Config(f"{pool}-v", "AUDIT_VERDICTS", {"history_size": WINDOW}, "p", pool, rules, keep=WINDOW)


CONFIGS = [make for pool in POOLS for make in (skips(pool), controls(pool, 0), controls(pool, WINDOW), majority(pool),
                                               audits(pool))]  # fmt: skip


class Reference:
    """All events, in a list. Nothing is remembered but them, the ends of restrictions and what held before."""

    def __init__(self):
        self.history, self.ends, self.held = [], [], {}

    def fresh(self, config, now):
        """When this config's own history began."""
        shared = config.parameters.get("history_size")
        here = [end for end in self.ends if end.scope == "ALL_PROJECTS" or (end.pool == config.pool and not shared)]
        return max((end.at for end in here if end.at <= now), default=START - timedelta(days=1))

    def of(self, config, now, upto):
        since = self.fresh(config, now)
        shared = config.parameters.get("history_size")
        return [event for event in self.history[:upto] if event.responded_at > since
                and (shared or event.pool == config.pool)]  # fmt: skip

    def figures(self, config, now, upto):
        events, size = self.of(config, now, upto), config.parameters.get("history_size")
        if config.type == "SKIPPED_IN_ROW_ASSIGNMENTS":
            row = 0
            for event in events:
                row = 0 if event.kind == SUBMITTED else row + (event.kind == SKIPPED)
            return {"skipped_in_row_count": row}
        if config.type == "AUDIT_VERDICTS":
            verdicts = {}
            for event in events:
                if event.kind == AUDIT:
                    verdicts[event.subject] = event.facts["verdict"]
            return {"rejected_audits_count": list(verdicts.values())[-size:].count("rejected")}
        if config.type == "GOLDEN_SET":
            rights = [event.facts["correct"] for event in events if event.kind == CONTROL]
        else:
            rights = [
                event.facts["votes"] >= 2 for event in events if event.kind == MAJORITY and event.facts["top"] >= 2
            ]
        rights = rights[-size:] if size else rights
        total = len(rights)
        rate = Fraction(100 * sum(rights), total) if total else None
        wrong = None if rate is None else 100 - rate
        return {"total_answers_count": total, "correct_answers_rate": rate, "incorrect_answers_rate": wrong}

    def take(self, event):
        self.history.append(event)
        fired, now, upto = [], event.at, len(self.history)
        for config in CONFIGS:
            if config.pool != event.pool or event.kind not in config.collector.listens:
                continue
            since = self.fresh(config, now)
            if event.responded_at <= since:
                continue
            before, after = self.figures(config, now, upto - 1), self.figures(config, now, upto)
            occasion = event.kind != SUBMITTED and not (event.kind == MAJORITY and event.facts["top"] < 2)
            for one in config.rules:
                held = self.held.get(one.id)
                was = held is not None and held == since
                holds = all(self.holds(condition, before, after) for condition in one.conditions)
                once = one.action["type"] == "RESTRICTION_V2"
                if occasion and holds and not (once and was):
                    fired.append(one.id)
                self.held[one.id] = since if holds and (occasion or was) else None
        return fired

    @staticmethod
    def holds(condition, before, after):
        value, wanted = after[condition["key"]], condition["value"]
        if value is None:
            return False
        if condition["operator"] == "EQ":
            return (before[condition["key"]] or 0) < wanted <= value
        return {"GTE": value >= wanted, "LT": value < wanted}[condition["operator"]]


class Judging(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.now, self.number = START, 0
        self.reference, self.states, self.ends, self.audited = Reference(), {}, [], {}

    def tell(self, kind, pool, subject="", age=0, **facts):
        self.now += timedelta(minutes=1)
        self.number += 1
        event = Event(str(self.number), kind, "ann", pool, "p", self.now, self.now - timedelta(minutes=age),
                      subject or str(self.number), facts)  # fmt: skip
        fired = []
        there = [config for config in CONFIGS if config.pool == pool]
        for key, sharing in group_by_counter(there, event).items():
            state = self.states.setdefault(key, CounterState())
            start_anew(state, key, event, self.ends)
            fired += [hit.rule.id for hit in judge(sharing, key, state, event)]
            assert sum(len(str(value)) for value in state.memory.values()) < 400, "what is remembered is bounded"
        assert sorted(fired) == sorted(self.reference.take(event))

    @rule(pool=st.sampled_from(POOLS))
    def skip(self, pool):
        self.tell(SKIPPED, pool)

    @rule(pool=st.sampled_from(POOLS))
    def submit(self, pool):
        self.tell(SUBMITTED, pool, seconds=10)

    @rule(pool=st.sampled_from(POOLS))
    def expire(self, pool):
        self.tell(EXPIRED, pool)

    @rule(pool=st.sampled_from(POOLS), correct=st.booleans())
    def answer_a_control(self, pool, correct):
        self.tell(CONTROL, pool, correct=correct, weight=1)

    @rule(pool=st.sampled_from(POOLS), votes=st.integers(1, 3), others=st.integers(0, 2), age=st.integers(0, 3))
    def reach_the_overlap(self, pool, votes, others, age):
        self.tell(MAJORITY, pool, age=age, votes=votes, top=max(votes, others))

    @rule(
        pool=st.sampled_from(POOLS), verdict=st.sampled_from(["accepted", "fixed", "rejected"]), age=st.integers(0, 3)
    )
    def audit(self, pool, verdict, age):
        self.tell(AUDIT, pool, age=age, verdict=verdict, replaces="")

    @rule(scope=st.sampled_from(["POOL", "ALL_PROJECTS"]), pool=st.sampled_from(POOLS))
    def end_a_restriction(self, scope, pool):
        end = Ended(scope, self.now, pool, "p")
        self.ends.append(end)
        self.reference.ends.append(end)


TestJudging = Judging.TestCase
TestJudging.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_a_later_audit_replaces_the_verdict_it_had_before():
    config, state = audits("a"), CounterState()
    for number, (subject, verdict, replaces) in enumerate(
        [("s1", "rejected", ""), ("s2", "rejected", ""), ("s1", "accepted", "rejected")]
    ):
        at = START + timedelta(minutes=number)
        event = Event(str(number), AUDIT, "ann", "a", "p", at, at, subject, {"verdict": verdict, "replaces": replaces})
        hits = judge([config], "AUDIT_VERDICTS[]:project:p:recent", state, event)
        assert len(hits) == (number == 1)
    assert state.memory["window"] == ["accepted#s1", "rejected#s2"]


def told(config, key, state, *events):
    """Ids of the rules that fire at each of these (kind, minute, minute of the work, facts)."""
    fired = []
    for number, (kind, minute, given, facts) in enumerate(events):
        at, responded = (START + timedelta(minutes=value) for value in (minute, given))
        event = Event(str(number), kind, "ann", "a", "p", at, responded, str(number), facts)
        start_anew(state, key, event, [Ended("POOL", START + timedelta(minutes=10), "a", "p")])
        fired.append([hit.rule.id for hit in judge([config], key, state, event)])
    return fired


def test_what_is_found_late_about_old_work_changes_nothing_after_a_restriction():
    config = Config("c", "AUDIT_VERDICTS", {}, "p", "a",
                    (spec("any", "SET_SKILL", ("rejected_audits_count", "GTE", 1)),))  # fmt: skip
    state, rejected = CounterState(), {"verdict": "rejected", "replaces": ""}
    key = "AUDIT_VERDICTS[]:pool:a:all"
    assert told(config, key, state, (AUDIT, 12, 9, rejected), (AUDIT, 13, 11, rejected)) == [[], ["any"]]
    assert state.memory["counts"] == {"rejected": 1}


def test_eq_on_money_is_passed_where_the_sum_jumps_over_it():
    config = Config("c", "INCOME", {}, "p", "a",
                    (spec("five", "SET_SKILL", ("income_sum_for_last_24_hours", "EQ", 5)),))  # fmt: skip
    earned = [(ACCEPTED, minute, minute, {"reward": "2.1"}) for minute in (11, 12, 13, 14)]
    assert told(config, "INCOME[]:pool:a:all", CounterState(), *earned) == [[], [], ["five"], []]
