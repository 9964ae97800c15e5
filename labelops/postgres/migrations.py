"""Operations for migrations."""

from collections.abc import Sequence

from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.models import CreateModel


class CreateModels(Operation):
    """Several models at once.

    One after the other, each draws all that are related to it anew: of sixty models that all belong to an organization
    thousands are drawn, which was most of what a first start took.
    """

    category = OperationCategory.ADDITION

    def __init__(self, models: Sequence[CreateModel]):
        self.models = models

    def deconstruct(self):
        return self.__class__.__qualname__, [self.models], {}

    def state_forwards(self, app_label, state):
        # What was drawn so far would be drawn again with each model; without it, all are drawn when they are needed.
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create models {', '.join(model.name for model in self.models)}"
