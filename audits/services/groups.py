"""Who works on what, by name: people on projects, groups of a project, groups on batches."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from audits.models import Batch, BatchGroup, Project, ProjectAuditor, ProjectGroup, ProjectGroupMember
from audits.services.intake import NO_SUCH_PROJECT
from audits.services.projects import checked_name
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.events import record_event
from labelops.tenancy.models import EventType, Membership, Organization, User
from labelops.tenancy.permissions import Permission, Role

MOST_NAMES = 500
NO_SUCH_GROUP = "Project group with that name not found."


def list_assignments(*, organization: Organization) -> dict[str, list[str]]:
    """E-mail -> the names of the projects assigned; auditors without any too."""
    auditors = Membership.objects.for_organization(organization).who_may(Permission.AUDIT).filter(role=Role.AUDITOR)
    found: dict[str, list[str]] = {email: [] for email in auditors.values_list("user__email", flat=True)}
    assigned = ProjectAuditor.objects.for_organization(organization).order_by("project__name")
    for email, name in assigned.values_list("user__email", "project__name"):
        found.setdefault(email, []).append(name)
    return dict(sorted(found.items()))


@transaction.atomic(savepoint=False)
def assign_people(
    *, organization: Organization, actor: User | None, emails: list[str], project_names: list[str], now: datetime
) -> None:
    """These people on these projects too. Raises InvalidInput (nobody who may audit), NotFound (project)."""
    people, projects = find_people(organization, emails, Permission.AUDIT), _projects(organization, project_names)
    ProjectAuditor.objects.bulk_create(
        [
            ProjectAuditor(organization=organization, project=project, user=user)
            for project in projects
            for user in people
        ],
        ignore_conflicts=True,
    )
    _record(organization, actor, now, assigned=sorted(emails), projects=sorted(project_names))


@transaction.atomic(savepoint=False)
def withdraw_people(
    *, organization: Organization, actor: User | None, emails: list[str], project_names: list[str], now: datetime
) -> None:
    """None of these people on any of these projects; an assignment that is not there is ignored. Raises NotFound."""
    projects = _projects(organization, project_names)
    assigned = ProjectAuditor.objects.for_organization(organization).filter(project__in=projects)
    lowered = [email.lower() for email in emails]
    assigned.filter(user_id__in=User.objects.filter(email__in=[*emails, *lowered]).values("pk")).delete()
    _record(organization, actor, now, withdrawn=sorted(emails), projects=sorted(project_names))


def find_people(organization: Organization, emails: list[str], permission: Permission) -> list[User]:
    """The members with these e-mails. Raises InvalidInput naming the first who is none, or may not."""
    wanted = {email.strip().lower() for email in emails}
    if len(wanted) > MOST_NAMES:
        raise InvalidInput(fields={"emails": f"Name at most {MOST_NAMES} people at once."})
    members = Membership.objects.for_organization(organization).who_may(permission).select_related("user")
    found = [one.user for one in members.filter(user__email__in=wanted).order_by("user__email")]
    if missing := sorted(wanted - {user.email.lower() for user in found}):
        raise InvalidInput(fields={"emails": f"{missing[0][:254]} is no member who may audit."})
    return found


def _projects(organization: Organization, names: list[str]) -> list[Project]:
    if not 1 <= len(names) <= MOST_NAMES:
        raise InvalidInput(fields={"projects": f"Name 1 to {MOST_NAMES} projects."})
    found = list(Project.objects.for_organization(organization).filter(name__in=names).order_by("id"))
    if len(found) < len(set(names)):
        raise NotFound(NO_SUCH_PROJECT)
    return found


def _record(organization: Organization, actor: User | None, now: datetime, **after: Any) -> None:
    subject_id = after.pop("subject_id", None)
    record_event(EventType.PROJECT_CHANGED, organization=organization, actor=actor, now=now, subject_id=subject_id,
                 after=after)  # fmt: skip


@transaction.atomic(savepoint=False)
def create_group(
    *, project: Project, organization: Organization, actor: User | None, name: str, emails: list[str], now: datetime
) -> ProjectGroup:
    """A group of the project's people. Raises InvalidInput (name taken, nobody with this e-mail)."""
    people, name = find_people(organization, emails, Permission.AUDIT), checked_name(name)
    try:
        with transaction.atomic():
            group = ProjectGroup.objects.create(organization=organization, project=project, name=name, created_at=now)
    except IntegrityError as error:
        # 400: this call is none of those whose 409 the client survives under every name.
        message = f"The project has a group named “{name}” already. Change it with PUT."
        raise InvalidInput(fields={"name": message}) from error
    _add(group, people)
    _record(organization, actor, now, subject_id=project.pk, group=name, added=sorted(emails))
    return group


@transaction.atomic(savepoint=False)
def change_group(
    *, project: Project, organization: Organization, actor: User | None, name: str, add: list[str],
    remove: list[str], now: datetime,
) -> ProjectGroup:  # fmt: skip
    """Some people in, some out; who is not in it need not be taken out. Raises NotFound, InvalidInput."""
    groups = ProjectGroup.objects.for_organization(organization).filter(project=project, name=name)
    group = groups.select_for_update().first()
    if group is None:
        raise NotFound(NO_SUCH_GROUP)
    people = find_people(organization, add, Permission.AUDIT) if add else []
    gone = User.objects.filter(email__in=[*remove, *(email.lower() for email in remove)]).values("pk")
    memberships = ProjectGroupMember.objects.for_organization(organization).filter(group=group)
    memberships.filter(user_id__in=gone).delete()
    _add(group, people)
    _record(organization, actor, now, subject_id=project.pk, group=name, added=sorted(add), removed=sorted(remove))
    return group


def _add(group: ProjectGroup, people: list[User]) -> None:
    ProjectGroupMember.objects.bulk_create(
        [ProjectGroupMember(organization_id=group.organization_id, group=group, user=user) for user in people],
        ignore_conflicts=True,
    )


@transaction.atomic(savepoint=False)
def give_batch_to_groups(
    *, batch: Batch, organization: Organization, actor: User | None, group_names: list[str], now: datetime
) -> None:
    """Exactly these groups of the batch's project work on it; none: everybody. Raises InvalidInput."""
    wanted = set(group_names)
    groups = ProjectGroup.objects.for_organization(organization).filter(project_id=batch.project_id, name__in=wanted)
    found = list(groups.order_by("id"))
    if missing := sorted(wanted - {group.name for group in found}):
        raise InvalidInput(fields={"groups": f"The batch's project has no group “{missing[0][:255]}”."})
    mine = BatchGroup.objects.for_organization(organization).filter(batch=batch)
    mine.delete()
    BatchGroup.objects.bulk_create(BatchGroup(organization=organization, batch=batch, group=group) for group in found)
    record_event(EventType.BATCH_CHANGED, organization=organization, actor=actor, now=now, subject_id=batch.id,
                 after={"groups": sorted(wanted)})  # fmt: skip
