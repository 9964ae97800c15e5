"""Any JSON object as text: the form of every type that has none of its own."""

from audits.task_types.base import TaskType

TYPES: tuple[TaskType, ...] = ()
