"""Puts boxes of page furniture at every place inside articles whose text is known, and asks what is extracted then.

The snippets here are **held out: they serve for testing only**. What a model is trained on has words and markups of its
own and takes nothing from ``MARKUPS`` and ``WORDS``, or the figures would say how well it remembers instead of how well
it reads.

A combination is a base page, a place (before the first paragraph, after each), a kind of furniture, a markup of it, and
a setting (siblings of the paragraphs; or wrapped in a div, an aside or a section, which take turns). This prints tables
of all combinations::

    python -m tests.extraction.nested_furniture [--workers N] [--only WORD] [--failures FOLDER]
"""

from __future__ import annotations

import argparse
import functools
import html
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import newscrawl
from newscrawl import Article, Rejection

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
SEEDS = ROOT.parent / "shared" / "seeds"
# An article that comes out with less than this share of its paragraphs counts as lost.
WHOLE = 0.9
VERDICTS = ("exact", "lost", "leaked", "rejected", "broken")

# Kind -> markup -> the box and what it repeats for each item. WORDS has what the slots say; {n} counts the items.
# Class names say what it is in *_telling, and are an article's in *_misleading; elsewhere they are neutral or absent.
MARKUPS: dict[str, dict[str, tuple[str, str]]] = {
    "recommended": {
        "list_headed": ("<h3>{heading}</h3><ul>{items}</ul>", '<li><a href="/n/{n}.html">{text}</a></li>'),
        "list_bare": ('<ul class="u-12">{items}</ul>', '<li><a href="/n/{n}.html">{text}</a></li>'),
        "list_telling": (
            '<div class="related-stories"><h4>{heading}</h4><ul>{items}</ul></div>',
            '<li class="related-item"><a href="/n/{n}.html">{text}</a> <span>{date}</span></li>',
        ),
        "list_misleading": (
            '<div class="article-content"><p>{heading}</p><ul>{items}</ul></div>',
            '<li><a href="/n/{n}.html">{text}</a></li>',
        ),
        "paragraphs_headed": ("<p><strong>{heading}</strong></p>{items}", '<p><a href="/n/{n}.html">{text}</a></p>'),
        "paragraphs_bare": ("{items}", '<p><a href="/n/{n}.html" target="_blank">{text}</a></p>'),
        "cards_headed": (
            '<div class="f-3a"><h2>{heading}</h2>{items}</div>',
            '<div class="f-3b"><a href="/n/{n}.html"><img src="/t/{n}.jpg" alt=""><h4>{text}</h4></a>'
            "<span>{date}</span><em>{duration}</em></div>",
        ),
        "cards_bare": (
            '<div class="row">{items}</div>',
            '<div class="col"><a href="/n/{n}.html"><img src="/t/{n}.jpg" alt=""><i>{duration}</i><p>{text}</p>'
            "<p>{date}</p></a></div>",
        ),
        "cards_misleading": (
            '<div class="entry-content"><div class="paragraph">{heading}</div>{items}</div>',
            '<div class="paragraph"><a href="/n/{n}.html"><img src="/t/{n}.jpg" alt="">{text}</a><br>{date}</div>',
        ),
        "cards_unlinked": (
            '<div class="z0"><b>{heading}</b>{items}</div>',
            '<div class="z1" data-id="{n}"><div>{duration}</div><div>{text}</div><div>{date}</div></div>',
        ),
        "one_line": ("<p>{heading} {items}</p>", '<a href="/n/{n}.html">{text}</a> | '),
    },
    "advert": {
        "paragraphs": (
            '<p>{label}</p><p>{first} {second} <a href="https://go.shop.example/c?i=7">{link}</a></p>',
            "",
        ),
        "one_paragraph": (
            "<p><span>{label}</span> {first} {second} "
            '<a href="https://go.shop.example/c?i=7" rel="sponsored nofollow">{link}</a></p>',
            "",
        ),
        "box_telling": (
            '<div class="ad-slot" id="ad-mid-2"><span class="ad-label">{label}</span><p>{first} {second}</p>'
            '<a href="https://go.shop.example/c?i=7">{link}</a></div>',
            "",
        ),
        "box_neutral": (
            '<div class="k2"><small>{label}</small><div><a href="https://go.shop.example/c?i=7" target="_blank">'
            '<img src="/b/7.png" alt=""><p>{first}</p><p>{second}</p></a></div></div>',
            "",
        ),
        "box_misleading": (
            '<div class="article-body"><p>{label}</p><p>{first} {second}</p>'
            '<p><a href="https://go.shop.example/c?i=7">{link}</a></p></div>',
            "",
        ),
        "all_linked": (
            '<a href="https://go.shop.example/c?i=7" rel="sponsored"><img src="/b/7.png" alt=""><b>{link}</b> '
            "<span>{first}</span> <i>{label}</i></a>",
            "",
        ),
    },
    "poll": {
        "form": (
            '<form action="/vote"><h4>{question}</h4>{items}<button type="submit">{vote}</button><p>{count}</p></form>',
            '<label><input type="radio" name="q" value="{n}"> {text}</label><br>',
        ),
        "list_telling": (
            '<div class="poll-widget"><p class="poll-title">{heading}</p><p class="poll-question">{question}</p>'
            '<ul class="poll-options">{items}</ul><button>{vote}</button><span class="poll-count">{count}</span></div>',
            "<li>{text}</li>",
        ),
        "divs_neutral": (
            '<div class="m-q"><div>{question}</div>{items}<div>{vote}</div><div>{count}</div></div>',
            "<div>{text}</div>",
        ),
        "result_bars": (
            '<div class="box"><h3>{heading}</h3><p>{question}</p>{items}<p>{count}</p></div>',
            "<div><span>{text}</span> <b>{share}</b></div>",
        ),
        "paragraphs_misleading": (
            '<div class="content"><p><b>{question}</b></p>{items}<p><button>{vote}</button> {count}</p></div>',
            "<p>{n}. {text}</p>",
        ),
    },
    "newsletter": {
        "form_telling": (
            '<div class="newsletter-signup"><h3>{heading}</h3><p>{first} {second}</p><form action="/nl">'
            '<input type="email" placeholder="{input}"><button>{button}</button></form></div>',
            "",
        ),
        "box_neutral": (
            '<div class="c-77"><strong>{heading}</strong><p>{first} {second}</p><input name="m" placeholder="{input}">'
            "<button>{button}</button></div>",
            "",
        ),
        "paragraphs": (
            "<p><b>{heading}</b></p><p>{first} {second}</p>"
            '<form action="/nl"><input type="email"> <button>{button}</button></form>',
            "",
        ),
        "box_misleading": (
            '<div class="post-content"><h4>{heading}</h4><p>{first}</p><p>{second}</p>'
            '<form action="/nl"><input type="email"><input type="submit" value="{button}"></form></div>',
            "",
        ),
        "fine_print": (
            '<form class="n5" action="/nl"><h3>{heading}</h3><label>{input} <input type="email"></label> '
            "<button>{button}</button><p><small>{second}</small></p></form>",
            "",
        ),
        "one_paragraph": ('<p><em>{first} <a href="/nl">{button}</a></em></p>', ""),
    },
    "shop": {
        "card_telling": (
            '<div class="product-card"><img src="/g/4.jpg" alt="{name}"><h4>{name}</h4>'
            '<span class="price">{price}</span><p>{text}</p><button class="buy">{buy}</button></div>',
            "",
        ),
        "card_neutral": (
            '<div class="e1"><a href="/g/4"><img src="/g/4.jpg" alt=""></a><div>{name}</div><div>{text}</div>'
            '<div>{price}</div><a href="/g/4">{buy}</a></div>',
            "",
        ),
        "table": (
            '<table><tr><td><img src="/g/4.jpg" alt=""></td><td><b>{name}</b><br>{text}</td>'
            '<td>{price}<br><a href="/g/4">{buy}</a></td></tr></table>',
            "",
        ),
        "paragraphs": ('<p><b>{name}</b></p><p>{text}</p><p>{price} <a href="/g/4">{buy}</a></p>', ""),
        "card_misleading": (
            '<div class="article-text"><p>{name}</p><p>{text}</p><p>{price}</p><p><a href="/g/4">{buy}</a></p></div>',
            "",
        ),
        "figure": (
            '<figure><img src="/g/4.jpg" alt=""><figcaption><b>{name}</b> {text} <i>{price}</i></figcaption></figure>'
            '<a href="/g/4" role="button">{buy}</a>',
            "",
        ),
    },
    "share": {
        "links_telling": (
            '<div class="share-bar"><span>{label}</span>{items}</div>',
            '<a href="/share/{n}" title="{text}">{text}</a>',
        ),
        "list_neutral": ('<ul class="h-list">{items}</ul>', '<li><a href="#s{n}">{text}</a></li>'),
        "counters": ('<div class="b4">{items}</div>', "<span>{text} {count}</span> "),
        "paragraph": ("<p>{label} {items}</p>", '<a href="/share/{n}">{text}</a> '),
        "buttons_misleading": (
            '<div class="article-paragraph"><p>{label}</p>{items}</div>',
            '<button type="button">{text}</button>',
        ),
    },
    "app": {
        "link_telling": ('<div class="open-in-app"><a href="newsapp://open?id=1">{prompt}</a></div>', ""),
        "link_paragraph": ('<p><a href="/app">{prompt}</a></p>', ""),
        "code_neutral": (
            '<div class="g1"><img src="/qr.png" alt=""><p>{first}</p><button>{prompt}</button></div>',
            "",
        ),
        "sentence": ("<p>{first}</p>", ""),
        "box_misleading": ('<div class="text"><p>{first}</p><p><a href="/app">{prompt}</a></p></div>', ""),
    },
    "read_also": {
        "paragraph": ('<p>{label} <a href="/n/9.html">{text}</a></p>', ""),
        "strong": ('<p><strong>{label}</strong> <a href="/n/9.html"><strong>{text}</strong></a></p>', ""),
        "pull_quote": (
            '<blockquote class="pullquote"><p><em>{label}</em><br><a href="/n/9.html">{text}</a></p></blockquote>',
            "",
        ),
        "box_neutral": ('<div class="q"><span>{label}</span><a href="/n/9.html"><b>{text}</b></a></div>', ""),
        "unlinked": ("<p><em>{label} {text}</em></p>", ""),
    },
    "video": {
        "figure_telling": (
            '<figure class="video-player"><video src="/v/3.mp4" poster="/v/3.jpg"></video>'
            "<figcaption>{text} <time>{duration}</time></figcaption></figure>",
            "",
        ),
        "box_neutral": ('<div class="v9"><img src="/v/3.jpg" alt=""><span>{duration}</span><p>{text}</p></div>', ""),
        "linked": ('<a href="/v/3"><em>{duration}</em><p>{text}</p></a>', ""),
        "labelled": ("<div><b>{label}</b><div>{text}</div><div>{duration}</div></div>", ""),
        "paragraph": ('<p>{label} {duration} <a href="/v/3">{text}</a></p>', ""),
    },
}


