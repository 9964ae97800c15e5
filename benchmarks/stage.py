"""What the benchmark plays on: an organization with many completed tasks, sessions over them, signed-in auditors."""

import os
import re
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from django.utils import timezone

from audits.models import AuditSession
from audits.services.sampling import SampleSize
from audits.services.sessions import open_session
from callbacks.services import create_endpoint, disable_endpoint
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import Membership, Organization, User
from labelops.tenancy.scope import organization_scope, system_scope
from labelops.tenancy.services.people import add_member

TASKS = """
INSERT INTO audits_task (id, organization_id, type, status, instruction, params, metadata, urgency, response,
                         prior_responses, completed_at, review_status, version, callback_sequence, created_at,
                         updated_at, callback_url, unique_id)
SELECT gen_random_uuid(), %s, 'categorization', 'completed', 'Which bird is it?',
       '{"attachment_type": "text", "attachment": "A duck, or a goose?", "categories": ["duck", "goose", "swan"]}',
       '{}', 'standard', '{"category": "duck"}', '[]', now(), '', 1, 1, now(), now(), '', 'bench-' || n
FROM generate_series(1, %s) n
"""


@dataclass
class Stage:
    organization: Organization
    owner: Membership
    auditors: list[Membership]

    def open_session(self, filter: dict | None = None) -> AuditSession:
        with organization_scope(self.organization.pk):
            return open_session(opener=self.owner, filter=filter or {}, size=SampleSize(), now=timezone.now())

    def workspace_path(self, session: AuditSession) -> str:
        return f"/o/{self.organization.slug}/audit/{session.public_id}/"

    def sign_in(self, number: int) -> list[tuple[str, str]]:
        """Session cookie and CSRF cookie of this many auditors, each as signing in would have made them."""
        return [(signed_in(member.user), _get_new_csrf_string()) for member in self.auditors[:number]]

    def statements_per_unit(self) -> int:
        """Everything but BEGIN and COMMIT that one verdict-and-next runs, counted in this process."""
        session, client = self.open_session(), Client(HTTP_HOST="127.0.0.1")
        client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(self.auditors[0].user)
        page = client.get(self.workspace_path(session)).content.decode()
        fields = dict(re.findall(r'name="(lock_token|version)"[^>]*?value="([^"]*)"', page))
        form = re.search(r"<form[^>]*data-verdict-form[^>]*>", page, re.S).group(0)
        action = re.search(r'(?:hx-post|action)="([^"]+)"', form).group(1)
        seen: list[str] = []
        with connection.execute_wrapper(lambda execute, sql, *rest: (seen.append(sql), execute(sql, *rest))[1]):
            form = fields | {"verdict": "accepted", "comment": ""}
            answer = client.post(action, form, headers={"HX-Request": "true"})
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code}: {answer.content[:300]!r}")
        return len(seen)


def signed_in(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


def prepare(*, tasks: int, auditors: int) -> Stage:
    with system_scope("command line"):
        organization = Organization.objects.get(slug=os.environ["LABELOPS_ORGANIZATION"])
        owner = Membership.objects.select_related("user", "organization").get(
            organization=organization, user__email=os.environ["LABELOPS_EMAIL"]
        )
    with organization_scope(organization.pk), connection.cursor() as cursor:
        cursor.execute(TASKS, [organization.pk, tasks])
    members = [_auditor(organization, number) for number in range(auditors)]
    _listen(organization)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audits_task")
    return Stage(organization, owner, members)


def _listen(organization: Organization) -> None:
    """An endpoint that is told of everything, disabled: its deliveries are written and held, and nothing is sent."""
    with organization_scope(organization.pk):
        endpoint, _secret = create_endpoint(organization=organization, url="http://127.0.0.1:8443/", now=timezone.now())
        disable_endpoint(organization=organization, endpoint_id=endpoint.pk, reason="benchmark", now=timezone.now())


def _auditor(organization: Organization, number: int) -> Membership:
    user = User.objects.create(email=f"bench{number}-{uuid7().hex[-6:]}@bench.example", password="!")
    with organization_scope(organization.pk):
        member = add_member(organization=organization, user=user, role="auditor", now=timezone.now())
    member.user, member.organization = user, organization
    return member
