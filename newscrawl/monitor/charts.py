"""Small charts as inline SVG, drawn for a phone's width and scaled up: bars, lines and a table of shades by day."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from newscrawl.monitor.history_days import Day

WIDTH, HEIGHT = 400, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 18, 22
_ROW = 14


def bars(days: Sequence[Day], stacks: Sequence[Callable[[Day], float]], names: Sequence[str], label: str) -> str:
    """A bar a day, stacked of values; the first series stands at the bottom."""
    highest = _ceiling(max((sum(value(day) for value in stacks) for day in days), default=0))
    wide = _step(days)
    parts = list(_frame(days, highest, lambda value: f"{value:,g}"))
    for at, day in enumerate(days):
        left, bottom = _LEFT + at * wide, float(HEIGHT - _BOTTOM)
        told = ", ".join(f"{name} {value(day):g}" for name, value in zip(names, stacks, strict=True) if value(day))
        for number, value in enumerate(stacks):
            tall = value(day) / highest * (HEIGHT - _TOP - _BOTTOM)
            if tall > 0:
                bottom -= tall
                colour = f"s{number + 1}" if number < 4 else "other"
                gap = 0.8 if number else 0.0  # of the background, between the parts of a bar
                parts.append(
                    f'<rect class="{colour}" x="{left + wide * 0.1:.1f}" y="{bottom:.1f}" width="{max(wide * 0.8, 1):.1f}" '
                    f'height="{max(tall - gap, 0.5):.1f}"/>'
                )
        parts.append(_hover(at, wide, f"{day.date}: {told or ('nothing' if day.runs else 'no run')}"))
    return _svg(parts, label)


def lines(
    days: Sequence[Day],
    values: Sequence[Callable[[Day], float | None]],
    names: Sequence[str],
    label: str,
    shown: Callable[[float], str],
) -> str:
    """A line a series; days without a value break it."""
    known = [found for day in days for value in values if (found := value(day)) is not None]
    highest, wide = max(known, default=0) * 1.05 or 1, _step(days)
    parts = list(_frame(days, highest, shown))
    for number, value in enumerate(values):
        rows: list[list[str]] = [[]]
        for at, day in enumerate(days):
            found = value(day)
            if found is None:
                rows.append([])
            else:
                rows[-1].append(
                    f"{_LEFT + (at + 0.5) * wide:.1f},{HEIGHT - _BOTTOM - found / highest * (HEIGHT - _TOP - _BOTTOM):.1f}"
                )
        for row in filter(None, rows):
            if len(row) > 1:
                parts.append(f'<polyline class="l{number + 1}" points="{" ".join(row)}"/>')
            else:
                x, y = row[0].split(",")
                parts.append(f'<circle class="{"s1" if not number else "d2"}" cx="{x}" cy="{y}" r="2.5"/>')
    for at, day in enumerate(days):
        told = ", ".join(
            f"{name} {shown(found)}"
            for name, value in zip(names, values, strict=True)
            if (found := value(day)) is not None
        )
        parts.append(_hover(at, wide, f"{day.date}: {told or 'nothing'}"))
    return _svg(parts, label)


def shades(days: Sequence[Day], names: Sequence[str], label: str) -> str:
    """A row a field and a cell a day: the fuller the field, the stronger the colour."""
    left, right = 84, 36
    wide = (WIDTH - left - right) / max(len(days), 1)
    height = _TOP + _ROW * len(names) + _BOTTOM
    parts = [_mark(left + (at + 0.5) * wide) for at, day in enumerate(days) if day.alerts or day.broken]
    for row, name in enumerate(names):
        top = _TOP + row * _ROW
        parts.append(f'<text x="{left - 5}" y="{top + 10.5:.1f}" text-anchor="end">{escape(name)}</text>')
        last = None
        for at, day in enumerate(days):
            share = day.fill(name)
            last = share if share is not None else last
            look = 'class="none"' if not share else f'class="cell" opacity="{0.15 + 0.85 * share:.2f}"'
            parts.append(
                f'<rect {look} x="{left + at * wide:.1f}" y="{top}" width="{max(wide - 0.6, 0.6):.1f}" height="{_ROW - 1.5}">'
                f"<title>{name}, {day.date}: {'nothing written' if share is None else f'{share:.0%}'}</title></rect>"
            )
        parts.append(
            f'<text x="{WIDTH - 2}" y="{top + 10.5:.1f}" text-anchor="end">{"-" if last is None else f"{last:.0%}"}</text>'
        )
    parts += _dates(days, left, WIDTH - right, height - 7)
    return _svg(parts, label, height)


def _svg(parts: Sequence[str], label: str, height: float = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(label)}">\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _step(days: Sequence[Day]) -> float:
    return (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)


def _frame(days: Sequence[Day], highest: float, shown: Callable[[float], str]) -> Iterator[str]:
    for share in (0, 0.5, 1):
        y = HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)
        yield f'<line class="{"grid" if share else "axis"}" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{escape(shown(share * highest))}</text>'
    yield from _dates(days, _LEFT, WIDTH - _RIGHT, HEIGHT - 7)
    yield from (_mark(_LEFT + (at + 0.5) * _step(days)) for at, day in enumerate(days) if day.alerts or day.broken)


def _dates(days: Sequence[Day], left: float, right: float, y: float) -> Iterator[str]:
    for at, where, anchor in (
        (0, left, "start"),
        (len(days) // 2, (left + right) / 2, "middle"),
        (len(days) - 1, right, "end"),
    ):
        # One day stands in the middle; few days have no place for a third date.
        if days and (anchor == "middle" if len(days) == 1 else anchor != "middle" or len(days) > 4):
            yield f'<text x="{where:.1f}" y="{y:.1f}" text-anchor="{anchor}">{days[at].date:%-d %b}</text>'


def _mark(x: float) -> str:
    """A day on which something was out of order."""
    return f'<path class="mark" d="M{x - 4:.1f} 3h8l-4 7z"/>'


def _hover(at: int, wide: float, told: str) -> str:
    return f'<rect x="{_LEFT + at * wide:.1f}" y="0" width="{wide:.1f}" height="{HEIGHT - _BOTTOM}" fill="transparent"><title>{escape(told)}</title></rect>'


def _ceiling(value: float) -> float:
    """The next round number whose half is a whole one too."""
    if value <= 10:
        return float(next(step for step in (2, 4, 6, 8, 10) if step >= value))
    size = 10.0 ** math.floor(math.log10(value))
    return next(step * size for step in (1.2, 1.6, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0) if step * size >= value)
