"""The actions of the catalogue."""

from crowd_rules.engine.vocabulary import Action, Kind, Parameter, Variant

LONGEST = 10_000
UNITS = ("MINUTES", "HOURS", "DAYS", "PERMANENT")
SCOPES = ("POOL", "PROJECT", "ALL_PROJECTS")
SCOPE = Parameter("scope", "From", Kind.CHOICE, required=True, choices=SCOPES,
                  labels=("this pool", "this project", "all of the requester's projects"))  # fmt: skip
REASON = Parameter("private_comment", "Reason (only you see it)", Kind.TEXT, most=499)
SKILL = Parameter("skill_id", "Skill", Kind.SKILL, required=True)

_ALL = (
    Action(
        "RESTRICTION_V2", "Suspend or ban",
        (
            SCOPE,
            Parameter("duration", "For how long", Kind.COUNT, required=True, least=1, most=LONGEST,
                      needless_if=("duration_unit", "PERMANENT")),
            Parameter("duration_unit", "Unit", Kind.CHOICE, required=True, choices=UNITS,
                      labels=("minutes", "hours", "days", "for good")),
            REASON,
        ),
        help="Suspend closes the pool to the performer; ban closes the project or all your projects.",
        variants=(Variant("suspend", "Suspend", "scope", ("POOL",)),
                  Variant("ban", "Ban", "scope", ("PROJECT", "ALL_PROJECTS"))),
    ),
    Action(
        "RESTRICTION", "Suspend or ban, in days (older form)",
        (SCOPE, Parameter("duration_days", "Days", Kind.COUNT, least=1, most=LONGEST, may_be_blank=False), REASON),
        help="Older wire form; without duration_days it holds for good. Forms offer RESTRICTION_V2.",
        superseded_by="RESTRICTION_V2",
    ),
    Action(
        "SET_SKILL", "Assign skill value",
        (SKILL, Parameter("skill_value", "Value", Kind.RATE, required=True, least=0, most=100)),
        repeats=True,
    ),
    Action(
        "SET_SKILL_FROM_OUTPUT_FIELD", "Set the skill to a computed value",
        (SKILL, Parameter("from_field", "Value of", Kind.CHOICE, required=True)),
        repeats=True,
    ),
    Action("APPROVE_ALL_ASSIGNMENTS", "Accept user's answers", (), needs_review=True,
           help="Accepts everything of this performer in the pool that waits for review."),
    Action(
        "REJECT_ALL_ASSIGNMENTS", "Reject user's answers",
        (Parameter("public_comment", "Comment that the performer sees", Kind.TEXT, required=True, most=2048),),
        needs_review=True,
    ),
    Action(
        "CHANGE_OVERLAP", "Change the overlap of the suite",
        (
            Parameter("delta", "By how many", Kind.COUNT, required=True, least=-LONGEST, most=LONGEST),
            Parameter("open_pool", "Open the pool if it is closed", Kind.BOOLEAN, required=True),
        ),
        repeats=True,
    ),
)  # fmt: skip
ACTIONS: dict[str, Action] = {action.type: action for action in _ALL}
# Older and newer name of one figure: the wire knows both.
FIELD_ALIASES = {"wrong_answers_rate": "incorrect_answers_rate",
                 "golden_set_wrong_answers_rate": "golden_set_incorrect_answers_rate"}  # fmt: skip
