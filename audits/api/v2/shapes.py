"""Tasks, batches and projects as the second version of the dialect writes them: ids, or whole where asked for."""

from typing import Any

from audits.api.shapes import without_nothing
from audits.models import Batch, Project, Task
from audits.wire import instant, response_json

Wanted = frozenset[str]


def project_json(project: Project) -> dict[str, Any]:
    return {
        "id": project.id.hex,
        "name": project.name,
        "created_at": instant(project.created_at),
        "types": [project.type],
        "models": [],
    }


def batch_json(batch: Batch, expand: Wanted = frozenset()) -> dict[str, Any]:
    """Reads `project`: fetch it before."""
    return without_nothing(
        {
            "id": batch.id.hex,
            "name": batch.name,
            "project": project_json(batch.project) if "project" in expand else batch.project_id.hex,
            "created_at": instant(batch.created_at),
            "completed_at": instant(batch.completed_at),
            "status": batch.halted or batch.status,
            "callback": batch.callback_url or None,
            "metadata": batch.metadata,
        }
    )


def task_json(task: Task, expand: Wanted = frozenset()) -> dict[str, Any]:
    """Reads `project` and `batch`: fetch them before. `type`, `params` and `response` are added; threads are none."""
    whole_batch = task.batch_id and "batch" in expand
    batch = batch_json(task.batch, expand) if whole_batch else task.batch_id.hex if task.batch_id else None
    whole_project = task.project_id and "project" in expand
    # A task without a project has an empty id: the client wants one.
    project = project_json(task.project) if whole_project else task.project_id.hex if task.project_id else ""
    return without_nothing(
        {
            "task_id": task.public_id,
            "project": project,
            "batch": batch,
            "status": task.status,
            "created_at": instant(task.created_at),
            "completed_at": instant(task.completed_at),
            "metadata": task.metadata,
            "threads": [],
            "type": task.type,
            "params": task.params,
            "response": response_json(task.response) if task.response is not None else None,
        }
    )
