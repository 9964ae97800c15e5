"""`quality_control` of pools and projects: its `configs` are rules, the rest is kept as it came."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from crowd_rules.engine.reading import Reader
from crowd_rules.models import Collector
from crowd_rules.services.refusals import InvalidFields, InvalidRules
from crowd_rules.services.rules import configs_json


def quality_control_json(collectors: list[Collector], rest: dict[str, Any] | None) -> dict[str, Any]:
    """A rule in shadow says so, so that a client that sends it back does not switch it on."""
    configs = configs_json(collectors, with_ids=True)
    for config in configs:
        for rule in config["rules"]:
            del rule["id"]
            if not rule["shadow"]:
                del rule["shadow"]
    return {**(rest or {}), "configs": configs}


def read_configs(reader: Reader) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rules, unjudged, and what else stands in `quality_control`."""
    control = dict(reader.object("quality_control") or {})
    configs = control.pop("configs", None)
    if configs is not None and not isinstance(configs, list):
        reader.refuse("quality_control.configs", "ARRAY_EXPECTED", "Give the rules as a list.")
        configs = []
    return configs or [], control


@contextmanager
def rules_at(path: str) -> Iterator[None]:
    """What is wrong with rules, by the place in the body that they came from."""
    try:
        yield
    except InvalidRules as error:
        raise InvalidFields([replace(one, path=f"{path}.{one.path}") for one in error.problems]) from error
