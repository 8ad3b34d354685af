"""Length, folding and sentences hold in every script: no letter is lost because a pattern did not know it."""

from __future__ import annotations

import pytest

from newscrawl.writing import PROSE, ends_sentence, fold, has_sentence, is_prose, length

SENTENCES = {
    "Latin": "The council approved the ferry.",
    "CJK": "市议会批准了轮渡。",
    "kana": "市議会は航路を承認した。",
    "hangul": "시의회가 노선을 승인했다.",
    "Arabic": "وافق المجلس على الخط؟",
    "Urdu": "کونسل نے منظوری دے دی۔",
    "Devanagari": "परिषद ने सेवा को मंज़ूरी दी।",
    "Bengali": "পরিষদ সেবাটি অনুমোদন করেছে।",
    "Myanmar": "ကောင်စီက အတည်ပြုလိုက်သည်။",
    "Khmer": "ក្រុមប្រឹក្សាបានអនុម័ត។",
    "Tibetan": "ཚོགས་འདུས་ཀྱིས་ཆོག་མཆན་བྱུང་།",
    "Ethiopic": "ምክር ቤቱ አጸደቀው።",
    "Armenian": "Խորհուրդը հաստատեց։",
    "Georgian": "საბჭომ დაამტკიცა.",
    "Hebrew": "המועצה אישרה את הקו.",
    "Greek": "Το συμβούλιο ενέκρινε.",
}


@pytest.mark.parametrize("script", SENTENCES)
def test_a_sentence_ends_in_every_script(script: str) -> None:
    assert ends_sentence(SENTENCES[script])
    assert has_sentence(SENTENCES[script])


@pytest.mark.parametrize(
    "text",
    (
        "สภาเมืองอนุมัติเส้นทางเรือข้ามฟากสายใหม่ข้ามอ่าวเมื่อคืนวันอังคารที่ผ่านมา ยุติข้อพิพาทที่ยาวนานเกือบหกปี",
        "ສະພາເມືອງໄດ້ອະນຸມັດເສັ້ນທາງເຮືອຂ້າມອ່າວໃໝ່ໃນຄືນວັນອັງຄານຜ່ານມາ ແລະ ຈະເລີ່ມໃນປີໜ້າ",
    ),
)
def test_scripts_that_write_no_full_stop_are_prose_by_their_length(text: str) -> None:
    assert length(text) >= PROSE
    assert is_prose(text)


@pytest.mark.parametrize(
    ("text", "ends"),
    (
        ("It rained.", True),
        ("下雨了。", True),
        ("لماذا؟", True),
        ("“No.”", True),
        ("Read more...", False),
        ("Read more…", False),
        ("By Jane Doe", False),
        ("(AP)", False),
        ("", False),
        ("”", False),
    ),
)
def test_ends_sentence(text: str, ends: bool) -> None:
    assert ends_sentence(text) is ends


def test_an_ideograph_counts_for_two_and_a_space_for_nothing() -> None:
    assert (length("two words"), length("两个词"), length("한국어 뉴스"), length("")) == (8, 6, 10, 0)


def test_folding_keeps_what_two_renderings_have_in_common() -> None:
    assert fold("  The “Ferry” – it’s OPEN! ") == fold("the ferry-its open") == "theferryitsopen"
    assert fold("市议会：批准 航线。") == "市议会批准航线"


def test_links_and_short_lines_are_no_prose() -> None:
    text = "The city council voted on Tuesday evening to open a ferry line, the mayor said."
    assert is_prose(text) and not is_prose(text, link_share=0.9) and not is_prose("Home, news, sport.")
