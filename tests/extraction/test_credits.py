"""Credit lines: the whole line is label, divider and value, and becomes a field; a sentence about a source is none."""

from __future__ import annotations

import pytest

from newscrawl.extraction.fields.credits import credit_of, credits_in, tail_credits

FORMS = (
    ("原标题：市议会批准新航线", "original_title", "市议会批准新航线"),
    ("（原标题：市议会批准新航线）", "original_title", "市议会批准新航线"),
    ("原标题《市议会批准新航线》", "original_title", "《市议会批准新航线》"),
    ("The original title / The council approves", "original_title", "The council approves"),
    ("Original title: The council approves", "original_title", "The council approves"),
    ("Originaltitel: Der Rat stimmt zu", "original_title", "Der Rat stimmt zu"),
    ("원제: 시의회 승인", "original_title", "시의회 승인"),
    ("原文链接：https://other.example/1", "original_url", "https://other.example/1"),
    ("原文链接https://other.example/1", "original_url", "https://other.example/1"),
    ("Read the original article: https://other.example/1", "original_url", "https://other.example/1"),
    ("Source: https://other.example/1", "original_url", "https://other.example/1"),
    ("来源：例子日报", "source", "例子日报"),
    ("source / Example Press", "source", "Example Press"),
    ("本文转载自例子日报", "source", "例子日报"),
    ("本文来自“例子新闻”，作者张三", "source", "例子新闻"),
    ("转自：例子日报", "source", "例子日报"),
    ("Quelle: dpa", "source", "dpa"),
    ("Fuente: EFE", "source", "EFE"),
    ("Источник: ТАСС", "source", "ТАСС"),
    ("出典：例新聞", "source", "例新聞"),
    ("Source: The Associated Press.", "source", "The Associated Press."),
    ("Republished from: The Example Review", "source", "The Example Review"),
    ("Originally published at Example.org", "origin_note", "Example.org"),
    ("This article was originally published on The Conversation.", "origin_note", "Conversation."),
    ("This story was first published by The Example Review.", "origin_note", "Example Review."),
    ("责任编辑：张三", "editors", "张三"),
    ("（责编：张三、李四）", "editors", "张三、李四"),
    ("Edited by: John Smith", "editors", "John Smith"),
    ("作者：王五", "authors", "王五"),
    ("记者：王五", "authors", "王五"),
    ("(Machine translated)", "translated", ""),
    ("Translated by Google Translate", "translated", ""),
    ("机器翻译，仅供参考。", "translated", ""),
    ("This article was automatically translated by software.", "translated", ""),
)


@pytest.mark.parametrize(("line", "into", "value"), FORMS)
def test_forms(line: str, into: str, value: str) -> None:
    credit = credit_of(line)
    assert credit is not None
    assert (credit.into, credit.value, credit.line) == (into, value, line)


@pytest.mark.parametrize(
    "line",
    (
        "Sources: the minister knew.",
        "The source / drain voltage is four volts.",
        "The report was first published in 1911 and shaped the party.",
        "Machine translation has become a weapon.",
        "Automatic translation of files saves months.",
        "原标题党文章被全部下架。",
        "原文如此。",
        "本文来自一次偶然的谈话。",
        "机器翻译还不能取代人。",
        "Editor by day, drummer by night.",
        "Reporting by the ministry was late.",
        "来源国要求尽快归还文物。",
        "The original title deed was lost.",
        "",
        "Quelle: unbekannt, so steht es im Katalog.",
        "Cet article a été publié dans la loi de 1905.",
    ),
)
def test_no_credit(line: str) -> None:
    assert credit_of(line) is None


def test_several_on_one_line() -> None:
    assert [(c.into, c.value) for c in credits_in("Source: Example Press | Original title: The council approves")] == [
        ("source", "Example Press"),
        ("original_title", "The council approves"),
    ]


@pytest.mark.parametrize(
    ("paragraph", "kept", "into"),
    [
        ("居民可以放心。（责任编辑：沈一帆）", "居民可以放心。", ["editors"]),
        ("居民可以放心。（来源：临港晚报）（责任编辑：沈一帆）", "居民可以放心。", ["editors", "source"]),
        ("The boats run again. (Source: Tidewater Wire)", "The boats run again.", ["source"]),
        ("居民可以放心。（见第三版）", "居民可以放心。（见第三版）", []),
        ("他说：“可以放心。”（笑）", "他说：“可以放心。”（笑）", []),
        ("The boats run again (as they did in 2019).", "The boats run again (as they did in 2019).", []),
    ],
)
def test_a_bracketed_credit_at_a_paragraphs_end_is_cut(paragraph: str, kept: str, into: list[str]) -> None:
    texts = ["第一段。", paragraph]
    assert sorted(credit.into for credit in tail_credits(texts)) == into
    assert texts == ["第一段。", kept]
