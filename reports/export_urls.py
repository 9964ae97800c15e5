"""Addresses of exports. The converter `id` is registered by audits.urls, which labelops.urls includes before this."""

from django.urls import path

from reports.views import exports

app_name = "exports"
urlpatterns = [
    path("", exports.export_list, name="exports"),
    path("<id:export>/file/", exports.download, name="download"),
    path("<id:export>/delete/", exports.delete, name="delete"),
]
