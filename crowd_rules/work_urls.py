"""The performers' workspace, a small world of its own. The converter `id` is that of `audits.urls`."""

from django.urls import include, path

from crowd_rules.views.work import assignments, entry, history, invitations, pools

app_name = "work"
at_one_requester = [
    path("", pools.pools, name="pools"),
    path("pools/<id:pool>/", pools.work, name="work"),
    path("assignments/<id:assignment>/submit/", assignments.submit, name="submit"),
    path("assignments/<id:assignment>/skip/", assignments.skip, name="skip"),
    path("assignments/<id:assignment>/leave/", assignments.leave, name="leave"),
    path("assignments/<id:assignment>/files/<id:attachment>/", assignments.file, name="file"),
    path("history/", history.history, name="history"),
    path("history/<id:assignment>/", history.assignment_detail, name="assignment"),
    path("skills/", history.skills, name="skills"),
]
urlpatterns = [
    path("", entry.home, name="home"),
    path("invitations/<str:token>/", invitations.accept, name="invitation"),
    path("at/<slug:organization>/", include(at_one_requester)),
]
