"""What is done about answers that have no winner: ask once more, or aggregate now."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crowd_rules.services.outcomes import aggregate_now, ask_once_more
from crowd_rules.views.pools.finding import pool_of, to_pool
from labelops.errors import Conflict, InvalidInput
from labelops.lists.paging import in_digits
from labelops.tenancy.decorators import requires
from labelops.tenancy.permissions import Permission


@require_POST
@requires(Permission.EDIT_TASKS)
def settle(request: HttpRequest, pool: UUID) -> HttpResponse:
    """`action` ask: one performer more for each task without a winner; aggregate: by `method`, as a job."""
    found, action = pool_of(request, pool), request.POST.get("action")
    if action not in ("ask", "aggregate"):
        raise InvalidInput(_("Choose to ask once more, or to aggregate."))
    try:
        with transaction.atomic():  # The page is shown after a refusal, with its sentence.
            told = _ask(request, found) if action == "ask" else _aggregate(request, found)
        messages.success(request, told)
    except Conflict as error:
        messages.error(request, error.message)
    return to_pool(request, found.pk)


def _ask(request: HttpRequest, pool: object) -> str:
    number = ask_once_more(pool=pool, actor=request.user, now=timezone.now())
    told = ngettext("%(number)s task is handed out once more.", "%(number)s tasks are handed out once more.", number)
    return told % {"number": in_digits(number)}


def _aggregate(request: HttpRequest, pool: object) -> str:
    aggregate_now(pool=pool, by=request.membership, method=request.POST.get("method", ""), now=timezone.now())
    return _("The answers are being aggregated; this page follows.")
