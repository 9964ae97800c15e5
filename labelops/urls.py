"""Every address of the product; each app keeps its own list."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import TemplateView

from audits.api.views import unknown_route
from audits.views.sign_out import sign_out
from crowd_rules.api.views import unknown_route as unknown_crowd_route
from labelops import api_document, health
from labelops.words import words

urlpatterns = [
    # First, because addresses are tried in their order and performers ask most often.
    path("api/v1/", include("crowd_rules.api_urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    # Before allauth's own: a person who leaves holds nothing any more.
    path("accounts/logout/", sign_out, name="account_logout"),
    path("words/<str:language>.js", words, name="words"),
    path("accounts/", include("allauth.account.urls")),
    path("docs/api/", api_document.api_viewer, name="api-viewer"),
    path("docs/api/openapi.json", api_document.api_document, name="api-document"),
    path("", include("labelops.tenancy.urls")),
    path("o/<slug:organization>/", include("audits.urls")),
    path("o/<slug:organization>/quality/", include("reports.urls")),
    path("o/<slug:organization>/crowd/", include("crowd_rules.urls")),
    path("work/", include("crowd_rules.work_urls")),
    path("o/<slug:organization>/callbacks/", include("callbacks.urls")),
    path("o/<slug:organization>/exports/", include("reports.export_urls")),
    path("v1/", include("reports.export_api_urls")),
    path("v1/callbacks/", include("callbacks.api_urls")),
    path("v1/reports/", include("reports.api_urls")),
    path("v1/", include("audits.api_urls")),
    path("v2/", include("audits.api_v2_urls")),
    path("v2", unknown_route, name="v2-without-slash"),
    # The rest of the crowd dialect's addresses: an answer in its own shape, and never a redirect.
    re_path(r"^api/", unknown_crowd_route, name="api-unknown"),
    path("api", unknown_crowd_route, name="api-without-slash"),
    # Without it this address would be redirected to the one with the slash, and no API call may be.
    path("v1", unknown_route, name="v1-without-slash"),
]

if settings.DEBUG:
    # Every component in every state: for those who make pages.
    urlpatterns += [path("design", TemplateView.as_view(template_name="design.html"), name="design")]

handler400 = "labelops.error_handlers.bad_request"
handler403 = "labelops.error_handlers.permission_denied"
handler404 = "labelops.error_handlers.page_not_found"
handler500 = "labelops.error_handlers.server_error"
