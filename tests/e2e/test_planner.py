"""The lead's plan: from Quality to the planner, a session that ends with a decision, and a blind second audit."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audits.models import Audit, AuditSession, SecondAudit
from audits.services.audits import Judgement
from audits.services.flow import judge_and_claim
from audits.services.sessions import claim_next

DUCK = {"attachment_type": "text", "attachment": "A duck, or a goose?", "categories": ["duck", "goose"]}


@pytest.fixture
def many(scene):
    for number in range(11):
        scene.add_task(type="categorization", params=DUCK, unique_id=f"text-{number}", project=scene.project)
    return scene


def judge_rest(scene, session: AuditSession) -> None:
    with scene.scope():
        while claimed := claim_next(auditor=scene.members["owner"], session=session):
            judge_and_claim(
                auditor=scene.members["owner"], session_id=session.pk, task_id=claimed.task.pk,
                judgement=Judgement("accepted"), lock_token=claimed.lease.token, version=claimed.task.version,
                now=timezone.now(),
            )  # fmt: skip


def test_a_plan_a_decision_and_a_second_opinion(enter, many):
    page = enter("owner")
    page.goto(f"/o/{many.organization.slug}/quality/")
    page.get_by_role("link", name="Plan the sample").click()
    expect(page.get_by_role("img", name="Operating characteristic")).to_be_visible()
    page.get_by_label("Limiting defective share (LQ), %").fill("50")
    page.get_by_label("Limiting defective share (LQ), %").press("Tab")
    expect(page.locator(".stat__figure").first).to_have_text("3")
    assert "limiting=50" in page.url
    page.get_by_label("Second audits, in percent").fill("100")
    page.get_by_role("button", name="Audit Tasks").click()
    expect(page.locator("[data-audit-workspace][data-ready]")).to_be_visible()
    with many.scope():
        session = AuditSession.objects.for_organization(many.organization).get()
    page.goto("about:blank")
    judge_rest(many, session)
    summary = f"/o/{many.organization.slug}/sessions/{session.public_id}/"
    page.goto(summary)
    expect(page.get_by_role("region", name="Decision")).to_contain_text("Release")
    page.get_by_role("button", name="Finish").first.click()
    expect(page.get_by_text("Finished").first).to_be_visible()

    other = enter("alice")
    other.goto(summary)
    other.get_by_role("link", name="Audit again, blind").click()
    expect(other.locator("[data-audit-workspace][data-ready]")).to_be_visible()
    expect(other.locator("[data-audit-workspace]")).not_to_contain_text("Audited before")
    first = other.locator("h1").inner_text()
    other.keyboard.press("a")
    expect(other.locator("h1")).not_to_have_text(first)
    expect(other.locator("#undo")).to_be_hidden()
    with many.scope():
        assert SecondAudit.objects.for_organization(many.organization).judged().count() == 1
        assert Audit.objects.for_organization(many.organization).count() == session.size
