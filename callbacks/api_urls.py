"""/v1/callbacks/…; what is not here falls through to the rest of /v1, which answers 404 in JSON."""

from django.urls import path

from callbacks.api import deliveries, endpoints

app_name = "v1-callbacks"
urlpatterns = [
    path("event_types", endpoints.EventTypes.as_view(), name="event-types"),
    path("endpoints", endpoints.Endpoints.as_view(), name="endpoints"),
    path("endpoints/<str:endpoint_id>", endpoints.OneEndpoint.as_view(), name="endpoint"),
    path("endpoints/<str:endpoint_id>/rotate_secret", endpoints.RotateSecret.as_view(), name="rotate-secret"),
    path("endpoints/<str:endpoint_id>/revoke_old_secrets", endpoints.RevokeOldSecrets.as_view(), name="revoke-secrets"),
    path("endpoints/<str:endpoint_id>/disable", endpoints.Disable.as_view(), name="disable"),
    path("endpoints/<str:endpoint_id>/enable", endpoints.Enable.as_view(), name="enable"),
    path("endpoints/<str:endpoint_id>/send_test", endpoints.SendTest.as_view(), name="send-test"),
    path("endpoints/<str:endpoint_id>/replay", deliveries.ReplayRange.as_view(), name="replay-range"),
    path("deliveries", deliveries.Deliveries.as_view(), name="deliveries"),
    path("deliveries/replay", deliveries.ReplayChosen.as_view(), name="replay-chosen"),
    path("deliveries/<str:delivery_id>", deliveries.OneDelivery.as_view(), name="delivery"),
    path("deliveries/<str:delivery_id>/resend", deliveries.Resend.as_view(), name="resend"),
    path("deliveries/<str:delivery_id>/cancel", deliveries.CancelDelivery.as_view(), name="cancel-delivery"),
    path("replays", deliveries.Replays.as_view(), name="replays"),
    path("replays/<str:replay_id>", deliveries.OneReplay.as_view(), name="replay"),
    path("replays/<str:replay_id>/cancel", deliveries.CancelReplay.as_view(), name="cancel-replay"),
]
