"""Routes and tables become one document, once per process."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from audits.api.openapi.operations import OPERATIONS, Operation
from audits.api.openapi.shapes import SHAPES, ref
from labelops.errors import API_PREFIXES

# What every call may be answered beside 200.
REFUSALS = {
    400: "The input is wrong, or the thing is not in the right state; `error` names the field.",
    401: "The API key is missing, unknown, expired or revoked.",
    403: "The key lacks the scope, or its owner's role the right.",
    404: "There is no such thing, or it is another organization's.",
    409: "Taken, or no longer the newest: nothing was changed.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    423: "Somebody else is auditing the task.",
    429: "Too many calls; `Retry-After` says when to try again.",
    503: "The database does not answer at the moment.",
}
UNKNOWN = Operation("")
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="The same call under the same key within 24 hours is answered again and done once.",
)  # fmt: skip


class CallSchema(AutoSchema):
    """Reads the tables by address and method; runs only to make the document."""

    @property
    def operation(self) -> Operation:
        return OPERATIONS.get((self.method, self.path), UNKNOWN)

    def get_operation_id(self) -> str:
        place = self.path.strip("/").replace("{", "by_").replace("}", "").replace("/", "_")
        return f"{self.method.lower()}_{place}"

    def get_tags(self) -> list[str]:
        return [self.path.split("/")[2].removesuffix("s")]

    def get_summary(self) -> str | None:
        return self.operation.summary or None

    def get_description(self) -> str:
        return ""

    def get_request_serializer(self) -> Any:
        if self.method == "GET":
            return None
        return {"application/json": self.operation.body or {"type": "object", "additionalProperties": True}}

    def get_response_serializers(self) -> Any:
        refused = {code: OpenApiResponse(ref("Error"), description=text) for code, text in REFUSALS.items()}
        return {200: OpenApiResponse(self.operation.answer, description="Done."), **refused}

    def get_override_parameters(self) -> list[OpenApiParameter]:
        names = [part.partition("}")[0] for part in self.path.split("{")[1:]]
        inside = [OpenApiParameter(name, str, OpenApiParameter.PATH, required=True) for name in names]
        asked = [OpenApiParameter(name, shape, OpenApiParameter.QUERY) for name, shape in self.operation.query.items()]
        return [*inside, *asked, *([] if self.method == "GET" else [IDEMPOTENCY])]

    def get_examples(self) -> list[OpenApiExample]:
        if self.operation.example is None:
            return []
        return [OpenApiExample("Example", value=self.operation.example, request_only=True)]

    def get_filter_backends(self) -> list[Any]:
        return []


def only_calls(endpoints: list[Any], **_: Any) -> list[Any]:
    """PREPROCESSING_HOOKS: what is not below the API's addresses is none of it."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(API_PREFIXES)]


def add_shapes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """POSTPROCESSING_HOOKS."""
    result.setdefault("components", {})["schemas"] = dict(SHAPES)
    result["components"]["securitySchemes"] = {
        "basic": {"type": "http", "scheme": "basic", "description": "The API key as user name, no password."},
        "bearer": {"type": "http", "scheme": "bearer", "description": "The API key."},
    }
    return result


@cache
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)
