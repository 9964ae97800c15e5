"""The wire sheet's scenarios of the seed's rule and of the golden and majority vectors, by the official client."""

import datetime
import statistics
import time
from decimal import Decimal

import httpx
from place import Place, collectors, conditions, from_rate, now, refusal, suspend, toloka


def seeds_rule(place: Place) -> None:
    """Two suites skipped in a row close the pool for five days; the requester sees why, the performer until when."""
    pool = place.new_pool(place.project())
    pool.quality_control.add_action(
        collector=collectors.SkippedInRowAssignments(),
        conditions=[conditions.SkippedInRowCount >= 2],
        action=suspend(5, private_comment="Skips in a row"),
    )
    pool = place.fill(place.client.create_pool(pool), real=12)
    ann = place.worker()
    ann.skip(pool)
    ann.do(pool)
    ann.skip(pool)
    assert place.restrictions(ann) == []
    ann.skip(pool)
    (restriction,) = place.restrictions(ann)
    assert isinstance(restriction, toloka.user_restriction.PoolUserRestriction)
    assert (restriction.pool_id, restriction.private_comment) == (pool.id, "Skips in a row")
    end = now() + datetime.timedelta(days=5)
    assert abs(restriction.will_expire - end) < datetime.timedelta(minutes=5)
    refused = refusal(lambda: ann.take(pool))
    assert (refused.status, refused.body["code"]) == (403, "ACCESS_DENIED")
    assert refused.body["payload"] == {"until": restriction.will_expire.replace(tzinfo=None).isoformat()}
    assert "Skips" not in str(refused.body)
    offer = ann.pools()[pool.id]
    assert (offer["available"], offer["reason"]) == (False, "RESTRICTED")
    place.client.delete_user_restriction(restriction.id)
    assert place.restrictions(ann) == []
    ann.skip(pool)
    assert place.restrictions(ann) == [], "the count is fresh"
    ann.skip(pool)
    assert len(place.restrictions(ann)) == 1


def golden_skill(place: Place) -> None:
    skill = place.skill()
    pool = place.new_pool(place.project(), real=0, golden=1)
    pool.quality_control.add_action(
        collector=collectors.GoldenSet(history_size=10),
        conditions=[conditions.TotalAnswersCount >= 3],
        action=from_rate(skill),
    )
    pool = place.fill(place.client.create_pool(pool), golden=12)
    ann, seen = place.worker(), []
    for right in (1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1):
        ann.do(pool, "OK" if right else "BAD")
        exact = place.value(ann, skill)
        seen.append(None if exact is None else int(exact))
    assert seen == [None, None, 66, 75, 60, 66, 71, 62, 55, 50, 50, 60], seen
    (held,) = place.client.get_user_skills(user_id=ann.id, skill_id=skill.id)
    assert (held.value, held.exact_value) == (60, Decimal(60))


def golden_ban(place: Place) -> None:
    """The ban comes exactly at the twelfth answer; after it is lifted the history starts anew."""
    skill = place.skill()
    pool = place.new_pool(place.project(), real=0, golden=1)
    pool.quality_control.add_action(
        collector=collectors.GoldenSet(history_size=5),
        conditions=[conditions.TotalAnswersCount >= 4, conditions.CorrectAnswersRate < 60],
        action=suspend(7, "PROJECT"),
    )
    pool.quality_control.add_action(
        collector=collectors.GoldenSet(history_size=10),
        conditions=[conditions.TotalAnswersCount >= 3],
        action=from_rate(skill),
    )
    pool = place.fill(place.client.create_pool(pool), golden=17)
    ann, banned = place.worker(), []
    for right in (1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0):
        ann.do(pool, "OK" if right else "BAD")
        banned.append(len(place.restrictions(ann)))
    assert banned == [0] * 11 + [1], banned
    assert place.value(ann, skill) == 60
    place.client.delete_user_restriction(place.restrictions(ann)[0].id)
    for _ in range(3):
        ann.do(pool, "BAD")
    assert place.restrictions(ann) == [], "three answers are no four: the old ones are forgotten"
    assert place.value(ann, skill) == 0
    ann.do(pool, "BAD")
    assert len(place.restrictions(ann)) == 1


def majority(place: Place) -> None:
    answers = {
        0: ["OK", "BAD", "OK", "BAD", "OK"],
        1: ["BAD", "OK", "OK", "BAD", "404"],
        2: ["404", "OK", "404", "OK", "OK"],
        3: ["OK", "BAD", "OK", "404", "404"],
        4: ["OK", "BAD", "OK", "404", "OK"],
    }
    skill = place.skill()
    pool = place.new_pool(place.project(), real=5)
    pool.defaults.default_overlap_for_new_tasks = 5
    pool.quality_control.add_action(
        collector=collectors.MajorityVote(answer_threshold=3),
        conditions=[conditions.TotalAnswersCount >= 1],
        action=from_rate(skill),
    )
    pool = place.fill(place.client.create_pool(pool), real=5)
    workers = [place.worker() for _ in range(5)]
    for number, worker in enumerate(workers):
        assert [place.value(one, skill) for one in workers] == [None] * 5, "nothing before the overlap is complete"
        worker.do(pool, lambda given, number=number: answers[given["n"]][number])
    exact = [place.value(worker, skill) for worker in workers]
    assert [int(one) for one in exact] == [66, 33, 66, 33, 100], exact


# What the client has no words for comes through it all the same.
REJECTED_ONCE = {
    "collector_config": {"type": "AUDIT_VERDICTS", "parameters": {}},
    "rules": [
        {
            "conditions": [{"key": "rejected_audits_count", "operator": "GTE", "value": 1}],
            "action": {
                "type": "RESTRICTION_V2",
                "parameters": {"scope": "POOL", "duration": 5, "duration_unit": "DAYS"},
            },
        }
    ],
}


def audit_verdicts(place: Place) -> None:
    """A rejection in an audit shuts its performer out within two seconds: the middle one of five says so."""
    pool = place.new_pool(place.project())
    pool.quality_control = toloka.quality_control.QualityControl.structure({"configs": [REJECTED_ONCE]})
    pool = place.fill(place.client.create_pool(pool), real=5)
    seconds = []
    for _ in range(5):
        ann = place.worker()
        (task,) = ann.do(pool)["tasks"]
        verdict = {"accepted": False, "comments": "No bird at all."}
        audited = httpx.post(f"{place.url}/v1/task/{task['id']}/audit", json=verdict, auth=(place.key, ""), timeout=30)
        assert audited.status_code == 200, audited.text
        since = time.monotonic()
        while not place.restrictions(ann):
            assert time.monotonic() - since < 20, "nobody has heard of the audit"
            time.sleep(0.05)
        seconds.append(time.monotonic() - since)
    assert statistics.median(seconds) < 2, seconds
