"""/v1/task/... and /v1/tasks."""

from datetime import UTC
from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api.fields import Fields, Query, checked_texts, refuse
from audits.api.file_links import add_attachment_links
from audits.api.filters import ApiTaskFilter
from audits.api.paging import next_token, read_token
from audits.api.totals import total_of
from audits.api.views import AUDIT, READ, REDO, WRITE, ApiView, answer_task, whole_task
from audits.models import ListedTask, Task, Verdict, listed
from audits.services import task_details
from audits.services.audits import Judgement
from audits.services.blindness import without_blind
from audits.services.intake import TaskRequest, create_requested_task
from audits.services.projects import MOST_REASONS
from audits.services.redos import redo_task
from audits.services.remote_audits import audit_remotely
from audits.services.task_errors import LONGEST_ERROR, fail_task
from audits.services.tasks import NO_SUCH_TASK, cancel_task, complete_task
from audits.services.told_again import send_callback_again
from audits.wire import task_json
from labelops.errors import InvalidInput, NotFound
from labelops.tenancy.identifiers import parse_public_id


def known_id(text: str) -> UUID:
    """The id in an address; what cannot be one is answered as an unknown one."""
    task_id = parse_public_id(text)
    if task_id is None:
        raise NotFound(NO_SUCH_TASK)
    return task_id


def read_task_request(type: str, request: Request) -> TaskRequest:
    """What the body names of a task; everything else in it is a parameter of the task's type."""
    fields = Fields(request)
    known = {
        "project": fields.text("project"),
        "project_version": fields.number("project_version"),
        "batch": fields.text("batch"),
        "instruction": fields.text("instruction", longest=None),
        "metadata": fields.object("metadata"),
        "tags": fields.texts("tags"),
        "unique_id": fields.text("unique_id"),
        "callback_url": fields.text("callback_url", longest=2048),
        "urgency": fields.text("urgency", longest=32),
    }
    named = {name: value for name, value in known.items() if value not in (None, "")}
    return TaskRequest(type=type, params=fields.rest, **named)


class TaskView(ApiView):
    """GET takes an id (or a unique_id), POST a task type: in the original both stand at the same place."""

    needs = {"GET": READ, "POST": WRITE}

    def get(self, request: Request, name: str) -> Response:
        tasks = Task.objects.for_organization(request.organization).visible_to(request.membership)
        found = listed(tasks.called(name)[:1], organization=request.organization)
        if not found:
            raise NotFound(NO_SUCH_TASK)
        return answer_task(found[0], request.organization)

    def post(self, request: Request, name: str) -> Response:
        task = create_requested_task(
            organization=request.organization, actor=request.user, request=read_task_request(name, request),
            now=timezone.now(),
        )  # fmt: skip
        # Nothing can have been delivered yet.
        return Response(task_json(task, request.organization))


class TaskListView(ApiView):
    needs = {"GET": READ}

    def get(self, request: Request) -> Response:
        query, organization = Query(request.query_params), request.organization
        limit, offset = query.limit(), query.offset()
        limited = query.flag("limited_response")
        linked = query.flag("include_attachment_url")
        everything = Task.objects.for_organization(organization).visible_to(request.membership)
        given = ApiTaskFilter(request.query_params, queryset=everything, organization=organization, zone=UTC)
        matching = given.checked()
        if query.text("customer_review_status"):
            matching = without_blind(matching, request.membership)
        page = given.begun(matching).newest_first()
        if token := query.text("next_token"):
            page = page.before(*read_token(token, organization))
        tasks = listed(page[offset : offset + limit + 1], organization=organization)
        answer = {
            "docs": self.docs(tasks[:limit], limited),
            **total_of(given, matching, member=request.membership, limit=limit),
            "offset": offset,
            "limit": limit,
            "has_more": len(tasks) > limit,
        }
        if len(tasks) > limit:
            answer["next_token"] = next_token(tasks[limit - 1], organization)
        if linked:
            add_attachment_links(answer["docs"], organization)
        return Response(answer)

    def docs(self, tasks: list[ListedTask], limited: bool) -> list[dict[str, Any]]:
        if limited:
            return [_limited_json(task) for task in tasks]
        return [whole_task(task, self.request.organization) for task in tasks]


def _limited_json(task: ListedTask) -> dict[str, Any]:
    found = {"task_id": task.public_id, "status": task.status, "metadata": task.metadata}
    return found | ({"project": task.project.name} if task.project_id else {})


class CancelView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request, task_id: str) -> Response:
        task = cancel_task(
            organization=request.organization, actor=request.user, task_id=known_id(task_id),
            clear_unique_id=Query(request.query_params).flag("clear_unique_id"), now=timezone.now(),
        )  # fmt: skip
        return answer_task(task, request.organization)


class RedoView(ApiView):
    """A rejected task back into work; the answer is the pending task with its audits' comments."""

    needs = {"POST": REDO}

    def post(self, request: Request, task_id: str) -> Response:
        fields = Fields(request)
        note = fields.text("note", longest=None) or ""
        fields.refuse_rest()
        task = redo_task(by=request.membership, task_id=known_id(task_id), note=note, now=timezone.now())
        return answer_task(task, request.organization)


