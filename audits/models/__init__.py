from audits.models.answer import RememberedAnswer
from audits.models.attachment import Attachment
from audits.models.audit import Audit, Draft, Verdict, attach_audits, put_audits
from audits.models.batch import Batch
from audits.models.bulk_job import BulkAction, BulkJob
from audits.models.comment_template import CommentTemplate
from audits.models.feedback import Feedback
from audits.models.flag import Flag
from audits.models.group import BatchGroup, ProjectGroup, ProjectGroupMember
from audits.models.listed import ListedTask, listed
from audits.models.project import Project, ProjectAuditor, ProjectVersion
from audits.models.quality_task import QualityTask
from audits.models.row import TaskRow, page_rows
from audits.models.second_audit import SecondAudit
from audits.models.session import AuditSession, SessionAuditor, SessionItem, SessionTally, TaskLock
from audits.models.task import Performer, Task
from audits.models.task_import import RefusedLine, TaskImport

__all__ = [
    "Attachment",
    "Audit",
    "AuditSession",
    "Batch",
    "BatchGroup",
    "BulkAction",
    "BulkJob",
    "CommentTemplate",
    "Draft",
    "Feedback",
    "Flag",
    "ListedTask",
    "Performer",
    "Project",
    "ProjectAuditor",
    "ProjectGroup",
    "ProjectGroupMember",
    "ProjectVersion",
    "QualityTask",
    "RefusedLine",
    "RememberedAnswer",
    "SecondAudit",
    "SessionAuditor",
    "SessionItem",
    "SessionTally",
    "Task",
    "TaskImport",
    "TaskLock",
    "TaskRow",
    "Verdict",
    "attach_audits",
    "listed",
    "page_rows",
    "put_audits",
]
