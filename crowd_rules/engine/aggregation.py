"""Answers of several performers into one response: majority vote, or Dawid and Skene's model (1979) by EM."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

AGREED, TIE, TOO_FEW = "AGREED", "TIE", "TOO_FEW"
FLOOR = 1e-10


@dataclass(frozen=True)
class Majority:
    """`winner` only where the state is AGREED; `share`: of the largest group among all answers."""

    state: str
    winner: str | None
    share: float
    top: int


def canonical(output: dict[str, Any]) -> str:
    """The same text for the same answer: all fields count, their order does not, nor whether an audit fixed it.

    1 and 1.0 are one number: which of them arrives depends on what somebody's front end is written in.
    """
    kept = {key: _plain(value) for key, value in output.items() if key != "is_customer_fix"}
    return json.dumps(kept, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def majority(answers: Sequence[str], threshold: int = 1) -> Majority:
    """The most frequent answer, if it stands alone at the top and has `threshold` votes."""
    groups = Counter(answers)
    top = max(groups.values(), default=0)
    leaders = [answer for answer, votes in groups.items() if votes == top]
    share = top / len(answers) if answers else 0.0
    if top < max(1, threshold):
        return Majority(TOO_FEW, None, share, top)
    if len(leaders) > 1:
        return Majority(TIE, None, share, top)
    return Majority(AGREED, leaders[0], share, top)


def dawid_skene(
    labels: Sequence[tuple[str, str, str]], *, iterations: int = 100, tolerance: float = 1e-7
) -> dict[str, dict[str, float]]:
    """Posterior of each label by task, from (task, performer, label) triples.

    Maximum likelihood by EM from the shares of the votes; stops when the log-likelihood moves by less than
    `tolerance` of itself. Cost per iteration: answers times labels.
    """
    tasks = {name: number for number, name in enumerate(dict.fromkeys(task for task, _, _ in labels))}
    performers = {name: number for number, name in enumerate(dict.fromkeys(who for _, who, _ in labels))}
    names = sorted({label for _, _, label in labels})
    places = {name: number for number, name in enumerate(names)}
    votes = [(tasks[task], performers[who], places[label]) for task, who, label in labels]
    posterior = _shares(votes, len(tasks), len(names))
    before = -math.inf
    for _ in range(iterations):
        prior, errors = _maximize(votes, posterior, len(performers), len(names))
        posterior, likelihood = _expect(votes, prior, errors, len(tasks))
        if abs(likelihood - before) < tolerance * abs(likelihood):
            break
        before = likelihood
    return {task: dict(zip(names, posterior[number], strict=True)) for task, number in tasks.items()}


def _shares(votes: list[tuple[int, int, int]], tasks: int, kinds: int) -> list[list[float]]:
    shares = [[0.0] * kinds for _ in range(tasks)]
    for task, _, label in votes:
        shares[task][label] += 1
    return [[number / sum(row) for number in row] for row in shares]


def _maximize(
    votes: list[tuple[int, int, int]], posterior: list[list[float]], performers: int, kinds: int
) -> tuple[list[float], list[list[list[float]]]]:
    """Log of the prior, and of each performer's errors: [performer][given label][true label]."""
    prior = [max(sum(row[kind] for row in posterior) / len(posterior), 1e-300) for kind in range(kinds)]
    errors = [[[0.0] * kinds for _ in range(kinds)] for _ in range(performers)]
    for task, who, label in votes:
        cell = errors[who][label]
        for truth, probability in enumerate(posterior[task]):
            cell[truth] += probability
    for matrix in errors:
        totals = [max(sum(row[truth] for row in matrix), 1e-300) for truth in range(kinds)]
        for row in matrix:
            for truth in range(kinds):
                row[truth] = math.log(max(row[truth] / totals[truth], FLOOR))
    return [math.log(number) for number in prior], errors


def _expect(
    votes: list[tuple[int, int, int]], prior: list[float], errors: list[list[list[float]]], tasks: int
) -> tuple[list[list[float]], float]:
    logs = [prior.copy() for _ in range(tasks)]
    for task, who, label in votes:
        row = logs[task]
        for truth, value in enumerate(errors[who][label]):
            row[truth] += value
    likelihood = 0.0
    for row in logs:
        top = max(row)
        total = sum(math.exp(value - top) for value in row)
        likelihood += top + math.log(total)
        row[:] = [math.exp(value - top) / total for value in row]
    return logs, likelihood
