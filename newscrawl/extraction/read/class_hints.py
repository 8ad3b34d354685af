"""What an element's tag, class, id and role say of its purpose, as a set of marks; words in the names authors give to containers.

Names are evidence, never a verdict: a page whose whole article stands in ``class="sidebar-right-layout"`` exists, so the rules that
read marks also look at how much of the page's prose the container holds.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache


class Mark:
    """A container's purpose as its names tell it: bits of an int (``enum.IntFlag`` costs ten times as much to combine and to ask)."""

    NONE = 0
    BODY = 1
    ARTICLE = 2
    TITLE = 4
    BYLINE = 8
    CAPTION = 16
    SHARE = 32
    RELATED = 64
    COMMENT = 128
    NAVIGATION = 256
    FOOTER = 512
    SIDEBAR = 1024
    ADVERT = 2048
    NEWSLETTER = 4096
    TAGS = 8192
    CONSENT = 16384
    LICENCE = 32768
    TOOL = 65536
    HEADER = 131072
    AUTHOR_BOX = 262144
    STANDFIRST = 524288
    HIDDEN = 1048576
    QUOTE = 2097152
    TABLE = 4194304
    PAYWALL = 8388608
    WIDGET = 16777216
    CAPTION_NAMED = 33554432
    RELATED_NAMED = 67108864


