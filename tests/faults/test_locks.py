"""Leaving frees what one held, for others and at once."""

import re

import pytest

from tests.faults.browser import Browser, Work

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]
FREE = """
SELECT replace(id::text, '-', '') FROM audits_task t WHERE unique_id LIKE 'load-%%' AND review_status = ''
   AND NOT EXISTS (SELECT FROM audits_tasklock l WHERE l.task_id = t.id) LIMIT 1
"""


def test_signing_out_and_closing_the_page_free_the_task(instance, browsers):
    ((task,),) = instance.rows(FREE)
    address, other = f"tasks/{task}/audit/", browsers[1]
    leaving = Browser(instance.url, instance.slug).sign_in(*instance.people[0])
    leaving.work_at(address)
    held = other.get(address)
    assert held.status_code == 423
    assert instance.people[0][0] in held.text

    leaving.sign_out()
    page = other.get(address).text
    assert browsers[2].get(address).status_code == 423

    work, release = Work.on(page), re.search(r'data-release-url="([^"]+)"', page)[1]
    # As the closing page sends it, with no header of its own.
    told = {"lock_token": work.token, "csrfmiddlewaretoken": work.fields["csrfmiddlewaretoken"]}
    told["expires_at"] = re.search(r'data-lock-expires-at="([^"]+)"', page)[1]
    assert other.http.post(release, data=told).status_code == 204
    assert browsers[2].get(address).status_code == 200


def test_a_refusal_is_a_page_where_there_is_no_script(instance, browsers):
    ((task,),) = instance.rows(FREE)
    work = browsers[0].work_at(f"tasks/{task}/audit/")
    stale = work.fields | {"lock_token": str(work.token + 100_000), "verdict": "accepted"}
    answer = browsers[0].http.post(work.action, data=stale)
    assert answer.status_code == 409
    assert "This was not done" in answer.text
