"""Pages in the encodings of the web come out right whether these are declared, declared wrongly, or not at all."""

from __future__ import annotations

import codecs

import pytest

from newscrawl.extraction.read.decode import MAX_BYTES, decode
from newscrawl.rejections import NotHtml, ParseLimit, Refused

SENTENCES = {
    "zh-Hans": "新华社北京八月二十五日电 国家主席今天下午同俄罗斯总统通电话,双方就两国关系和地区形势交换了意见,表示愿进一步深化各领域务实合作。",
    "zh-Hant": "中央社臺北二十五日電 行政院長今天下午主持會議,聽取經濟部與財政部的報告,並表示將繼續推動產業發展與環境保護的政策。",
    "ja": "東京都は25日、新型コロナウイルスの感染者が新たに4228人報告されたと発表しました。前の週の同じ曜日に比べて減っています。",
    "ko": "서울시는 25일 신종 코로나바이러스 감염증 확진자가 새로 발생했다고 밝혔다. 정부는 오늘 오후 회의를 열고 대책을 논의할 예정이다.",
    "ru": "Президент России провёл в Москве встречу с членами правительства, на которой обсуждались вопросы развития экономики.",
    "uk": "Кабінет міністрів України ухвалив рішення про підтримку підприємств, які постраждали внаслідок війни, повідомив міністр.",
    "pl": "Żołnierze wrócili do kraju. Prezydent spotkał się w środę z premierem, aby omówić sytuację gospodarczą i służbę zdrowia.",
    "cs": "Vláda ve středu schválila návrh zákona o daních, který má příští rok přinést do rozpočtu několik miliard korun.",
    "hu": "A kormány szerdai ülésén döntött az új törvényről, amelyről a következő hónapban szavaz az országgyűlés. Előkészítetlen és káros.",
    "de": "Der Bundespräsident hat am Mittwoch in Köln die Bürgermeister größerer Städte über die Überschwemmungen befragt. „Wir müssen handeln“",
    "fr": "Le gouvernement a présenté mercredi un projet de loi très attendu sur l’énergie. « C’est nécessaire », a déclaré le ministre.",
    "es": "El presidente anunció el miércoles que mañana se celebrará una reunión sobre la situación económica. ¿Qué ocurrirá después?",
    "en": "The prime minister said the government’s plan would cost £3bn – more than expected – and there was “no alternative” to the cuts.",
    "tr": "Cumhurbaşkanı çarşamba günü yaptığı açıklamada ekonominin güçlü olduğunu söyledi. Muhalefet ise işsizliğin arttığını belirtti.",
    "el": "Ο πρωθυπουργός συναντήθηκε την Τετάρτη με τους υπουργούς της κυβέρνησης για να συζητήσουν την οικονομική κατάσταση.",
    "he": "ראש הממשלה נפגש ביום רביעי עם שר האוצר כדי לדון בתקציב המדינה ובמצב הכלכלי.",
    "ar": "استقبل الرئيس يوم الأربعاء وزير الخارجية لبحث العلاقات الثنائية بين البلدين والأوضاع في المنطقة وأكد ضرورة مواصلة التعاون.",
    "th": "นายกรัฐมนตรีแถลงข่าวเมื่อวันพุธว่ารัฐบาลจะดำเนินมาตรการช่วยเหลือประชาชนที่ได้รับผลกระทบจากน้ำท่วมในหลายจังหวัด",
}
ENCODINGS = [
    ("zh-Hans", "gb18030"),
    ("zh-Hant", "gb18030"),
    ("zh-Hant", "big5"),
    ("ja", "shift_jis"),
    ("ja", "euc_jp"),
    ("ja", "iso2022_jp"),
    ("ko", "euc_kr"),
    ("ru", "cp1251"),
    ("ru", "koi8_r"),
    ("ru", "iso8859_5"),
    ("uk", "cp1251"),
    ("uk", "koi8_u"),
    ("pl", "cp1250"),
    ("pl", "iso8859_2"),
    ("cs", "cp1250"),
    ("cs", "iso8859_2"),
    ("hu", "cp1250"),
    ("hu", "iso8859_2"),
    ("de", "cp1252"),
    ("fr", "cp1252"),
    ("es", "cp1252"),
    ("en", "cp1252"),
    ("tr", "cp1254"),
    ("el", "cp1253"),
    ("el", "iso8859_7"),
    ("he", "cp1255"),
    ("ar", "cp1256"),
    ("th", "cp874"),
    ("zh-Hans", "utf-8"),
    ("ru", "utf-8"),
    ("zh-Hans", "utf-16-le"),
    ("en", "utf-16-be"),
]


