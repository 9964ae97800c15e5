"""One row of every tenant-owned model, with a canary in each of its texts.

New models are planted without a change here, unless a constraint asks for certain values: then name them in SPECIAL.
"""

import itertools
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from labelops.tenancy.models import Organization, TenantModel, User
from labelops.tenancy.scope import organization_scope

SPECIAL: dict[str, dict[str, Any]] = {
    "audits.Project": {"type": "custom"},
    "audits.Task": {"status": "completed", "completed_at": timezone.now, "review_status": "", "prior_responses": list},
    "audits.Audit": {"verdict": "accepted", "response": None, "prior_response": None},
    "audits.AuditSession": {"plan": None, "decision": "", "decided_on": dict},
    "audits.SecondAudit": {"verdict": "accepted", "response": None},
    "reports.Export": {"listing": "tasks", "query": "", "status": "waiting"},
    "crowd_rules.Collector": {"retired_at": None},
    "crowd_rules.Rule": {"retired_at": None},
    "crowd_rules.Pool": {"auto_accept_solutions": True, "auto_accept_period_day": None, "filter": dict},
    "crowd_rules.PoolTask": {"kind": "REAL"},
    "callbacks.Delivery": {"status_before": "dead"},
    "crowd_rules.Reward": {"kind": "BONUS"},
    "reports.WeeklySnapshot": {
        "figures": lambda: (
            dict.fromkeys(("completed", "audited", "accepted", "fixed", "rejected"), 0) | {"auditors": []}
        )
    },
    "tenancy.Invitation": {
        "accepted_at": None,
        "revoked_at": None,
        "expires_at": lambda: timezone.now() + timedelta(days=7),
    },
    "tenancy.ApiKey": {"revoked_at": None, "expires_at": None},
}
_number = itertools.count(1)
Rows = dict[type[TenantModel], TenantModel]


def tenant_models() -> list[type[TenantModel]]:
    """Each after the tenant models that it points at."""
    waiting = [model for model in apps.get_models() if is_owned(model)]
    ordered: list[type[TenantModel]] = []
    while waiting:
        ready = [model for model in waiting if all(to in (*ordered, model) for to in targets(model).values())]
        assert ready, f"These models point at each other in a circle: {waiting}"
        ordered += ready
        waiting = [model for model in waiting if model not in ready]
    return ordered


def is_owned(model: type[models.Model]) -> bool:
    fields = {field.name: field for field in model._meta.concrete_fields}
    return "organization" in fields and fields["organization"].related_model is Organization


def targets(model: type[models.Model]) -> dict[str, type[TenantModel]]:
    """The model's relations to tenant-owned models, by the field's name."""
    related = {field.name: field.related_model for field in model._meta.concrete_fields if field.is_relation}
    return {name: to for name, to in related.items() if is_owned(to)}


def plant(organization: Organization, user: User, canary: str) -> Rows:
    """A row of each model in this organization; by model."""
    rows: Rows = {}
    with organization_scope(organization.pk):
        for model in tenant_models():
            rows[model] = plant_one(model, organization, user, canary, rows)
    return rows


def plant_one(model: type[TenantModel], organization: Organization, user: User, canary: str, rows: Rows) -> TenantModel:
    values = {"organization": organization}
    special = SPECIAL.get(model._meta.label, {})
    for field in model._meta.concrete_fields:
        if field.name in special:
            value = special[field.name]
            values[field.name] = value() if callable(value) else value
        elif field.name not in values and field.name != "id" and not field.generated:
            values[field.name] = _value(field, user, canary, rows)
    return model.objects.create(**values)


def _value(field: models.Field, user: User, canary: str, rows: Rows) -> Any:
    if field.is_relation:
        return user if issubclass(field.related_model, User) else rows.get(field.related_model)
    if field.choices:
        return field.default if field.has_default() else field.flatchoices[0][0]
    if isinstance(field, ArrayField):
        return [_value(field.base_field, user, canary, rows)]
    for kind, make in MAKERS:
        if isinstance(field, kind):
            return make(field, canary)
    raise AssertionError(f"How to plant {field}? Add its kind to MAKERS.")


def _text(field: models.Field, canary: str) -> str:
    # Different in every row, so that no unique constraint minds; the canary itself is never cut.
    text = f"{canary}-{next(_number)}" if field.max_length is None or field.max_length > len(canary) + 5 else ""
    return text or uuid.uuid4().hex[: field.max_length]


MAKERS = [
    (models.EmailField, lambda field, canary: f"{canary}-{next(_number)}@example.com"),
    (models.CharField, _text),
    (models.TextField, _text),
    (models.JSONField, lambda field, canary: [{"canary": canary}] if field.default is list else {"canary": canary}),
    (models.UUIDField, lambda field, canary: uuid.uuid4()),
    (models.BinaryField, lambda field, canary: f"{canary}-{next(_number)}".encode()),
    (models.FileField, lambda field, canary: f"{canary}-{next(_number)}.bin"),
    (models.BooleanField, lambda field, canary: field.get_default() or False),
    (models.DateTimeField, lambda field, canary: timezone.now()),
    (models.DateField, lambda field, canary: timezone.now().date()),
    (models.IntegerField, lambda field, canary: 1),
    (models.FloatField, lambda field, canary: 1.0),
    (models.DecimalField, lambda field, canary: Decimal(1)),
]
