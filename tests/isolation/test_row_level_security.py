"""The second lock, tested with the first off: every statement here is without a filter."""

import re

import pytest
from django.db import ProgrammingError, connection, transaction

from labelops.tenancy.checks import unsecured_tables
from labelops.tenancy.models import Organization
from labelops.tenancy.scope import organization_scope, system_scope
from tests.factories import forget_scope, make_organization
from tests.isolation.planting import tenant_models

APPEND_ONLY = {"audits_event", "crowd_rules_crowdevent", "crowd_rules_reward", "crowd_rules_skillchange"}


def table_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'organization_id' AND table_schema = 'public' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def test_the_tests_run_as_a_role_that_is_bound_by_policies(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_every_table_with_an_organization_has_a_forced_policy(db):
    assert len(table_names()) >= len(tenant_models())
    assert unsecured_tables() == []


def test_every_policy_has_both_halves_and_nothing_but_the_two_settings(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, qual, with_check, roles::text[], cmd FROM pg_policies ORDER BY 1")
        rows = cursor.fetchall()
    forms = {(plain(qual), tuple(roles), cmd) for _, qual, _, roles, cmd in rows}
    assert {table for table, *_ in rows} == {*table_names(), "tenancy_organization"}
    assert all(plain(qual) == plain(check) for _, qual, check, *_ in rows)
    assert len(forms) == 1, forms


def plain(condition: str) -> str:
    """Whether a setting is read for each row or once for a statement, it says the same."""
    once = re.sub(r'\( SELECT (.+?) AS "?(?:nullif|current_setting)"?\)', r"\1", condition)
    return once.replace("(id =", "(organization_id =")


def test_an_unscoped_read_returns_no_row(world):
    forget_scope()
    visible = {table: count(table) for table in [*table_names(), "tenancy_organization"]}
    assert {table: rows for table, rows in visible.items() if rows} == {}
    with system_scope("command line"):
        # The control: there was something to see in each of them.
        assert [table for table in visible if count(table) < 2] == []


def test_a_scoped_read_returns_the_organizations_rows_only(world):
    with organization_scope(world.theirs.pk):
        for model in tenant_models():
            assert {row.organization_id for row in model.objects.all()} == {world.theirs.pk}, model
        assert list(Organization.objects.all()) == [world.theirs]


def test_an_insert_or_a_move_to_another_organization_is_refused(world):
    for table in table_names():
        with organization_scope(world.theirs.pk), connection.cursor() as cursor:
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                cursor.execute(f"INSERT INTO {table} (organization_id) VALUES (%s)", [world.ours.pk])
            if table in APPEND_ONLY:
                continue  # append-only: no UPDATE at all
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                cursor.execute(f"UPDATE {table} SET organization_id = %s", [world.ours.pk])


def test_an_update_or_delete_does_not_reach_other_organizations(world):
    for model in tenant_models():
        if model._meta.db_table in APPEND_ONLY:
            continue  # append-only: no DELETE at all
        with organization_scope(world.theirs.pk), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE organization_id = %s", [world.ours.pk])
            assert cursor.rowcount == 0, model


def test_the_scope_before_comes_back_at_the_end_of_an_inner_one(world):
    with organization_scope(world.ours.pk):
        with organization_scope(world.theirs.pk):
            assert Organization.objects.get() == world.theirs
        assert Organization.objects.get() == world.ours
        with system_scope("command line"):
            assert Organization.objects.count() == 4
        assert Organization.objects.get() == world.ours


def test_the_scope_before_comes_back_after_an_error(world):
    with organization_scope(world.ours.pk):
        with pytest.raises(LookupError), system_scope("command line"):
            raise LookupError
        assert Organization.objects.get() == world.ours


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_scope_stays_on_the_connection(acme_committed):
    with organization_scope(acme_committed.pk):
        assert Organization.objects.count() == 1
    assert Organization.objects.count() == 0
    with system_scope("command line"):
        assert Organization.objects.count() == 2
    assert Organization.objects.count() == 0


@pytest.fixture
def acme_committed(transactional_db):
    return make_organization(slug="acme")


def test_the_system_scope_needs_a_reason_from_the_list(db):
    with pytest.raises(ValueError, match="no allowed reason"), system_scope("because"):
        pass
