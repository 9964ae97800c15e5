"""The draw in plain Python: repeatable by anybody who has the manifest and the ids of the frame.

Algorithm 1 orders the frame by SHA-256(seed ":" task id in hex) and takes the first n: every task is looked at. (The
practice of election audits; a larger n keeps the smaller sample as its beginning.)

Algorithm 2 draws up to an eighth of a large frame without looking at the rest. The frame's N tasks stand in
ceil(N / 16) buckets by the last eight digits of their ids, in each by those digits and the id. Number i = 0, 1, … names
a place in a bucket, out of a quarter of SHA-256(seed ":" i // 4), each of 64 places in each bucket as likely as any
other; where a task stands, it is drawn, if it was not already. Every task stands in one place, so each number draws
each as likely. The digits are random bits: for any bucket to hold more than 64 where 16 are usual has a chance below
1e-13 with ten million tasks.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

BY_ORDER, BY_PLACE = "sha256-seed-id/1", "sha256-seed-place/2"
# Where algorithm 2 begins: the tasks of the frame, and how many times the sample it is.
LARGE, TIMES = 10_000, 8
# Of a bucket: its tasks on average, and its places. What the last eight digits of an id may be.
USUAL, PLACES, TAILS = 16, 64, 2**32


def frame_hash(task_ids: Iterable[UUID]) -> str:
    """The same hash, made from a list of ids: how an outsider checks a manifest."""
    digests = (hashlib.sha256(task_id.hex.encode()).hexdigest()[:15] for task_id in task_ids)
    return f"{sum(int(digest, 16) for digest in digests) % 2**64:016x}"


def repeat_draw(task_ids: Sequence[UUID], *, algorithm: str, seed: int, size: int) -> list[UUID]:
    """The same draw, made from the ids of the frame and what the manifest says: how an outsider proves it."""
    if algorithm == BY_ORDER:
        return sorted(task_ids, key=lambda one: hashlib.sha256(f"{seed}:{one.hex}".encode()).digest())[:size]
    number, buckets = -(-len(task_ids) // USUAL), defaultdict(list)
    for one in sorted(task_ids, key=lambda one: (one.hex[24:], one.hex)):
        buckets[int(one.hex[24:], 16) * number // TAILS].append(one)
    drawn, i = {}, 0
    while len(drawn) < size:
        digits = hashlib.sha256(f"{seed}:{i // 4}".encode()).hexdigest()[16 * (i % 4) :]
        value = int(digits[:15], 16)
        bucket, place = divmod(value % (number * PLACES), PLACES)
        if place < len(buckets[bucket]):
            drawn.setdefault(buckets[bucket][place])
        i += 1
    return list(drawn)
