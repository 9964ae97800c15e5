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

from labelops.tenancy.permissions import Permission
from tests.isolation.api_routes import API_ROUTES
from tests.isolation.crowd_people_routes import CROWD_PEOPLE_ROUTES
from tests.isolation.crowd_routes import CROWD_ROUTES
from tests.isolation.expected import Expected, action, page, public, signed_in

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
    # --- pools -----------------------------------------------------------------------------------------------------
    "crowd_rules:pools": page(P.EDIT_TASKS),
    # The planted project is archived: there is none to make a pool for.
    "crowd_rules:new_pool": [page(P.EDIT_TASKS), action(P.EDIT_TASKS, ok=200)],
    "crowd_rules:pool": page(P.EDIT_TASKS, pool="{crowd_rules.Pool.id.hex}"),
    "crowd_rules:edit_pool": [
        page(P.EDIT_TASKS, pool="{crowd_rules.Pool.id.hex}"),
        action(P.EDIT_TASKS, ok=400, pool="{crowd_rules.Pool.id.hex}"),
    ],
    "crowd_rules:change_pool": action(P.EDIT_TASKS, data={"action": "close"}, pool="{crowd_rules.Pool.id.hex}"),
    "crowd_rules:settle_pool": action(P.EDIT_TASKS, data={"action": "ask"}, pool="{crowd_rules.Pool.id.hex}"),
    "crowd_rules:add_pool_tasks": action(P.EDIT_TASKS, data={"batch": ""}, pool="{crowd_rules.Pool.id.hex}"),
    "crowd_rules:new_rule": [
        page(P.EDIT_TASKS, pool="{crowd_rules.Pool.id.hex}"),
        action(P.EDIT_TASKS, ok=400, data={"do": "on"}, pool="{crowd_rules.Pool.id.hex}"),
    ],
    "crowd_rules:replay_rules": action(P.EDIT_TASKS, ok=(302, 400), pool="{crowd_rules.Pool.id.hex}"),
    "crowd_rules:rule": [
        page(P.EDIT_TASKS, pool="{crowd_rules.Pool.id.hex}", rule="{crowd_rules.Rule.id.hex}"),
        action(
            P.EDIT_TASKS, ok=400, data={"do": "on"}, pool="{crowd_rules.Pool.id.hex}", rule="{crowd_rules.Rule.id.hex}"
        ),
    ],
    "crowd_rules:switch_rule": action(
        P.EDIT_TASKS, data={"state": "shadow"}, pool="{crowd_rules.Pool.id.hex}", rule="{crowd_rules.Rule.id.hex}"
    ),
    # The planted operation is no dry run.
    "crowd_rules:dry_run": page(
        P.EDIT_TASKS, ok=404, pool="{crowd_rules.Pool.id.hex}", operation="{crowd_rules.Operation.id.hex}"
    ),
    "crowd_rules:keep_tried": action(
        P.EDIT_TASKS, ok=404, pool="{crowd_rules.Pool.id.hex}", operation="{crowd_rules.Operation.id.hex}"
    ),
    "crowd_rules:rewards": page(P.EDIT_TASKS, pool="{crowd_rules.Pool.id.hex}"),
    "crowd_rules:controls": page(P.EDIT_TASKS, pool="{crowd_rules.Pool.id.hex}"),
    "crowd_rules:change_controls": action(
        P.EDIT_TASKS,
        data={"action": "retire", "ids": ["{crowd_rules.PoolTask.id.hex}"]},
        pool="{crowd_rules.Pool.id.hex}",
    ),
    "crowd_rules:new_controls": [
        page(P.EDIT_TASKS, pool="{crowd_rules.Pool.id.hex}"),
        action(P.EDIT_TASKS, ok=400, pool="{crowd_rules.Pool.id.hex}"),
    ],
    "crowd_rules:answer_control": [
        page(P.EDIT_TASKS, pool="{crowd_rules.Pool.id.hex}"),
        action(P.EDIT_TASKS, data={"input": "["}, ok=400, pool="{crowd_rules.Pool.id.hex}"),
    ],
    "crowd_rules:choose_controls": action(
        P.EDIT_TASKS, data={"ids": ["{audits.Task.id.hex}"]}, pool="{crowd_rules.Pool.id.hex}"
    ),
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
    # --- reports ---------------------------------------------------------------------------------------------------
    "reports:quality": page(P.VIEW_QUALITY),
    "reports:remarks": page(P.VIEW_QUALITY),
    "reports:weeks": page(P.VIEW_QUALITY),
    "reports:week": page(P.VIEW_QUALITY, snapshot="{reports.WeeklySnapshot}"),
    "reports:subscribe": action(P.VIEW_QUALITY, data={"wanted": "yes"}),
    "reports:tasks": page(P.VIEW_QUALITY),
    "reports:batches": page(P.VIEW_QUALITY),
    "reports:auditors": page(P.VIEW_QUALITY),
    "audits:sessions": page(P.AUDIT),
    "audits:change_sessions": action(P.AUDIT, data={"action": "finish", "ids": ["{audits.AuditSession.public_id}"]}),
    "audits:new_session": [page(P.DRAW_SAMPLE), action(P.DRAW_SAMPLE, ok=400)],
    "audits:plan_sample": [page(P.DRAW_SAMPLE), action(P.DRAW_SAMPLE, ok=400)],
    # Nothing waits for a second audit: back to the session.
    "audits:audit_again": page(P.AUDIT, ok=(302, 404), session="{audits.AuditSession.public_id}"),
    "audits:judge_again": action(
        P.AUDIT, ok=400, session="{audits.AuditSession.public_id}", task="{audits.Task.public_id}"
    ),
    "audits:session": page(P.AUDIT, ok=(200, 404), session="{audits.AuditSession.public_id}"),
    "audits:leave_session": action(P.AUDIT, ok=(302, 404), session="{audits.AuditSession.public_id}"),
    "audits:finish_session": action(P.AUDIT, ok=(302, 403, 404, 409), session="{audits.AuditSession.public_id}"),
    "audits:abandon_session": action(P.AUDIT, ok=(302, 403, 404, 409), session="{audits.AuditSession.public_id}"),
    "audits:resume_session": action(P.AUDIT, ok=(302, 403, 404), session="{audits.AuditSession.public_id}"),
    "audits:workspace": page(P.AUDIT, ok=(200, 302, 404), session="{audits.AuditSession.public_id}"),
    "audits:judge": action(P.AUDIT, ok=400, session="{audits.AuditSession.public_id}", task="{audits.Task.public_id}"),
    "audits:skip": action(P.AUDIT, ok=400, session="{audits.AuditSession.public_id}", task="{audits.Task.public_id}"),
    # 409: nothing was judged, or the planted verdict is no auditor's of this moment.
    # 400: nobody rejected it.
    "audits:redo": action(P.REDO, ok=400, task="{audits.Task.public_id}"),
    "exports:exports": [page(P.EXPORT), action(P.EXPORT, ok=200, data={"list": "tasks", "format": "csv"})],
    # 409: it is not ready.
    "exports:download": page(P.EXPORT, ok=409, export="{reports.Export.id.hex}"),
    "exports:delete": action(P.EXPORT, export="{reports.Export.id.hex}"),
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
    # Without the rows' own figures nothing can be read.
    "audits:project_fields": [
        page(P.EDIT_TASKS, project="{audits.Project.id.hex}"),
        action(P.EDIT_TASKS, ok=400, project="{audits.Project.id.hex}"),
    ],
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
    **API_ROUTES,
    **CROWD_ROUTES,
    **CROWD_PEOPLE_ROUTES,
}


def requests_of(name: str) -> list[Expected]:
    row = ROUTES.get(name, [])
    return [row] if isinstance(row, Expected) else list(row)
