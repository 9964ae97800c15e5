from django.http import HttpRequest
from django.utils.translation import gettext as _

from labelops.errors import Forbidden
from labelops.tenancy.permissions import Permission


def must_edit(request: HttpRequest) -> None:
    """For the POST of a page that others may look at."""
    if not request.membership.may(Permission.EDIT_TASKS):
        raise Forbidden(
            _("This needs the right “%(label)s”, which your role does not have.")
            % {"label": Permission.EDIT_TASKS.label}
        )


def typed(request: HttpRequest, name: str, *, longest: int | None = None) -> str:
    """What somebody typed where no form looks after it: trimmed, cut, without NUL, which no column can hold."""
    return request.POST.get(name, "").replace("\x00", "").strip()[:longest]
