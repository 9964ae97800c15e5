"""The JSON of what the dialect has beside tasks, batches and projects: files, known tasks, templates, studio, team."""

from typing import Any

from audits.models import Attachment, Batch, Project, ProjectGroup, QualityTask
from audits.task_types import TASK_TYPES
from audits.task_types.base import ANY_OBJECT
from audits.wire import instant
from labelops.tenancy.services.teams import Teammate


def without_nothing(found: dict[str, Any]) -> dict[str, Any]:
    """Keys without a value are absent, never null."""
    return {key: value for key, value in found.items() if value is not None}


def file_json(file: Attachment) -> dict[str, Any]:
    """`status` is kept, waiting or failed (then `error` says why); size and type are there once the file is."""
    is_kept = file.state == Attachment.State.KEPT
    return without_nothing(
        {
            "id": file.id.hex,
            "attachment_url": file.reference,
            "name": file.name,
            "status": file.state,
            "error": file.failure or None,
            "created_at": instant(file.created_at),
            "updated_at": instant(file.created_at),
            "mime_type": file.content_type if is_kept else None,
            "size": file.size if is_kept else None,
            "project_names": file.project_names,
        }
    )


def quality_task_json(task: QualityTask) -> dict[str, Any]:
    """Reads `project` and `batch`: fetch them before."""
    return without_nothing(
        {
            "id": task.id.hex,
            "kind": task.kind,
            "type": task.type,
            "project": task.project.name if task.project_id else None,
            "batch": task.batch.name if task.batch_id else None,
            "instruction": task.instruction,
            "params": task.params,
            "metadata": task.metadata,
            "tags": task.tags,
            "unique_id": task.unique_id,
            "expected_response": task.expected_response,
            "initial_response": task.initial_response,
            "created_at": instant(task.created_at),
        }
    )


def template_json(project: Project) -> dict[str, Any]:
    """What a new task of this project takes over: the newest version's parameters. Reads `versions`."""
    newest = list(project.versions.all())[-1]
    variables = newest.params.get("template_variables")
    kind = TASK_TYPES.get(project.type)
    schema = kind.response_schema if kind else ANY_OBJECT
    return without_nothing(
        {
            "id": newest.id.hex,
            "project": project.name,
            "version": newest.version,
            "created_at": instant(project.created_at),
            "updated_at": instant(newest.created_at),
            "template_variables": variables if isinstance(variables, dict) else newest.params,
            "response_schema": schema if schema is not ANY_OBJECT else None,
        }
    )


def teammate_json(teammate: Teammate) -> dict[str, Any]:
    """`role` in the words of the original, `membershipRole` in ours; `expiry` where the invitation is open still."""
    return without_nothing(
        {
            "email": teammate.email,
            "firstName": teammate.name or None,
            "role": teammate.team_role,
            "membershipRole": teammate.role,
            "isStudioLabeler": teammate.team_role == "labeler",
            "expiry": instant(teammate.expires_at),
        }
    )


def group_json(group: ProjectGroup) -> dict[str, Any]:
    """Reads `memberships` with their users: fetch them before."""
    workers = [{"id": one.user_id.hex, "email": one.user.email} for one in group.memberships.all()]
    return {
        "id": group.id.hex,
        "name": group.name,
        "numWorkers": len(workers),
        "isSingleton": False,
        "workers": workers,
    }


def studio_batch_json(batch: Batch, place: int | None, groups: list[str]) -> dict[str, Any]:
    """`place` is 1 for the batch that is worked on first. Reads `project`, `total` and `completed`."""
    found = {
        "id": batch.id.hex,
        "name": batch.name,
        "projectId": batch.project_id.hex,
        "projectName": batch.project.name,
        "batchType": "Production",
        "studioPriority": place,
        "total": batch.total,
        "completed": batch.completed,
        "groups": groups,
    }
    return without_nothing(found)
