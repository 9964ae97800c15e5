"""The smallest API behind the product's own authentication: who am I, where?"""

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labelops.tenancy.authentication import KeyMay
from labelops.tenancy.models import Membership, Scope
from labelops.tenancy.permissions import Permission
from labelops.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401


class Whoami(APIView):
    permission_classes = (KeyMay,)
    needs = {
        "GET": (Scope.TASKS_READ, Permission.VIEW_TASKS),
        "POST": (Scope.TASKS_WRITE, Permission.EDIT_TASKS),
    }

    def get(self, request: Request) -> Response:
        members = Membership.objects.count()
        return Response({"organization": request.organization.slug, "user": request.user.email, "members": members})

    def post(self, request: Request) -> Response:
        Membership.objects.for_organization(request.organization).update(is_active=False)
        if request.data.get("break"):
            raise RuntimeError("broken on purpose")
        return Response({"status": "written"}, status=400 if request.data.get("refuse") else 200)


urlpatterns = [path("v1/", include([path("whoami", Whoami.as_view())])), *urlpatterns]
