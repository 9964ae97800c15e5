"""The crowd's lists as files: from the button of each page, with its filter, of this organization alone."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.utils import timezone

from audits.models import Performer
from crowd_rules.models import Restriction
from crowd_rules.services.restrictions import restrict
from crowd_rules.services.skills import set_skill
from tests.crowd_rules.crowd import Crowd, make_crowd
from tests.crowd_rules.pages.conftest import Desk

EVIL = "=HYPERLINK(1)"


@pytest.fixture
def busy(desk) -> dict:
    """One pool with review, worked in by two performers, of whom one is shut out; the other organization's has more."""
    other = make_crowd()
    fill(other, "stranger")
    return fill(desk.crowd, EVIL)


def fill(crowd: Crowd, name: str) -> dict:
    pool = crowd.pool(tasks=6, controls=1, golden_tasks_count=1, auto_accept_solutions=False, auto_accept_period_day=7)
    paid = crowd.pool(tasks=3, private_name="paid", reward=Decimal("0.125"))
    skill = crowd.skill()
    crowd.do(name, pool)
    crowd.do("ann", paid)
    with crowd.scope():
        performer = crowd.performer(name)
        set_skill(organization=crowd.organization, actor=crowd.owner, performer=performer, skill=skill,
                  value=Decimal("62.5"), now=timezone.now())  # fmt: skip
        restrict(organization=crowd.organization, actor=crowd.owner, performer=performer, now=timezone.now(),
                 scope=Restriction.Scope.POOL, pool=pool, until=None, private_comment="+fast")  # fmt: skip
    return {"pool": pool, "paid": paid, "skill": skill}


def exported(desk: Desk, listing: str, query: str = "", format: str = "jsonl") -> list[dict]:
    """What the button of a page brings whose menu has this list and this query."""
    url = f"/o/{desk.crowd.organization.slug}/exports/"
    answer = desk.client.post(url, {"list": listing, "format": format, "query": query})
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    return (
        list(csv.DictReader(io.StringIO(text))) if format == "csv" else [json.loads(one) for one in text.splitlines()]
    )


def menu(desk: Desk, *page, query: str = "") -> tuple[str, str]:
    """List and query of the export menu on a page."""
    told = desk.told(*page, query=query)
    _, _, rest = told.partition('name="list" value="')
    listing, _, rest = rest.partition('"')
    _, _, rest = rest.partition('name="query" value="')
    return listing, rest.partition('"')[0].replace("&amp;", "&")


def test_each_page_exports_its_list_under_its_filter(desk, busy):
    pool, paid, skill = busy["pool"], busy["paid"], busy["skill"]
    found = {
        "pools": exported(desk, *menu(desk, "pools", query="?q=paid")),
        "controls": exported(desk, *menu(desk, "controls", pool.pk, query="?kind=CONTROL")),
        "rewards": exported(desk, *menu(desk, "rewards", paid.pk, query="?kind=REWARD")),
        "performers": exported(desk, *menu(desk, "performers", query="?state=restricted")),
        "skills": exported(desk, *menu(desk, "skills")),
        "values": exported(desk, *menu(desk, "skill", skill.pk)),
        "restrictions": exported(desk, *menu(desk, "restrictions", query="?by=hand")),
        "review": exported(desk, *menu(desk, "review")),
    }
    assert {name: len(rows) for name, rows in found.items()} == dict.fromkeys(found, 1)
    (one,) = found["pools"]
    assert (one["name"], one["tasks"], one["tasks_done"], one["spent"]) == ("paid", 3, 1, 0.125)
    (one,) = found["controls"]
    assert (one["pool"], one["input"], one["shown"], one["right"]) == ("pool", {"control": 0}, 1, 1)
    (one,) = found["rewards"]
    assert (one["performer"], one["amount"], one["pool"]) == ("ann", 0.125, "paid")
    (one,) = found["performers"]
    assert (one["performer"], one["restricted"], one["submitted"], one["control_correct"]) == (EVIL, True, 1, 1)
    assert [(value["skill"], value["value"]) for value in one["skills"]] == [("skill", 62.5)]
    assert (found["skills"][0]["performers"], found["values"][0]["value"]) == (1, 62.5)
    (one,) = found["restrictions"]
    assert (one["performer"], one["scope"], one["reason"], one["until"]) == (EVIL, "POOL", "+fast", None)
    (one,) = found["review"]
    assert (one["status"], one["pool"]) == ("SUBMITTED", "pool")
    assert [answer["output_values"] for answer in one["answers"]] == [{"result": "OK"}] * 2


def test_nothing_of_them_runs_in_a_spreadsheet_and_nothing_is_of_others(desk, busy):
    for listing in ("pools", "controls", "rewards", "performers", "skills", "skill_values", "restrictions", "review"):
        rows = exported(desk, listing, format="csv")
        assert rows, listing
        assert [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "@")] == []
        assert "stranger" not in json.dumps(rows)
    strangers = make_crowd()
    with strangers.scope():
        pool = strangers.pool(private_name="theirs")
    assert exported(desk, "rewards", query=f"pool={pool.public_id}") == []
    answer = desk.client.post(f"/o/{desk.crowd.organization.slug}/exports/",
                              {"list": "controls", "format": "csv", "query": f"pool={pool.public_id}"})  # fmt: skip
    assert answer.status_code == 404


def test_the_ledger_says_what_a_pool_has_paid(desk, busy):
    page = desk.told("rewards", busy["paid"].pk)
    assert "$0.125 in all" in page
    with desk.crowd.scope():
        assert Performer.objects.get(external_id="ann").pk.hex in page
    assert desk.url("rewards", busy["paid"].pk) in desk.told("pool", busy["paid"].pk)
    german = desk.told("rewards", busy["paid"].pk, **{"Accept-Language": "de"})
    assert "0,125\xa0$" in german or "0,125 $" in german
    assert "No payment matches" in desk.told("rewards", busy["paid"].pk, query="?performer=nobody")
