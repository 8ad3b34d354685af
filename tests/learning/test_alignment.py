"""Blocks are laid beside the gold in order: what stands in it counts, a teaser with the same words does not."""

from __future__ import annotations

import random

import numpy as np

from newscrawl.learning.alignment import shares

TEXT = [
    "The council voted on Tuesday to open a ferry line between the harbour and the northern shore.",
    "Two boats will cross the bay every twenty minutes, the transport office announced on the same day.",
    "What comes next",
    "Engineers expect the first boats in spring; until then the landing stages have to be rebuilt.",
]
GOLD = "\n\n".join(TEXT)


def test_what_stands_in_the_gold_counts_whole_and_the_rest_not() -> None:
    blocks = [
        "Home",
        TEXT[0],
        "Advertisement",
        *TEXT[1:],
        "Related: an old ferry was sold to a museum in another town last week",
    ]
    assert shares(blocks, GOLD).tolist() == [0, 1, 0, 1, 1, 1, 0]


def test_of_two_blocks_with_one_text_the_one_in_its_place_counts() -> None:
    blocks = [TEXT[1], TEXT[0], TEXT[1], TEXT[2], TEXT[3], TEXT[0]]
    assert shares(blocks, GOLD).tolist() == [0, 1, 1, 1, 1, 0]


def test_a_block_that_holds_more_than_the_gold_counts_by_its_share() -> None:
    found = shares(
        [f"{TEXT[0]} Read more about it in our newsletter, which comes every morning at seven.", *TEXT[1:]], GOLD
    )
    assert 0.4 < found[0] < 0.7
    assert found[1:].tolist() == [1, 1, 1]


def test_ideographs_are_aligned_by_character_and_blocks_without_letters_are_unknown() -> None:
    gold = "市议会周二晚间投票决定开通旧港与北岸之间的轮渡航线。\n两艘电动渡轮将每二十分钟跨越海湾一次。"
    assert shares(
        [
            "首页",
            "市议会周二晚间投票决定开通旧港与北岸之间的轮渡航线。",
            "———",
            "两艘电动渡轮将每二十分钟跨越海湾一次。",
        ],
        gold,
    ).tolist() == [0, 1, -1, 1]


def test_a_short_line_must_be_a_line_of_the_gold_or_several_of_its_words() -> None:
    assert shares(["Tuesday", "What comes next", "comes next"], GOLD).tolist() == [0, 1, 0]


def test_a_long_page_takes_no_longer_than_its_length() -> None:
    words = random.Random(1)
    lines = [" ".join(f"{words.choice(TEXT[0].split())}{number}" for _ in range(20)) for number in range(2500)]
    found = shares(lines, "\n".join(lines[::3]))
    assert (found[::3] > 0.9).mean() > 0.9
    assert np.isfinite(found).all()
