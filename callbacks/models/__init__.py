"""The outbox: what is to be told to whom (rows written with the change itself) and every attempt to tell it."""

from callbacks.models.count import EngineCount
from callbacks.models.delivery import Attempt, CallbackEvent, Delivery
from callbacks.models.endpoint import Endpoint, EndpointHealth
from callbacks.models.outcome import outcomes_of
from callbacks.models.replay import Replay

__all__ = [
    "Attempt", "CallbackEvent", "Delivery", "Endpoint", "EndpointHealth", "EngineCount", "Replay", "outcomes_of",
]  # fmt: skip
