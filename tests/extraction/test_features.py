"""The table of features: the same columns for every page, each explained, finite, and blind to what a site is called."""

from __future__ import annotations

import numpy as np
import pytest
from pages import PROSE, URL, page

from newscrawl.extraction import drafting
from newscrawl.extraction.body import block_model, features
from newscrawl.extraction.body.features import MEANING, kind_of
from newscrawl.extraction.read.tree import parse


def wide(source: str, url: str | None = URL) -> tuple[list[str], np.ndarray]:
    known = drafting.survey(parse(source), url)
    return block_model.current().wide(features.rows(known.page, known.context))


@pytest.mark.parametrize("lang", PROSE)
def test_every_page_has_the_same_columns_of_finite_numbers(lang: str) -> None:
    names, values = wide(page(lang))
    assert names == wide("<p>x</p>")[0]
    assert values.dtype == np.float32 and values.shape[1] == len(names)
    assert np.isfinite(values).all()


def test_names_are_unique_and_each_kind_of_feature_is_explained() -> None:
    names, _ = wide(page("en"))
    assert len(names) == len(set(names))
    kinds = {kind_of(name) for name in names}
    assert kinds == set(range(len(MEANING))), "a kind that no feature has"


def test_no_feature_knows_where_a_page_comes_from() -> None:
    one, other = (
        wide(page("en"), "https://www.example.com/a/1.html")[1],
        wide(page("en"), "https://zeitung.example.org/b/2")[1],
    )
    assert np.array_equal(one, other)


SCRIPTS = {
    "Latin": "Der Rat hat zugestimmt.",
    "Myanmar": "ကောင်စီက အတည်ပြုလိုက်သည်။",
    "Thai": "สภาเมืองอนุมัติเส้นทางเรือข้ามฟาก",
    "Khmer": "ក្រុមប្រឹក្សាបានអនុម័ត។",
    "Tibetan": "ཚོགས་འདུས་ཀྱིས་ཆོག་མཆན་བྱུང་།",
    "Ethiopic": "ምክር ቤቱ አጸደቀው።",
    "CJK": "市议会批准了轮渡。",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_letters_of_every_script_are_letters(script: str) -> None:
    """The classes of characters come from Unicode: no script's letters are 'other', and its full stop ends a sentence."""
    names, values = wide(f"<p>{SCRIPTS[script]}</p>")
    row = dict(zip(names, values[0].tolist(), strict=True))
    assert row["length"] >= 8
    assert row["ends_sentence"] == (script != "Thai")
    assert row["other_share"] < 0.1 if "other_share" in row else True


def test_an_empty_page_has_no_rows() -> None:
    known = drafting.survey(parse("<html><body><img src='/a.jpg'></body></html>"), None)
    rows = features.rows(known.page, known.context)
    assert len(rows.values) == 0
    assert block_model.current().classes(rows).shape == (0, len(block_model.CLASSES))
