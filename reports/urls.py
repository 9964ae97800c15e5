from django.urls import path

from reports.views import auditors, batches, dashboard, tasks, weeks

app_name = "reports"
urlpatterns = [
    path("", dashboard.quality, name="quality"),
    path("remarks/", dashboard.remarks, name="remarks"),
    path("report/weeks/", weeks.week_list, name="weeks"),
    path("report/weeks/subscribe/", weeks.subscribe, name="subscribe"),
    path("report/weeks/<id:snapshot>/", weeks.week_detail, name="week"),
    path("report/tasks/", tasks.task_list, name="tasks"),
    path("report/batches/", batches.batch_list, name="batches"),
    path("report/auditors/", auditors.auditor_list, name="auditors"),
]