class SendCallbackView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request, task_id: str) -> Response:
        send_callback_again(organization=request.organization, task_id=known_id(task_id), now=timezone.now())
        return Response({"success": True})


class AuditView(ApiView):
    needs = {"POST": AUDIT}

    def post(self, request: Request, task_id: str) -> Response:
        judgement, auditor = read_judgement(request)
        recorded = audit_remotely(
            by=request.membership, task_id=known_id(task_id), judgement=judgement, auditor_email=auditor,
            now=timezone.now(),
        )  # fmt: skip
        return answer_task(recorded.task, request.organization)


def read_judgement(request: Request) -> tuple[Judgement, str | None]:
    """The verdict and the auditor's e-mail, from the original's `accepted` or from our `audit_result`."""
    fields = Fields(request)
    is_ours = fields.rest.get("audit_result") is not None
    judgement, auditor = read_verdict(fields), fields.text("auditor")
    if is_ours:
        fields.refuse_rest()
    return judgement, auditor


def read_verdict(fields: Fields) -> Judgement:
    accepted, result = fields.flag("accepted"), fields.text("audit_result")
    if (accepted is None) == (result is None):
        raise InvalidInput("Send accepted (true or false) or audit_result (accepted, fixed or rejected), one of them.")
    verdict = result if result is not None else "accepted" if accepted else "rejected"
    comment = fields.text("comments", longest=None) or ""
    return Judgement(
        verdict=verdict, comment=comment, response=fields.object("response"), reasons=read_reasons(fields, verdict)
    )


def read_reasons(fields: Fields, verdict: str) -> tuple[str, ...]:
    """What was wrong, out of the project's list; nothing is wrong with what is accepted."""
    reasons = list(dict.fromkeys(fields.texts("reasons") or ()))
    if len(reasons) > MOST_REASONS:
        refuse("reasons", f"must be a list of at most {MOST_REASONS} texts.")
    if reasons and verdict == Verdict.ACCEPTED:
        refuse("reasons", "say what was wrong: they go with fixed and rejected only.")
    return tuple(reasons)


class ResponseView(ApiView):
    needs = {"POST": WRITE}

    def post(self, request: Request, task_id: str) -> Response:
        fields = Fields(request)
        response = fields.object("response")
        if response is None:
            refuse("response", "is required.")
        done_by, done_at = fields.text("completed_by"), fields.instant("completed_at")
        fields.refuse_rest()
        task = complete_task(
            organization=request.organization, actor=request.user, task_id=known_id(task_id), response=response,
            completed_by=done_by, completed_at=done_at, now=timezone.now(),
        )  # fmt: skip
        return answer_task(task, request.organization)


class ErrorView(ApiView):
    """Whoever labels it cannot: the task is done with, and integrators are told."""

    needs = {"POST": WRITE}

    def post(self, request: Request, task_id: str) -> Response:
        fields = Fields(request)
        error = fields.required_text("error", longest=LONGEST_ERROR)
        fields.refuse_rest()
        task = fail_task(
            organization=request.organization, actor=request.user, task_id=known_id(task_id), error=error,
            now=timezone.now(),
        )  # fmt: skip
        return answer_task(task, request.organization)


class UniqueIdView(ApiView):
    needs = {"POST": WRITE, "DELETE": WRITE}

    def post(self, request: Request, task_id: str) -> Response:
        return self.change(request, task_id, Fields(request).required_text("unique_id"))

    def delete(self, request: Request, task_id: str) -> Response:
        return self.change(request, task_id, None)

    def change(self, request: Request, task_id: str, unique_id: str | None) -> Response:
        task = task_details.set_unique_id(
            organization=request.organization, actor=request.user, task_id=known_id(task_id), unique_id=unique_id,
            now=timezone.now(),
        )  # fmt: skip
        return answer_task(task, request.organization)


class MetadataView(ApiView):
    """The body is the metadata itself."""

    needs = {"POST": WRITE}

    def post(self, request: Request, task_id: str) -> Response:
        task = task_details.set_task_metadata(
            organization=request.organization, actor=request.user, task_id=known_id(task_id),
            metadata=Fields(request).rest, now=timezone.now(),
        )  # fmt: skip
        return answer_task(task, request.organization)


class TagsView(ApiView):
    """The body is a list of tags; the client sends none at all where the list is empty."""

    needs = {"POST": WRITE, "PUT": WRITE, "DELETE": WRITE}
    commands = {"POST": task_details.set_tags, "PUT": task_details.add_tags, "DELETE": task_details.remove_tags}

    def post(self, request: Request, task_id: str) -> Response:
        tags = [] if request.data == {} else request.data
        if not isinstance(tags, list):
            raise InvalidInput("The body must be a list of tags.")
        task = self.commands[request.method](
            organization=request.organization, actor=request.user, task_id=known_id(task_id),
            tags=checked_texts("tags", tags), now=timezone.now(),
        )  # fmt: skip
        return answer_task(task, request.organization)

    put = delete = post
