"""What the lines of many random programs say together."""

from __future__ import annotations

from collections import Counter
from typing import Any

SHOWN = 12  # reasons of each kind


def summary(records: list[dict[str, Any]]) -> str:
    """Counts, then every program with something to look at."""
    judged = [r for r in records if "verdicts" in r]
    verdicts: Counter[str] = Counter()
    for r in judged:
        for key, n in r["verdicts"].items():
            verdicts[key.split()[-1]] += n
    total = sum(verdicts.values()) or 1
    open_ = sum("undecided" in r and bool(r["undecided"]) for r in judged)
    seconds = sorted(r["seconds"] for r in judged) or [0.0]
    lines = [
        f"{len(records)} programs: {len(judged)} judged, {sum('refused' in r for r in records)} refused, "
        f"{sum('over' in r for r in records)} over the time limit",
        f"findings: {total}: " + ", ".join(f"{k} {n} ({100 * n / total:.2f} %)" for k, n in verdicts.most_common()),
        f"programs with something UNDECIDED: {open_} ({100 * open_ / (len(judged) or 1):.1f} %)",
        f"seconds for a program: median {seconds[len(seconds) // 2]:.2f}, most {seconds[-1]:.1f}",
        *planted(judged),
        *reasons("UNDECIDED", [w for r in judged for w in r.get("undecided", ())]),
        *reasons("refused", [r["refused"][:120] for r in records if "refused" in r]),
    ]
    for kind in ("confirmed", "missed", "look", "alarm"):
        found = [r for r in records if kind in r]
        lines.append(f"\n{kind}: {len(found)} programs")
        for r in found:
            e = r[kind][0]
            told = ", ".join(f"{k}={e[k]}" for k in ("method", "argument", "value", "truth", "reason") if e.get(k))
            lines.append(f"  {r['seed']} {r.get('operator')} {r.get('where')}: {e['what']} {e.get('said', '')} {told}")
    return "\n".join(lines)


def planted(records: list[dict[str, Any]]) -> list[str]:
    """How many wrong claims were caught, and right ones accused."""
    tried = [r for r in records if "right" in r.get("planted", {})]
    lines = []
    for name in ("right", "times 1 + 1e-9", "the other sign"):
        said = Counter(_worst(r["planted"][name]) for r in tried if name in r["planted"])
        lines.append(f"claims, {name}: " + ", ".join(f"{k} {n}" for k, n in said.most_common()))
    bad = [r for r in tried if not r["planted"]["ok"]]
    return [*lines, *(f"  {r['seed']}: {r['planted']['why'][:300]}" for r in bad)]


def _worst(said: list[str]) -> str:
    return next((v for v in ("DIFFER", "UNDECIDED", "INACCURATE", "KINK", "AGREE") if v in said), " ".join(said))


def reasons(title: str, said: list[str]) -> list[str]:
    """The most frequent ones."""
    return [f"{title}: {n} programs: {why}" for why, n in Counter(said).most_common(SHOWN)]
