"""The Scale dialect's addresses.

Names of projects and batches, unique ids and whatever stands for them may hold slashes: the server decodes `%2F` before
anybody routes. So a name takes all that is left, and the fixed endings stand before it.
"""

from django.urls import path, re_path, register_converter

from audits.api import batches, projects, tasks
from audits.api.views import unknown_route


class NameConverter:
    """Anything but control characters, which no name may have."""

    regex = r"[^\x00-\x1f\x7f]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NameConverter, "name")

app_name = "v1"
urlpatterns = [
    path("tasks", tasks.TaskListView.as_view(), name="tasks"),
    path("task/<str:task_id>/audit", tasks.AuditView.as_view(), name="task-audit"),
    path("task/<str:task_id>/cancel", tasks.CancelView.as_view(), name="task-cancel"),
    path("task/<str:task_id>/response", tasks.ResponseView.as_view(), name="task-response"),
    path("task/<str:task_id>/unique_id", tasks.UniqueIdView.as_view(), name="task-unique-id"),
    path("task/<str:task_id>/setMetadata", tasks.MetadataView.as_view(), name="task-metadata"),
    path("task/<str:task_id>/tags", tasks.TagsView.as_view(), name="task-tags"),
    # Both spellings are in use.
    path("task/<str:task_id>/send_callback", tasks.SendCallbackView.as_view(), name="task-send-callback"),
    path("task/<str:task_id>/send-callback", tasks.SendCallbackView.as_view(), name="task-send-callback-hyphen"),
    path("task/<name:name>", tasks.TaskView.as_view(), name="task"),
    path("projects", projects.ProjectListView.as_view(), name="projects"),
    path("projects/<name:name>/setParams", projects.ProjectParamsView.as_view(), name="project-params"),
    path("projects/<name:name>", projects.ProjectView.as_view(), name="project"),
    path("batches", batches.BatchListView.as_view(), name="batches"),
    path("batches/<name:name>/status", batches.BatchStatusView.as_view(), name="batch-status"),
    path("batches/<name:name>/finalize", batches.BatchFinalizeView.as_view(), name="batch-finalize"),
    path("batches/<name:name>/setMetadata", batches.BatchMetadataView.as_view(), name="batch-metadata"),
    path("batches/<name:name>", batches.BatchView.as_view(), name="batch"),
    # Without an end: everything else, line breaks and all.
    re_path(r"", unknown_route, name="unknown"),
]
