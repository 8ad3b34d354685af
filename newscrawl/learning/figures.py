"""What was learned, in words and as JSON: per corpus and per language the out-of-fold figures beside trafilatura's on the same pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from newscrawl.evaluate.evaluation import Figures, PageResult, figures
from newscrawl.evaluate.evaluation_text import calibration_as_json, calibration_lines
from newscrawl.learning.folds import PEERS, Answer

SHOWN = 10
"""Pages that lost their text without a word of doubt, of which so many are named."""
FEWEST = 5
"""Pages of a language from which it has a line of its own."""


def groups(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    """The answers by corpus, and after these by language where the gold names one."""
    found: defaultdict[str, list[Answer]] = defaultdict(list)
    languages: defaultdict[str, list[Answer]] = defaultdict(list)
    for one in answers:
        found[one.entry.corpus].append(one)
        if language := str(one.entry.gold.get("language") or one.language or ""):
            languages[f"language {language}"].append(one)
    return dict(sorted(found.items())) | {
        name: group for name, group in sorted(languages.items()) if len(group) >= FEWEST
    }


def lines(answers: Sequence[Answer]) -> Iterator[str]:
    """The figures for a person."""
    yield "out of fold by site: each page by a model that saw no page of its site"
    yield f"{'':16}{'pages':>6}{'precision':>11}{'recall':>9}{'F1':>9}{'interval':>16}  " + "".join(
        f"{f'{peer} F1':>16}" for peer in PEERS
    )
    for name, group in groups(answers).items():
        own = figures([one.result for one in group])
        if own is None:
            continue
        yield (
            _line(name, own)
            + "  "
            + "".join(f"{_f1([one.peers[peer] for one in group if peer in one.peers]):>16}" for peer in PEERS)
        )
    yield from calibration_lines([one.result for one in answers], SHOWN)


def _line(name: str, own: Figures) -> str:
    low, high = own.intervals[2]
    return f"{name:16}{own.pages:>6}{own.precision:>11.4f}{own.recall:>9.4f}{own.f1:>9.4f}{f'{low:.3f}–{high:.3f}':>16}"


def _f1(pages: Sequence[PageResult]) -> str:
    found = figures(pages)
    return f"{found.f1:.4f}" if found is not None else "–"


def as_json(answers: Sequence[Answer]) -> dict[str, Any]:
    """All figures, and each page's."""
    found: dict[str, Any] = {"groups": {}, "pages": []}
    for name, group in groups(answers).items():
        own = figures([one.result for one in group])
        if own is not None:
            found["groups"][name] = _row(own) | {
                peer: _row(them)
                for peer in PEERS
                if (them := figures([one.peers[peer] for one in group if peer in one.peers]))
            }
    found["calibration"] = calibration_as_json([one.result for one in answers])
    for one in answers:
        value = one.result.value
        found["pages"].append(
            {
                "corpus": one.entry.corpus,
                "url": one.result.url,
                "f1": None if value is None else round(value, 4),
                "confidence": None if one.result.confidence is None else round(one.result.confidence, 3),
                "rejected": one.reason or None,
                **{peer: None if them.value is None else round(them.value, 4) for peer, them in one.peers.items()},
            }
        )
    return found


def _row(own: Figures) -> dict[str, Any]:
    return {
        "pages": own.pages,
        "precision": round(own.precision, 4),
        "recall": round(own.recall, 4),
        "f1": round(own.f1, 4),
        "interval": [round(edge, 4) for edge in own.intervals[2]],
        "exact": own.exact,
        "empty": own.empty,
    }
