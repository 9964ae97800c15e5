"""The tables that each verdict writes to lose the checks on rows that all auditors share."""

from django.db import migrations

from labelops.tenancy.rls import DropForeignKey

HOT = ("audits_audit", "audits_event", "audits_tasklock", "audits_sessiontally", "callbacks_callbackevent",
       "callbacks_delivery", "callbacks_attempt")  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("audits", "0004_judge_and_claim"), ("callbacks", "0002_tenancy")]

    operations = [DropForeignKey(table) for table in HOT]