@dataclass(frozen=True)
class Words:
    """Holds what one box says: the text of its slots, and of each of its items."""

    slots: dict[str, str]
    items: tuple[dict[str, str], ...] = ()


def _headlines(*rows: tuple[str, str, str]) -> tuple[dict[str, str], ...]:
    """Names the parts of (headline, date, duration)."""
    return tuple({"text": text, "date": date, "duration": duration} for text, date, duration in rows)


def _options(*rows: tuple[str, str]) -> tuple[dict[str, str], ...]:
    """Names the parts of (answer, share of the votes)."""
    return tuple({"text": text, "share": share} for text, share in rows)


def _services(*rows: tuple[str, str]) -> tuple[dict[str, str], ...]:
    """Names the parts of (service, how often it was used)."""
    return tuple({"text": text, "count": count} for text, count in rows)


# Language -> kind -> two wordings, which take turns from place to place.
WORDS: dict[str, dict[str, tuple[Words, Words]]] = {
    "zh": {
        "recommended": (
            Words(
                {"heading": "相关推荐"},
                _headlines(
                    ("凌晨三点的豆腐坊:一家人磨了四十年", "2026-02-27", "03:18"),
                    ("这座县城为何把公交车全换成了小巴?", "2026-02-26", "01:42"),
                    ("暴雨过后 河堤上多了一排手写的水位牌", "2小时前", "00:56"),
                    ("退休教师自费修复三百张老地图", "昨天", "05:07"),
                ),
            ),
            Words(
                {"heading": "大家都在看"},
                _headlines(
                    ("高铁站外的“无声面馆”火了", "3月1日", "02:09"),
                    ("七旬老人骑行两千公里 只为送一封信", "02-28 09:15", "04:33"),
                    ("停电十二小时,小区居民这样过了一夜", "5小时前", "00:47"),
                ),
            ),
        ),
        "advert": (
            Words(
                {
                    "label": "广告",
                    "first": "换季过敏别硬扛,清和空气净化器四层滤网,卧室二十分钟换一遍空气。",
                    "second": "本周下单的用户还可以获赠一年份滤芯,全国包邮,三十天无理由退换。",
                    "link": "立即了解清和净化器",
                }
            ),
            Words(
                {
                    "label": "推广",
                    "first": "想让孩子爱上写字?墨芽练字课每天只要十五分钟,老师一对一批改。",
                    "second": "首月体验价九块九,名额每天两百个,报满为止。",
                    "link": "点击领取体验课",
                }
            ),
        ),
        "poll": (
            Words(
                {
                    "heading": "小调查",
                    "question": "你平时最常用哪种方式看新闻?",
                    "vote": "投票",
                    "count": "已有 8,412 人参与",
                },
                _options(("手机客户端", "61%"), ("电视", "17%"), ("报纸", "8%"), ("听朋友说", "14%")),
            ),
            Words(
                {
                    "heading": "今日话题",
                    "question": "你支持公园夜间延长开放到零点吗?",
                    "vote": "提交选择",
                    "count": "共3076票",
                },
                _options(("支持,晚上也想散步", "72%"), ("不支持,影响周边休息", "19%"), ("无所谓", "9%")),
            ),
        ),
        "newsletter": (
            Words(
                {
                    "heading": "订阅晨间简报",
                    "first": "每天早上七点,编辑部为你挑选五条值得读的新闻,发到你的邮箱。",
                    "second": "我们不会把你的地址交给任何人,随时可以退订。",
                    "input": "请输入邮箱",
                    "button": "免费订阅",
                }
            ),
            Words(
                {
                    "heading": "周末来信",
                    "first": "每周六给你写一封长信,聊聊这一周我们最在意的一件事。",
                    "second": "已经有四万多位读者在收信,填写邮箱即可加入。",
                    "input": "你的邮箱地址",
                    "button": "我要收信",
                }
            ),
        ),
        "shop": (
            Words(
                {
                    "name": "山里人家 手工红薯粉条 2.5公斤装",
                    "price": "￥39.90",
                    "text": "纯红薯淀粉手工漏制,久煮不断条,炖肉涮锅都合适。",
                    "buy": "立即购买",
                }
            ),
            Words(
                {
                    "name": "听澜便携收音机 R2",
                    "price": "到手价 128元",
                    "text": "内置两千毫安电池,一次充电可以连续收听三十小时。",
                    "buy": "加入购物车",
                }
            ),
        ),
        "share": (
            Words(
                {"label": "分享到:"},
                _services(
                    ("微信", "312"),
                    ("微博", "87"),
                    ("QQ空间", "45"),
                    ("复制链接", "9"),
                ),
            ),
            Words(
                {"label": "喜欢就转给朋友"},
                _services(
                    ("点赞", "1204"),
                    ("收藏", "233"),
                    ("转发", "98"),
                    ("评论", "56"),
                ),
            ),
        ),
        "app": (
            Words({"prompt": "打开APP阅读全文", "first": "打开潮声新闻APP,阅读体验更流畅。"}),
            Words({"prompt": "去客户端看高清大图", "first": "扫码安装岸边客户端,第一时间收到突发新闻推送。"}),
        ),
        "read_also": (
            Words({"label": "延伸阅读:", "text": "老码头拆迁之后,八百名搬运工去了哪里"}),
            Words({"label": "另见:", "text": "一张船票背后的三次改签"}),
        ),
        "video": (
            Words({"label": "视频", "text": "航拍:晨雾中的跨江大桥", "duration": "02:14"}),
            Words({"label": "正在播放", "text": "记者探访深夜急诊室的六个小时", "duration": "11:38"}),
        ),
    },
    "en": {
        "recommended": (
            Words(
                {"heading": "Related"},
                _headlines(
                    ("The baker who refuses to buy an oven", "Feb 27, 2026", "3:18"),
                    ("Why this town swapped its buses for vans", "Feb 26, 2026", "1:42"),
                    ("Flood marks painted by hand line the embankment", "2 hours ago", "0:56"),
                    ("Retired teacher restores three hundred old maps", "Yesterday", "5:07"),
                ),
            ),
            Words(
                {"heading": "More from our site"},
                _headlines(
                    ("Inside the noodle shop where nobody speaks", "1 March", "2:09"),
                    ("At 74, he cycled across the country to deliver a letter", "28 Feb, 09:15", "4:33"),
                    ("Twelve hours without power: how one street got by", "5h", "0:47"),
                ),
            ),
        ),
        "advert": (
            Words(
                {
                    "label": "Advertisement",
                    "first": "Breathe easier this spring with the Clearwell purifier, "
                    "which renews the air in a bedroom every twenty minutes.",
                    "second": "Order this week and we will add a year of filters for free.",
                    "link": "Shop Clearwell",
                }
            ),
            Words(
                {
                    "label": "Sponsored content",
                    "first": "Want your children to enjoy handwriting?",
                    "second": "Inkbud lessons take fifteen minutes a day, and a real teacher looks at every page.",
                    "link": "Claim a free trial",
                }
            ),
        ),
        "poll": (
            Words(
                {
                    "heading": "Quick poll",
                    "question": "How do you usually follow the news?",
                    "vote": "Vote",
                    "count": "8,412 votes",
                },
                _options(("On my phone", "61%"), ("On television", "17%"), ("In print", "8%"), ("From friends", "14%")),
            ),
            Words(
                {
                    "heading": "Have your say",
                    "question": "Should parks stay open until midnight?",
                    "vote": "Submit answer",
                    "count": "3076 people have answered",
                },
                _options(
                    ("Yes, I like an evening walk", "72%"),
                    ("No, neighbours need their sleep", "19%"),
                    ("I don't mind", "9%"),
                ),
            ),
        ),
        "newsletter": (
            Words(
                {
                    "heading": "The morning briefing",
                    "first": "Five stories worth your time, picked by our editors "
                    "and sent to your inbox at seven every morning.",
                    "second": "We never pass on your address, and you can leave whenever you like.",
                    "input": "Your email",
                    "button": "Sign me up",
                }
            ),
            Words(
                {
                    "heading": "Letters for the weekend",
                    "first": "Each Saturday we write one long letter about the thing that mattered most to us this week.",
                    "second": "More than forty thousand readers already receive it; all we need is your email address.",
                    "input": "name@example.com",
                    "button": "Send it to me",
                }
            ),
        ),
        "shop": (
            Words(
                {
                    "name": "Hillside sweet potato noodles, 2.5 kg",
                    "price": "$12.90",
                    "text": "Made by hand from pure starch, they stay firm in any stew or hotpot.",
                    "buy": "Buy now",
                }
            ),
            Words(
                {
                    "name": "Seabreeze R2 pocket radio",
                    "price": "From £24.99",
                    "text": "The built-in battery plays for thirty hours on a single charge.",
                    "buy": "Add to basket",
                }
            ),
        ),
        "share": (
            Words(
                {"label": "Share:"},
                _services(
                    ("Facebook", "312"),
                    ("X", "87"),
                    ("WhatsApp", "45"),
                    ("Copy link", "9"),
                ),
            ),
            Words(
                {"label": "Pass it on"},
                _services(
                    ("Likes", "1204"),
                    ("Saves", "233"),
                    ("Shares", "98"),
                    ("Comments", "56"),
                ),
            ),
        ),
        "app": (
            Words({"prompt": "Open in the app", "first": "This story reads better in the Shoreline app."}),
            Words(
                {
                    "prompt": "Get the app",
                    "first": "Install our app to hear about breaking news before anybody else does.",
                }
            ),
        ),
        "read_also": (
            Words({"label": "Read also:", "text": "Where eight hundred dockers went after the old pier closed"}),
            Words({"label": "See more:", "text": "One ferry ticket, three changes of plan"}),
        ),
        "video": (
            Words({"label": "Video", "text": "From the air: the river bridge in morning mist", "duration": "2:14"}),
            Words({"label": "Now playing", "text": "Six hours in the emergency room at night", "duration": "11:38"}),
        ),
    },
}


