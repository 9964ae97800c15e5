"""/v1/exports…; what is not here falls through to the rest of /v1."""

from django.urls import path

from reports.api import exports

app_name = "v1-exports"
urlpatterns = [
    path("exports", exports.ExportListView.as_view(), name="exports"),
    path("exports/lists", exports.ListingsView.as_view(), name="lists"),
    path("exports/<str:export_id>", exports.ExportView.as_view(), name="export"),
    path("exports/<str:export_id>/download", exports.DownloadView.as_view(), name="download"),
]
