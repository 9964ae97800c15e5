"""Every address of the product; each app keeps its own list."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("labelops.tenancy.urls")),
    path("o/<slug:organization>/", include("audits.urls")),
    path("v1/", include("audits.api_urls")),
]
