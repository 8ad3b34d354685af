"""The block model's file: what cannot be used says so in one line, and what can gives every block a share for every class."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from pages import URL, page, story

import newscrawl
from newscrawl.extraction import drafting
from newscrawl.extraction.body import block_model, features
from newscrawl.extraction.body.block_model import CLASSES, BlockModel, ModelError, ModelFile
from newscrawl.extraction.read.tree import parse
from newscrawl.items import Article

PACKAGED = Path(newscrawl.__file__).parent / "extraction" / "data" / "block.model"


def file() -> ModelFile:
    return block_model.decode_file(PACKAGED.read_bytes())


def test_each_block_has_a_share_for_each_class() -> None:
    known = drafting.survey(parse(page("en")), URL)
    said = block_model.packaged().classes(features.rows(known.page, known.context))
    assert said.shape == (len(known.page.lines), len(CLASSES))
    assert np.allclose(said.sum(axis=1), 1)
    title = next(line.index for line in known.page.lines if line.tag == "h1")
    assert CLASSES[said[title].argmax()] == "title"


def test_the_packaged_model_is_small_and_says_where_it_comes_from() -> None:
    assert PACKAGED.stat().st_size < 2_000_000
    assert set(file().provenance) == {"corpora", "plan", "versions"}


@pytest.mark.parametrize(
    ("data", "words"),
    (
        (b"", "no block model"),
        (b"{}", "no block model"),
        (b"\x80", "no block model"),
        (b"\xff" * 99, "no block model"),
        (msgspec.msgpack.encode({"format": "newscrawl/block-model/0"}), "no block model"),
    ),
)
def test_what_is_no_model_is_told_in_one_line(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "m.msgpack"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=words) as error:
        block_model.read(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_cut_or_older_model_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "m.msgpack"
    for size in (10, 1000, PACKAGED.stat().st_size - 1):
        path.write_bytes(PACKAGED.read_bytes()[:size])
        with pytest.raises(ModelError):
            block_model.read(path)
    path.write_bytes(block_model.encode(msgspec.structs.replace(file(), format="newscrawl/block-model/0")))
    with pytest.raises(ModelError, match="another version.*train it again with learn"):
        block_model.read(path)
    with pytest.raises(ModelError, match="No such file"):
        block_model.read(tmp_path / "none")


def test_a_model_that_asks_for_unknown_features_says_what_to_do() -> None:
    known = file()
    first = msgspec.structs.replace(known.first, features=["no_such_feature", *known.first.features[1:]])
    with pytest.raises(ModelError, match="no_such_feature.*train it again with learn"):
        newscrawl.extract(page("en"), URL, model=BlockModel(msgspec.structs.replace(known, first=first)))


def test_a_model_can_be_named_for_one_call_or_for_the_process() -> None:
    block_model.use(PACKAGED)
    try:
        record = newscrawl.extract(page("en"), URL)
    finally:
        block_model.use(None)
    assert isinstance(record, Article)
    assert record.text.split("\n\n") == story("en")
    assert record.extractor["model"] == block_model.read(PACKAGED).name


def test_witnesses_that_agree_outvote_a_model_that_sees_nothing() -> None:
    """A model that takes nothing for text loses no article that trafilatura and JSON-LD both hold; its confidence is low by itself."""
    known = file()
    blind = msgspec.structs.replace(
        known,
        first=msgspec.structs.replace(known.first, leaf=np.full(len(known.first.leaf) // 4, -1.0, "<f4").tobytes()),
    )
    body = " ".join(story("en"))
    source = page("en").replace(
        "</head>",
        f'<script type="application/ld+json">{msgspec.json.encode({"@type": "NewsArticle", "articleBody": body}).decode()}</script></head>',
    )
    record = newscrawl.extract(source, URL, model=BlockModel(blind))
    assert isinstance(record, Article)
    assert record.text.split("\n\n") == story("en")
