"""Control tasks that a requester answers in the performers' own form."""

from datetime import datetime
from typing import Any

from django.db import transaction

from audits.task_types import task_type
from audits.task_types.fields.values import value_problems
from crowd_rules.models import Pool, PoolTask
from crowd_rules.services.pool_tasks import NewPoolTask, add_tasks
from crowd_rules.services.refusals import InvalidFields
from labelops.errors import InvalidInput
from labelops.tenancy.models import User


def check_input(*, pool: Pool, input_values: dict[str, Any]) -> None:
    """Raises InvalidFields (`input_values.<field>`), InvalidInput (`input_values`); reads the pool's project."""
    problems = value_problems(pool.project.task_fields.get("input_spec"), input_values, "input_values", by_hand=True)
    if problems:
        raise InvalidFields(problems)
    try:
        task_type(pool.project.type).check_params(input_values)
    except InvalidInput as error:
        raise InvalidInput(fields={"input_values": error.message}) from error


@transaction.atomic(savepoint=False)
def add_answered_control(
    *, pool: Pool, actor: User | None, input_values: dict[str, Any], answer: dict[str, Any], message: str, now: datetime
) -> PoolTask:
    """With `message`, which is shown to who answers otherwise, a training task.

    Raises InvalidFields (`input_values.<field>`, `known_solutions.0.output_values.<field>`), InvalidInput,
    MixingNeeded, WrongPoolStatus.
    """
    new = NewPoolTask(input_values=input_values, known_solutions=[{"output_values": answer}],
                      message_on_unknown_solution=message)  # fmt: skip
    spec = pool.project.task_fields
    problems = value_problems(spec.get("input_spec"), input_values, "input_values", by_hand=True)
    problems += value_problems(spec.get("output_spec"), answer, "known_solutions.0.output_values", by_hand=True)
    if problems:
        raise InvalidFields(problems)
    return add_tasks(pool=pool, actor=actor, tasks=[new], now=now)[0]
