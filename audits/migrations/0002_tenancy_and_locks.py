from django.db import migrations

from labelops.tenancy.rls import SecureTable

APPEND_ONLY = """
CREATE FUNCTION audits_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audits_event
    FOR EACH STATEMENT EXECUTE FUNCTION audits_event_is_append_only();
CREATE SEQUENCE audits_lock_token;
"""
NOT_APPEND_ONLY = """
DROP SEQUENCE audits_lock_token;
DROP TRIGGER append_only ON audits_event;
DROP FUNCTION audits_event_is_append_only();
"""

PROJECT, BATCH, TASK, SESSION = "audits_project", "audits_batch", "audits_task", "audits_auditsession"


class Migration(migrations.Migration):
    dependencies = [("audits", "0001_initial"), ("tenancy", "0002_scope")]

    operations = [
        SecureTable(PROJECT, referenced=True),
        SecureTable("audits_projectversion", references={"project_id": PROJECT}),
        SecureTable("audits_projectauditor", references={"project_id": PROJECT}),
        SecureTable(BATCH, referenced=True, references={"project_id": PROJECT}),
        SecureTable("audits_performer", referenced=True),
        SecureTable(
            TASK,
            referenced=True,
            references={"project_id": PROJECT, "batch_id": BATCH, "completed_by_id": "audits_performer"},
        ),
        SecureTable(SESSION, referenced=True),
        SecureTable("audits_sessionauditor", references={"session_id": SESSION}),
        SecureTable("audits_sessionitem", references={"session_id": SESSION, "task_id": TASK}),
        SecureTable("audits_sessiontally", references={"session_id": SESSION}),
        SecureTable("audits_tasklock", references={"session_id": SESSION, "task_id": TASK}),
        SecureTable("audits_audit", references={"session_id": SESSION, "task_id": TASK}),
        SecureTable("audits_draft", references={"task_id": TASK}),
        SecureTable("audits_event"),
        SecureTable("audits_attachment"),
        SecureTable("audits_taskimport", referenced=True, references={"project_id": PROJECT}),
        SecureTable("audits_refusedline", references={"task_import_id": "audits_taskimport"}),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]
