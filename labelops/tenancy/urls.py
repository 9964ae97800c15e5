from django.urls import include, path

from labelops.tenancy.views import home, invitations, keys, members, organization

app_name = "tenancy"
settings_patterns = [
    path("", organization.settings, name="settings"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/<uuid:user>/role/", members.change_role, name="change_role"),
    path("members/<uuid:user>/remove/", members.remove, name="remove_member"),
    path("members/invitations/<uuid:invitation>/revoke/", members.revoke, name="revoke_invitation"),
    path("keys/", keys.keys, name="keys"),
    path("keys/create/", keys.create, name="create_key"),
    path("keys/<slug:public_id>/rotate/", keys.rotate, name="rotate_key"),
    path("keys/<slug:public_id>/revoke/", keys.revoke, name="revoke_key"),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("invitations/<str:token>/", invitations.accept, name="invitation"),
    path("o/<slug:organization>/settings/", include(settings_patterns)),
]