@dataclass(frozen=True)
class Base:
    """Names a page whose text is known, and the tag of its paragraphs (none where breaks separate them)."""

    name: str
    file: Path
    language: str
    shape: str
    tag: str = "p"
    encoding: str = "utf-8"


def _structure(name: str, shape: str, tag: str = "p") -> Base:
    """Takes a page of ``fixtures/structures``."""
    language = "zh" if name.startswith("portal") else "en"
    return Base(name, FIXTURES / "structures" / f"{name}.html", language, shape, tag)


def _seed(name: str, shape: str, tag: str = "p", encoding: str = "utf-8") -> Base:
    """Takes a seed page."""
    language = "zh" if name.startswith("portal") else "en"
    return Base(f"seed_{name}", SEEDS / "pages" / f"{name}.html", language, shape, tag, encoding)


BASES: tuple[Base, ...] = (
    _structure("portal_flat_p", "flat p"),
    _structure("portal_div_data_v", "div", "div"),
    _structure("portal_single_br_all", "br", ""),
    _structure("portal_nested_semantic", "semantic"),
    _structure("portal_nested_tables", "tables"),
    _structure("repost_wordpress", "p in a box"),
    _structure("repost_div_paragraphs_spans", "div", "div"),
    _structure("repost_single_br", "br", ""),
    _structure("repost_nested_sections", "semantic", "section"),
    _structure("repost_table_row_each", "table rows", "tr"),
    Base("demo_portal", FIXTURES / "demo/www.demo-portal.example/local/c_1001.html", "zh", "p in a box"),
    Base("demo_repost", FIXTURES / "demo/mirror.demo-reposts.example/twelve-tide-stations.html", "en", "p in a box"),
)
SEED_BASES: tuple[Base, ...] = (
    _seed("portal_br_gbk", "br", "", "gb18030"),
    _seed("portal_inline", "p in a box"),
    _seed("portal_ssr", "p in a box"),
    _seed("repost_blog", "p in a box"),
    _seed("repost_br", "br", ""),
)
DEMO_URLS = {
    "demo_portal": "https://www.demo-portal.example/local/2026-03/09/c_1001.html",
    "demo_repost": "https://mirror.demo-reposts.example/2026/03/twelve-tide-stations.html",
}
SETTINGS = {"div": '<div class="w-1">{}</div>', "aside": "<aside>{}</aside>", "section": "<section>{}</section>"}


