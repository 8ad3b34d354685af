"""Labels of roles on a visible line (来源：, 作者：, Author:) and the words that open a by-line (By, Von)."""

from __future__ import annotations

import re
from functools import cache

from newscrawl.extraction.words import words

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_SEPARATOR = re.compile(r"\s*(?P<mark>[:：/／丨︱|｜])\s*")


_HAN_BEFORE = re.compile(rf"[{_CJK}]$")


@cache
def roles() -> tuple[dict[str, str], int]:
    """Label -> role, and the longest label's length."""
    roles = {label.casefold(): role for role, labels in words("bylines")["labels"].items() for label in labels}
    return roles, max(map(len, roles))


def find_labels(line: str) -> list[tuple[int, int, str]]:
    """(start, end, role) of each label with its separator. Separators are few, so the text before each is looked up, longest first.

    A CJK label may follow other text directly and takes a colon or a slash, a bar only at the line's head; a Latin one starts a word
    and takes a colon or a slash in spaces.
    """
    known, longest = roles()
    found: list[tuple[int, int, str]] = []
    floor = 0
    for match in _SEPARATOR.finditer(line):
        head, mark, end = line[floor : match.start()], match["mark"], match.end()
        for length in range(min(longest, len(head)), 0, -1):
            label = head[-length:].casefold()
            if label not in known:
                continue
            before = head[:-length]
            if re.search(f"[{_CJK}]", label):
                if mark in "|｜" and re.search(r"\w", line[:floor] + before):
                    continue
                if (
                    mark in "/／丨︱"
                    and line[end : end + 1].isdigit()
                    or label in ("文", "图", "摄")
                    and _HAN_BEFORE.search(before)
                ):
                    continue
            elif (
                (before and (before[-1].isalnum() or before[-1] == "_"))
                or mark not in ":："
                and not (mark == "/" and match[0].strip() != match[0])
            ):
                continue
            found.append((match.start() - length, end, known[label]))
            floor = end
            break
    return found


@cache
def bare_label() -> re.Pattern[str]:
    """A CJK label at a piece's head without a colon: 来源CSDN, 作者魏星, 编辑 刘晓阳; only the unmistakable ones."""
    return re.compile(
        r"^(?P<label>来源于|信息来源|文章来源|来源|來源|作者|编辑|編輯|责任编辑|責任編輯|责编|采写|撰文|发布人)\s*(?=[^\s:：]{2,20}$"
        r"|[^\s:：]{2,4}(?:\s[^\s:：]{2,4}){1,3}$)"
    )


@cache
def openers() -> re.Pattern[str]:
    ordered = sorted(words("bylines")["openers"]["by"], key=len, reverse=True)
    return re.compile(rf"^\W*(?:{'|'.join(map(re.escape, ordered))})\s+(?=[^\W\d_])", re.I)
