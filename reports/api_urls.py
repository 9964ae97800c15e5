from django.urls import path

from reports.api import reports

app_name = "v1_reports"
urlpatterns = [
    path("summary", reports.SummaryView.as_view(), name="summary"),
    path("weeks", reports.WeeksView.as_view(), name="weeks"),
    path("tasks", reports.TasksView.as_view(), name="tasks"),
    path("auditors", reports.AuditorsView.as_view(), name="auditors"),
    path("batches", reports.BatchesView.as_view(), name="batches"),
]
