from crowd_rules.models.assignment import Assignment, Solution
from crowd_rules.models.invitation import PerformerInvitation
from crowd_rules.models.ledger import PoolSpending, Reward
from crowd_rules.models.operation import AuditFeed, Operation
from crowd_rules.models.performer import PerformerAccount, PerformerPool
from crowd_rules.models.pool import Pool, pools_of
from crowd_rules.models.pool_task import PoolTask, TaskSuite
from crowd_rules.models.project_settings import ProjectSettings
from crowd_rules.models.restriction import Restriction
from crowd_rules.models.rule import Collector, Counter, CrowdEvent, Rule, RuleFiring
from crowd_rules.models.skill import PerformerSkill, Skill, SkillChange, rounded

__all__ = [
    "Assignment",
    "AuditFeed",
    "Collector",
    "Counter",
    "CrowdEvent",
    "Operation",
    "PerformerAccount",
    "PerformerInvitation",
    "PerformerPool",
    "PerformerSkill",
    "Pool",
    "PoolSpending",
    "PoolTask",
    "ProjectSettings",
    "Restriction",
    "Reward",
    "Rule",
    "RuleFiring",
    "Skill",
    "SkillChange",
    "Solution",
    "TaskSuite",
    "pools_of",
    "rounded",
]
