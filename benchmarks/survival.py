"""What became of servers under siege: kept in a file for each, and told as one document."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Literal

from attack import Attack, Result
from peers import OURS
from probe import UNANSWERED_MS

DEADLINE_S = 1.0
#: What is promised of us.
_OVERSHOOT_MS, _TRIVIAL_MS = 100, 50
_RUNS = Path(__file__).resolve().parent.parent / ".tools" / "siege"

After = Literal["answers", "busy", "stuck", "died"]
_AFTER_WORDS = {
    "busy": "went on computing",
    "stuck": "stopped answering for everybody",
    "died": "died",
}


@dataclass
class Outcome:
    """What became of a server under one attack.

    Attributes:
        attack: Which one.
        results: What each of its copies got.
        after: Whether the server answers afterwards; `busy` where it goes on computing though
            nobody waits, `stuck` where a trivial query gets no answer.
        reached: How often a server was asked that nobody may ask.
        unanswered: How many trivial queries had no answer meanwhile.
    """

    attack: Attack
    results: list[Result]
    after: After
    reached: int
    unanswered: int = 0

    @property
    def right(self) -> bool:
        return not self.faults and all(r.status in self.attack.expect for r in self.results)

    @property
    def faults(self) -> list[str]:
        found = {result.fault for result in self.results if result.fault}
        return sorted(found | ({"a connection to another server"} if self.reached else set()))

    @property
    def given_up(self) -> bool:
        return bool(self.attack.query) and any(r.status == -1 for r in self.results)

    @property
    def overshoot_s(self) -> float:
        ran = [r.seconds - DEADLINE_S for r in self.results if r.status in (200, 504, -1)]
        return max([0.0, *ran]) if self.attack.query else 0.0


@dataclass
class Survival:
    """What became of a server under all attacks.

    Attributes:
        name: The server.
        outcomes: One an attack, in their order.
        latencies_ms: Of trivial queries during the attacks; unanswered ones as `UNANSWERED_MS`.
        calm_ms: Of trivial queries before.
        base_mb: Memory before.
        peak_mb: The most during the attacks.
        after_mb: Memory afterwards.
        load: The load average of the machine at the end.
        opened: Files and sockets that may not be opened; None where nobody looked.
    """

    name: str
    outcomes: list[Outcome] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    calm_ms: list[float] = field(default_factory=list)
    base_mb: float = 0.0
    peak_mb: float = 0.0
    after_mb: float = 0.0
    load: float = 0.0
    opened: list[str] | None = None

    def count(self, after: After) -> int:
        return sum(outcome.after == after for outcome in self.outcomes)

    @property
    def wrong(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.right]

    @property
    def wrong_200(self) -> int:
        return sum(bool(outcome.faults) for outcome in self.outcomes)

    @property
    def overshoot_ms(self) -> float:
        return 1000 * max([0.0, *(outcome.overshoot_s for outcome in self.outcomes)])

    @property
    def promises(self) -> list[tuple[str, str, bool]]:
        """What is promised of us, what was seen, and whether that keeps it."""
        alive, all_of_them = self.count("answers"), len(self.outcomes)
        p99_ms = percentile(self.latencies_ms, 0.99)
        right = all_of_them - len(self.wrong)
        rows = [
            ("it answers after each attack", f"{alive} of {all_of_them}", alive == all_of_them),
            ("each attack gets a right status", f"{right} of {all_of_them}", not self.wrong),
            ("no 200 is wrong, cut or leaking", str(self.wrong_200), not self.wrong_200),
            (f"no deadline is overrun by {_OVERSHOOT_MS} ms", f"{self.overshoot_ms:.0f} ms",
             self.overshoot_ms < _OVERSHOOT_MS),
            (f"p99 of the trivial query is under {_TRIVIAL_MS} ms", f"{p99_ms:.1f} ms",
             p99_ms < _TRIVIAL_MS),
        ]  # fmt: skip
        if self.opened is not None:
            # A path would tell of the machine that this was written on.
            names = ", ".join(PurePath(each).name for each in self.opened)
            what = "nothing is opened beyond its own modules and static files, and no socket"
            rows.append((what, names or "nothing", not self.opened))
        return rows


def percentile(latencies: Sequence[float], share: float) -> float:
    ordered = sorted(latencies) or [float("nan")]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def keep(survival: Survival) -> None:
    """Write a survival to its server's file."""
    _RUNS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(survival))
    (_RUNS / f"{survival.name}.json").write_text(text, encoding="utf-8")


def read_kept(names: Sequence[str], attacks: Sequence[Attack]) -> list[Survival]:
    """Read what is kept of servers; a run of other attacks than these is left out."""
    found = []
    for name in names:
        path = _RUNS / f"{name}.json"
        fields = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        if fields and [o["attack"]["name"] for o in fields["outcomes"]] == [
            a.name for a in attacks
        ]:
            fields["outcomes"] = [
                Outcome(
                    **{**each, "attack": attack, "results": [Result(**r) for r in each["results"]]}
                )
                for attack, each in zip(attacks, fields["outcomes"], strict=True)
            ]
            found.append(Survival(**fields))
    return found


