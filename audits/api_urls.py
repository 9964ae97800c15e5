"""The Scale dialect's addresses.

Names of projects and batches, unique ids and whatever stands for them may hold slashes: the server decodes `%2F` before
anybody routes. So a name takes all that is left, and the fixed endings stand before it.
"""

from django.urls import path, re_path, register_converter

from audits.api import audits, batches, files, projects, quality_tasks, second_audits, sessions, studio, tasks, teams
from audits.api.views import unknown_route
from audits.models import QualityTask
from audits.services import groups


class NameConverter:
    """Anything but control characters, which no name may have."""

    regex = r"[^\x00-\x1f\x7f]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NameConverter, "name")

EVALUATION, TRAINING = {"kind": QualityTask.Kind.EVALUATION}, {"kind": QualityTask.Kind.TRAINING}

app_name = "v1"
urlpatterns = [
    path("tasks", tasks.TaskListView.as_view(), name="tasks"),
    path("task/<str:task_id>/audit", tasks.AuditView.as_view(), name="task-audit"),
    path("task/<str:task_id>/cancel", tasks.CancelView.as_view(), name="task-cancel"),
    path("task/<str:task_id>/redo", tasks.RedoView.as_view(), name="task-redo"),
    path("task/<str:task_id>/response", tasks.ResponseView.as_view(), name="task-response"),
    path("task/<str:task_id>/error", tasks.ErrorView.as_view(), name="task-error"),
    path("task/<str:task_id>/unique_id", tasks.UniqueIdView.as_view(), name="task-unique-id"),
    path("task/<str:task_id>/setMetadata", tasks.MetadataView.as_view(), name="task-metadata"),
    path("task/<str:task_id>/tags", tasks.TagsView.as_view(), name="task-tags"),
    # Both spellings are in use.
    path("task/<str:task_id>/send_callback", tasks.SendCallbackView.as_view(), name="task-send-callback"),
    path("task/<str:task_id>/send-callback", tasks.SendCallbackView.as_view(), name="task-send-callback-hyphen"),
    path("task/<name:name>", tasks.TaskView.as_view(), name="task"),
    path("projects", projects.ProjectListView.as_view(), name="projects"),
    path("projects/<name:name>/setParams", projects.ProjectParamsView.as_view(), name="project-params"),
    path("projects/<name:name>/setCallbacks", projects.ProjectCallbacksView.as_view(), name="project-callbacks"),
    path("projects/<name:name>/taskTemplates", projects.ProjectTemplateView.as_view(), name="project-template"),
    path("projects/<name:name>", projects.ProjectView.as_view(), name="project"),
    path("batches", batches.BatchListView.as_view(), name="batches"),
    path("batches/<name:name>/status", batches.BatchStatusView.as_view(), name="batch-status"),
    path("batches/<name:name>/finalize", batches.BatchFinalizeView.as_view(), name="batch-finalize"),
    path("batches/<name:name>/setMetadata", batches.BatchMetadataView.as_view(), name="batch-metadata"),
    path("batches/<name:name>", batches.BatchView.as_view(), name="batch"),
    path("files/upload", files.FileUploadView.as_view(), name="file-upload"),
    path("files/import", files.FileImportView.as_view(), name="file-import"),
    path("files/<str:file_id>/content", files.FileContentView.as_view(), name="file-content"),
    path("files/<str:file_id>", files.FileView.as_view(), name="file"),
    path("evaluation_tasks", quality_tasks.QualityTaskListView.as_view(**EVALUATION), name="evaluation-tasks"),
    path("evaluation_tasks/<name:name>", quality_tasks.QualityTaskView.as_view(**EVALUATION), name="evaluation-task"),
    path("training_tasks", quality_tasks.QualityTaskListView.as_view(**TRAINING), name="training-tasks"),
    path("training_tasks/<name:name>", quality_tasks.QualityTaskView.as_view(**TRAINING), name="training-task"),
    path("teams", teams.TeamView.as_view(), name="team"),
    path("teams/invite", teams.InviteView.as_view(), name="team-invite"),
    path("teams/set_role", teams.SetRoleView.as_view(), name="team-set-role"),
    path("studio/assignments", studio.AssignmentsView.as_view(), name="studio-assignments"),
    path(
        "studio/assignments/add",
        studio.ChangeAssignmentsView.as_view(command=groups.assign_people),
        name="studio-assignments-add",
    ),
    path(
        "studio/assignments/remove",
        studio.ChangeAssignmentsView.as_view(command=groups.withdraw_people),
        name="studio-assignments-remove",
    ),
    path("studio/projects/<name:name>/groups", studio.GroupsView.as_view(), name="studio-groups"),
    path("studio/projects/<name:name>/groups/<name:group>", studio.GroupView.as_view(), name="studio-group"),
    path("studio/batches", studio.StudioBatchesView.as_view(), name="studio-batches"),
    path("studio/batches/set_priorities", studio.SetPrioritiesView.as_view(), name="studio-set-priorities"),
    path("studio/batches/reset_priorities", studio.ResetPrioritiesView.as_view(), name="studio-reset-priorities"),
    path("studio/batches/<name:name>", studio.StudioBatchView.as_view(), name="studio-batch"),
    path("audits", audits.AuditsView.as_view(), name="audits"),
    path("audit_sessions", sessions.SessionListView.as_view(), name="audit-sessions"),
    path("audit_sessions/<str:session_id>", sessions.SessionView.as_view(), name="audit-session"),
    path("audit_sessions/<str:session_id>/finish", sessions.FinishView.as_view(), name="audit-session-finish"),
    path("audit_sessions/<str:session_id>/claim", sessions.ClaimView.as_view(), name="audit-session-claim"),
    path("audit_sessions/<str:session_id>/heartbeat", sessions.HeartbeatView.as_view(), name="audit-session-heartbeat"),
    path("audit_sessions/<str:session_id>/release", sessions.ReleaseView.as_view(), name="audit-session-release"),
    path("audit_sessions/<str:session_id>/submit", sessions.SubmitView.as_view(), name="audit-session-submit"),
    *(
        path(f"audit_sessions/<str:session_id>/second_audits/{act}", view.as_view(), name=f"second-audit-{act}")
        for act, view in second_audits.ACTS.items()
    ),
    # Without an end: everything else, line breaks and all.
    re_path(r"", unknown_route, name="unknown"),
]