def html(language: str, head: str = "") -> str:
    """A page of some paragraphs, as short as articles get, with a style sheet and a script around them."""
    sentence = SENTENCES[language]
    return (
        f"<html><head>{head}<title>{sentence[:12]}</title><style>body{{color:red}}</style></head><body class=x>"
        f"<script>var a='b';</script><p>{sentence}</p>\n<p>{sentence[10:]}</p><p>{sentence[20:]}</p></body></html>"
    )


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS)
@pytest.mark.parametrize(
    "declared", [None, "utf-8", "iso-8859-1", "gb2312", "big5", "shift_jis", "euc-kr", "windows-1251", "x-none"]
)
def test_page_is_read_whatever_the_header_says(language: str, encoding: str, declared: str | None) -> None:
    body = html(language).encode(encoding)
    headers = {"content-type": f"text/html; charset={declared}"} if declared else {}
    assert decode(body, headers).text == body.decode(encoding)


@pytest.mark.parametrize(
    ("label", "encoding", "language"),
    [
        ("gb2312", "gb18030", "zh-Hans"),
        ("GBK", "gb18030", "zh-Hant"),
        ("big5", "big5hkscs", "zh-Hant"),
        ("x-sjis", "cp932", "ja"),
        ("ks_c_5601-1987", "cp949", "ko"),
        ("iso-8859-1", "cp1252", "en"),
        ("latin1", "cp1252", "fr"),
        ("iso-8859-9", "cp1254", "tr"),
        ("win-1251", "cp1251", "ru"),
        ("tis-620", "cp874", "th"),
        ("us-ascii", "cp1252", "de"),
    ],
)
def test_labels_mean_what_browsers_take_them_for(label: str, encoding: str, language: str) -> None:
    """ "ISO-8859-1" is windows-1252 with its curly quotes, "GB2312" is GB18030 (WHATWG Encoding Standard)."""
    for head in (f'<meta charset="{label}">', f'<meta http-equiv="Content-Type" content="text/html; charset={label}">'):
        page = html(language, head)
        decoded = decode(page.encode(encoding))
        assert (decoded.text, decoded.origin) == (page, "meta")
    assert decode(html(language).encode(encoding), {"content-type": f'text/html;charset="{label}"'}).origin == "header"
    xml = f'<?xml version="1.0" encoding="{label}"?>' + html(language)
    assert decode(xml.encode(encoding)).text == xml


@pytest.mark.parametrize("bom", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_byte_order_mark_comes_first_and_goes(bom: bytes) -> None:
    encoding = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}[bom]
    page = html("zh-Hans", '<meta charset="gb2312">')
    decoded = decode(bom + page.encode(encoding), {"content-type": "text/html; charset=big5"})
    assert decoded == (page, encoding, "bom")


def test_declared_utf8_survives_a_pasted_comment_and_a_cut_end() -> None:
    body = (html("zh-Hans") * 5).encode() + "café".encode("latin-1") + "中".encode()[:2]
    decoded = decode(body, {"content-type": "text/html; charset=utf-8"})
    assert decoded.encoding == "utf-8"
    assert SENTENCES["zh-Hans"] in decoded.text


def test_header_outranks_meta_where_both_fit() -> None:
    body = html("fr", '<meta charset="windows-1254">').encode("cp1252")
    assert decode(body, {"content-type": "text/html; charset=windows-1252"}).origin == "header"


def test_two_bytes_that_are_utf8_by_chance() -> None:
    """ "联通" in GBK is well-formed UTF-8."""
    page = '<meta charset="gbk"><title>联通</title><p>ok</p>'
    assert decode(page.encode("gbk")).text == page


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x1f\x8b\x08\x00", "application/gzip"),
        (b"PK\x03\x04\x14", "application/zip"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (bytes(range(32)) * 40, "binary data"),
        (b"\x00" * 500, "binary data"),
        (b'<?xml version="1.0"?>\n<!-- a --><rss version="2.0"><channel/></rss>', "RSS feed"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "Atom feed"),
        (b"<urlset></urlset>", "sitemap"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
    ],
)
def test_what_is_no_page_is_named(body: bytes, kind: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(body, {"content-type": "text/html"})
    assert isinstance(refused.value.rejection, NotHtml)
    assert refused.value.rejection.detail == kind


def test_media_type_counts_only_without_markup() -> None:
    with pytest.raises(Refused, match="application/json"):
        decode(b'{"a": "<b>"}', {"content-type": "application/json"})
    assert decode(b"<html><body><p>a", {"content-type": "application/octet-stream"}).text
    assert decode(b"<!DOCTYPE html><p>a", {"content-type": "image/gif"}).text


def test_a_stray_nul_is_no_binary() -> None:
    assert decode(b"<html><body><p>one\x00two</p>" + b"<p>text</p>" * 50).text.startswith("<html>")


def test_nothing_is_read_beyond_the_limit() -> None:
    with pytest.raises(Refused) as refused:
        decode(b"<div>" * (MAX_BYTES // 5 + 1))
    assert isinstance(refused.value.rejection, ParseLimit)


def test_empty_is_empty() -> None:
    assert decode(b"").text == ""
