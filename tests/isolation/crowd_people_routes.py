"""The table's rows of the performers' workspace and of the requester's pages about performers (see routes.py)."""

from labelops.tenancy.permissions import Permission
from tests.isolation.expected import Expected, action, page, public, work

P = Permission
PERFORMER = "{audits.Performer.id.hex}"
SKILL, VALUE = "{crowd_rules.Skill.id.hex}", "{crowd_rules.PerformerSkill.id.hex}"
RESTRICTION, ASSIGNMENT = "{crowd_rules.Restriction.id.hex}", "{crowd_rules.Assignment.id.hex}"
AT = {"organization": "acme"}

CROWD_PEOPLE_ROUTES: dict[str, Expected | list[Expected]] = {
    # --- the performers' workspace ---------------------------------------------------------------------------------
    "work:home": work(),
    "work:invitation": public(404, token="no-such-token"),
    "work:pools": work(**AT),
    "work:work": work(**AT, pool="{crowd_rules.Pool.id.hex}"),
    "work:submit": work("POST", **AT, assignment=ASSIGNMENT),
    "work:skip": work("POST", **AT, assignment=ASSIGNMENT),
    "work:leave": work("POST", **AT, assignment=ASSIGNMENT),
    "work:file": work(**AT, assignment=ASSIGNMENT, attachment="{audits.Attachment.id.hex}"),
    "work:history": work(**AT),
    "work:assignment": work(**AT, assignment=ASSIGNMENT),
    "work:skills": work(**AT),
    # --- performers ------------------------------------------------------------------------------------------------
    # 400: the name is missing.
    "crowd_rules:performers": [page(P.VIEW_TASKS), action(P.EDIT_TASKS, ok=400)],
    "crowd_rules:lift_performers": action(P.EDIT_TASKS, data={"ids": [PERFORMER], "reason": "x"}),
    "crowd_rules:performer": page(P.VIEW_TASKS, performer=PERFORMER),
    "crowd_rules:restrict_performer": action(
        P.EDIT_TASKS, data={"scope": "ALL_PROJECTS", "unit": "PERMANENT", "reason": "x"}, performer=PERFORMER
    ),
    "crowd_rules:set_performers_skill": action(
        P.EDIT_TASKS, data={"skill": SKILL, "value": "50"}, performer=PERFORMER
    ),
    # 400: somebody signs in as the planted one.
    "crowd_rules:invite_performer": action(
        P.EDIT_TASKS, ok=400, data={"email": "ann@example.com"}, performer=PERFORMER
    ),
    "crowd_rules:revoke_performers_invitation": action(P.EDIT_TASKS, performer=PERFORMER),
    "crowd_rules:end_performers_login": action(P.EDIT_TASKS, performer=PERFORMER),
    # --- skills ----------------------------------------------------------------------------------------------------
    "crowd_rules:skills": [page(P.VIEW_TASKS), action(P.EDIT_TASKS, data={"name": "new", "hidden": "1"})],
    "crowd_rules:skill": [
        page(P.VIEW_TASKS, skill=SKILL), action(P.EDIT_TASKS, data={"name": "other", "hidden": "0"}, skill=SKILL),
    ],
    # 400: no performer is named.
    "crowd_rules:set_skill_value": action(P.EDIT_TASKS, ok=400, skill=SKILL),
    "crowd_rules:remove_skill_value": action(P.EDIT_TASKS, skill=SKILL, value=VALUE),
    # --- restrictions, review --------------------------------------------------------------------------------------
    "crowd_rules:restrictions": page(P.VIEW_TASKS),
    "crowd_rules:lift_restrictions": action(P.EDIT_TASKS, data={"ids": [RESTRICTION], "reason": "x"}),
    "crowd_rules:undo_restriction": action(P.EDIT_TASKS, data={"reason": "x"}, restriction=RESTRICTION),
    "crowd_rules:review": page(P.EDIT_TASKS),
    "crowd_rules:review_assignment": page(P.EDIT_TASKS, assignment=ASSIGNMENT),
    # 400: what is planted is in hand, and nothing to decide on.
    "crowd_rules:review_decide": action(P.EDIT_TASKS, ok=400, assignment=ASSIGNMENT),
    "crowd_rules:review_all": action(P.EDIT_TASKS, data={"pool": "{crowd_rules.Pool.id.hex}"}),
    "crowd_rules:review_many": action(P.EDIT_TASKS, ok=400, data={"action": "accept", "ids": []}),
}  # fmt: skip