@dataclass(frozen=True)
class Page:
    """Holds a base page as it is, what its record must say, and where boxes can go."""

    source: str
    url: str
    paragraphs: tuple[str, ...]
    gaps: tuple[int, ...]


@functools.cache
def load(base: Base) -> Page:
    """Reads a base page and finds its places: one before the first paragraph and one after each."""
    if base.name in DEMO_URLS:
        lines = (FIXTURES / "demo" / "expected.jsonl").read_text(encoding="utf-8").splitlines()
        wanted = next(row for row in map(json.loads, lines) if row["url"] == DEMO_URLS[base.name])
    else:
        wanted = json.loads(base.file.with_suffix(".json").read_text(encoding="utf-8"))
    # Bytes, because reading as text would turn the page's line ends into others.
    source = base.file.read_bytes().decode(base.encoding)
    spans = list(_spans(source, wanted["paragraphs"], base.tag))
    return Page(source, wanted["url"], tuple(wanted["paragraphs"]), (spans[0][0], *(end for _, end in spans)))


def _spans(source: str, paragraphs: Iterable[str], tag: str) -> Iterator[tuple[int, int]]:
    """Yields where each paragraph begins and ends in the source, its element (or its break) included."""
    done = source.index("<body")
    for text in paragraphs:
        writings = (text, html.escape(text), html.escape(text, quote=False))
        begin, written = next((source.index(one, done), one) for one in writings if one in source[done:])
        done = begin + len(written)
        if tag:
            done = source.index(f"</{tag}>", done) + len(f"</{tag}>")
            yield source.rindex(f"<{tag}", 0, begin), done
        else:
            # Indents belong to the paragraph; the break after it, to the paragraph too.
            done += len("<br>") if source.startswith("<br>", done) else 0
            yield source.rindex(">", 0, begin) + 1, done


