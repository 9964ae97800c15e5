"""What each actor may expect of each route: the table that `test_routes.py` runs. A route without a row fails there.

To add a route, add a line under its name (`namespace:name`); a list where a route takes several methods.

- `page(Permission.X)`: a GET page of an organization. `organization` is filled in; other parts of the address by name:
  `page(Permission.VIEW_TASKS, task="{audits.Task}")`. “{app.Model}” is the id of our row of this model,
  “{app.Model.field}” another field of it, “{person.lead}” the id of our lead. Anything else stands as it is.
- `action(Permission.X, data={…}, task=…)`: a POST of a form; 302 where it is allowed, or `ok=…`.
- `call("GET", Permission.X, ok=200, data={…}, task=…)`: an API call with a key of the role, every scope on it.
  `of_organization=True` where the answer depends on the key alone (lists, creation), so that the stranger gets one too.
- `public(ok)`: the same for everybody. `signed_in(ok)`: for everybody who is signed in, whoever it is.

By default the stranger (owner of another organization) gets 404 for pages, actions and calls that name an object.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labelops.tenancy.permissions import Permission, Role, may

ROLES = [role.value for role in Role]
ACTORS = ["anonymous", "stranger", *ROLES]
Statuses = int | tuple[int, ...]


@dataclass(frozen=True)
class Expected:
    """One request to a route and the status that each actor gets for it."""

    method: str
    statuses: dict[str, Statuses]
    kwargs: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] | None = None
    query: str = ""
    is_call: bool = False
    is_of_organization: bool = True
    """Whether the address names something of ours: then the stranger's answer is the one for what does not exist."""


def by_role(permission: Permission, ok: Statuses) -> dict[str, Statuses]:
    return {role: ok if may(role, permission) else 403 for role in ROLES}


def page(permission: Permission, *, ok: Statuses = 200, query: str = "", **kwargs: str) -> Expected:
    statuses = {"anonymous": 302, "stranger": 404, **by_role(permission, ok)}
    return Expected("GET", statuses, {"organization": "acme", **kwargs}, query=query)


def action(
    permission: Permission,
    *,
    ok: Statuses = 302,
    data: dict[str, Any] | None = None,
    method: str = "POST",
    statuses: dict[str, Statuses] | None = None,
    **kwargs: str,
) -> Expected:
    """`statuses` changes single actors' answers, for rules that are finer than the permission."""
    expected = {"anonymous": 302, "stranger": 404, **by_role(permission, ok), **(statuses or {})}
    return Expected(method, expected, {"organization": "acme", **kwargs}, data or {})


def call(
    method: str,
    permission: Permission,
    *,
    ok: Statuses = 200,
    data: dict[str, Any] | None = None,
    query: str = "",
    of_organization: bool = False,
    **kwargs: str,
) -> Expected:
    statuses = {"anonymous": 401, "stranger": ok if of_organization else 404, **by_role(permission, ok)}
    return Expected(method, statuses, kwargs, data, query, is_call=True, is_of_organization=not of_organization)


def public(ok: Statuses, *, method: str = "GET", data: dict[str, Any] | None = None, **kwargs: str) -> Expected:
    return Expected(method, dict.fromkeys(ACTORS, ok), kwargs, data, is_of_organization=False)


def signed_in(ok: Statuses, *, anonymous: Statuses = 302, method: str = "GET", **kwargs: str) -> Expected:
    statuses = dict.fromkeys(ACTORS, ok) | {"anonymous": anonymous}
    return Expected(method, statuses, kwargs, is_of_organization=False)


