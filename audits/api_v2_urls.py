"""The addresses of the dialect's second version."""

from django.urls import path, re_path

from audits.api.v2 import batches, tasks
from audits.api.views import unknown_route
from audits.services.batch_halts import cancel_batch, pause_batch, resume_batch

halt = batches.BatchHaltView.as_view

app_name = "v2"
urlpatterns = [
    path("task", tasks.TaskView.as_view(), name="task"),
    path("task/chat", tasks.ChatTaskView.as_view(), name="task-chat"),
    path("task/metadata", tasks.TaskMetadataView.as_view(), name="task-metadata"),
    path("tasks", tasks.TaskListView.as_view(), name="tasks"),
    path("batch", batches.BatchView.as_view(), name="batch"),
    path("batch/finalize", batches.BatchFinalizeView.as_view(), name="batch-finalize"),
    path("batch/pause", halt(command=pause_batch, message="The batch is paused."), name="batch-pause"),
    path("batch/resume", halt(command=resume_batch, message="The batch goes on."), name="batch-resume"),
    path("batch/cancel", halt(command=cancel_batch, message="The batch is cancelled."), name="batch-cancel"),
    path("batch/metadata", batches.BatchMetadataView.as_view(), name="batch-metadata"),
    path("batches", batches.BatchListView.as_view(), name="batches"),
    path("project", batches.ProjectView.as_view(), name="project"),
    path("projects", batches.ProjectListView.as_view(), name="projects"),
    # Without an end: everything else.
    re_path(r"", unknown_route, name="unknown"),
]
