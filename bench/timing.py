"""How a call's cost is measured: per question, the loop's own cost taken off, best of many.

The floor and everything compared with it take turns within one repetition, so that
whatever else the machine does falls on all of them alike.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter, process_time

REPEATS = 9
EACH_S = 0.04
"""How long one repetition of one candidate lasts, about."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to ask: the statement, the names in it that vary, and their values in turn."""

    statement: str
    names: str
    questions: Sequence[object]
    call: Callable[..., object] | None = None

    def loop(self) -> Callable[[], None]:
        """Goes through the questions; the statement finds `call` at hand."""
        space: dict[str, object] = {"call": self.call, "questions": list(self.questions)}
        exec(f"def loop(call=call):\n for {self.names} in questions:\n  {self.statement}\n", space)  # noqa: S102
        return space["loop"]  # type: ignore[return-value]


def costs_ns(candidates: Mapping[str, Candidate]) -> dict[str, float]:
    """Nanoseconds one question of each candidate takes, the loop itself taken off."""
    every = {name: each.loop() for name, each in candidates.items()}
    every |= {f"{name} idle": replace(each, statement="pass").loop() for name, each in candidates.items()}
    rounds = {name: max(1, int(EACH_S / _time(loop, 1))) for name, loop in every.items()}
    best = dict.fromkeys(every, float("inf"))
    gc.disable()
    try:
        for _ in range(REPEATS):
            for name, loop in every.items():
                best[name] = min(best[name], _time(loop, rounds[name]) / rounds[name])
    finally:
        gc.enable()
    return {
        name: 1e9 * (best[name] - best[f"{name} idle"]) / len(each.questions)
        for name, each in candidates.items()
    }


def _time(loop: Callable[[], None], rounds: int) -> float:
    start = perf_counter()
    for _ in range(rounds):
        loop()
    return perf_counter() - start


def seconds(call: Callable[[], object], repeats: int = 5) -> float:
    """The best wall time of one call, in seconds."""
    best = float("inf")
    for _ in range(repeats):
        start = perf_counter()
        call()
        best = min(best, perf_counter() - start)
    return best


def cpu_seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU time of one call, in seconds."""
    start, cpu = perf_counter(), process_time()
    call()
    return perf_counter() - start, process_time() - cpu


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
