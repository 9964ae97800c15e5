"""Majority vote and Dawid-Skene as crowd-kit computes them, in an environment that has it and knows nothing of ours.

In: JSON `{"iterations": n, "sets": {name: [[task, performer, label], …]}}`. Out: JSON, by the set's name, of each task
the share of the votes and the posterior of each label, and the label that the vote chose.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


def aggregators():
    """The two classes, past the packages' own lists of imports: those want everything that the lock leaves out."""
    root = Path(find_spec("crowdkit").origin).parent
    for name in ("crowdkit.aggregation", "crowdkit.aggregation.classification"):
        package = ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    from crowdkit.aggregation.classification.dawid_skene import DawidSkene
    from crowdkit.aggregation.classification.majority_vote import MajorityVote

    return MajorityVote, DawidSkene


def aggregated(labels, iterations, MajorityVote, DawidSkene):  # noqa: N803
    import pandas

    frame = pandas.DataFrame(labels, columns=["task", "worker", "label"])
    vote = MajorityVote()
    # A tolerance that nothing falls below: both programs make the same number of steps.
    posterior = DawidSkene(n_iter=iterations, tol=-1e9).fit_predict_proba(frame)
    return {
        "shares": vote.fit_predict_proba(frame).fillna(0).to_dict("index"),
        "chosen": vote.fit_predict(frame).to_dict(),
        "posterior": posterior.to_dict("index"),
    }


if __name__ == "__main__":
    asked, classes = json.load(sys.stdin), aggregators()
    found = {name: aggregated(labels, asked["iterations"], *classes) for name, labels in asked["sets"].items()}
    json.dump(found, sys.stdout)
