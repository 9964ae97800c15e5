from django.urls import include, path

from labelops.tenancy.views import home, invitations, keys, language, members, organization, saved_views

app_name = "tenancy"
settings_patterns = [
    path("", organization.settings, name="settings"),
    path("members/", members.members, name="members"),
    path("members/change/", members.change, name="change_members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/<uuid:user>/role/", members.change_role, name="change_role"),
    path("members/<uuid:user>/remove/", members.remove, name="remove_member"),
    path("members/invitations/<uuid:invitation>/revoke/", members.revoke, name="revoke_invitation"),
    path("keys/", keys.keys, name="keys"),
    path("keys/revoke/", keys.revoke_several, name="revoke_keys"),
    path("keys/create/", keys.create, name="create_key"),
    path("keys/<slug:public_id>/rotate/", keys.rotate, name="rotate_key"),
    path("keys/<slug:public_id>/revoke/", keys.revoke, name="revoke_key"),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("invitations/<str:token>/", invitations.accept, name="invitation"),
    path("language/", language.language, name="language"),
    path("o/<slug:organization>/settings/", include(settings_patterns)),
    path("o/<slug:organization>/views/<slug:list>/", saved_views.save, name="save_view"),
    path("o/<slug:organization>/views/<slug:list>/columns/", saved_views.columns, name="choose_columns"),
    path("o/<slug:organization>/views/<uuid:view>/delete/", saved_views.delete, name="delete_view"),
]
