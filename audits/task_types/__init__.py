"""The registry of task types. A folder here is a form; docs/task-types.md says how to add one.

A folder's `TYPES` are the names of the Scale dialect that it shows and edits. What has no folder is a line below: any
JSON object, edited as text.
"""

import pkgutil
from importlib import import_module

from audits.task_types.base import TaskType
from labelops.errors import NotFound

_ATTACHMENT = ("cuboidannotation", "datacollection", "documentmodel", "videoannotation", "videoboxannotation",
               "videocuboidannotation", "videoplaybackannotation")  # fmt: skip
_ATTACHMENTS_OF_OTHER_KINDS = ("laneannotation", "lidarannotation", "lidarlinking", "lidarsegmentation",
                               "lidartopdown", "sensorfusion", "federal2dvideoannotation")  # fmt: skip
_FREE = ("chat", "chatexperimental", "chatlite", "multichat", "multistage", "custom")

# The folder of the form that every type without one of its own gets; it has no types.
JSON_FORM = "json"


def _folders() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


FORMS: dict[str, tuple[TaskType, ...]] = {name: import_module(f"{__name__}.{name}").TYPES for name in _folders()}
TASK_TYPES: dict[str, TaskType] = {
    **{name: TaskType(name, needs_attachment=True) for name in _ATTACHMENT},
    **{name: TaskType(name) for name in (*_ATTACHMENTS_OF_OTHER_KINDS, *_FREE)},
    **{kind.name: kind for types in FORMS.values() for kind in types},
}


def task_type(name: str) -> TaskType:
    """The type of this name; NotFound where the product knows none."""
    if name not in TASK_TYPES:
        raise NotFound(f"There is no task type “{name[:64]}”. Known types: {', '.join(sorted(TASK_TYPES))}.")
    return TASK_TYPES[name]
