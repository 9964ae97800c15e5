from reports.models.cell import Cell, Dimension, Grain
from reports.models.export import Export
from reports.models.fact import NO_DESIGN, Design, Frame, TaskFact
from reports.models.feed import Feed
from reports.models.snapshot import Subscription, WeeklySnapshot

__all__ = [
    "NO_DESIGN",
    "Cell",
    "Design",
    "Dimension",
    "Export",
    "Feed",
    "Frame",
    "Grain",
    "Subscription",
    "TaskFact",
    "WeeklySnapshot",
]
