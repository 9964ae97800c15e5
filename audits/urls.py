from django.urls import include, path, register_converter

from audits.converters import PublicIdConverter
from audits.views import (
    asides,
    bulk,
    planner,
    project_fields,
    projects,
    quality,
    redo,
    second_audits,
    sessions,
    single,
    tasks,
    today,
    workspace,
)

register_converter(PublicIdConverter, "id")

app_name = "audits"
one_task = [
    path("", tasks.task_detail, name="task"),
    path("release/", tasks.release, name="release"),
    path("audit/", single.audit_task, name="audit_task"),
    path("audit/verdict/", single.judge_task, name="judge_task"),
    path("audit/heartbeat/", single.heartbeat, name="heartbeat"),
    path("audit/release/", single.release, name="give_back"),
    path("audit/draft/", single.draft, name="draft"),
    path("redo/", redo.redo, name="redo"),
    path("audit/undo/", asides.undo, name="undo"),
    path("audit/flag/", asides.flag, name="flag"),
]
one_session = [
    path("", sessions.session_detail, name="session"),
    path("leave/", sessions.leave, name="leave_session"),
    path("finish/", sessions.finish, name="finish_session"),
    path("abandon/", sessions.abandon, name="abandon_session"),
    path("resume/", sessions.resume, name="resume_session"),
]
one_project = [
    path("", projects.project_detail, name="project"),
    path("callback/", projects.set_callback, name="project_callback"),
    path("fields/", project_fields.edit, name="project_fields"),
    path("auditors/", projects.assign, name="project_auditors"),
    path("reasons/", asides.set_reasons, name="project_reasons"),
]
urlpatterns = [
    path("", today.today, name="today"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/bulk/", bulk.change, name="change_tasks"),
    path("tasks/bulk/<id:job>/", bulk.job, name="bulk_job"),
    path("tasks/<id:task>/", include(one_task)),
    path("sessions/", sessions.session_list, name="sessions"),
    path("sessions/change/", sessions.change, name="change_sessions"),
    path("sessions/new/", quality.new_session, name="new_session"),
    path("sessions/plan/", planner.plan_sample, name="plan_sample"),
    path("sessions/<id:session>/", include(one_session)),
    path("audit/tools/", asides.tools, name="tools"),
    path("audit/templates/", asides.add_template, name="add_template"),
    path("audit/templates/<id:template>/delete/", asides.delete_template, name="delete_template"),
    path("flags/<id:flag>/take/", asides.take_up, name="take_up_flag"),
    path("flags/<id:flag>/answer/", asides.answer, name="answer_flag"),
    path("audit/<id:session>/second/", second_audits.audit_again, name="audit_again"),
    path("audit/<id:session>/second/<id:task>/verdict/", second_audits.judge_again, name="judge_again"),
    path("audit/<id:session>/", workspace.workspace, name="workspace"),
    path("audit/<id:session>/<id:task>/verdict/", workspace.judge, name="judge"),
    path("audit/<id:session>/<id:task>/skip/", workspace.skip, name="skip"),
    path("projects/", projects.project_list, name="projects"),
    path("projects/change/", projects.change_projects, name="change_projects"),
    path("projects/<id:project>/", include(one_project)),
    path("batches/", projects.batch_list, name="batches"),
    path("batches/start/", projects.start_batches, name="start_batches"),
    path("batches/<id:batch>/finalize/", projects.finalize, name="finalize_batch"),
    path("", include("audits.import_urls")),
]
