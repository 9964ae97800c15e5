"""The third lock: references stay inside one organization, and what is unique is so inside one."""

import pytest
from django.db import IntegrityError, connection, transaction

from labelops.tenancy.scope import system_scope
from tests.isolation.planting import plant_one, targets, tenant_models

RELATIONS = [(model, name) for model in tenant_models() for name in targets(model)]
APPEND_ONLY = {"tenancy.Event", "crowd_rules.CrowdEvent", "crowd_rules.Reward", "crowd_rules.SkillChange"}
# Indexes that do not begin with the organization, and why.
GLOBAL_INDEXES = {
    "tenancy_apikey_public_id": "a secret's name: a key is looked up before the organization is known",
    "tenancy_invitation_token_hash": "a secret's hash: a link is looked up before the organization is known",
    "crowd_rules_performerinvitation_token_hash": "a secret's hash: a link is looked up before the organization is",
    "crowd_rules_performeraccount_token_public_id": "a secret's name: a token is looked up before the organization is",
    "delivery_turn": "the deliverer takes turns among the endpoints of all organizations",
    "replay_running": "the deliverer feeds the running replays of all organizations",
}


@pytest.mark.parametrize(("model", "name"), RELATIONS, ids=lambda value: getattr(value, "__name__", value))
def test_a_reference_to_another_organizations_row_is_refused(world, model, name):
    """Past row-level security, as PostgreSQL checks foreign keys past it too."""
    with system_scope("command line"), pytest.raises(IntegrityError, match="same_organization"), transaction.atomic():
        point_across(world, model, name)


def point_across(world, model, name):
    to = targets(model)[name]
    if model._meta.label in APPEND_ONLY:
        rows = world.our_rows | {to: world.their_rows[to]}
        plant_one(model, world.ours, world.people["owner"], world.our_canary, rows)
    else:
        if model._meta.get_field(name).primary_key:
            world.their_rows[model].delete()  # else the primary key refuses first
        foreign = {model._meta.get_field(name).attname: world.their_rows[to].pk}
        model.objects.filter(pk=world.our_rows[model].pk).update(**foreign)


def indexes() -> list[tuple[str, bool, list[str]]]:
    """Of all tables with an organization: name, whether it is unique, columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, i.indisunique, array_agg(pg_get_indexdef(c.oid, n, true) ORDER BY n)
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid
            CROSS JOIN generate_series(1, i.indnkeyatts) AS n
            WHERE NOT i.indisprimary AND i.indrelid IN (
                SELECT attrelid FROM pg_attribute WHERE attname = 'organization_id' AND attnum > 0)
              AND c.relnamespace = 'public'::regnamespace
            GROUP BY 1, 2 ORDER BY 1
            """
        )
        return cursor.fetchall()


def test_indexes_and_unique_constraints_begin_with_the_organization(db):
    wrong = [
        (name, columns)
        for name, is_unique, columns in indexes()
        if columns[0] != "organization_id"
        and not any(name.startswith(known) for known in GLOBAL_INDEXES)
        # Django's own index of a foreign key: it serves the check when the row it points at is deleted, no query.
        and (is_unique or len(columns) > 1 or not columns[0].endswith("_id"))
    ]
    assert indexes()
    assert wrong == []