_TAGS: dict[str, int] = {
    "nav": Mark.NAVIGATION,
    "footer": Mark.FOOTER,
    "aside": Mark.SIDEBAR,
    "header": Mark.HEADER,
    "figcaption": Mark.CAPTION,
    "figure": Mark.CAPTION,
    "article": Mark.ARTICLE,
    "main": Mark.ARTICLE,
    "form": Mark.TOOL,
    "fieldset": Mark.TOOL,
    "button": Mark.TOOL,
    "blockquote": Mark.QUOTE,
    "address": Mark.BYLINE,
    "h1": Mark.TITLE,
    "table": Mark.TABLE,
    "menu": Mark.NAVIGATION,
    "dialog": Mark.CONSENT,
    "caption": Mark.CAPTION,
}
_ROLES: dict[str, int] = {
    "navigation": Mark.NAVIGATION,
    "contentinfo": Mark.FOOTER,
    "complementary": Mark.SIDEBAR,
    "banner": Mark.HEADER,
    "main": Mark.ARTICLE,
    "article": Mark.ARTICLE,
    "search": Mark.TOOL,
    "dialog": Mark.CONSENT,
    "alertdialog": Mark.CONSENT,
    "menu": Mark.NAVIGATION,
    "menubar": Mark.NAVIGATION,
    "toolbar": Mark.SHARE,
    "tablist": Mark.NAVIGATION,
    "button": Mark.TOOL,
}
# Each row: the mark and the words, matched at the start of a word inside the names (camelCase, hyphens and underscores divide words).
_WORDS: list[tuple[int, str]] = [
    (
        Mark.BODY,
        r"article ?(?:body|text|content|detail)|(?:post|entry|story|news|main|rich|detail|blog) ?(?:body|text|content|detail)|body ?text|"
        r"content ?(?:body|text|detail)|articlebody|zoom|artibody|rich media content|text ?content|copy",
    ),
    (Mark.ARTICLE, r"article|post|entry|story|hentry|news"),
    (Mark.TITLE, r"headline|title|titel|heading|biaoti"),
    (
        Mark.BYLINE,
        r"byline|by line|author|autor|auteur|meta|dateline|date|time|timestamp|published|pub(?:lish)?(?: ?date)?|info|credit|zuozhe|laiyuan|writer|reporter|"
        r"contributor|datum|source",
    ),
    (
        Mark.CAPTION,
        r"caption|legend|wp caption|bildunterschrift|image|img|photo|picture|gallery|slideshow|slider|carousel|lightbox|figure|visual|media|video|player|bild|foto",
    ),
    (
        Mark.SHARE,
        r"share|sharing|social|sns|bshare|jiathis|bdshare|addthis|addtoany|follow|facebook|twitter|whatsapp|teilen|like|action[s]?|interaction|fenxiang|"
        r"qrcode|ewm|praise|digg|toolbar|app ?(?:download|promo|banner|tip|guide)|download",
    ),
    (
        Mark.RELATED,
        r"related|recommend\w*|recirc\w*|recommended|more|similar|suggest\w*|popular|trending|trend|hot|latest|most|readmore|read more|also|further|outbrain|taboola|"
        r"promo|teaser\w*|card[s]?|list|rank\w*|xiangguan|tuijian|remen|prev|next|pager|pagination|pagenav|siblings|mehr|lire|weitere\w*|newsfeed|feed|"
        r"aufmacher|shopping|product|buy|shop|offer|deal|coupon|partner|relacionad\w*|top stories|topnews|inline ?link|upnext|up next|see also|links|crosslink|linkbox|toplist|series|playlist",
    ),
    (
        Mark.RELATED_NAMED,
        r"related ?\w*|recommend\w*|recirc\w*|outbrain|taboola|relacionad\w*|xiangguan|tuijian|weitere ?artikel|more ?stories|more ?articles|more ?news|also ?like|see ?also|read ?also|"
        r"read ?more|readmore|mehr ?zum ?thema|lire ?aussi|leggi ?anche|next ?article|prev ?next|article ?teaser ?list|teaser ?list|wp rp|yarpp\w*|jp relatedposts",
    ),
    (
        Mark.COMMENT,
        r"comments?|commentlist|commentarea|commentbox|commentform|commenttext|disqus|discussion|respond|reply|replies|kommentar\w*|commentaires?|pinglun|livefyre|fb comments|talkback|forum|feedback|reactions?|"
        r"rating|vote|leserbrief|conversation|coral|viafoura|opinions",
    ),
    (
        Mark.NAVIGATION,
        r"nav|navi|navbar|navigation|menu|breadcrumb\w*|bread|crumb[s]?|crumbs|path|location|position|mbx|dangqian|sitemap|topbar|top bar|toc|tabs?|skip|jump|"
        r"submenu|megamenu|channel|burger|drawer|column nav",
    ),
    (Mark.FOOTER, r"foot|footer|bottom|copyright|colophon|disclaimer|impressum|legal|ft|siteinfo|imprint"),
    (
        Mark.SIDEBAR,
        r"side|sidebar|rail|right|aside|complementary|marginal\w*|side bar|rightcol|right col|seitenleiste|sidecol|secondary",
    ),
    (
        Mark.ADVERT,
        r"ad|ads|adv|advert\w*|advertisement|sponsor\w*|sponsored|promoted|banner|gpt|dfp|adsbygoogle|adslot|partner|commercial|anzeige|werbung|reklam\w*|publicidad|affiliate|"
        r"guanggao|shopping|product|buy|shop|offer|deal|coupon",
    ),
    (
        Mark.NEWSLETTER,
        r"newsletter\w*|subscri\w*|signup|sign up|mailing|mail|email|abo|abonn\w*|register|registration|membership|donat\w*|support|cta|call to action|"
        r"alert|notification|push|follow us|contribut(?:e|ion)|epic",
    ),
    (
        Mark.TAGS,
        r"tag|tags|taglist|keywords?|topics?|categor\w*|cat links|guanjianci|label[s]?|schlagwort\w*|themen|hashtag",
    ),
    (
        Mark.CONSENT,
        r"cookie\w*|consent|gdpr|ccpa|privacy|overlay|modal|popup|pop up|lightbox|interstitial|cmp|onetrust|didomi|banner",
    ),
    (Mark.LICENCE, r"licen[cs]e|copyright|rights|beian|icp|copyrights|shengming|statement|disclaim\w*"),
    (
        Mark.TOOL,
        r"tool[s]?|print|search|login|log in|signin|sign in|account|user|form|button|btn|widget|toggle|controls?|font ?size|zoom in|error|report|correction|jiucuo|"
        r"qr|weixin|wechat|app|audio|listen|speech|tts|podcast|survey|poll|quiz|noprint|no print|hidden print|print ?only|calculator|converter",
    ),
    (Mark.HEADER, r"head|header|masthead|top|banner|site ?head\w*|logo|kicker|eyebrow|overline|dachzeile"),
    (
        Mark.AUTHOR_BOX,
        r"author ?(?:box|bio|info|card|profile|description|details?|about|block|section|area|desc)|bio|biography|about (?:the )?author|autoren\w*|profile|"
        r"author ?bios?|staff|vcard|post author|tagline",
    ),
    (
        Mark.STANDFIRST,
        r"standfirst|stand first|lead|lede|teaser ?text|subtitle|sub title|subhead|subheadline|sub headline|deck|dek|intro|introduction|summary|abstract|excerpt|vorspann|chapeau|"
        r"sapo|daodu|zhaiyao|subtitulo|bajada|strapline|article ?desc\w*|description|kurzfassung",
    ),
    (
        Mark.HIDDEN,
        r"hidden|hide|visually ?hidden|sr ?only|screen ?reader\w*|a11y|offscreen|off screen|invisible|accessib\w*|assistive",
    ),
    (
        Mark.PAYWALL,
        r"paywall\w*|pay wall|regwall|tp modal|subscribe wall|payment|barrier|article gating|gated \\w*|gating\\w*|identity intro|registration wall",
    ),
    (
        Mark.WIDGET,
        r"info ?box|fact ?box|faktaboks|faktabox|fakta|factbox|expandable ?box|inset|info ?kasten|kasten|despiece|pull ?quote\w*|quote ?box|explainer",
    ),
    (
        Mark.CAPTION_NAMED,
        r"caption\w*|bildunterschrift|bildtext|legende|legend|figcaption|cutline|pie de foto|imagecredit|image credit|photo credit|img credit|bildquelle|copyright image",
    ),
]
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[a-z]{1,60}+\d{0,20}+|\d{1,20}+")
MAX_NAMES = 400
"""Characters of an element's names that are read."""


