"""The callback pages. Ids are written as everywhere: 32 hexadecimal digits (the converter `id`, of `audits.urls`)."""

from django.urls import include, path

from callbacks.views import deliveries, endpoint_actions, endpoints, replays, verification

app_name = "callbacks"
one_endpoint = [
    path("", endpoints.endpoint_detail, name="endpoint"),
    path("edit/", endpoints.edit_endpoint, name="edit_endpoint"),
    path("verify/", verification.verify, name="verify"),
    path("replay/", replays.replay_range, name="replay_range"),
    path("rotate/", endpoint_actions.rotate, name="rotate_secret"),
    path("revoke/", endpoint_actions.revoke, name="revoke_secrets"),
    path("test/", endpoint_actions.send_test, name="send_test"),
    path("disable/", endpoint_actions.disable, name="disable_endpoint"),
    path("enable/", endpoint_actions.enable, name="enable_endpoint"),
    path("delete/", endpoint_actions.delete, name="delete_endpoint"),
]
one_delivery = [
    path("", deliveries.delivery_detail, name="delivery"),
    path("resend/", deliveries.resend, name="resend"),
    path("cancel/", deliveries.cancel, name="cancel_delivery"),
]
urlpatterns = [
    path("endpoints/", endpoints.endpoint_list, name="endpoints"),
    path("endpoints/new/", endpoints.new_endpoint, name="new_endpoint"),
    path("endpoints/<id:endpoint>/", include(one_endpoint)),
    path("deliveries/", deliveries.delivery_log, name="deliveries"),
    path("deliveries/replay/", deliveries.replay_chosen, name="replay_chosen"),
    path("deliveries/<id:delivery>/", include(one_delivery)),
    path("replays/<id:replay>/cancel/", replays.cancel, name="cancel_replay"),
]
