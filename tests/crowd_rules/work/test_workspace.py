"""The performers' workspace through its pages: what is offered, handed in, told, and above all what is not."""

import io
import json
import re
from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from audits.models import Task
from audits.services.attachments import store_attachment
from audits.services.projects import create_project
from crowd_rules.models import Assignment, PerformerInvitation, Skill, Solution
from crowd_rules.services.audit_loop import follow_audits
from crowd_rules.services.logins import accept_invitation_as_new, invite_performer
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.restrictions import restrict
from crowd_rules.services.review import accept_assignment, reject_assignment
from crowd_rules.services.skills import set_skill
from labelops.errors import Conflict
from labelops.tenancy.models import User
from labelops.tenancy.services.people import add_member, create_user
from tests.crowd_rules.test_audit_loop import audit
from tests.crowd_rules.workplace import (
    SEEDS_RULE,
    client_at_work,
    give_login,
    make_workplace,
    open_categories,
    work_address,
)
from tests.factories import PASSWORD, client_of
from tests.isolation.routes import ROUTES, requests_of

pytestmark = pytest.mark.django_db
SECRETS = ("Picks the short ones", "Bought the account", "skipped in a row", "skipped_in_row", "Animals, week 1")


@pytest.fixture
def crowd():
    return make_workplace("ann", "ben")


def text(response) -> str:
    return response.content.decode()


def in_hand(crowd, name="ann") -> Assignment:
    with crowd.scope():
        return Assignment.objects.get(status="ACTIVE", performer=crowd.performer(name))


def hand_in(client, crowd, assignment, *answers):
    data = {"solutions": json.dumps([{"category": one} if one else {} for one in answers])}
    return client.post(work_address(crowd, f"assignments/{assignment.pk.hex}/submit/"), data)


def test_a_suite_is_taken_answered_and_paid(crowd):
    pool, client = open_categories(crowd, tasks=4), client_at_work(crowd, "ann")
    assert client.get("/")["Location"] == "/work/"
    assert client.get("/work/")["Location"] == work_address(crowd)
    assert "$0.05" in text(client.get(work_address(crowd)))
    page = text(client.get(work_address(crowd, f"pools/{pool.pk.hex}/")))
    assert "Say what is in the text." in page
    assert page.count("data-task-editor") == 2
    assert "Go on" in text(client.get(work_address(crowd)))
    answer = hand_in(client, crowd, in_hand(crowd), "Cat", "Dog")
    assert answer.json() == {"url": work_address(crowd, f"pools/{pool.pk.hex}/")}
    assert "$0.05" in text(client.get(work_address(crowd, "history/")))


def test_what_is_wrong_is_said_at_its_task_and_what_is_over_is_said(crowd):
    pool, client = open_categories(crowd, tasks=2), client_at_work(crowd, "ann")
    client.get(work_address(crowd, f"pools/{pool.pk.hex}/"))
    held = in_hand(crowd)
    refused = hand_in(client, crowd, held, "Cat", "Horse")
    assert refused.status_code == 400
    assert list(refused.json()["fields"]) == ["1"]
    for odd in (
        "{",
        "[" * 5000,
        '[{"category": "Cat", "x": "\\ud83d"}, {"category": "Cat"}]',
        '[{"category": NaN}, {}]',
    ):
        address = work_address(crowd, f"assignments/{held.pk.hex}/submit/")
        assert client.post(address, {"solutions": odd}).status_code == 400, odd[:80]
    assert hand_in(client, crowd, held, "Cat").status_code == 400
    crowd.let_pass(minutes=11)
    over = hand_in(client, crowd, held, "Cat", "Dog")
    assert (over.status_code, over.json()["over"]) == (409, True)


def test_the_reason_never_reaches_the_performer(crowd):
    pool, client = open_categories(crowd, rules=(SEEDS_RULE,)), client_at_work(crowd, "ann")
    address = work_address(crowd, f"pools/{pool.pk.hex}/")
    said = []
    for _ in range(2):
        said.append(client.get(address))
        said.append(client.post(work_address(crowd, f"assignments/{in_hand(crowd).pk.hex}/skip/"), follow=True))
    assert "Your access is suspended." in text(said[-1])
    with crowd.scope():
        restrict(organization=crowd.organization, actor=crowd.owner, performer=crowd.performer("ann"), until=None,
                 scope="ALL_PROJECTS", private_comment="Bought the account", now=timezone.now())  # fmt: skip
    said += [client.get(work_address(crowd, rest), follow=True) for rest in ("", "history/", "skills/")]
    said.append(client.get(address, follow=True))
    for one in said:
        assert [secret for secret in SECRETS if secret in text(one)] == []


