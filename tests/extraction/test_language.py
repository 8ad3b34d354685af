"""The declared language, checked against the text where there is enough of it."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawl.extraction.fields.language import detect, find_language, primary

EN = (
    "The committee met on Tuesday, and after a long debate it agreed on the plan for the coast, which will cost two billion. "
    * 3
)
DE = (
    "Der Ausschuss hat am Dienstag nach langer Debatte beschlossen, dass der Plan für die Küste umgesetzt werden soll. "
    * 3
)
ZH = "国家主席同俄罗斯总统通电话，双方就地区局势深入交换意见，同意继续通过各种方式保持密切交往。" * 6
JA = "気象庁は13日、宮崎県で震度5弱の地震があったと発表した。津波注意報が出ている。" * 6


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        ("en", EN, "en"),
        ("en-GB", EN, "en"),
        ("en", DE, "de"),
        ("de", EN, "en"),
        ("zh-CN", ZH, "zh"),
        ("en", ZH, "zh"),
        ("", DE, "de"),
        ("", ZH, "zh"),
        ("", JA, "ja"),
        ("", EN, "en"),
        # too short to overrule; nothing to read
        ("de", "Breaking: storm hits coast", "de"),
        ("fr", "", "fr"),
        ("", "", None),
        # two written standards of one language
        (
            "nb",
            "Regjeringen la fram planen for kysten på tirsdag, og den skal koste to milliarder kroner over fem år. "
            * 4,
            "nb",
        ),
    ],
)
def test_declared_and_detected(page: Any, declared: str, text: str, expected: str | None) -> None:
    doc, facts = page("<h1>x</h1>", lang=declared)
    assert find_language(doc, facts, text).value == expected


def test_a_disagreement_keeps_what_was_declared(page: Any) -> None:
    found = find_language(*page("<h1>x</h1>", lang="en"), DE)
    assert (found.value, found.origin, found.raw) == ("de", "visible", "en")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("zh-Hans-CN", "zh"),
        ("en_US", "en"),
        ("English", "en"),
        ("cn", "zh"),
        ("", None),
        (None, None),
        ("x-default", None),
        ("{{lang}}", None),
        ("de,en", "de"),
    ],
)
def test_primary_tags(value: str | None, expected: str | None) -> None:
    assert primary(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Президент встретился с министром иностранных дел и обсудил ход переговоров в Москве.", "ru"),
        ("El ministro de Exteriores ha pedido el embargo de armas en la reunión de Madrid.", "es"),
        ("Le ministre des Affaires étrangères a demandé l'embargo lors de la réunion de Paris.", "fr"),
        ("국회는 화요일 긴 토론 끝에 해안 계획에 합의했다고 밝혔다.", "ko"),
        ("قال الوزير إن الحكومة وافقت على الخطة بعد نقاش طويل.", "ar"),
    ],
)
def test_detector(text: str, expected: str) -> None:
    assert detect(text)[0] == expected


@pytest.mark.parametrize("text", ["", "12 34 56", "\ud800\udc00 \x00", "a"])
def test_too_little_to_tell(text: str) -> None:
    assert detect(text) == (None, 0.0)
