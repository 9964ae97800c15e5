"""What operators watch, in Prometheus' text format: what is due, how old, what came of attempts, how long they took."""

from collections.abc import Iterator

from callbacks.models import EngineCount
from labelops.tenancy.scope import ask_in_system_scope

# Upper bounds of the histogram, in seconds.
BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, float("inf"))
QUEUE = """
SELECT count(*) FILTER (WHERE due_at <= now() AND lease IS NULL AND NOT is_open),
       coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE lease IS NULL AND NOT is_open)), 0)::float,
       count(lease), count(*) FILTER (WHERE due_at > now()), count(*) FILTER (WHERE is_open)
  FROM (SELECT d.due_at, CASE WHEN d.lease_until > now() THEN 1 END AS lease,
               coalesce(h.open_until > now(), false) AS is_open
          FROM callbacks_delivery d LEFT JOIN callbacks_endpointhealth h ON h.endpoint_id = d.endpoint_id
         WHERE d.status = 'pending' AND d.is_head) heads
"""
BREAKERS = """
SELECT count(*) FILTER (WHERE open_until IS NULL), count(*) FILTER (WHERE open_until > now()),
       count(*) FILTER (WHERE open_until <= now())
  FROM callbacks_endpointhealth
"""


def metrics_text() -> str:
    """All of it; three statements."""
    return "".join(f"{line}\n" for lines in (_queue(), _breakers(), _attempts()) for line in lines)


def _metric(name: str, kind: str, help: str, values: dict[str, float]) -> Iterator[str]:
    yield f"# HELP labelops_callbacks_{name} {help}"
    yield f"# TYPE labelops_callbacks_{name} {kind}"
    for labels, value in values.items():
        yield f"labelops_callbacks_{name}{labels} {value:g}"


def _queue() -> Iterator[str]:
    ((due, age, in_flight, later, stopped),) = ask_in_system_scope("health", QUEUE, [])
    yield from _metric("due", "gauge", "Callbacks that could be sent now and wait.", {"": due})
    yield from _metric("oldest_due_age_seconds", "gauge", "Since when the oldest of them is due.", {"": max(0, age)})
    yield from _metric("in_flight", "gauge", "Callbacks under lease: being sent or recorded.", {"": in_flight})
    yield from _metric("waiting", "gauge", "Callbacks that wait for their next attempt.", {"": later})
    yield from _metric("stopped", "gauge", "Callbacks that wait behind an open breaker.", {"": stopped})


def _breakers() -> Iterator[str]:
    (states,) = ask_in_system_scope("health", BREAKERS, [])
    values = {
        f'{{state="{name}"}}': number for name, number in zip(("closed", "open", "half_open"), states, strict=True)
    }
    yield from _metric("breakers", "gauge", "Endpoints by the state of their breaker.", values)


def _attempts() -> Iterator[str]:
    counts = dict(EngineCount.objects.values_list("name", "value"))
    outcomes = {name.removeprefix("attempts:"): n for name, n in sorted(counts.items()) if name.startswith("attempts:")}
    labelled = {f'{{outcome="{name}"}}': number for name, number in outcomes.items()}
    yield from _metric("attempts_total", "counter", "Attempts by what came of them.", labelled)
    yield from _metric(
        "dead_total", "counter", "Callbacks given up after the last attempt.", {"": counts.get("dead", 0)}
    )
    yield "# HELP labelops_callbacks_attempt_seconds How long attempts took."
    yield "# TYPE labelops_callbacks_attempt_seconds histogram"
    total = 0.0
    for limit in BUCKETS:
        total += counts.get(f"seconds:{limit}", 0)
        edge = "+Inf" if limit == float("inf") else f"{limit:g}"
        yield f'labelops_callbacks_attempt_seconds_bucket{{le="{edge}"}} {total:g}'
    yield f"labelops_callbacks_attempt_seconds_sum {counts.get('seconds:sum', 0):g}"
    yield f"labelops_callbacks_attempt_seconds_count {total:g}"
