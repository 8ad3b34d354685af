"""Dates in the languages of the world, made from the CLDR: their names, orders, calendars, labels and offsets, wherever a page puts them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from newscrawl.extraction.fields import date_labels, date_names, date_text
from newscrawl.extraction.fields.date_reading import reading_of
from newscrawl.extraction.fields.date_text import Reading
from newscrawl.extraction.fields.dates import find_dates
from newscrawl.items import Evidence
from tests.date_names_from_cldr import TARGET, collect, render

LONG = (
    "<p>" + "The committee met on Tuesday, and after a long debate it agreed on the plan for the coast. " * 4 + "</p>"
)
H1 = "<h1>Storm hits the coast</h1>"
FETCHED = datetime(2026, 12, 31, 12, tzinfo=UTC)


def test_the_names_are_those_of_the_cldr() -> None:
    babel = pytest.importorskip(
        "babel", reason="the names are compared with babel's copy of the CLDR where it is installed"
    )
    data = date_names.file_content()
    if data["made_with"] != f"babel {babel.__version__}":
        pytest.skip(f"{TARGET.name} was made with {data['made_with']}; this is {babel.__version__}")
    assert TARGET.read_text(encoding="utf-8") == render(collect())


LANGUAGES = (
    "en es de ru fr ja pt it zh zh_Hant tr nl pl ar id ko vi cs uk el sv ro hu da fi nb sk bg sr sr_Latn hr th he hi bn ca sl lt lv et ur ta te "
    "mr gu kn ml pa si ne km lo ka hy az kk ky uz tg tk mk bs is ga eu gl ast af sw am ms fil be ar_SY ar_DZ de_AT fr_CA pt_PT"
).split()


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_locales_own_forms_are_read(tag: str) -> None:
    pytest.importorskip("babel", reason="babel writes the dates that are read here")
    from babel.dates import format_date

    reading = Reading(tag.split("_")[0], "", date_names.order(tag), date(2026, 12, 31))
    wrong = {}
    for month in range(1, 13):
        day = date(2026, month, 4)
        # The short form of a date whose day could be a month is in the page's order; that of two figures needs more than itself.
        for width in ("full", "long", "medium"):
            text = format_date(day, width, locale=tag)
            for line, expected in (
                (text, day.isoformat()),
                (f"{text} 20:07", f"{day}T20:07:00"),
                (f"20:07 {text}", f"{day}T20:07:00"),
            ):
                if [stamp.iso() for stamp in date_text.find_all(line, reading)] != [expected]:
                    wrong[line] = expected
    assert not wrong


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        # calendars
        ("th", "4 มี.ค. 2569 08:20 น.", "2026-03-04T08:20:00"),
        ("th", "วันพุธที่ 4 มีนาคม พ.ศ. 2569 เวลา 08.20 น.", "2026-03-04T08:20:00"),
        ("th", "12 ธ.ค. 68 | 08:20", "2025-12-12T08:20:00"),
        ("th", "๑๒ ธันวาคม ๒๕๖๘", "2025-12-12"),
        ("fa", "چهارشنبه ۱۳ اسفند ۱۴۰۴ - ۰۸:۲۰", "2026-03-04T08:20:00"),
        ("fa", "۱۴۰۳/۱۲/۳۰", "2025-03-20"),
        ("fa", "1405/01/01 ساعت 08:20", "2026-03-21T08:20:00"),
        ("fa", "۰۴/۱۲/۱۳ ۰۸:۲۰", "2026-03-04T08:20:00"),
        ("ps", "۱۳ حوت ۱۴۰۴", "2026-03-04"),
        ("ja", "令和8年3月4日 8時20分", "2026-03-04T08:20:00"),
        ("ja", "令和元年5月3日", "2019-05-03"),
        ("ja", "平成30年12月1日", "2018-12-01"),
        ("ja", "R8.3.4", "2026-03-04"),
        ("zh", "民國115年3月4日 上午 8:20", "2026-03-04T08:20:00"),
        ("zh", "115/03/04 08:20", "2026-03-04T08:20:00"),
        ("zh", "115年3月4日", "2026-03-04"),
        # a weekday, a preposition or a half of the day beside the clock
        ("en", "4 March 2026 Wednesday 08:20", "2026-03-04T08:20:00"),
        ("en", "8:20 PM EST, Wed March 4, 2026", "2026-03-04T20:20:00-05:00"),
        ("de", "Mittwoch, 4. März 2026 um 8.20 Uhr", "2026-03-04T08:20:00"),
        ("de", "08:20 Uhr, Mi. 4. März 2026", "2026-03-04T08:20:00"),
        ("tr", "04 MART 2026 ÇARŞAMBA 08:20", "2026-03-04T08:20:00"),
        ("ja", "2026/3/4（水） 8:20", "2026-03-04T08:20:00"),
        ("ko", "2026.03.04 (수) 오후 8:20", "2026-03-04T20:20:00"),
        ("zh", "2026年3月4日 星期三 08:20", "2026-03-04T08:20:00"),
        ("ca", "4 de març del 2026 a les 8:20", "2026-03-04T08:20:00"),
        ("el", "ΤΕΤΑΡΤΗ 4 ΜΑΡΤΙΟΥ 2026, 8:20 μ.μ.", "2026-03-04T20:20:00"),
        ("vi", "Thứ Tư, 4 tháng 3, 2026 - 8:20 CH", "2026-03-04T20:20:00"),
        ("ar", "الأربعاء 4 آذار 2026، الساعة 8:20 م", "2026-03-04T20:20:00"),
        # a name of two months
        ("hr", "4. listopada 2025.", "2025-10-04"),
        ("pl", "4 listopada 2025", "2025-11-04"),
        # abbreviations of several zones
        ("hi", "04 मार्च 2026, 08:20 AM IST", "2026-03-04T08:20:00+05:30"),
        ("en", "4 Mar 2026, 8:20 AM IST", "2026-03-04T08:20:00"),
        ("zh", "2026-03-04 08:20 CST", "2026-03-04T08:20:00+08:00"),
    ],
)
def test_forms_of_one_language(language: str, text: str, expected: str) -> None:
    reading = Reading(language, order=date_names.order(language), today=FETCHED.date())
    assert [stamp.iso() for stamp in date_text.find_all(text, reading)] == [expected]


@pytest.mark.parametrize(
    "text",
    ["1447/09/15", "15 رمضان 1447", "1403/12/31", "1404/13/01", "115/03/04", "1.2.30", "version 12.10.3", "30/02/2026"],
)
def test_no_dates_of_any_calendar(text: str) -> None:
    assert not date_text.find_all(text, Reading("ar", order="dmy", today=FETCHED.date()))


@pytest.mark.parametrize(
    "day",
    ["4 March 2026, 08:20", "2026-03-04 08:20", "March 4, 2026 8:20 AM", "2026年3月4日 08:20", "04.03.2026 - 08:20"],
)
@pytest.mark.parametrize(
    ("mark", "offset"),
    [
        *((f"{sign}{zone}{space}{form}", value) for sign in ("", "(") for zone in ("UTC", "GMT") for space in ("", " ") for form, value in
          (("+8", "+08:00"), ("+08", "+08:00"), ("+08:00", "+08:00"), ("+0800", "+08:00"), ("-5", "-05:00"), ("−5", "-05:00"), ("–05:00", "-05:00"), ("+5:30", "+05:30"))),
        ("+0800", "+08:00"),
        ("+08:00", "+08:00"),
        ("Z", "+00:00"),
        ("GMT", "+00:00"),
        ("(UTC)", "+00:00"),
        ("EST", "-05:00"),
        ("[CET]", "+01:00"),
        ("МСК", "+03:00"),
        ("北京时间", "+08:00"),
    ],
)  # fmt: skip
def test_every_spelling_of_an_offset(day: str, mark: str, offset: str) -> None:
    closed = mark + ")" if mark.startswith("(") and not mark.endswith(")") else mark
    assert [stamp.iso() for stamp in date_text.find_all(f"{day} {closed}")] == [f"2026-03-04T08:20:00{offset}"]


def dates(page: Any, body: str, head: str = "", **fields: Any) -> tuple[str | None, str | None]:
    found = find_dates(*page(body, head, **{"fetched_at": FETCHED, **fields}))
    return found[0].value, found[1].value


PLACES = [
    H1 + "<p>{}</p>" + LONG,
    H1 + "<div><span>{}</span></div>" + LONG,
    H1 + "<p><time>{}</time></p>" + LONG,
    H1 + "<ul class='meta'><li>{}</li></ul>" + LONG,
    H1 + "<p class='standfirst'>A town gives way.</p><p>{}</p>" + LONG,
]
LABELS = [
    ("ar", "نُشر في", "آخر تحديث", "4 مارس 2026 08:20", "5 مارس 2026 09:05"),
    ("bg", "Публикувана на", "Последна актуализация", "04.03.2026 08:20", "05.03.2026 09:05"),
    ("bn", "প্রকাশ:", "আপডেট:", "৪ মার্চ ২০২৬, ০৮:২০", "৫ মার্চ ২০২৬, ০৯:০৫"),
    ("ca", "Publicat el", "Actualitzat el", "4 de març del 2026 a les 8:20", "5 de març del 2026 a les 9:05"),
    ("cs", "Publikováno", "Aktualizováno", "4. března 2026 8:20", "5. března 2026 9:05"),
    ("da", "Udgivet", "Opdateret", "4. marts 2026 kl. 08.20", "5. marts 2026 kl. 09.05"),
    ("de", "Veröffentlicht am", "Zuletzt aktualisiert:", "04.03.2026, 08:20 Uhr", "05.03.2026, 09:05 Uhr"),
    ("el", "Δημοσιεύθηκε:", "Ενημερώθηκε:", "4 Μαρτίου 2026, 08:20", "5 Μαρτίου 2026, 09:05"),
    ("en", "First published on", "Last modified on", "Wed 4 Mar 2026 08.20 GMT", "Thu 5 Mar 2026 09.05 GMT"),
    ("es", "Publicado:", "Última actualización:", "04/03/2026 08:20", "05/03/2026 09:05"),
    ("et", "Avaldatud", "Uuendatud", "4. märts 2026 08:20", "5. märts 2026 09:05"),
    ("fa", "تاریخ انتشار:", "به‌روزرسانی:", "۱۳ اسفند ۱۴۰۴ ۰۸:۲۰", "۱۴ اسفند ۱۴۰۴ ۰۹:۰۵"),
    ("fi", "Julkaistu", "Päivitetty", "4.3.2026 klo 8.20", "5.3.2026 klo 9.05"),
    ("fr", "Publié le", "mis à jour le", "4 mars 2026 à 8h20", "5 mars 2026 à 9h05"),
    ("gu", "પ્રકાશિત:", "અપડેટ:", "4 માર્ચ 2026, 08:20", "5 માર્ચ 2026, 09:05"),
    ("he", "פורסם:", "עודכן:", "4 במרץ 2026, 08:20", "5 במרץ 2026, 09:05"),
    ("hi", "प्रकाशित:", "अपडेटेड:", "4 मार्च 2026, 08:20", "5 मार्च 2026, 09:05"),
    ("hr", "Objavljeno:", "Ažurirano:", "4. ožujka 2026. u 8:20", "5. ožujka 2026. u 9:05"),
    ("hu", "Közzétéve:", "Frissítve:", "2026. március 4. 8:20", "2026. március 5. 9:05"),
    ("id", "Diterbitkan", "Diperbarui", "4 Maret 2026 pukul 08.20", "5 Maret 2026 pukul 09.05"),
    ("it", "Pubblicato il", "Ultimo aggiornamento:", "4 marzo 2026 alle 8:20", "5 marzo 2026 alle 9:05"),
    ("ja", "公開日時：", "最終更新：", "2026年3月4日 8時20分", "2026年3月5日 9時5分"),
    ("ka", "გამოქვეყნდა:", "განახლდა:", "4 მარტი 2026, 08:20", "5 მარტი 2026, 09:05"),
    ("ko", "기사입력", "최종수정", "2026.03.04. 오전 8:20", "2026.03.05. 오전 9:05"),
    ("lt", "Paskelbta", "Atnaujinta", "2026 m. kovo 4 d. 08:20", "2026 m. kovo 5 d. 09:05"),
    ("lv", "Publicēts", "Atjaunots", "2026. gada 4. marts 08:20", "2026. gada 5. marts 09:05"),
    ("mr", "प्रसिद्ध:", "अपडेट:", "४ मार्च २०२६ ०८:२०", "५ मार्च २०२६ ०९:०५"),
    ("nb", "Publisert", "Sist oppdatert", "4. mars 2026 kl. 08.20", "5. mars 2026 kl. 09.05"),
    ("nl", "Gepubliceerd op", "Laatst bijgewerkt op", "4 maart 2026 om 08:20", "5 maart 2026 om 09:05"),
    ("pl", "Opublikowano:", "Aktualizacja:", "4 marca 2026, 08:20", "5 marca 2026, 09:05"),
    ("pt", "Publicado em", "Atualizado em", "4 de março de 2026 às 8h20", "5 de março de 2026 às 9h05"),
    ("ro", "Publicat:", "Actualizat:", "4 martie 2026, 08:20", "5 martie 2026, 09:05"),
    ("ru", "Опубликовано", "Обновлено", "4 марта 2026 в 08:20", "5 марта 2026 в 09:05"),
    ("sk", "Zverejnené", "Aktualizované", "4. marca 2026 o 8:20", "5. marca 2026 o 9:05"),
    ("sl", "Objavljeno", "Posodobljeno", "4. marca 2026 ob 8:20", "5. marca 2026 ob 9:05"),
    ("sq", "Publikuar më", "Përditësuar më", "4 mars 2026, 08:20", "5 mars 2026, 09:05"),
    ("sr", "Објављено:", "Ажурирано:", "4. марта 2026. у 8:20", "5. марта 2026. у 9:05"),
    ("sv", "Publicerad", "Uppdaterad", "4 mars 2026 kl 08:20", "5 mars 2026 kl 09:05"),
    ("ta", "வெளியிடப்பட்டது:", "புதுப்பிக்கப்பட்டது:", "4 மார்ச் 2026, 08:20", "5 மார்ச் 2026, 09:05"),
    ("te", "ప్రచురణ:", "అప్‌డేట్:", "4 మార్చి 2026, 08:20", "5 మార్చి 2026, 09:05"),
    ("th", "เผยแพร่:", "อัปเดตล่าสุด:", "4 มี.ค. 2569 08:20 น.", "5 มี.ค. 2569 09:05 น."),
    ("tr", "Yayınlanma:", "Son güncelleme:", "04.03.2026 - 08:20", "05.03.2026 - 09:05"),
    ("uk", "Опубліковано", "Оновлено", "4 березня 2026, 08:20", "5 березня 2026, 09:05"),
    ("ur", "شائع", "اپ ڈیٹ", "4 مارچ 2026 08:20", "5 مارچ 2026 09:05"),
    ("vi", "Xuất bản:", "Cập nhật:", "04/03/2026 08:20", "05/03/2026 09:05"),
    ("zh", "發布時間：", "更新時間：", "2026/03/04 08:20", "2026/03/05 09:05"),
    ("zh", "发布日期：", "修改于", "2026年3月4日 08:20", "2026年3月5日 09:05"),
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("row", LABELS, ids=lambda row: row[0])
def test_published_and_modified_by_their_labels(page: Any, row: tuple[str, ...], place: str) -> None:
    language, first, second, published, modified = row
    zone = "+00:00" if "GMT" in published else ""
    both = (f"2026-03-04T08:20:00{zone}", f"2026-03-05T09:05:00{zone}")
    for line in (
        f"{first} {published} | {second} {modified}",
        f"{second} {modified} | {first} {published}",
        f"{first} {published} ({second} {modified})",
    ):
        assert dates(page, place.format(line), lang=language) == both, line
    assert dates(page, place.format(f"{second} {modified}"), lang=language) == (None, both[1])


@pytest.mark.parametrize("row", LABELS, ids=lambda row: row[0])
def test_a_label_in_a_line_of_its_own(page: Any, row: tuple[str, ...]) -> None:
    language, first, second, published, modified = row
    lines = f"<dl><dt>{second.rstrip(':：')}:</dt><dd>{modified}</dd><dt>{first.rstrip(':：')}:</dt><dd>{published}</dd></dl>"
    found = dates(page, H1 + lines + LONG, lang=language)
    assert tuple(str(value)[:16] for value in found) == ("2026-03-04T08:20", "2026-03-05T09:05")


def test_a_label_after_its_date(page: Any) -> None:
    assert dates(page, H1 + "<p>2026-03-05 09:05 更新</p>" + LONG, lang="zh") == ("2026-03-05T09:05:00", None)
    assert dates(page, H1 + "<p>05.03.2026 tarihinde güncellendi</p>" + LONG, lang="tr") == (None, "2026-03-05")


@pytest.mark.parametrize(
    ("fields", "more", "text", "expected"),
    [
        # the page's language and land
        ({"lang": "en-US"}, "", "03/04/2026", "2026-03-04"),
        ({"lang": "en-GB"}, "", "03/04/2026", "2026-04-03"),
        ({"lang": "en-US", "url": "https://paper.example.co.uk/a"}, "", "03/04/2026", "2026-04-03"),
        ({"lang": "en", "url": "https://paper.example.com.au/a"}, "", "03/04/2026", "2026-04-03"),
        ({"lang": "fil"}, "", "03/04/2026", "2026-03-04"),
        ({"lang": "zh"}, "", "26-04-03 07:31", "2026-04-03T07:31:00"),
        ({"lang": "hu"}, "", "26.04.03. 07:31", "2026-04-03T07:31:00"),
        ({"lang": "sv"}, "", "26-04-03 07:31", "2026-04-03T07:31:00"),
        ({"lang": "de"}, "", "03.04.26, 07:31 Uhr", "2026-04-03T07:31:00"),
        ({"lang": "en-US"}, "", "04/03/26 07:31 AM", "2026-04-03T07:31:00"),
        # the page's other dates
        ({"lang": "en"}, "<p>Filed 12/25/2025</p>", "03/04/2026", "2026-03-04"),
        ({"lang": "en"}, "<p>Filed 25/12/2025</p>", "03/04/2026", "2026-04-03"),
        # the fetch: what lies after it is read the other way
        ({"lang": "en", "fetched_at": datetime(2026, 3, 6, tzinfo=UTC)}, "", "03/04/2026", "2026-03-04"),
        ({"fetched_at": datetime(2026, 4, 5, tzinfo=UTC)}, "", "26-04-03 07:31", "2026-04-03T07:31:00"),
    ],
)  # fmt: skip
def test_figures_are_read_in_the_pages_order(
    page: Any, fields: dict[str, Any], more: str, text: str, expected: str
) -> None:
    assert dates(page, f"{H1}<p>{text}</p>{LONG}<div>{more}</div>", **fields)[0] == expected


def test_a_page_without_a_declared_language_is_read_by_its_script(page: Any) -> None:
    prose = "<p>" + "市里计划在六月底前出台补偿的指导办法，允许业主委员会协商。" * 6 + "</p>"
    doc, facts = page("<h1>市里计划出台指导办法</h1><p>03-04-05 07:31</p>" + prose, fetched_at=FETCHED)
    assert reading_of(doc, facts).language == "zh"
    assert find_dates(doc, facts)[0].value == "2003-04-05T07:31:00"


OTHERS = (
    "<ul>"
    + "".join(
        f"<li><a href='/{n}'>Another article with a headline of its own {n}</a><span>{n} {{}}</span></li>"
        for n in (1, 3, 5)
    )
    + "</ul>"
)


@pytest.mark.parametrize("ago", ["days ago", "天前", "hours ago", "Stunden her, vor 3 Stunden"])
def test_a_relative_time_of_other_articles_is_no_date(page: Any, ago: str) -> None:
    others = OTHERS.format(*[ago] * 3)
    assert dates(page, H1 + LONG + others)[0] is None
    assert dates(page, H1 + others)[0] is None  # the article stands in the page's state: what shows is the list
    assert dates(page, others + H1 + LONG)[0] is None
    assert dates(page, H1 + f"<p>By Jane Doe</p>{others.replace('ul>', 'div>').replace('li>', 'div>')}")[0] is None


def test_a_relative_time_in_the_by_line_is_the_articles(page: Any) -> None:
    assert dates(page, H1 + "<p>By Jane Doe</p><p>3 hours ago</p>" + LONG)[0] == "2026-12-31T09:00:00+00:00"


def test_a_relative_time_gives_way_to_what_is_told_exactly(page: Any) -> None:
    line = H1 + "<p>2 days ago</p>" + LONG
    assert (
        dates(page, line, evidence=Evidence(via="feed", published="2026-12-28T10:00:00Z"))[0]
        == "2026-12-28T10:00:00+00:00"
    )
    assert dates(page, line, url="https://news.example/2026/12/27/storm.html")[0] == "2026-12-27"


def test_a_date_without_a_year_needs_its_weekday(page: Any) -> None:
    fetched = datetime(2026, 3, 6, tzinfo=UTC)
    assert dates(page, H1 + "<p>3/4(水) 8:20配信</p>" + LONG, lang="ja", fetched_at=fetched)[0] == "2026-03-04T08:20:00"
    assert dates(page, H1 + "<p>3/4(金) 8:20配信</p>" + LONG, lang="ja", fetched_at=fetched)[0] is None
    assert dates(page, H1 + "<p>03-04 08:20</p>" + LONG, lang="zh", fetched_at=fetched)[0] is None


def test_nothing_before_the_web_but_what_is_declared(page: Any) -> None:
    archive = '<meta property="article:published_time" content="1969-07-21T05:00:00Z">'
    assert dates(page, H1 + LONG, archive)[0] == "1969-07-21"
    assert dates(page, H1 + "<p>July 21, 1969</p>" + LONG)[0] is None
    assert dates(page, H1 + LONG, archive.replace("1969-07-21", "1970-01-01"))[0] is None


def test_nothing_after_the_fetch_but_the_next_day(page: Any) -> None:
    assert dates(page, H1 + "<p>2 January 2027</p>" + LONG)[0] is None
    assert dates(page, H1 + "<p>1 January 2027</p>" + LONG)[0] == "2027-01-01"


def test_labels_do_not_start_in_the_middle_of_a_word() -> None:
    assert date_labels.meaning("Candidate ") == ""
    assert date_labels.meaning("Republicans, ") == ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<p>Updated: <time datetime='2026-03-05T09:05'>5 March</time></p>", (None, "2026-03-05T09:05:00")),
        (
            "<p>Published <time datetime='2026-03-04T08:20'>4 March</time> | Updated <time datetime='2026-03-05T09:05'>5 March</time></p>",
            ("2026-03-04T08:20:00", "2026-03-05T09:05:00"),
        ),
        ("<p><span>Mis à jour le</span> <time datetime='2026-03-05T09:05'>5 mars</time></p>", (None, "2026-03-05T09:05:00")),
        ("<p><time data-published='2026-03-04T08:20:00Z'>4 March</time></p>", ("2026-03-04T08:20:00+00:00", None)),
        ("<p><time class='editorial-date' datetime='2026-03-04'>4 March</time></p>", ("2026-03-04", None)),
    ],
)  # fmt: skip
def test_a_time_element_goes_by_its_label(page: Any, line: str, expected: tuple[str | None, str | None]) -> None:
    assert dates(page, H1 + line + LONG) == expected


def test_a_line_to_the_minute_takes_the_second_of_another_witness(page: Any) -> None:
    fed = Evidence(via="feed", published="2026-03-04T08:20:31Z")
    assert dates(page, H1 + "<p>4 March 2026, 08:20 GMT</p>" + LONG, evidence=fed)[0] == "2026-03-04T08:20:31+00:00"
    assert dates(page, H1 + "<p>4 March 2026, 08:21 GMT</p>" + LONG, evidence=fed)[0] == "2026-03-04T08:21:00+00:00"


def test_a_meta_tag_with_a_value_in_place_of_its_content(page: Any) -> None:
    assert (
        dates(page, H1 + LONG, "<meta name='article:published_time' value='2026-03-04T08:20:31Z'>")[0]
        == "2026-03-04T08:20:31+00:00"
    )


def test_the_date_in_the_state_is_before_what_lists_show() -> None:
    import newscrawl
    from newscrawl.items import RawPage

    prose = "The committee met on Tuesday, and after a long debate it agreed on the plan for the coast. " * 6
    body = f"""<html lang="zh"><head><title>Storm hits the coast</title></head><body><h1>Storm hits the coast</h1><div id="__nuxt">
    <div class="recommended"><div><a href="/1">Another article with a headline of its own</a><span>1天前</span></div>
    <div><a href="/2">One more article with a headline of its own</a><span>2天前</span></div></div></div>
    <script>window.__NUXT__={{"data":[{{"article":{{"title":"Storm hits the coast","publish_time":"2026-03-04 08:20:00","content":"<p>{prose}</p><p>{prose}</p>"}}}}]}}</script></body></html>"""
    article = newscrawl.extract(
        RawPage(body=body.encode(), url="https://news.example/a/1", fetched_at="2026-03-20T12:00:00+00:00")
    )
    assert isinstance(article, newscrawl.Article)
    assert str(article.published).startswith("2026-03-04T08:20:00")
    assert article.origin["published"] == "state"


@pytest.mark.parametrize("entry", ["vor 4 Minuten", "05.06.2026, 11:40 Uhr"])
def test_a_tickers_entries_do_not_date_it(entry: str) -> None:
    import newscrawl
    from newscrawl.items import RawPage

    text = (
        "Nach einem Erdrutsch ist die Strecke in beiden Richtungen gesperrt. Reisende werden gebeten, auf andere Züge auszuweichen. "
        * 2
    )
    entries = "".join(
        f"<article class='entry'><div><time>{when}</time></div><h3>Meldung Nummer {n} von der Strecke</h3><p>{n}. {text}</p></article>"
        for n, when in enumerate((entry, "05.06.2026, 09:10 Uhr", "04.06.2026, 22:10 Uhr"), 1)
    )
    body = f"""<html lang="de"><head><title>Unwetter im Westen: Züge fallen aus</title></head><body><main><article><h1>Unwetter im Westen: Züge fallen aus</h1>
    <div class="date">Aktualisiert: 05.06.2026, 11:42 Uhr</div><p>Ein Tief mit Starkregen zieht über den Westen. Wir berichten laufend, was in der Region geschieht.</p>
    <div class="live">{entries}</div></article></main></body></html>"""
    found = newscrawl.extract(
        RawPage(body=body.encode(), url="https://news.example/a/1", fetched_at="2026-06-05T12:00:00+00:00")
    )
    assert isinstance(found, newscrawl.Article)
    assert (found.published, str(found.modified)[:16]) == (None, "2026-06-05T11:42")
