"""Every pixel has a label: a picture of colours over the picture, and which label each colour is.

{"annotations": {"combined": {"image": address}}, "labelMapping": {label: {"color": "#rrggbb"}}}; single labels may have
pictures of their own, as {"annotations": {label: address}}.
"""

from audits.task_types.base import TaskType, read_schema

SCHEMA = read_schema(__file__)

TYPES = (
    TaskType("segmentannotation", "Segmentation", needs_attachment=True, response_schema=SCHEMA,
             form="segmentannotation", shows_schema=True),
)  # fmt: skip
