"""The demo organization: made once, whole or not at all."""

import io
import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audits.services.attachments import store_attachment
from audits.services.demo_data import PROJECTS, REASONS, pictures, texts
from audits.services.demo_weeks import DemoWeeks
from audits.services.imports import import_file
from audits.services.projects import create_project, set_project_reasons
from labelops.tenancy.models import Membership, Organization, User
from labelops.tenancy.permissions import Role
from labelops.tenancy.scope import organization_scope, system_scope
from labelops.tenancy.services.organizations import create_organization
from labelops.tenancy.services.people import add_member, create_user

SLUG = "demo"
DOMAIN = "demo.localhost"
FILE_NAME = "generated-demo-data.jsonl"
PEOPLE = (
    ("owner", Role.OWNER),
    ("lead", Role.LEAD),
    ("auditor", Role.AUDITOR),
    ("auditor2", Role.AUDITOR),
    ("requester", Role.REQUESTER),
    ("integrator", Role.INTEGRATOR),
)


@dataclass(frozen=True)
class Login:
    email: str
    role: str


LOGINS = tuple(Login(f"{name}@{DOMAIN}", role.value) for name, role in PEOPLE)


@transaction.atomic
def create_demo(*, password: str, now: datetime) -> bool:
    """Organization, people, projects, tasks and audits; False where an organization `demo` is there already."""
    with system_scope("command line"):
        if Organization.objects.filter(slug=SLUG).exists():
            return False
    owner = create_user(email=f"owner@{DOMAIN}", password=password)
    demo = create_organization(name="Demo", slug=SLUG, owner=owner, is_demo=True, now=now)
    for name, role in PEOPLE[1:]:
        add_member(organization=demo, user=create_user(email=f"{name}@{DOMAIN}", password=password), role=role, now=now)
    weeks = DemoWeeks(zone=demo.time_zone, now=now)
    with organization_scope(demo.pk):
        _make_projects(demo, owner, now)
        file = _file_of_tasks(demo, owner, weeks, now)
    import_file(organization=demo, actor=owner, name=FILE_NAME, file=file, now=now)
    with organization_scope(demo.pk):
        weeks.audit(_people(demo))
    return True


def _people(demo: Organization) -> dict[str, Membership]:
    """By the first part of the address."""
    found = Membership.objects.for_organization(demo).select_related("user", "organization")
    return {member.user.email.partition("@")[0]: member for member in found}


def _make_projects(demo: Organization, owner: User, now: datetime) -> None:
    for name, values in PROJECTS.items():
        params = {key: value for key, value in values.items() if key != "type"}
        made = create_project(organization=demo, actor=owner, name=name, type=values["type"], params=params, now=now)
        set_project_reasons(project=made, actor=owner, reasons=REASONS[name], now=now)


def _file_of_tasks(demo: Organization, owner: User, weeks: DemoWeeks, now: datetime) -> io.BytesIO:
    records = [*texts(now=now), *weeks.records()]
    for picture, record in pictures(now=now):
        stored = store_attachment(
            organization=demo, actor=owner, name=f"{record['unique_id']}.png", file=io.BytesIO(picture), now=now
        )
        records.append({**record, "params": {"attachment": stored.reference}})
    lines = (json.dumps({**record, "metadata": {"source": "generated demo data"}}) for record in records)
    return io.BytesIO("\n".join(lines).encode())