def test_nobody_reaches_what_is_anothers(crowd):
    pool, other = open_categories(crowd), make_workplace("eve")
    ann, ben, eve = (client_at_work(place, name) for place, name in ((crowd, "ann"), (crowd, "ben"), (other, "eve")))
    ann.get(work_address(crowd, f"pools/{pool.pk.hex}/"))
    held = in_hand(crowd)
    for client, place in ((ben, crowd), (eve, other), (eve, crowd)):
        assert hand_in(client, place, held, "Cat", "Dog").status_code == 404
        for rest in ("skip/", "leave/"):
            assert client.post(work_address(place, f"assignments/{held.pk.hex}/{rest}")).status_code == 404
        assert client.get(work_address(place, f"history/{held.pk.hex}/")).status_code == 404
    for rest in ("", "history/", "skills/", f"pools/{pool.pk.hex}/"):
        assert eve.get(work_address(crowd, rest)).status_code == 404
    assert eve.get(work_address(other, f"pools/{pool.pk.hex}/")).status_code == 404
    assert in_hand(crowd) == held


def test_no_requesters_page_opens_to_a_performer(crowd):
    client = client_at_work(crowd, "ann")
    some_id, opened = crowd.owner.pk, []
    for name in ROUTES:
        for expected in requests_of(name):
            if expected.kwargs.get("organization") != "acme" or expected.is_call or name.startswith("work:"):
                continue
            kwargs = {key: value for key, value in expected.kwargs.items() if not value.startswith("{")}
            kwargs |= {key: some_id.hex if ".hex" in value or "public_id" in value else str(some_id)
                       for key, value in expected.kwargs.items() if value.startswith("{")}  # fmt: skip
            address = reverse(name, kwargs=kwargs | {"organization": crowd.organization.slug})
            answer = client.generic(expected.method, address)
            opened += [(name, answer.status_code)] if answer.status_code != 404 else []
    assert opened == []
    assert len(ROUTES) > 60


def test_a_requester_is_told_where_they_are(crowd):
    client = client_of(crowd.owner)
    answer = client.get("/work/")
    assert (answer.status_code, "a requester's account" in text(answer).replace("&#x27;", "'")) == (403, True)
    assert client.get(work_address(crowd)).status_code == 403


def test_feedback_of_review_and_audit_without_the_auditors_name(crowd):
    pool = open_categories(crowd, tasks=4, real_tasks_count=1, auto_accept_solutions=False, auto_accept_period_day=7,
                           show_audits=True)  # fmt: skip
    client = client_at_work(crowd, "ann")
    for answer in ("Cat", "Dog"):
        client.get(work_address(crowd, f"pools/{pool.pk.hex}/"))
        hand_in(client, crowd, in_hand(crowd), answer)
    with crowd.scope():
        first, second = Assignment.objects.order_by("id")
        reject_assignment(organization=crowd.organization, actor=crowd.owner, assignment_id=second.pk,
                          public_comment="Read to the end.", now=timezone.now())  # fmt: skip
        accept_assignment(organization=crowd.organization, actor=crowd.owner, assignment_id=first.pk,
                          now=timezone.now())  # fmt: skip
        task = Task.objects.get(pk=first.solutions.get().pool_task.task_id)
    audit(crowd, task.pk, "fixed", {"category": "Neither"})
    assert follow_audits() == 1
    assert "Read to the end." in text(client.get(work_address(crowd, "history/")))
    page = text(client.get(work_address(crowd, f"history/{first.pk.hex}/")))
    assert all(said in page for said in ("Fixed", "seen", "After the audit", "Neither"))
    assert crowd.owner.email not in page
    with crowd.scope():
        type(pool).objects.filter(pk=pool.pk).update(show_audits=False)
    page = text(client.get(work_address(crowd, f"history/{first.pk.hex}/")))
    assert not any(said in page for said in ("seen", "After the audit"))


def test_control_tasks_look_like_any_other(crowd):
    pool = open_categories(crowd, tasks=2, real_tasks_count=1, golden_tasks_count=1)
    solutions = [{"output_values": {"category": "Cat"}}]
    known = [NewPoolTask({"attachment": "Known", "categories": ["Cat"]}, known_solutions=solutions)]
    with crowd.scope():
        add_tasks(pool=pool, actor=crowd.owner, tasks=known, now=timezone.now())
    client = client_at_work(crowd, "ann")
    page = text(client.get(work_address(crowd, f"pools/{pool.pk.hex}/")))
    assert page.count("data-task-editor") == 2
    with crowd.scope():
        ids = [one.pool_task_id.hex for one in Solution.objects.filter(assignment=in_hand(crowd))]
    hand_in(client, crowd, in_hand(crowd), "Cat", "Cat")
    with crowd.scope():
        done = Assignment.objects.get(status="ACCEPTED")
    history = text(client.get(work_address(crowd, f"history/{done.pk.hex}/")))
    for told in (page, history):
        assert not any(one in told for one in (*ids, "control", "Control", "CONTROL", "correct", "right"))


def test_skills_that_are_hidden_stay_hidden(crowd):
    shown, hidden = crowd.skill("Birds by sight"), crowd.skill("Trust, secret")
    with crowd.scope():
        Skill.objects.filter(pk=shown.pk).update(hidden=False, public_name={"EN": "Bird watcher"})
        for skill in (shown, hidden):
            set_skill(organization=crowd.organization, actor=None, performer=crowd.performer("ann"), skill=skill,
                      value=Decimal(77), now=timezone.now())  # fmt: skip
    page = text(client_at_work(crowd, "ann").get(work_address(crowd, "skills/")))
    assert "Bird watcher" in page
    assert "77" in page
    assert "secret" not in page


