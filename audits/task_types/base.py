"""What a task type is: which parameters it needs, what its response looks like, and how both are shown."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from audits.task_types.difference import Difference, compare_json
from audits.task_types.refusals import sentence_of
from labelops.errors import InvalidInput

ANY_OBJECT: dict[str, Any] = {"type": "object"}
# One sentence is said; a response of 50,000 wrong boxes need not be looked through for it.
MOST_ERRORS = 20
NO_ATTACHMENT = "Please include an attachment or attachments parameter."


def read_schema(module: str) -> dict[str, Any]:
    """The schema.json beside this module (its `__file__`)."""
    return json.loads(Path(module).with_name("schema.json").read_text())


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))


@dataclass(frozen=True)
class TaskType:
    """A task type whose response is any JSON object; the types with an own form refine it.

    `form` is the folder below audits/task_types/ whose editor.html and editor.js show and edit it.
    """

    name: str
    label: str = ""
    needs_attachment: bool = False
    required: tuple[str, ...] = ()
    response_schema: dict[str, Any] = field(default_factory=lambda: ANY_OBJECT)
    form: str = "json"
    # Whether the form can show what changed over what was before; the words of `compare` do for the others.
    draws_changes: bool = False
    # Addresses of pictures that stand in a response, where this type has such.
    pictures_in: Callable[[Any], list[str]] | None = None
    # Whether the form edits JSON as text, and needs the schema in the page to say what is wrong where.
    shows_schema: bool = False

    @property
    def has_form(self) -> bool:
        return self.form != "json"

    @property
    def template(self) -> str:
        return f"task_types/{self.form}/editor.html"

    def check_params(self, params: dict[str, Any]) -> None:
        """InvalidInput where a parameter is missing, in the words of the Scale dialect."""
        if self.needs_attachment and not (params.get("attachment") or params.get("attachments")):
            raise InvalidInput(NO_ATTACHMENT)
        for name in self.required:
            if params.get(name) in (None, "", []):
                raise InvalidInput(f'Parameter is invalid, reason: "{name}" is required')

    def check_response(self, params: dict[str, Any], response: Any) -> None:
        """InvalidInput where this is no response to these parameters; the sentence names the place."""
        if self.surely_fits(response):
            return
        if errors := list(islice(_validator(json.dumps(self.response_schema)).iter_errors(response), MOST_ERRORS)):
            raise InvalidInput(sentence_of(errors))

    def compare(self, before: Any, after: Any) -> Difference:
        """What Make Changes changed, in this type's own terms."""
        return compare_json(before, after)

    def surely_fits(self, response: Any) -> bool:
        """Whether a cheap look suffices to know that the schema holds: an import asks for every record."""
        return self.response_schema is ANY_OBJECT and isinstance(response, dict)

    def sample_response(self, params: dict[str, Any]) -> dict[str, Any]:
        """A plausible response that `check_response` takes, for test mode and demos."""
        return {"annotations": []}
