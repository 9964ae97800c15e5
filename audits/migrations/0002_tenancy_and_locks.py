from django.db import migrations

from labelops.tenancy.rls import SecureTable


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
        SecureTable("audits_audit", referenced=True, references={"session_id": SESSION, "task_id": TASK}),
        SecureTable("audits_draft", references={"task_id": TASK}),
        SecureTable("audits_attachment"),
        SecureTable("audits_taskimport", referenced=True, references={"project_id": PROJECT}),
        SecureTable("audits_refusedline", references={"task_import_id": "audits_taskimport"}),
        SecureTable("audits_commenttemplate"),
        SecureTable("audits_flag", references={"task_id": TASK, "session_id": SESSION}),
        SecureTable("audits_bulkjob"),
        SecureTable("audits_qualitytask", references={"project_id": PROJECT, "batch_id": BATCH}),
        SecureTable("audits_projectgroup", referenced=True, references={"project_id": PROJECT}),
        SecureTable("audits_projectgroupmember", references={"group_id": "audits_projectgroup"}),
        SecureTable("audits_batchgroup", references={"batch_id": BATCH, "group_id": "audits_projectgroup"}),
        SecureTable("audits_rememberedanswer"),
        SecureTable("audits_feedback", references={"task_id": TASK, "audit_id": "audits_audit"}),
        SecureTable("audits_secondaudit", references={"task_id": TASK, "session_id": SESSION}),
        migrations.RunSQL("CREATE SEQUENCE audits_lock_token;", "DROP SEQUENCE audits_lock_token;"),
    ]