@dataclass(frozen=True)
class Case:
    """Puts one box at one place of a page."""

    base: Base
    place: int
    kind: str
    markup: str
    setting: str

    @property
    def name(self) -> str:
        return f"{self.base.name}-{self.place}-{self.kind}-{self.markup}-{self.setting}"

    @property
    def where(self) -> str:
        last = len(load(self.base).paragraphs)
        return {0: "before the first", last: "after the last"}.get(self.place, f"after {self.place}")

    @property
    def box(self) -> str:
        """Fills the markup with words."""
        shell, item = MARKUPS[self.kind][self.markup]
        words = WORDS[self.base.language][self.kind][self.place % 2]
        items = "".join(item.format(n=number, **row) for number, row in enumerate(words.items, 1))
        return shell.format(items=items, **words.slots)

    @property
    def insertion(self) -> str:
        """Dresses the box for its place, where it is to be a neighbour of the paragraphs."""
        box = SETTINGS[self.setting].format(self.box) if self.setting in SETTINGS else self.box
        if self.base.tag == "tr":
            # Between two rows there can only be a row.
            return f"<tr><td>{box}</td></tr>"
        if self.base.tag:
            return box
        page = load(self.base)
        at = page.gaps[self.place]
        # Between two breaks, as a line of the text is; at the ends one side may have the container's tag instead.
        opening = "" if page.source[at - 1] == ">" else "<br>"
        closing = "" if page.source.startswith(("<br>", "</"), at) else "<br>"
        return opening + box + closing

    @property
    def body(self) -> bytes:
        """Writes the page with the box in it and all else as it was."""
        page = load(self.base)
        at = page.gaps[self.place]
        text = page.source[:at] + self.insertion + page.source[at:]
        return text.encode(self.base.encoding)