P = Permission
ROUTES: dict[str, Expected | Iterable[Expected]] = {
    "healthz": public(200),
    "api-viewer": public(200),
    "api-document": public(200),
    # 503 where no worker runs beside the tests.
    "readyz": public((200, 503)),
    "words": public(200, language="de"),
    "metrics": public(404),
    # --- accounts (allauth) --------------------------------------------------------------------------------------
    "account_login": signed_in(302, anonymous=200),
    "account_logout": signed_in(200),
    "account_confirm_login_code": public(302),
    "account_signup": signed_in(302, anonymous=200),
    "account_inactive": public(200),
    "account_email": signed_in(200),
    "account_change_password": signed_in(200),
    "account_set_password": signed_in(302),
    "account_reset_password": public(200),
    "account_reset_password_done": public(200),
    "account_reset_password_from_key": public(200, uidb36="1", key="no-such-key"),
    "account_reset_password_from_key_done": public(200),
    "account_email_verification_sent": public(200),
    "account_confirm_email": public(200, key="no-such-key"),
    "account_reauthenticate": signed_in((200, 302)),
    # --- data in ---------------------------------------------------------------------------------------------------
    "audits:imports": [page(P.EDIT_TASKS), action(P.EDIT_TASKS, ok=400)],
    "audits:import": page(P.EDIT_TASKS, task_import="{audits.TaskImport.id.hex}"),
    "audits:refused_lines": page(P.EDIT_TASKS, task_import="{audits.TaskImport.id.hex}"),
    # The planted row has no file.
    "audits:attachment": page(P.VIEW_TASKS, ok=404, attachment="{audits.Attachment.id.hex}"),
    # --- tenancy -------------------------------------------------------------------------------------------------
    "tenancy:home": signed_in(302),
    "tenancy:language": signed_in(302, method="POST"),
    # Everybody has views of their own; nobody else's can be deleted.
    "tenancy:save_view": action(P.VIEW_TASKS, data={"name": "mine", "query": "status=pending"}, list="tasks"),
    "tenancy:choose_columns": action(P.VIEW_TASKS, data={"columns": ["status"]}, list="tasks"),
    "tenancy:delete_view": action(P.VIEW_TASKS, ok=404, view="{tenancy.SavedView}"),
    "tenancy:invitation": public(404, token="no-such-token"),
    "tenancy:settings": [
        page(P.MANAGE_SETTINGS),
        action(
            P.MANAGE_SETTINGS,
            data={"name": "Acme", "time_zone": "UTC", "lock_minutes": 5, "callback_url": ""},
        ),
    ],
    "tenancy:members": page(P.MANAGE_MEMBERS),
    "tenancy:change_members": action(
        P.MANAGE_MEMBERS, data={"action": "role", "role": "lead", "ids": ["{person.auditor}"]}
    ),
    "tenancy:invite": action(P.MANAGE_MEMBERS, data={"email": "new@example.com", "role": "auditor"}),
    "tenancy:change_role": action(P.MANAGE_MEMBERS, user="{person.auditor}", data={"role": "lead"}),
    "tenancy:remove_member": action(P.MANAGE_MEMBERS, user="{person.auditor}"),
    "tenancy:revoke_invitation": action(P.MANAGE_MEMBERS, invitation="{tenancy.Invitation}"),
    "tenancy:keys": page(P.MANAGE_KEYS),
    "tenancy:create_key": action(
        P.MANAGE_KEYS,
        ok=200,
        data={"name": "ci", "mode": "live", "user": "{person.integrator}", "scopes": ["tasks:read"]},
    ),
    # An integrator is sent back with a message: the key acts for an owner.
    "tenancy:rotate_key": action(
        P.MANAGE_KEYS, ok=200, statuses={"integrator": 302}, public_id="{tenancy.ApiKey.public_id}"
    ),
    "tenancy:revoke_keys": action(P.MANAGE_KEYS, data={"ids": ["{tenancy.ApiKey.public_id}"]}),
    "tenancy:revoke_key": action(P.MANAGE_KEYS, public_id="{tenancy.ApiKey.public_id}"),
    # --- the Scale dialect ---------------------------------------------------------------------------------------
    "v1-without-slash": public(404),
    "v1:unknown": public(404),
    "v1:tasks": call("GET", P.VIEW_TASKS, of_organization=True),
    "v1:task": [
        call("GET", P.VIEW_TASKS, name="{audits.Task}"),
        call("GET", P.VIEW_TASKS, name="{audits.Task.unique_id}"),
        call("POST", P.EDIT_TASKS, name="textcollection", data={"instruction": "Write."}, of_organization=True),
    ],
    "v1:task-audit": call("POST", P.AUDIT, task_id="{audits.Task}", data={"accepted": True}),
    # Only a pending task can be canceled or completed; ours is completed.
    "v1:task-cancel": call("POST", P.EDIT_TASKS, ok=400, task_id="{audits.Task}"),
    "v1:task-response": call("POST", P.EDIT_TASKS, ok=400, task_id="{audits.Task}", data={"response": {"a": 1}}),
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
    # --- audits: pages -------------------------------------------------------------------------------------------
    "audits:today": page(P.VIEW_TASKS),
    "audits:tasks": page(P.VIEW_TASKS),
    # Whoever may see the list may send the form; what it asks for needs the right to it.
    "audits:change_tasks": action(
        P.VIEW_TASKS,
        data={"action": "add_tags", "tags": "a", "ids": ["{audits.Task.public_id}"]},
        statuses={"auditor": 403, "lead": 403},
    ),
    "audits:bulk_job": page(P.VIEW_TASKS, job="{audits.BulkJob.id.hex}"),
    "audits:task": page(P.VIEW_TASKS, task="{audits.Task.public_id}"),
    # 400: the reason is missing.
    "audits:release": action(P.MANAGE_SESSIONS, ok=400, task="{audits.Task.public_id}"),
    "audits:audit_task": page(P.AUDIT, ok=(200, 400, 423), task="{audits.Task.public_id}"),
    # 400: nothing is sent. A task that one may not see is 404 all the same.
    "audits:judge_task": action(P.AUDIT, ok=400, task="{audits.Task.public_id}"),
    "audits:heartbeat": action(P.AUDIT, ok=400, task="{audits.Task.public_id}"),
    "audits:give_back": action(P.AUDIT, ok=204, task="{audits.Task.public_id}"),
    "audits:draft": action(P.AUDIT, ok=400, task="{audits.Task.public_id}"),
    "audits:quality": page(P.VIEW_QUALITY),
    "audits:sessions": page(P.AUDIT),
    "audits:change_sessions": action(P.AUDIT, data={"action": "finish", "ids": ["{audits.AuditSession.public_id}"]}),
    "audits:new_session": [page(P.DRAW_SAMPLE), action(P.DRAW_SAMPLE, ok=400)],
    "audits:session": page(P.AUDIT, ok=(200, 404), session="{audits.AuditSession.public_id}"),
    "audits:leave_session": action(P.AUDIT, ok=(302, 404), session="{audits.AuditSession.public_id}"),
    "audits:finish_session": action(P.AUDIT, ok=(302, 403, 404, 409), session="{audits.AuditSession.public_id}"),
    "audits:abandon_session": action(P.AUDIT, ok=(302, 403, 404, 409), session="{audits.AuditSession.public_id}"),
    "audits:resume_session": action(P.AUDIT, ok=(302, 403, 404), session="{audits.AuditSession.public_id}"),
    "audits:workspace": page(P.AUDIT, ok=(200, 302, 404), session="{audits.AuditSession.public_id}"),
    "audits:judge": action(P.AUDIT, ok=400, session="{audits.AuditSession.public_id}", task="{audits.Task.public_id}"),
    "audits:skip": action(P.AUDIT, ok=400, session="{audits.AuditSession.public_id}", task="{audits.Task.public_id}"),
    # 409: nothing was judged, or the planted verdict is no auditor's of this moment.
    "audits:undo": action(P.AUDIT, ok=(200, 302, 403, 409), task="{audits.Task.public_id}"),
    "audits:flag": action(P.AUDIT, ok=400, task="{audits.Task.public_id}"),
    "audits:tools": page(P.AUDIT),
    "audits:add_template": action(P.AUDIT, ok=400),
    "audits:delete_template": action(P.AUDIT, ok=404, template="{audits.CommentTemplate.id.hex}"),
    # Flagged for somebody else.
    "audits:take_up_flag": action(P.AUDIT, ok=(302, 403, 404, 423), flag="{audits.Flag.id.hex}"),
    "audits:answer_flag": action(P.AUDIT, ok=(302, 403, 404), flag="{audits.Flag.id.hex}"),
    "audits:project_reasons": action(P.EDIT_TASKS, statuses={"lead": 302}, project="{audits.Project.id.hex}"),
    "audits:projects": [page(P.VIEW_TASKS), action(P.EDIT_TASKS, ok=400)],
    "audits:project": page(P.VIEW_TASKS, project="{audits.Project.id.hex}"),
    "audits:project_callback": action(P.EDIT_TASKS, project="{audits.Project.id.hex}"),
    "audits:project_auditors": action(P.MANAGE_SETTINGS, project="{audits.Project.id.hex}"),
    "audits:change_projects": action(P.EDIT_TASKS, data={"action": "archive", "ids": ["{audits.Project.id.hex}"]}),
    "audits:start_batches": action(P.EDIT_TASKS, data={"ids": ["{audits.Batch.id.hex}"]}),
    "audits:batches": [page(P.VIEW_TASKS), action(P.EDIT_TASKS, ok=400)],
    "audits:finalize_batch": action(P.EDIT_TASKS, batch="{audits.Batch.id.hex}"),
    # --- callbacks -----------------------------------------------------------------------------------------------
    "callbacks:endpoints": page(P.MANAGE_CALLBACKS),
    "callbacks:new_endpoint": [
        page(P.MANAGE_CALLBACKS),
        action(
            P.MANAGE_CALLBACKS,
            ok=200,
            data={"url": "https://example.com/new", "profile": "standard", "sends_test": "on"},
        ),
    ],
    # The planted one's secrets are none that any key could open.
    "callbacks:endpoint": page(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
    "callbacks:edit_endpoint": [
        page(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
        action(
            P.MANAGE_CALLBACKS,
            data={"url": "https://example.com/changed", "profile": "standard"},
            endpoint="{callbacks.Endpoint.id.hex}",
        ),
    ],
    "callbacks:verify": page(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
    # 400: no range is given.
    "callbacks:replay_range": [
        page(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
        action(P.MANAGE_CALLBACKS, ok=400, endpoint="{callbacks.Endpoint.id.hex}"),
    ],
    "callbacks:rotate_secret": action(
        P.MANAGE_CALLBACKS, ok=200, data={"overlap_hours": "24"}, endpoint="{callbacks.Endpoint.id.hex}"
    ),
    "callbacks:revoke_secrets": action(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
    "callbacks:send_test": action(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
    "callbacks:disable_endpoint": action(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
    "callbacks:enable_endpoint": action(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
    "callbacks:delete_endpoint": action(P.MANAGE_CALLBACKS, endpoint="{callbacks.Endpoint.id.hex}"),
    "callbacks:deliveries": page(P.MANAGE_CALLBACKS),
    "callbacks:delivery": page(P.MANAGE_CALLBACKS, delivery="{callbacks.Delivery.id.hex}"),
    "callbacks:resend": action(P.MANAGE_CALLBACKS, delivery="{callbacks.Delivery.id.hex}"),
    "callbacks:cancel_delivery": action(P.MANAGE_CALLBACKS, delivery="{callbacks.Delivery.id.hex}"),
    "callbacks:replay_chosen": action(P.MANAGE_CALLBACKS, data={"delivery": "{callbacks.Delivery.id.hex}"}),
    "callbacks:cancel_replay": action(P.MANAGE_CALLBACKS, replay="{callbacks.Replay.id.hex}"),
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


def requests_of(name: str) -> list[Expected]:
    row = ROUTES.get(name, [])
    return [row] if isinstance(row, Expected) else list(row)
