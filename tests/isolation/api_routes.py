"""The rows of the table in `routes.py` that are calls of the API."""

from collections.abc import Iterable

from labelops.tenancy.permissions import Permission
from tests.isolation.expected import Expected, call, public

P = Permission
API_ROUTES: dict[str, Expected | Iterable[Expected]] = {
    # --- the Scale dialect ---------------------------------------------------------------------------------------
    "v1-without-slash": public(404),
    "v1:unknown": public(404),
    "v1:tasks": call("GET", P.VIEW_TASKS, of_organization=True),
    "v1:task": [
        call("GET", P.VIEW_TASKS, name="{audits.Task}"),
        call("GET", P.VIEW_TASKS, name="{audits.Task.unique_id}"),
        call("POST", P.EDIT_TASKS, name="textcollection", data={"instruction": "Write."}, of_organization=True),
    ],
    **{
        f"v1_reports:{name}": call("GET", P.VIEW_QUALITY, of_organization=True)
        for name in ("summary", "weeks", "tasks", "auditors", "batches")
    },
    "v1:task-audit": call("POST", P.AUDIT, task_id="{audits.Task}", data={"accepted": True}),
    # Only a pending task can be canceled or completed; ours is completed.
    "v1:task-cancel": call("POST", P.EDIT_TASKS, ok=400, task_id="{audits.Task}"),
    "v1:task-redo": call("POST", P.REDO, ok=400, task_id="{audits.Task}", data={}),
    "v1-exports:exports": [
        call("GET", P.EXPORT, of_organization=True),
        call("POST", P.EXPORT, data={"list": "tasks"}, of_organization=True),
    ],
    "v1-exports:lists": call("GET", P.EXPORT, of_organization=True),
    "v1-exports:export": [
        call("GET", P.EXPORT, export_id="{reports.Export}"),
        call("DELETE", P.EXPORT, export_id="{reports.Export}"),
    ],
    # 409: it is not ready.
    "v1-exports:download": call("GET", P.EXPORT, ok=409, export_id="{reports.Export}"),
    "v1:task-response": call("POST", P.EDIT_TASKS, ok=400, task_id="{audits.Task}", data={"response": {"a": 1}}),
    "v1:task-error": call("POST", P.EDIT_TASKS, ok=400, task_id="{audits.Task}", data={"error": "No such file."}),
    "v1:task-unique-id": [
        call("POST", P.EDIT_TASKS, task_id="{audits.Task}", data={"unique_id": "another"}),
        call("DELETE", P.EDIT_TASKS, task_id="{audits.Task}"),
    ],
    "v1:task-metadata": call("POST", P.EDIT_TASKS, task_id="{audits.Task}", data={"a": 1}),
    "v1:task-tags": [
        call(method, P.EDIT_TASKS, task_id="{audits.Task}", data=["a"]) for method in ("POST", "PUT", "DELETE")
    ],
    "v1:projects": [
        call("GET", P.VIEW_TASKS, of_organization=True),
        call("POST", P.EDIT_TASKS, data={"name": "new", "type": "categorization"}, of_organization=True),
    ],
    "v1:project": call("GET", P.VIEW_TASKS, name="{audits.Project.name}"),
    "v1:project-params": call("POST", P.EDIT_TASKS, name="{audits.Project.name}", data={"a": 1}),
    "v1:project-callbacks": call("POST", P.EDIT_TASKS, name="{audits.Project.name}", data={"hold_callbacks": True}),
    "v1:batches": [
        call("GET", P.VIEW_TASKS, of_organization=True),
        call("POST", P.EDIT_TASKS, data={"name": "new", "project": "{audits.Project.name}"}),
    ],
    "v1:batch": call("GET", P.VIEW_TASKS, name="{audits.Batch.name}"),
    "v1:batch-status": call("GET", P.VIEW_TASKS, name="{audits.Batch.name}"),
    "v1:batch-finalize": call("POST", P.EDIT_TASKS, name="{audits.Batch.name}"),
    "v1:batch-metadata": call("POST", P.EDIT_TASKS, name="{audits.Batch.name}", data={"a": 1}),
    "v1:project-template": call("GET", P.VIEW_TASKS, name="{audits.Project.name}"),
    "v1:file": call("GET", P.VIEW_TASKS, file_id="{audits.Attachment.id.hex}"),
    # The planted row has no file.
    "v1:file-content": call("GET", P.VIEW_TASKS, ok=404, file_id="{audits.Attachment.id.hex}"),
    # 415: a file is sent as a form.
    "v1:file-upload": call("POST", P.EDIT_TASKS, ok=415, data={}, of_organization=True),
    "v1:file-import": [
        call("POST", P.EDIT_TASKS, data={"file_url": "https://a.example/a.png"}, of_organization=True),
        call(
            "POST", P.EDIT_TASKS, data={"file_url": "https://a.example/a.png", "project_name": "{audits.Project.name}"}
        ),
    ],
    "v1:evaluation-tasks": call("GET", P.VIEW_TASKS, of_organization=True),
    "v1:evaluation-task": [
        call("GET", P.VIEW_TASKS, name="{audits.QualityTask.id.hex}"),
        call("POST", P.EDIT_TASKS, name="textcollection", data={"expected_response": {"a": 1}}, of_organization=True),
        call(
            "POST",
            P.EDIT_TASKS,
            name="textcollection",
            data={"expected_response": {"a": 1}, "project": "{audits.Project.name}"},
        ),
    ],
    "v1:training-tasks": call("GET", P.VIEW_TASKS, of_organization=True),
    # The planted one is for evaluation.
    "v1:training-task": call("GET", P.VIEW_TASKS, ok=404, name="{audits.QualityTask.id.hex}"),
    "v1:team": call("GET", P.MANAGE_MEMBERS, of_organization=True),
    "v1:team-invite": call(
        "POST", P.MANAGE_MEMBERS, data={"emails": ["new@a.example"], "team_role": "member"}, of_organization=True
    ),
    # 400: nobody of that e-mail.
    "v1:team-set-role": call(
        "POST", P.MANAGE_MEMBERS, ok=400, data={"emails": ["no@a.example"], "team_role": "member"}, of_organization=True
    ),
    "v1:studio-assignments": call("GET", P.MANAGE_SESSIONS, of_organization=True),
    "v1:studio-assignments-add": call(
        "POST", P.MANAGE_SETTINGS, data={"emails": [], "projects": ["{audits.Project.name}"]}
    ),
    "v1:studio-assignments-remove": call(
        "POST", P.MANAGE_SETTINGS, data={"emails": [], "projects": ["{audits.Project.name}"]}
    ),
    "v1:studio-groups": [
        call("GET", P.MANAGE_SESSIONS, name="{audits.Project.name}"),
        call("POST", P.MANAGE_SETTINGS, name="{audits.Project.name}", data={"name": "new", "emails": []}),
    ],
    "v1:studio-group": call(
        "PUT", P.MANAGE_SETTINGS, name="{audits.Project.name}", group="{audits.ProjectGroup.name}", data={}
    ),
    "v1:studio-batches": call("GET", P.VIEW_TASKS, of_organization=True),
    "v1:studio-batch": call("PUT", P.MANAGE_SETTINGS, name="{audits.Batch.name}", data={"groups": []}),
    # 400 for us: our batch is missing. The stranger has one too.
    "v1:studio-set-priorities": call("POST", P.EDIT_TASKS, ok=400, data={"batches": []}, of_organization=True),
    "v1:studio-reset-priorities": call("POST", P.EDIT_TASKS, of_organization=True),
    "v2-without-slash": public(404),
    "v2:unknown": public(404),
    "v2:task": call("GET", P.VIEW_TASKS, data={"task_id": "{audits.Task.public_id}"}),
    "v2:tasks": call("GET", P.VIEW_TASKS, of_organization=True),
    "v2:task-chat": call("POST", P.EDIT_TASKS, data={"project_id": "{audits.Project.id.hex}"}),
    "v2:task-metadata": call("POST", P.EDIT_TASKS, data={"task_id": "{audits.Task.public_id}", "metadata": {}}),
    "v2:batch": [
        call("GET", P.VIEW_TASKS, data={"batch_id": "{audits.Batch.id.hex}"}),
        call("POST", P.EDIT_TASKS, data={"name": "new", "project_id": "{audits.Project.id.hex}"}),
    ],
    "v2:batch-finalize": call("POST", P.EDIT_TASKS, data={"batch_id": "{audits.Batch.id.hex}"}),
    "v2:batch-pause": call("POST", P.EDIT_TASKS, data={"batch_name": "{audits.Batch.name}"}),
    "v2:batch-resume": call("POST", P.EDIT_TASKS, data={"batch_name": "{audits.Batch.name}"}),
    "v2:batch-cancel": call("POST", P.EDIT_TASKS, data={"batch_name": "{audits.Batch.name}"}),
    "v2:batch-metadata": call("POST", P.EDIT_TASKS, data={"batch_name": "{audits.Batch.name}", "metadata": {}}),
    "v2:batches": call("GET", P.VIEW_TASKS, of_organization=True),
    "v2:project": call("GET", P.VIEW_TASKS, data={"project_name": "{audits.Project.name}"}),
    "v2:projects": call("GET", P.VIEW_TASKS, of_organization=True),
    "v1:audits": [
        # 400: neither a task nor an audit is named.
        call("GET", P.VIEW_TASKS, ok=400, of_organization=True),
        call("PUT", P.AUDIT, data={"task_id": "{audits.Task}"}),
    ],
    # The planted session has no items of its own: a task of ours is in it, but nobody holds it (409).
    "v1:audit-sessions": [
        call("GET", P.AUDIT, of_organization=True),
        call("POST", P.DRAW_SAMPLE, data={"all": True}, of_organization=True),
    ],
    "v1:audit-session": call("GET", P.AUDIT, ok=(200, 404), session_id="{audits.AuditSession}"),
    "v1:audit-session-finish": call("POST", P.AUDIT, ok=(200, 403, 404), data={}, session_id="{audits.AuditSession}"),
    "v1:audit-session-claim": call("POST", P.AUDIT, ok=(200, 404), data={}, session_id="{audits.AuditSession}"),
    **{
        f"v1:audit-session-{what}": call(
            "POST",
            P.AUDIT,
            ok=(404, 409),
            session_id="{audits.AuditSession}",
            data={"task_id": "{audits.Task}", "lock_token": 77, **verdict},
        )
        for what, verdict in {"heartbeat": {}, "release": {}, "submit": {"audit_result": "accepted"}}.items()
    },
    "v1:second-audit-claim": call("POST", P.AUDIT, ok=(200, 404), data={}, session_id="{audits.AuditSession}"),
    **{
        f"v1:second-audit-{what}": call(
            "POST",
            P.AUDIT,
            ok=(404, 409),
            session_id="{audits.AuditSession}",
            data={"task_id": "{audits.Task}", "lock_token": 77, **verdict},
        )
        for what, verdict in {"heartbeat": {}, "release": {}, "submit": {"audit_result": "accepted"}}.items()
    },
    # --- callbacks: /v1 --------------------------------------------------------------------------------------------
    "v1:task-send-callback": call("POST", P.EDIT_TASKS, ok=200, task_id="{audits.Task}"),
    "v1:task-send-callback-hyphen": call("POST", P.EDIT_TASKS, ok=200, task_id="{audits.Task}"),
    "v1-callbacks:event-types": call("GET", P.MANAGE_CALLBACKS, of_organization=True),
    "v1-callbacks:endpoints": [
        call("GET", P.MANAGE_CALLBACKS, of_organization=True),
        call("POST", P.MANAGE_CALLBACKS, data={"url": "https://example.com/new"}, of_organization=True),
    ],
    "v1-callbacks:endpoint": [
        call("GET", P.MANAGE_CALLBACKS, endpoint_id="{callbacks.Endpoint}"),
        call("PUT", P.MANAGE_CALLBACKS, data={"url": "https://example.com/other"}, endpoint_id="{callbacks.Endpoint}"),
        call("DELETE", P.MANAGE_CALLBACKS, endpoint_id="{callbacks.Endpoint}"),
    ],
    "v1-callbacks:rotate-secret": call("POST", P.MANAGE_CALLBACKS, data={}, endpoint_id="{callbacks.Endpoint}"),
    "v1-callbacks:revoke-secrets": call("POST", P.MANAGE_CALLBACKS, endpoint_id="{callbacks.Endpoint}"),
    "v1-callbacks:disable": call("POST", P.MANAGE_CALLBACKS, data={}, endpoint_id="{callbacks.Endpoint}"),
    "v1-callbacks:enable": call("POST", P.MANAGE_CALLBACKS, endpoint_id="{callbacks.Endpoint}"),
    "v1-callbacks:send-test": call("POST", P.MANAGE_CALLBACKS, endpoint_id="{callbacks.Endpoint}"),
    "v1-callbacks:replay-range": call(
        "POST",
        P.MANAGE_CALLBACKS,
        data={"since": "2026-01-01", "until": "2026-02-01", "dry_run": True},
        endpoint_id="{callbacks.Endpoint}",
    ),
    "v1-callbacks:deliveries": call("GET", P.MANAGE_CALLBACKS, of_organization=True),
    # What is not ours is not among those that are sent again.
    "v1-callbacks:replay-chosen": call(
        "POST", P.MANAGE_CALLBACKS, data={"ids": ["{callbacks.Delivery}"]}, of_organization=True
    ),
    "v1-callbacks:delivery": call("GET", P.MANAGE_CALLBACKS, delivery_id="{callbacks.Delivery}"),
    # 409: it still waits.
    "v1-callbacks:resend": call("POST", P.MANAGE_CALLBACKS, ok=409, delivery_id="{callbacks.Delivery}"),
    "v1-callbacks:cancel-delivery": call("POST", P.MANAGE_CALLBACKS, delivery_id="{callbacks.Delivery}"),
    "v1-callbacks:replays": call("GET", P.MANAGE_CALLBACKS, of_organization=True),
    "v1-callbacks:replay": call("GET", P.MANAGE_CALLBACKS, replay_id="{callbacks.Replay}"),
    "v1-callbacks:cancel-replay": call("POST", P.MANAGE_CALLBACKS, replay_id="{callbacks.Replay}"),
}
