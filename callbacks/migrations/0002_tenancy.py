from django.db import migrations

from labelops.tenancy.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [("callbacks", "0001_initial"), ("tenancy", "0002_scope")]

    operations = [
        SecureTable("callbacks_endpoint", referenced=True),
        SecureTable("callbacks_endpointhealth", references={"endpoint_id": "callbacks_endpoint"}),
        SecureTable("callbacks_replay", referenced=True, references={"endpoint_id": "callbacks_endpoint"}),
        SecureTable("callbacks_callbackevent", referenced=True),
        SecureTable(
            "callbacks_delivery",
            referenced=True,
            references={
                "event_id": "callbacks_callbackevent",
                "endpoint_id": "callbacks_endpoint",
                "replay_id": "callbacks_replay",
            },
        ),
        SecureTable("callbacks_attempt", references={"delivery_id": "callbacks_delivery"}),
    ]
