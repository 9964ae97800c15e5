from django.db import migrations

from labelops.tenancy.rls import SecureTable

APPEND_ONLY_TABLES = ("crowd_rules_crowdevent", "crowd_rules_reward", "crowd_rules_skillchange")
APPEND_ONLY = """
CREATE FUNCTION crowd_rules_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "".join(
    f"""CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION crowd_rules_is_append_only();"""
    for table in APPEND_ONLY_TABLES
)
NOT_APPEND_ONLY = "".join(f"DROP TRIGGER append_only ON {table};" for table in APPEND_ONLY_TABLES) + (
    "DROP FUNCTION crowd_rules_is_append_only();"
)

PROJECT, TASK, PERFORMER = "audits_project", "audits_task", "audits_performer"
POOL, SUITE, POOL_TASK = "crowd_rules_pool", "crowd_rules_tasksuite", "crowd_rules_pooltask"
ASSIGNMENT, SKILL, FIRING = "crowd_rules_assignment", "crowd_rules_skill", "crowd_rules_rulefiring"
COLLECTOR, RULE = "crowd_rules_collector", "crowd_rules_rule"
IN_POOL = {"performer_id": PERFORMER, "pool_id": POOL}


class Migration(migrations.Migration):
    dependencies = [
        ("crowd_rules", "0001_initial"),
        ("audits", "0002_tenancy_and_locks"),
        ("tenancy", "0002_scope"),
    ]

    operations = [
        SecureTable(POOL, referenced=True),
        migrations.RunSQL(
            f"ALTER TABLE {POOL} ADD CONSTRAINT {POOL}_project_id_same_organization "
            f"FOREIGN KEY (organization_id, project_id) REFERENCES {PROJECT} (organization_id, id);"
            f"ALTER TABLE {POOL} ADD CONSTRAINT {POOL}_training_pool_id_same_organization "
            f"FOREIGN KEY (organization_id, training_pool_id) REFERENCES {POOL} (organization_id, id);",
            f"ALTER TABLE {POOL} DROP CONSTRAINT {POOL}_training_pool_id_same_organization;"
            f"ALTER TABLE {POOL} DROP CONSTRAINT {POOL}_project_id_same_organization;",
        ),
        SecureTable(SUITE, referenced=True, references={"pool_id": POOL}),
        SecureTable(POOL_TASK, referenced=True, references={"pool_id": POOL, "task_id": TASK, "suite_id": SUITE}),
        SecureTable("crowd_rules_performeraccount", references={"performer_id": PERFORMER}),
        SecureTable("crowd_rules_performerpool", references=IN_POOL),
        SecureTable(ASSIGNMENT, referenced=True, references={**IN_POOL, "suite_id": SUITE}),
        SecureTable(
            "crowd_rules_solution",
            references={"assignment_id": ASSIGNMENT, "pool_task_id": POOL_TASK, "performer_id": PERFORMER},
        ),
        SecureTable(SKILL, referenced=True),
        SecureTable("crowd_rules_performerskill", references={"skill_id": SKILL, "performer_id": PERFORMER}),
        SecureTable("crowd_rules_skillchange", references={"skill_id": SKILL, "performer_id": PERFORMER}),
        SecureTable(COLLECTOR, referenced=True, references={"project_id": PROJECT, "pool_id": POOL}),
        SecureTable(RULE, referenced=True, references={"collector_id": COLLECTOR}),
        SecureTable("crowd_rules_crowdevent", references={**IN_POOL, "project_id": PROJECT}),
        SecureTable("crowd_rules_counter", references={"performer_id": PERFORMER}),
        SecureTable(FIRING, referenced=True, references={**IN_POOL, "rule_id": RULE}),
        SecureTable("crowd_rules_restriction", references={**IN_POOL, "project_id": PROJECT, "firing_id": FIRING}),
        SecureTable("crowd_rules_reward", references={**IN_POOL, "assignment_id": ASSIGNMENT}),
        SecureTable("crowd_rules_operation"),
        SecureTable("crowd_rules_auditfeed"),
        SecureTable("crowd_rules_performerinvitation", references={"performer_id": PERFORMER}),
        SecureTable("crowd_rules_projectsettings", references={"project_id": PROJECT}),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]