def tell(survivals: Sequence[Survival], versions: str) -> str:
    """Write the document."""
    attacks = [outcome.attack for outcome in survivals[0].outcomes]
    return "\n".join(
        [
            "# Siege",
            "",
            f"{len(attacks)} attacks (`benchmarks/attacks`), each run by itself against each "
            f"server, with a deadline of {DEADLINE_S:g} s and while somebody else asks trivial "
            "queries. A server that died, stopped answering or went on computing for nobody was "
            f"killed and started anew before the next attack. {versions} Written by `make siege`.",
            "",
            *_table(survivals),
            *_promises(survivals),
            *_attacks(survivals, attacks),
        ]
    )


def _table(survivals: Sequence[Survival]) -> list[str]:
    rows: tuple[tuple[str, Callable[[Survival], str]], ...] = (
        ("answers after the attack", lambda s: f"{s.count('answers')} of {len(s.outcomes)}"),
        ("died", lambda s: str(s.count("died"))),
        ("stopped answering for everybody", lambda s: str(s.count("stuck"))),
        ("went on computing for nobody", lambda s: str(s.count("busy"))),
        ("status right", lambda s: f"{len(s.outcomes) - len(s.wrong)} of {len(s.outcomes)}"),
        ("wrong, cut or leaking 200", lambda s: str(s.wrong_200)),
        ("largest overshoot of the deadline, ms", _overshoot),
        ("trivial query before, median ms", lambda s: _ms(s.calm_ms, 0.5)),
        ("trivial query before, p99 ms", lambda s: _ms(s.calm_ms, 0.99)),
        ("trivial query meanwhile, median ms", lambda s: _ms(s.latencies_ms, 0.5)),
        ("trivial query meanwhile, p99 ms", lambda s: _ms(s.latencies_ms, 0.99)),
        ("trivial queries unanswered", _unanswered),
        ("memory before, MB", lambda s: f"{s.base_mb:.0f}"),
        ("memory at its peak, MB", lambda s: f"{s.peak_mb:.0f}"),
        ("memory afterwards, MB", _memory_after),
        ("load average of the machine", lambda s: f"{s.load:.1f}"),
    )
    lines = [
        "| | " + " | ".join(s.name for s in survivals) + " |",
        "|---|" + "---:|" * len(survivals),
    ]
    for title, read in rows:
        lines.append(f"| {title} | " + " | ".join(read(s) for s in survivals) + " |")
    return [
        *lines,
        "",
        f"Machine: {os.cpu_count()} processors. The asker, the attackers and the server share "
        "them, and what else ran is in the load.",
        "",
    ]


def _overshoot(survival: Survival) -> str:
    given_up = any(outcome.given_up for outcome in survival.outcomes)
    return f"{survival.overshoot_ms:.0f}" + (", then given up" if given_up else "")


def _ms(latencies: Sequence[float], share: float) -> str:
    ms = percentile(latencies, share)
    return f"over {ms:.0f}" if ms >= UNANSWERED_MS else f"{ms:.1f}"


def _unanswered(survival: Survival) -> str:
    count = sum(outcome.unanswered for outcome in survival.outcomes)
    return f"{count} of {len(survival.latencies_ms)}"


def _memory_after(survival: Survival) -> str:
    whole = survival.count("answers") == len(survival.outcomes)
    return f"{survival.after_mb:.0f}" if whole else "started anew"


def _promises(survivals: Sequence[Survival]) -> list[str]:
    lines = []
    for survival in survivals:
        if survival.name == OURS:
            lines += ["## What is promised of Entente", "", "| promise | seen | kept |",
                      "|---|---|---|"]  # fmt: skip
            lines += [
                f"| {what} | {seen} | {'yes' if kept else '**no**'} |"
                for what, seen, kept in survival.promises
            ]
            lines.append("")
    return lines


def _attacks(survivals: Sequence[Survival], attacks: Sequence[Attack]) -> list[str]:
    lines = [
        "## Attack by attack",
        "",
        "✓ is a right status, ✗ a wrong one; what cannot be served is to be refused. A server "
        "that answers it with no rows has the wrong status, and no more.",
        "",
        "| family | attack | right | " + " | ".join(s.name for s in survivals) + " |",
        "|---|---|---|" + "---|" * len(survivals),
    ]
    for at, attack in enumerate(attacks):
        right = ", ".join(map(_status, attack.expect))
        cells = " | ".join(tell_outcome(survival.outcomes[at]) for survival in survivals)
        lines.append(f"| {attack.family} | {attack.name} | {right} | {cells} |")
    return [*lines, ""]


def tell_outcome(outcome: Outcome) -> str:
    """Tell what a server did, and whether that is right."""
    counts = Counter(result.status for result in outcome.results)
    got = ", ".join(
        _status(status) + (f" ({count} times)" if count > 1 else "")
        for status, count in sorted(counts.items())
    )
    after = [_AFTER_WORDS[outcome.after]] if outcome.after in _AFTER_WORDS else []
    count = outcome.unanswered
    others = [f"{count} trivial quer{'ies' if count > 1 else 'y'} unanswered"] if count else []
    return f"{'✓' if outcome.right else '✗'} {'; '.join([got, *outcome.faults, *others, *after])}"


def _status(status: int) -> str:
    return {0: "closed", -1: "no answer"}.get(status, str(status))
