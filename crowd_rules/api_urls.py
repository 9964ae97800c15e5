"""The crowd dialect's addresses, below /api/v1/; none ends with a slash, and none is ever redirected."""

from django.urls import path, re_path

from crowd_rules.api import (
    assignments,
    operations,
    performer_reads,
    performers,
    pools,
    projects,
    requester,
    restrictions,
    skills,
    tasks,
)
from crowd_rules.api.views import unknown_route
from crowd_rules.services.pool_wire import ACTIONS

app_name = "crowd-v1"
urlpatterns = [
    # What is called a hundred times as often as the rest stands first: addresses are tried in their order.
    path("performer/pools/<str:pool_id>/assignments", performers.TakeView.as_view(), name="take"),
    path("performer/assignments/<str:assignment_id>/submit", performers.SubmitView.as_view(), name="submit"),
    path("performer/assignments/<str:assignment_id>/skip", performers.SkipView.as_view(), name="skip"),
    path("requester", requester.RequesterView.as_view(), name="requester"),
    path("projects", projects.ProjectsView.as_view(), name="projects"),
    path("projects/<str:project_id>", projects.ProjectView.as_view(), name="project"),
    path("projects/<str:project_id>/archive", projects.ProjectArchiveView.as_view(), name="project-archive"),
    path("pools", pools.PoolsView.as_view(), name="pools"),
    path("pools/<str:pool_id>", pools.PoolView.as_view(), name="pool"),
    *[
        path(f"pools/<str:pool_id>/{action}", pools.PoolActionView.as_view(action=action), name=f"pool-{action}")
        for action in (*ACTIONS, "clone")
    ],
    path("tasks", tasks.TasksView.as_view(), name="tasks"),
    path("tasks/<str:task_id>", tasks.TaskView.as_view(), name="task"),
    path("tasks/<str:task_id>/set-overlap-or-min", tasks.TaskOverlapView.as_view(), name="task-overlap"),
    path("task-suites", tasks.SuitesView.as_view(), name="suites"),
    path("task-suites/<str:suite_id>", tasks.SuiteView.as_view(), name="suite"),
    path("task-suites/<str:suite_id>/set-overlap-or-min", tasks.SuiteOverlapView.as_view(), name="suite-overlap"),
    path("operations", operations.OperationsView.as_view(), name="operations"),
    path("operations/<str:operation_id>", operations.OperationView.as_view(), name="operation"),
    path("operations/<str:operation_id>/log", operations.OperationLogView.as_view(), name="operation-log"),
    path("assignments", assignments.AssignmentsView.as_view(), name="assignments"),
    path("assignments/<str:assignment_id>", assignments.AssignmentView.as_view(), name="assignment"),
    path("skills", skills.SkillsView.as_view(), name="skills"),
    path("skills/<str:skill_id>", skills.SkillView.as_view(), name="skill"),
    path("user-skills", skills.UserSkillsView.as_view(), name="user-skills"),
    path("user-skills/<str:user_skill_id>", skills.UserSkillView.as_view(), name="user-skill"),
    path("user-restrictions", restrictions.RestrictionsView.as_view(), name="restrictions"),
    path("user-restrictions/<str:restriction_id>", restrictions.RestrictionView.as_view(), name="restriction"),
    path("performers", performers.PerformersView.as_view(), name="performers"),
    path("performer/pools", performers.OffersView.as_view(), name="offers"),
    path("performer/assignments/<str:assignment_id>/leave", performers.LeaveView.as_view(), name="leave"),
    path("performer/pools/<str:pool_id>", performer_reads.OwnPoolView.as_view(), name="own-pool"),
    path("performer/assignments", performer_reads.OwnAssignmentsView.as_view(), name="own-assignments"),
    path(
        "performer/assignments/<str:assignment_id>", performer_reads.OwnAssignmentView.as_view(), name="own-assignment"
    ),
    path("performer/skills", performer_reads.OwnSkillsView.as_view(), name="own-skills"),
    # Without an end: everything else, line breaks and all.
    re_path(r"", unknown_route, name="unknown"),
]