def test_a_file_goes_to_whoever_has_a_task_with_it(crowd, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with crowd.scope():
        mine, other = (
            store_attachment(organization=crowd.organization, actor=None, name="a.txt", file=io.BytesIO(content),
                             now=timezone.now())
            for content in (b"mine", b"not mine")
        )  # fmt: skip
    pool = open_categories(crowd, tasks=1, real_tasks_count=2)
    with crowd.scope():
        new = NewPoolTask({"attachment": mine.reference, "categories": ["Cat"]})
        add_tasks(pool=pool, actor=crowd.owner, tasks=[new], now=timezone.now())
    ann, ben = client_at_work(crowd, "ann"), client_at_work(crowd, "ben")
    page = text(ann.get(work_address(crowd, f"pools/{pool.pk.hex}/")))
    address = re.search(r"/work/at/\S+?/files/[0-9a-f]{32}/", page)[0]
    assert b"".join(ann.get(address).streaming_content) == b"mine"
    assert ann.get(address.replace(mine.pk.hex, other.pk.hex)).status_code == 404
    assert ben.get(address).status_code == 404


@pytest.fixture
def invite(crowd, django_capture_on_commit_callbacks):
    def _invite(name: str, email: str) -> str:
        with django_capture_on_commit_callbacks(execute=True), crowd.scope():
            invite_performer(organization=crowd.organization, performer=crowd.performer(name), email=email,
                             invited_by=crowd.owner, now=timezone.now())  # fmt: skip
        return re.search(r"http://127\.0\.0\.1:8000(/work/invitations/\S+)", mail.outbox[-1].body)[1]

    return _invite


CHOSEN = {"password": PASSWORD, "again": PASSWORD}


def test_an_invitation_makes_an_account_once_and_never_a_member(crowd, invite, client):
    path = invite("ann", "ann@example.com")
    assert client.post(path, {"password": "x", "again": "y"}).status_code == 200
    assert client.post(path, CHOSEN)["Location"] == work_address(crowd)
    user = User.objects.get(email="ann@example.com")
    assert user.is_performer
    assert client.get(work_address(crowd)).status_code == 200
    assert client_of().get(path).status_code == 404
    with pytest.raises(Conflict, match="can be no member"):
        add_member(organization=crowd.organization, user=user, role="auditor", now=timezone.now())
    # The same account for a second requester; for a second performer of the first there is no way.
    assert "You work for this requester already" in text(client.post(invite("ben", "ann@example.com")))


def test_a_requesters_address_becomes_no_performers(crowd, invite):
    create_user(email="boss@example.com", password=PASSWORD)
    path = invite("ann", "boss@example.com")
    assert "This address has a requester's account." in text(client_of().get(path))
    with pytest.raises(Conflict):
        accept_invitation_as_new(token=path.split("/")[3], password=PASSWORD, now=timezone.now())
    with crowd.scope():
        assert PerformerInvitation.objects.open().count() == 1


def test_somebody_else_and_a_dead_link(crowd, invite):
    path = invite("ann", "ann@example.com")
    give_login(crowd, "ben")
    ben = client_of(User.objects.get(email__startswith="ben@"))
    assert "for somebody else" in text(ben.get(path))
    second = invite("ann", "ann@example.com")
    assert [client_of().get(one).status_code for one in (path, second)] == [404, 200]


def test_the_list_of_tasks_costs_the_same_with_many_pools(crowd, django_assert_max_num_queries):
    client = client_at_work(crowd, "ann")
    for _ in range(3):
        open_categories(crowd, tasks=2)
    client.get(work_address(crowd))
    with django_assert_max_num_queries(12):
        client.get(work_address(crowd))


def test_a_control_task_offers_what_its_project_gives_every_task(crowd):
    """Else nobody could answer it, and everybody would know it by that."""
    with crowd.scope():
        crowd.project = create_project(
            organization=crowd.organization, actor=crowd.owner, name="moods", type="categorization",
            params={"attachment_type": "text", "categories": ["Merry", "Sad"]}, now=timezone.now(),
        )  # fmt: skip
        crowd.project.organization = crowd.organization
    known = [{"output_values": {"category": "Merry"}}]
    pool = open_categories(crowd, tasks=2, real_tasks_count=1, golden_tasks_count=1)
    with crowd.scope():
        control = NewPoolTask(input_values={"attachment": "Ha ha."}, known_solutions=known)
        (made,) = add_tasks(pool=pool, actor=crowd.owner, tasks=[control], now=timezone.now())
    assert made.params == {"attachment_type": "text", "categories": ["Merry", "Sad"], "attachment": "Ha ha."}
    page = client_at_work(crowd, "ann").get(work_address(crowd, f"pools/{pool.pk.hex}/"))
    assert text(page).count('"Merry"') == 1