def cases(only: str = "") -> list[Case]:
    """Lists every combination whose name has the word, always in one order; the seeds' only where these are."""
    boxes = [(kind, markup) for kind, markups in MARKUPS.items() for markup in markups]
    found = []
    for base in (*BASES, *(SEED_BASES if SEEDS.is_dir() else ())):
        for place in range(len(load(base).gaps)):
            for turn, (kind, markup) in enumerate(boxes):
                wrapped = tuple(SETTINGS)[(place + turn) % len(SETTINGS)]
                found += [Case(base, place, kind, markup, setting) for setting in ("siblings", wrapped)]
    return [case for case in found if only in case.name]


@dataclass(frozen=True)
class Outcome:
    """Tells what came of a combination: one of VERDICTS, and the text (or the reason of a rejection)."""

    verdict: str
    text: str


def judge(found: Article | Rejection, paragraphs: tuple[str, ...]) -> Outcome:
    """Compares a record's text with the paragraphs; one to which the box sticks is not lost, but the box has leaked."""
    if isinstance(found, Rejection):
        return Outcome("rejected", repr(found))
    if found.text == "\n\n".join(paragraphs):
        return Outcome("exact", found.text)
    kept = [text for text in paragraphs if text in found.text]
    if len(kept) < WHOLE * len(paragraphs):
        return Outcome("lost", found.text)
    rest = found.text
    for text in kept:
        rest = rest.replace(text, "", 1)
    # Neither lost nor leaked: the breaks between the paragraphs are others, or their order is.
    return Outcome("leaked" if rest.strip() else "broken", found.text)


