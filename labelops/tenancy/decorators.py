"""What guards a page: the permission it needs, readable from the view for the table of URLs and roles."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from labelops.errors import Forbidden
from labelops.tenancy.permissions import Permission

View = Callable[..., HttpResponse]


def requires(permission: Permission) -> Callable[[View], View]:
    """Only members whose role has this permission get in; others who may see the organization get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, organization: str, **kwargs: object) -> HttpResponse:
            # The slug has done its work in the middleware; views use request.organization.
            if not request.membership.may(permission):
                raise Forbidden(
                    _("This needs the right “%(label)s”, which your role does not have.") % {"label": permission.label}
                )
            return view(request, *args, **kwargs)

        guarded.permission = permission
        return guarded

    return decorate
