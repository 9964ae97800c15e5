"""One line per goal: `name  measured  goal  ok|short`; the exit code says whether one fell short."""

from dataclasses import dataclass, field


@dataclass
class Goals:
    short: int = 0
    lines: list[str] = field(default_factory=list)

    def at_most(self, name: str, measured: float, limit: float, unit: str = "") -> None:
        self._line(name, measured, f"<= {limit:g}{unit}", measured <= limit, unit)

    def at_least(self, name: str, measured: float, limit: float, unit: str = "") -> None:
        self._line(name, measured, f">= {limit:g}{unit}", measured >= limit, unit)

    def _line(self, name: str, measured: float, goal: str, ok: bool, unit: str) -> None:
        self.short += not ok
        line = f"{name:<44} {f'{measured:.4g}{unit}':>12} {goal:>12}  {'ok' if ok else 'short'}"
        self.lines.append(line)
        print(line, flush=True)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
