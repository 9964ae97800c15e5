"""A new task into its table: one statement, where the ORM needed two and longer to say them than PostgreSQL to act."""

from typing import Any

import msgspec
from django.db import connection

from audits.models import Task
from labelops.tenancy.identifiers import uuid7
from labelops.tenancy.models import User

WRITE = "SELECT audits_create_task(%s, %s, %s)"
_COLUMNS = [field.attname for field in Task._meta.concrete_fields]


def _plain(value: Any) -> str:
    """What is text in another class: a choice, a translated word."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} is no part of a task")


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


def write_task(task: Task, *, actor: User | None) -> bool:
    """Write the unsaved task with its event `task.created`; False, and nothing written, where another has its id."""
    row = _encode({name: task.__dict__[name] for name in _COLUMNS})
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [row.decode(), uuid7(), actor and actor.pk])
        is_written = cursor.fetchone()[0]
    task._state.adding, task._state.db = not is_written, connection.alias
    return is_written
