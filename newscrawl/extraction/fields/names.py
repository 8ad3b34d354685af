"""Names of people and desks: cutting a by-line's tail into names, and telling names from everything else."""

from __future__ import annotations

import re

from newscrawl.extraction.words import word_set, words

MAX_NAME_CHARS = 60
MAX_NAMES = 12
MAX_LIST_CHARS = 1_000
"""What stands farther back in a list of names would not be kept anyway."""
_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_AND = re.compile(
    r"\s*(?:[,，、;；|｜&＆·•]|(?<!\w)(?:and|und|et|y|e|og|och|en|und|ve|dan|и|та|i|with|mit)(?!\w)(?=\s)|\s-\s|\s/\s"
    r"|(?-i:/(?=[A-ZÀ-Þ\u3400-\u9fff])))\s*",
    re.I,
)
_URL = re.compile(r"https?:|www\.|\.(?:com|net|org|php|html?)\b|@|^[/#]", re.I)
_STRICT_OPENER = re.compile(
    r"^\W*(?:(?:by|von|par|por|written by|posted by|words by)\s+|(?:作者|记者|文|author|autor(?:in)?)\s*[:：/]\s*)",
    re.I,
)
_BRACKET = re.compile(r"\s*[(（\[【].*?(?:[)）\]】]|$)")
_DATE = re.compile(r"\d{1,4}[-/.:年]\d|\b(?:19|20)\d{2}\b")
_MANY_DIGITS = re.compile(r"\d{3,}")


_ADDRESS = re.compile(r"^(?:https?:|www\.|@|/|mailto:)\S*$", re.I)
_COMPANY = re.compile(
    r"\b(?:GmbH|AG|Ltd|Limited|Inc|LLC|e\.\s?V|KG|S\.?A|S\.?p\.?A|B\.?V|PLC|Verlag|Corp(?:oration)?|Co)\.?$", re.I
)
# Lists whose words stand where names do: labels, roles, platforms, section words.
_NO_NAMES = (
    ("roles", "exact"),
    ("roles", "suffix"),
    ("platforms", "names"),
    ("labels", "author"),
    ("labels", "editor"),
    ("labels", "source"),
    ("labels", "date"),
    ("labels", "section"),
    ("labels", "other"),
)
_BUTTON = re.compile(r"查看|更多|点击|返回|关注|分享|收藏|举报|评论|阅读|下载|登录|客服")


def split(text: str) -> list[str]:
    """The names in a by-line's tail, each cleaned; pieces that are no names are left out."""
    text = " ".join(text[: 2 * MAX_LIST_CHARS].split())[:MAX_LIST_CHARS]
    if _ADDRESS.match(text):
        return []
    text = _STRICT_OPENER.sub("", text)
    text = _BRACKET.sub("", text) if len(_BRACKET.sub("", text)) >= 2 else text
    pieces = [p for p in _AND.split(text) if p and p.strip()]
    found: dict[str, str] = {}
    for piece in pieces:
        # Chinese names stand side by side with a single space between them: 姚立伟 刘晓阳.
        subs = piece.split() if re.fullmatch(rf"(?:[{_CJK}·]{{2,4}}\s+)+[{_CJK}·]{{2,4}}", piece.strip()) else [piece]
        for sub in subs:
            if name := clean(sub):
                found.setdefault(name.casefold(), name)
    out = list(found.values())
    if any(is_chinese_person(n) for n in out):
        # Beside people, a longer run of Han characters is what followed the names on the line.
        out = [n for n in out if is_chinese_person(n) or len(n) <= 4 or not re.fullmatch(rf"[{_CJK}\s]+", n)]
    return out[:MAX_NAMES]


def clean(text: str) -> str | None:
    """One name without its opener, brackets and role; None where nothing of a name is left."""
    name = _STRICT_OPENER.sub("", re.sub(r"\s+", " ", text)).strip(' .,，。:：;；|-–—_"“”*>»')
    name = re.sub(r"^.{0,12}?(?:记者|記者|通讯员|作者|编辑)\s*", "", name) if re.search(f"[{_CJK}]", name) else name
    name = (
        re.sub(
            rf"(?<=[{_CJK}]{{2}})(?:报道|摄影|摄|记者|撰文|特约记者)$|_[A-Z]{{1,3}}\d+$|[A-Z]{{1,3}}\d{{2,}}$", "", name
        )
        if re.search(f"[{_CJK}]", name)
        else name
    )
    if not is_name(name):
        return None
    return name


def is_chinese_person(text: str) -> bool:
    """Two to four Han characters that begin with a surname, or a transcribed foreign name with a dot."""
    if not re.fullmatch(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{1,8}·[\u3400-\u9fff·]{1,12}", text):
        return False
    data = words("names_zh")
    return "·" in text or (text[0] in data["surnames"] and len(text) <= 3) or text[:2] in data["compound"]


def is_name(text: str) -> bool:
    """Whether the text can be a person's or a desk's name: short, with letters, no address, no date, no mere role word."""
    folded = text.casefold().strip()
    if not 1 < len(text) <= MAX_NAME_CHARS or not any(c.isalpha() for c in text):
        return False
    if (
        _COMPANY.search(text)
        or _URL.search(text)
        or _DATE.search(text)
        or (_MANY_DIGITS.search(text) and not text.isalnum())
    ):
        return False
    if any(folded in word_set("bylines", *keys) for keys in _NO_NAMES):
        return False
    if re.search(f"[{_CJK}]", text):
        return len(text) <= 24 and not re.search(r"[。！？，：“”\"‘’《》…]", text) and not _BUTTON.search(text)
    return len(text.split()) <= 6


def is_company(text: str) -> bool:
    """Whether the text ends with a company's legal form."""
    return _COMPANY.search(text.strip()) is not None


_PARTICLES = frozenset(
    "de da di van von der den la le del dos das do el al bin ibn y e ter ten zu af du des della bar ben".split()
)


def is_person_like(text: str) -> bool:
    """Two to five words that begin with capitals, particles aside; of Han characters a Chinese person's name."""
    if re.search(f"[{_CJK}]", text):
        return is_chinese_person(text)
    parts = text.split()
    capitals = [p for p in parts if p.casefold() not in _PARTICLES]
    return (
        2 <= len(parts) <= 6
        and len(capitals) >= 1
        and all(not p[0].islower() for p in capitals)
        and parts[-1].casefold() not in _PARTICLES
    )


_WHENCE = re.compile(r"^(?:ip\s*(?:属地|所在地|归属地|地址)?|属地|发表于|发布于)(?=[\s:：]|$|[\u4e00-\u9fff])", re.I)


def is_place(piece: str) -> bool:
    """Whether a piece is the province or country of an account's network address (``上海``, ``IP属地：江苏``), or its label alone."""
    bare = _WHENCE.sub("", piece).strip(" :：")
    return not bare or bare in word_set("bylines", "places", "names")
