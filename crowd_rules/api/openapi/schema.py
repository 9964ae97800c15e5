"""How a view of the crowd dialect describes itself."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from audits.api.openapi.generation import UNKNOWN, CallSchema
from audits.api.openapi.operations import Operation
from audits.api.openapi.shapes import ref

PREFIX = "/api/v1/"
REFUSALS = {
    400: "The input is wrong; `payload` names the fields.",
    401: "The key or token is missing, unknown, expired or revoked.",
    403: "The key lacks the scope or its owner the right; or the performer may not enter.",
    404: "There is no such thing, or it is another organization's.",
    409: "Not in this state; `code` says what is in the way.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    429: "Too many calls.",
    503: "The database does not answer at the moment.",
}


class CrowdSchema(CallSchema):
    @property
    def operation(self) -> Operation:
        # Its rows need the services, and these the apps: not while views are imported.
        from crowd_rules.api.openapi.operations import CROWD_OPERATIONS

        return CROWD_OPERATIONS.get((self.method, self.path), UNKNOWN)

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(PREFIX).split("/")[0].removesuffix("s")]

    def get_response_serializers(self) -> Any:
        refused = {code: OpenApiResponse(ref("CrowdError"), description=text) for code, text in REFUSALS.items()}
        answers = {status: OpenApiResponse(self.operation.answer, description="Done.") for status in self._statuses()}
        if self.method == "DELETE":
            answers = {204: OpenApiResponse(description="Done.")}
        elif self.method == "POST" and "/pools/" in self.path and "performer" not in self.path:
            answers[204] = OpenApiResponse(description="It was so already.")
        return {**answers, **refused}

    def _statuses(self) -> list[int]:
        from crowd_rules.api.openapi.operations import CREATES

        rest = self.path.removeprefix(PREFIX)
        if self.method != "POST":
            return [200]
        if rest in CREATES:
            return [201, 202] if rest.startswith("task") else [201]
        if rest.startswith(("pools/", "projects/")):
            return [202]
        return [200, 201] if rest.endswith("/assignments") else [200]

    def get_override_parameters(self) -> list[OpenApiParameter]:
        # This dialect has `operation_id` where the other one has a header.
        return [one for one in super().get_override_parameters() if one.name != "Idempotency-Key"]


def add_crowd_shapes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """POSTPROCESSING_HOOKS, after the other dialect's."""
    from crowd_rules.api.openapi.shapes import CROWD_SHAPES

    result["components"]["schemas"] |= CROWD_SHAPES
    result["components"]["securitySchemes"]["performer"] = {
        "type": "http", "scheme": "bearer", "description": "A performer's token, for /api/v1/performer/."
    }  # fmt: skip
    return result
