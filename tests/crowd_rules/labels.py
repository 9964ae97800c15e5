"""The real labels and their oracles; nothing of them is copied into the project."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("LABELOPS_DATA", Path(__file__).parents[3] / "shared" / "data"))
SETS = {
    "bluebirds": ("bluebirds", ""),
    "ducks": ("ducks", ""),
    "barzan_tweets": ("get_another_label", "_barzan"),
    "adultcontent2": ("get_another_label", "_adultcontent2"),
    **{name: ("active_crowd_toolkit", f"_{name}")
       for name in ("CF", "CF_amt", "MS", "SP", "SP_amt", "ZenCrowd_in", "ZenCrowd_us", "ZenCrowd_all")},
}  # fmt: skip


@dataclass
class Labels:
    """`labels`: (task, performer, label); `truth`: label by task; `oracle`: the row of oracles.csv."""

    name: str
    labels: list[tuple[str, str, str]]
    truth: dict[str, str]
    oracle: dict[str, str]

    def accuracy(self, found: dict[str, str]) -> float:
        return sum(found.get(task) == label for task, label in self.truth.items()) / len(self.truth)


def load(name: str) -> Labels:
    """Skips where the data are not on this machine: LABELOPS_DATA names their folder."""
    folder, tail = SETS[name]
    if not (FOLDER / "oracles.csv").exists():
        pytest.skip(f"no labels at {FOLDER}: set LABELOPS_DATA")
    labels = [(row["task"], row["worker"], row["label"]) for row in _rows(FOLDER / folder / f"labels{tail}.csv")]
    known = {task for task, _, _ in labels}
    truth = {row["task"]: row["truth"] for row in _rows(FOLDER / folder / f"truth{tail}.csv") if row["task"] in known}
    oracle = next(row for row in _rows(FOLDER / "oracles.csv") if row["set"] == name)
    return Labels(name, labels, truth, oracle)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
