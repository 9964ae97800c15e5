from django.urls import include, path, register_converter

from audits.converters import PublicIdConverter

register_converter(PublicIdConverter, "id")

app_name = "audits"
urlpatterns = [
    path("", include("audits.import_urls")),
]