def _alternatives(words: str) -> list[str]:
    """The pattern's alternatives: split at each ``|`` outside of brackets."""
    parts, depth = [""], 0
    for char in words:
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


@cache
def _patterns() -> dict[tuple[str, bool], list[tuple[int, re.Pattern[str]]]]:
    """The words' patterns by the first letter of what they match, and whether they can match two words."""
    table: dict[tuple[str, bool], dict[int, list[str]]] = {}
    for mark, words in _WORDS:
        for part in _alternatives(words):
            firsts = (
                {inner[0] for inner in _alternatives(part[3 : part.index(")")])}
                if part.startswith("(?:")
                else {part[0]}
            )
            for first in firsts:
                for pair in (False, True) if " " in part else (False,):
                    table.setdefault((first, pair), {}).setdefault(mark, []).append(part)
    return {
        key: [(mark, re.compile(rf"(?:{'|'.join(parts)})\d*")) for mark, parts in marks.items()]
        for key, marks in table.items()
    }


@lru_cache(maxsize=65536)
def _word_marks(words: str) -> int:
    """The marks of one word or of two in a row; names repeat across pages, so nearly every call is a cache hit."""
    mark = 0
    for candidate, pattern in _patterns().get((words[0], " " in words), ()):
        if pattern.fullmatch(words):
            mark |= candidate
    return mark


def marks_of(tag: str, class_: str | None, id_: str | None, role: str | None) -> int:
    """The marks of one element by its tag, class, id and role."""
    names = f"{class_ or ''} {id_ or ''}"[:MAX_NAMES] if class_ or id_ else ""
    return _marks_of(tag, names, role[:MAX_NAMES] if role else "")


def named_by(tag: str, class_: str | None, id_: str | None, role: str | None, marks: int) -> str:
    """For a person, what gives an element one of these marks: ``class "related-box"``, ``tag <nav>``; empty where nothing does."""
    for kind, names in (("class", class_), ("id", id_)):
        for name in (names or "")[:MAX_NAMES].split():
            if _name_marks(name)[0] & marks:
                return f"{kind} “{name}”"
    if role and _ROLES.get(role.strip().lower(), Mark.NONE) & marks:
        return f"role “{role.strip()[:40]}”"
    if _TAGS.get(tag, Mark.NONE) & marks:
        return f"tag <{tag}>"
    return "its names" if marks_of(tag, class_, id_, role) & marks else ""


@lru_cache(maxsize=16384)
def _marks_of(tag: str, names: str, role: str) -> int:
    mark = _TAGS.get(tag, Mark.NONE)
    if role:
        mark |= _ROLES.get(role.strip().lower(), Mark.NONE)
    before = ""
    for name in names.split():
        own, first, last = _name_marks(name)
        mark |= own
        if before and first:
            mark |= _word_marks(f"{before} {first}")
        before = last or before
    return mark


@lru_cache(maxsize=65536)
def _name_marks(name: str) -> tuple[int, str, str]:
    """The marks of one name (``article-card__title``), and its first and last word: whole class attributes repeat less than their names."""
    words = _WORD.findall((name if name.islower() else _CAMEL.sub(" ", name)).lower())
    mark, before = 0, ""
    for word in words:
        mark |= _word_marks(word)
        if before:
            mark |= _word_marks(f"{before} {word}")
        before = word
    return mark, words[0] if words else "", before
