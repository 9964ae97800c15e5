"""Every address of the product; each app keeps its own list."""

from django.urls import include, path

from audits.views.sign_out import sign_out

urlpatterns = [
    # Before allauth's own: a person who leaves holds nothing any more.
    path("accounts/logout/", sign_out, name="account_logout"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("labelops.tenancy.urls")),
    path("o/<slug:organization>/", include("audits.urls")),
    path("v1/", include("audits.api_urls")),
]
