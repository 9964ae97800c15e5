"""One action on many tasks: at once where they were chosen by hand, as a job where all that match a filter are meant.

A task that an action does not fit (canceling a completed one, a tag it has already) is left as it is and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.models import BulkAction, Task
from audits.services.redos import redo_tasks
from audits.services.task_details import MOST_TAGS
from audits.services.tasks import cancel_task
from labelops.errors import Forbidden, InvalidInput
from labelops.tenancy.models import Event, EventType, Membership, User
from labelops.tenancy.permissions import Permission

MOST_AT_ONCE = 200
LONGEST_TAG = 255
TAGGING = (BulkAction.ADD_TAGS, BulkAction.REMOVE_TAGS)


@dataclass(frozen=True)
class Wish:
    """What is to be done: an action and, for tags, which ones."""

    action: BulkAction
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    changed: int = 0
    unchanged: int = 0


def checked_wish(*, action: str, tags: Sequence[str] = ()) -> Wish:
    """Raises InvalidInput: no such action, no tag, a tag that is too long."""
    if action not in BulkAction.values:
        raise InvalidInput(_("There is no such action. Load the page again."))
    wish = Wish(BulkAction(action), list(dict.fromkeys(filter(None, (tag.strip() for tag in tags)))))
    if wish.action in TAGGING and not wish.tags:
        raise InvalidInput(fields={"tags": _("Name at least one tag.")})
    if any(len(tag) > LONGEST_TAG or "\0" in tag for tag in wish.tags) or len(wish.tags) > MOST_TAGS:
        raise InvalidInput(fields={"tags": _("A tag has at most %(number)s characters.") % {"number": LONGEST_TAG}})
    return wish


def may_wish(member: Membership, action: str) -> None:
    if not member.may(Permission.REDO if action == BulkAction.REDO else Permission.EDIT_TASKS):
        raise Forbidden()


@transaction.atomic(savepoint=False)
def change_tasks(*, by: Membership, task_ids: Sequence[UUID], wish: Wish, now: datetime) -> Outcome:
    """Do it with these tasks, of those that this member may see. Raises Forbidden, InvalidInput (too many)."""
    may_wish(by, wish.action)
    if len(task_ids) > MOST_AT_ONCE:
        raise InvalidInput(_("Choose at most %(number)s tasks, or all that match.") % {"number": MOST_AT_ONCE})
    mine = Task.objects.for_organization(by.organization).visible_to(by).filter(pk__in=task_ids)
    return apply_wish(by=by, task_ids=list(mine.order_by("id").values_list("pk", flat=True)), wish=wish, now=now)


def apply_wish(*, by: Membership, task_ids: Sequence[UUID], wish: Wish, now: datetime) -> Outcome:
    """For tasks that are known to be the member's; in the caller's transaction."""
    if wish.action == BulkAction.CANCEL:
        changed = _cancel(by, task_ids, now)
    elif wish.action == BulkAction.REDO:
        changed = redo_tasks(by=by, task_ids=task_ids, now=now)
    else:
        changed = _tag(by, task_ids, wish, now)
    return Outcome(changed, len(task_ids) - changed)


def _cancel(by: Membership, task_ids: Sequence[UUID], now: datetime) -> int:
    # The rows in one go, in the order of their ids, as every other writer takes them.
    held = Task.objects.for_organization(by.organization).select_for_update().order_by("id")
    pending = held.filter(pk__in=task_ids, status=Task.Status.PENDING).values_list("pk", flat=True)
    for task_id in list(pending):
        cancel_task(organization=by.organization, actor=by.user, task_id=task_id, now=now)
    return len(pending)


def _tag(by: Membership, task_ids: Sequence[UUID], wish: Wish, now: datetime) -> int:
    """Two statements for the tasks and one for their events, however many there are."""
    held = Task.objects.for_organization(by.organization).select_for_update().order_by("id").filter(pk__in=task_ids)
    changed, events = [], []
    for task in held.only("id", "organization_id", "tags"):
        before, after = task.tags, _tags_after(task.tags or [], wish)
        if after == (before or []) or len(after) > MOST_TAGS:
            continue
        task.tags, task.updated_at = after, now
        changed.append(task)
        events.append(_tagged(by.user, task, before, now))
    Task.objects.bulk_update(changed, ["tags", "updated_at"], batch_size=MOST_AT_ONCE)
    Event.objects.bulk_create(events)
    return len(changed)


def _tags_after(tags: list[str], wish: Wish) -> list[str]:
    if wish.action == BulkAction.ADD_TAGS:
        return list(dict.fromkeys([*tags, *wish.tags]))
    return [tag for tag in tags if tag not in wish.tags]


def _tagged(actor: User, task: Task, before: list[str] | None, now: datetime) -> Event:
    return Event(
        organization_id=task.organization_id, type=EventType.TASK_CHANGED, at=now, actor=actor, task_id=task.pk,
        before={"tags": before}, after={"tags": task.tags},
    )  # fmt: skip


def in_words(wish: Wish, outcome: Outcome) -> str:
    """One sentence: what was done with how many."""
    number = outcome.changed
    done = {
        BulkAction.CANCEL: ngettext("%(number)s task was canceled.", "%(number)s tasks were canceled.", number),
        BulkAction.ADD_TAGS: ngettext("%(number)s task was tagged.", "%(number)s tasks were tagged.", number),
        BulkAction.REDO: ngettext("%(number)s task was sent back.", "%(number)s tasks were sent back.", number),
        BulkAction.REMOVE_TAGS: ngettext("%(number)s task lost the tag.", "%(number)s tasks lost the tag.", number),
    }[wish.action]
    left = ngettext("%(number)s stayed as it is.", "%(number)s stayed as they are.", outcome.unchanged)
    sentences = [done % {"number": number}, left % {"number": outcome.unchanged} if outcome.unchanged else ""]
    return " ".join(filter(None, sentences))
