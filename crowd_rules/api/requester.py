"""/api/v1/requester: whose key this is."""

from rest_framework.request import Request
from rest_framework.response import Response

from crowd_rules.api.views import READ, CrowdView


class RequesterView(CrowdView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        """The organization. Nobody keeps an account here, so that the balance is nothing."""
        own = request.organization
        company = {"id": own.pk.hex, "superintendent_id": own.pk.hex}
        return Response({"id": own.pk.hex, "balance": 0, "public_name": {"EN": own.name}, "company": company})
