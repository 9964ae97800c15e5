"""The crowd's pages of an organization; each part keeps its own list."""

from django.urls import include, path

app_name = "crowd_rules"
urlpatterns = [
    path("pools/", include("crowd_rules.pool_urls")),
    path("", include("crowd_rules.people_urls")),
]