def outcome(case: Case) -> Outcome:
    """Extracts the page of a combination."""
    page = load(case.base)
    return judge(newscrawl.extract(case.body, page.url), page.paragraphs)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Prints how often each verdict was given, by the rows' names."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, verdict in rows:
        counts[name][verdict] += 1
    print(f"\n{title:36}{'pages':>7}{'exact %':>9}" + "".join(f"{verdict:>10}" for verdict in VERDICTS[1:]))
    for name, count in counts.items():
        share = f"{100 * count['exact'] / count.total():9.1f}"
        print(f"{name:36}{count.total():7}{share}" + "".join(f"{count[verdict]:10}" for verdict in VERDICTS[1:]))


def _grid(results: list[tuple[Case, Outcome]], row: Callable[[Case], str], column: Callable[[Case], str]) -> None:
    """Prints the share that is exact, and that of which the article is lost, by two properties."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case, result in results:
        counts[row(case), column(case)][result.verdict] += 1
    columns = list(dict.fromkeys(name for _, name in counts))
    print(f"\n{'exact % (lost %)':20}" + "".join(f"{name:>14}" for name in columns))
    lines = {name for name, _ in counts}
    for line in sorted(lines, key=lambda name: (name == "after the last", name != "before the first", name)):
        cells = []
        for name in columns:
            count = counts[line, name]
            total = count.total()
            cells.append(f"{100 * count['exact'] / total:.0f} ({100 * count['lost'] / total:.0f})" if total else "-")
        print(f"{line:20}" + "".join(f"{cell:>14}" for cell in cells))


def report(results: list[tuple[Case, Outcome]]) -> None:
    """Prints all tables."""
    everything = [("all", result.verdict) for _, result in results]
    _table("kind", [(case.kind, result.verdict) for case, result in results] + everything)
    _table("kind and markup", ((f"{case.kind} {case.markup}", result.verdict) for case, result in results))
    _table("page", ((f"{case.base.name} ({case.base.shape})", result.verdict) for case, result in results))
    settings = ((f"{case.base.language} {case.setting}", result.verdict) for case, result in results)
    _table("language and setting", settings)
    _grid(results, lambda case: case.where, lambda case: case.base.shape)
    _grid(results, lambda case: case.kind, lambda case: case.base.shape)


def keep(case: Case, result: Outcome, folder: Path) -> None:
    """Writes a failing page, and beside it what was wanted and what was found."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{result.verdict}-{case.name}.html").write_bytes(case.body)
    wanted = "\n\n".join(load(case.base).paragraphs)
    text = f"WANTED\n\n{wanted}\n\nBOX ({case.where})\n\n{case.insertion}\n\nFOUND\n\n{result.text}\n"
    (folder / f"{result.verdict}-{case.name}.txt").write_text(text, encoding="utf-8")


def main() -> int:
    """Runs all combinations and says by the exit status whether every page was exact."""
    parser = argparse.ArgumentParser(description="Extracts articles with furniture nested at every place inside.")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--only", default="", metavar="WORD", help="those whose name has it, such as advert or seed_")
    parser.add_argument("--failures", type=Path, metavar="FOLDER", help="writes the failing pages there")
    options = parser.parse_args()
    wanted = cases(options.only)
    with ProcessPoolExecutor(options.workers) as pool:
        results = list(zip(wanted, pool.map(outcome, wanted, chunksize=50), strict=True))
    report(results)
    failed = [(case, result) for case, result in results if result.verdict != "exact"]
    if options.failures:
        for case, result in failed:
            keep(case, result, options.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
