"""Every address of the product; each app keeps its own list."""

from django.urls import include, path

from audits.api.views import unknown_route

handler400 = "labelops.errors.answer_bad_request"
handler500 = "labelops.errors.answer_server_error"

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("labelops.tenancy.urls")),
    path("o/<slug:organization>/", include("audits.urls")),
    path("v1/", include("audits.api_urls")),
    # Without it this address would be redirected to the one with the slash, and no API call may be.
    path("v1", unknown_route),
]
