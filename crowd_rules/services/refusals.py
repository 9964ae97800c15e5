"""Why the crowd half refuses. `code` is the wire's word for it (Toloka's error codes)."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crowd_rules.engine.validation import Problem
from crowd_rules.services.sentences import in_words
from labelops.errors import Conflict, Forbidden, InvalidInput


class NotOffered(Forbidden):
    """The pool is not open to this performer. `reason` is RESTRICTED, SKILL; `data["until"]`: when that ends."""

    code = "ACCESS_DENIED"
    reason = ""


class Restricted(NotOffered):
    """Until when (None: no end is set), never why."""

    reason = "RESTRICTED"

    def __init__(self, until: datetime | None) -> None:
        told = _("Your access to these tasks is suspended.")
        if until:
            words = {"until": f"{until:%Y-%m-%d %H:%M}"}
            told = _("Your access to these tasks is suspended until %(until)s UTC.") % words
        super().__init__(told, until=until)


class SkillMissing(NotOffered):
    reason = "SKILL"
    message = gettext_lazy("These tasks are for other performers: your skills or profile do not fit.")


class NothingLeft(Conflict):
    """`exhausted_at`: from here on only what is released later can be new to this performer; None: not known."""

    code = "EMPTY_POOL"
    reason = "EMPTY"
    message = gettext_lazy("There is nothing left for you in this pool at the moment.")

    def __init__(self, exhausted_at: datetime | None = None) -> None:
        self.exhausted_at = exhausted_at
        super().__init__()


class WrongStatus(Conflict):
    """`data["appropriate_statuses"]`: in which this could be done."""

    code = "INAPPROPRIATE_STATUS"
    message = gettext_lazy("This cannot be done in the present status.")

    def __init__(self, message: str = "", *, appropriate: tuple[str, ...] = ()) -> None:
        super().__init__(message, appropriate_statuses=list(appropriate))


class WrongPoolStatus(WrongStatus):
    code = "POOL_INAPPROPRIATE_STATUS"


class EmptyPool(Conflict):
    code = "EMPTY_POOL"
    message = gettext_lazy("There are no tasks in this pool: add some before you open it.")


class WorkInHand(Conflict):
    code = "THERE_IS_ACTIVE_ASSIGNMENT"
    message = gettext_lazy("Performers are still working on tasks of this pool: archive it when they are done.")


class WorkUndecided(Conflict):
    code = "SUBMITTED_ASSIGNMENTS_CONFLICT"
    message = gettext_lazy("Assignments of this pool wait for review: accept or reject them before you archive it.")


class MixingNeeded(Conflict):
    code = "MIXER_CONFIG_REQUIRED"
    message = gettext_lazy("This pool has no mixing: upload task suites.")


class TaskKindConflict(Conflict):
    code = "POOL_TASK_TYPE_CONFLICT"
    message = gettext_lazy("A pool has either mixed tasks or suites made by hand, not both.")


class OperationExists(Conflict):
    code = "OPERATION_ALREADY_EXISTS"
    message = gettext_lazy("An operation with this id exists already.")


class SkillIsUsed(Conflict):
    code = "SKILL_IS_USED"


class SystemScope(Conflict):
    code = "SYSTEM_SCOPE_MODIFICATION"
    message = gettext_lazy("A restriction of the whole system is not yours to make.")


class UnarchivedPools(Conflict):
    code = "UNARCHIVED_POOLS_CONFLICT"
    message = gettext_lazy("Archive the project's pools first.")


class InvalidFields(InvalidInput):
    """`problems`: each with the path of its field, the wire's code and a sentence."""

    code = "VALIDATION_ERROR"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(fields={problem.path: in_words(problem.message) for problem in problems})


class InvalidRules(InvalidFields):
    """Paths begin with `configs`, or with the form's own names."""
