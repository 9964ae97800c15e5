"""Data in: imports and attachments. Included by audits.urls, which registers the converter `id`."""

from django.urls import path

from audits.views import attachments, imports

urlpatterns = [
    path("import/", imports.import_list, name="imports"),
    path("import/<id:task_import>/", imports.import_detail, name="import"),
    path("import/<id:task_import>/refused.csv", imports.refused_lines, name="refused_lines"),
    path("attachments/<id:attachment>/", attachments.attachment, name="attachment"),
]
