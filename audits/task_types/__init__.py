"""The registry of task types. A type with a form of its own is a folder here; the others are a line in this table."""

from audits.task_types import categorization, imageannotation
from audits.task_types.base import TaskType
from labelops.errors import NotFound

_ATTACHMENT = ("annotation", "cuboidannotation", "datacollection", "documentmodel", "documenttranscription",
               "lineannotation", "pointannotation", "polygonannotation", "segmentannotation", "transcription",
               "videoannotation", "videoboxannotation", "videocuboidannotation", "videoplaybackannotation")  # fmt: skip
_ATTACHMENTS_OF_OTHER_KINDS = ("comparison", "laneannotation", "lidarannotation", "lidarlinking", "lidarsegmentation",
                               "lidartopdown", "sensorfusion", "federal2dvideoannotation")  # fmt: skip
_FREE = ("textcollection", "chat", "chatexperimental", "chatlite", "multichat", "multistage", "custom")

TASK_TYPES: dict[str, TaskType] = {
    **{name: TaskType(name, needs_attachment=True) for name in _ATTACHMENT},
    **{name: TaskType(name) for name in (*_ATTACHMENTS_OF_OTHER_KINDS, *_FREE)},
    "namedentityrecognition": TaskType("namedentityrecognition", required=("text", "labels")),
    imageannotation.TYPE.name: imageannotation.TYPE,
    categorization.TYPE.name: categorization.TYPE,
}


def task_type(name: str) -> TaskType:
    """The type of this name; NotFound where the product knows none."""
    if name not in TASK_TYPES:
        raise NotFound(f"There is no task type “{name[:64]}”. Known types: {', '.join(sorted(TASK_TYPES))}.")
    return TASK_TYPES[name]
