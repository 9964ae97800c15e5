"""The Celery application: jobs are wake-ups, their state is rows."""

import os

from celery import Celery

from labelops.heartbeat import HeartbeatStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
app = Celery("labelops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(HeartbeatStep)
