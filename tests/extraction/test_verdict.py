"""Which pages become records and which do not, in several languages, through the public call."""

from __future__ import annotations

import pytest

import newscrawl
from newscrawl.items import Article, RawPage

EN = (
    "The town council decided on Wednesday to build a new bridge across the river, after a debate of several hours.",
    "The mayor said that the work would begin in spring and that the old bridge would stay open until the new one is ready.",
    "Opponents had warned of the cost. They collected more than two thousand signatures against the plan.",
)
ZH = (
    "本报讯 记者从市水务局获悉,全市备用水源工程已于昨日正式投入使用,每天可以向城区供水三十万吨。",
    "工程负责人介绍,新水厂采用了先进的膜处理工艺,出厂水质优于国家标准,居民可以放心饮用。",
    "下一步,水务部门还将对老旧小区的供水管网进行改造,预计明年年底之前全部完成。",
)
DE = (
    "Der Stadtrat hat am Mittwoch nach langer Debatte beschlossen, eine neue Brücke über den Fluss zu bauen.",
    "Die Arbeiten sollen im Frühjahr beginnen, sagte die Bürgermeisterin. Die alte Brücke bleibt so lange offen.",
)
JA = (
    "市議会は25日、川に新しい橋を架ける計画を賛成多数で可決した。工事は来年の春に始まる予定だ。",
    "市長は「古い橋は新しい橋が完成するまで使えるようにする」と述べた。",
)
RU = (
    "Городской совет в среду после долгих споров решил построить новый мост через реку.",
    "Работы начнутся весной, сообщил мэр. Старый мост останется открытым.",
)
TEASERS = [
    f"Headline number {word} about the town and its people"
    for word in "one two three four five six seven eight nine ten".split()
]
ZH_TEASERS = [f"{word}区旧房改造工程今日开工惠及千户居民" for word in "东西南北中上下左右前"]


def html(*parts: str, title: str = "", head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{''.join(parts)}</body></html>"


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def story(*texts: str, title: str, date: str = "2024-05-01 10:20", more: str = "") -> str:
    return html(
        f"<article><h1>{title}</h1><div class=meta>{date}</div>{paragraphs(*texts)}</article>{more}", title=title
    )


def teasers(titles: list[str], summary: str = "", date: str = "") -> str:
    return (
        "<ul>"
        + "".join(
            f'<li><h3><a href="/2024/05/{n}.html">{title}</a></h3><p>{summary}</p><span>{date}</span></li>'
            for n, title in enumerate(titles)
        )
        + "</ul>"
    )


def verdict(page: str, url: str = "https://news.example/2024/05/01/story.html") -> str:
    result = newscrawl.extract(RawPage(body=page.encode(), url=url, fetched_at="2024-05-02T00:00:00+00:00"))
    return result.kind if isinstance(result, Article) else result.name


LD = '<script type="application/ld+json">{"@type": "%s", "headline": "x", "datePublished": "2024-05-01T10:00:00Z"}</script>'
PASSWORD = "<form action=/session><label>E-mail</label><input name=user><label>Password</label><input type=password><button>Go</button></form>"

ARTICLES = {
    "English": story(*EN, title="Council decides on new bridge"),
    "Chinese": story(*ZH, title="全市备用水源工程正式投入使用"),
    "German": story(*DE, title="Neue Brücke beschlossen"),
    "Japanese": story(*JA, title="新しい橋の計画を可決"),
    "Russian": story(*RU, title="В городе построят мост"),
    "one paragraph": story(EN[0], title="Council decides on new bridge"),
    "one Chinese sentence": story(ZH[0], title="备用水源工程投入使用"),
    "a flash among many teasers": story(ZH[0], title="备用水源工程投入使用", more=teasers(ZH_TEASERS)),
    "related stories with summaries": story(
        *EN, title="Council decides on new bridge", more=teasers(TEASERS, EN[1][:80])
    ),
    "about cookies and consent": story(
        "The regulator fined the company because its cookie dialogue gave no way to refuse consent to tracking by its partners.",
        "Under the GDPR, consent must be freely given, the privacy office said. The company said it would change its cookie settings.",
        EN[2],
        title="Company fined over cookie consent",
    ),
    "about error 404": story(
        "How the error 404 page came to be: the number has nothing to do with a room at CERN, its inventors say.",
        *EN[1:],
        title="The story of 404 not found",
    ),
    "about captchas": story(
        'Researchers say that a captcha no longer tells who is human. "I\'m not a robot" boxes are clicked by robots too.',
        *EN[1:],
        title="Are you a robot? The end of the captcha",
    ),
    "about copyright": story(
        "The court ruled that the copyright in the song had expired. Its publisher had claimed all rights reserved since 1935.",
        *EN[1:],
        title="Court rules on copyright",
    ),
    "about logins": html(
        "<header>" + PASSWORD + "</header>",
        f"<h1>Banks end passwords</h1><p>2024-05-01</p>{paragraphs(*EN)}",
        title="Banks end login by password",
    ),
    "with a comment form that logs in": story(
        *EN, title="Council decides on new bridge", more="<section id=comments>" + PASSWORD + "</section>"
    ),
    "with a cookie banner": html(
        "<div id=banner><p>We use cookies and share data with our partners. See our privacy policy.</p><button>Accept all</button></div>",
        f"<article><h1>Council decides</h1><p class=date>2024-05-01</p>{paragraphs(*EN)}</article>",
        title="Council decides",
    ),
    "with a licence footer": story(
        *ZH, title="备用水源工程投入使用", more="<footer><p>版权所有 未经授权不得转载 沪ICP备10207042号-1</p></footer>"
    ),
}


@pytest.mark.parametrize("name", ARTICLES)
def test_articles_are_kept(name: str) -> None:
    assert verdict(ARTICLES[name]) == "article"


REJECTED = {
    "section page": (
        "list_page",
        html("<h1>Local news</h1>", teasers(TEASERS, EN[1][:90], "2024-05-01"), title="Local news - The Example"),
    ),
    "section page, headlines only": ("list_page", html("<h1>Local news</h1>", teasers(TEASERS), title="Local news")),
    "section page with an introduction": (
        "list_page",
        html(
            f"<article><h1>Bridges</h1><p>{EN[0]}</p>",
            teasers(TEASERS, EN[1][:90], "1 May 2024"),
            "</article>",
            title="Bridges",
        ),
    ),
    "Chinese section page": (
        "list_page",
        html("<h1>时讯</h1>", teasers(ZH_TEASERS, ZH[1][:40], "2024-05-01"), title="时讯_看城网"),
    ),
    "Chinese section page, headlines only": (
        "list_page",
        html("<div class=list>", teasers(ZH_TEASERS, "", "2天前"), "</div>", title="时讯"),
    ),
    "list that looks like an article": (
        "list_page",
        html(
            "<div class=detail><h1>一周要闻(3月3日—3月9日)</h1><div class=meta>要闻 2024-05-01 19:00:00 看城网</div><div class=content>",
            "".join(
                f'<p><a href="/2024/{n}.html">{title}</a></p><p>供水保障再升级 <a href="/2024/{n}.html">[详细]</a></p>'
                for n, title in enumerate(ZH_TEASERS)
            ),
            '<p><a href="/1">上一页</a> 1 <a href="/2">2</a> <a href="/2">下一页</a></p></div></div><div class=ft><p>网站简介</p><p>广告服务</p><p>诚聘英才</p></div>',
            title="一周要闻",
        ),
    ),
    "bot check": (
        "bot_wall",
        html(
            "<h1>news.example</h1><p>Checking if the site connection is secure</p><div id=challenge-running></div><p>Ray ID: 7a</p>",
            title="Just a moment...",
        ),
    ),
    "access denied": (
        "bot_wall",
        html(
            "<h1>Access Denied</h1><p>You don't have permission to access this page on this server.</p><p>Reference #18.1</p>",
            title="Access Denied",
        ),
    ),
    "Chinese slider": (
        "bot_wall",
        html("<p>请完成验证后继续访问</p><p>向右滑动滑块</p><div id=geetest></div>", title="安全验证"),
    ),
    "consent wall": (
        "consent_wall",
        html(
            "<h1>Before you continue</h1><p>We and our partners use cookies and similar tracking to show you personalised content. You can change your consent in our privacy policy.</p>",
            "<p>We process personal data on the basis of legitimate interest or your consent, as our partners do.</p><button>Accept all</button><button>Reject all</button>",
            title="Before you continue",
        ),
    ),
    "German consent wall": (
        "consent_wall",
        html(
            "<h2>Willkommen</h2><p>Mit Ihrer Zustimmung verarbeiten wir und unsere Partner personenbezogene Daten. Ihre Einwilligung können Sie jederzeit widerrufen.</p>",
            "<p>Hinweise zum Datenschutz und zu Cookies finden Sie in der Erklärung.</p><button>Alle akzeptieren</button>",
            title="Datenschutzeinstellungen",
        ),
    ),
    "not found": (
        "soft_404",
        html(
            "<h1>Page not found</h1><p>The page you are looking for may have been moved or deleted. Please try the search.</p>",
            title="404 - The Example",
        ),
    ),
    "German not found": (
        "soft_404",
        html(
            "<h1>Seite nicht gefunden</h1><p>Die gesuchte Seite existiert nicht mehr oder wurde verschoben.</p>",
            title="Fehler 404",
        ),
    ),
    "Chinese not found": (
        "soft_404",
        html("<h1>抱歉</h1><p>您访问的页面不存在或已被删除,请返回首页。</p>", title="页面不存在"),
    ),
    "Japanese not found": (
        "soft_404",
        html("<h1>ページが見つかりません</h1><p>お探しのページは削除されました。</p>", title="ページが見つかりません"),
    ),
    "login": (
        "login_page",
        html(f"<h1>Sign in</h1>{PASSWORD}<p>No account yet? Register now.</p>", title="Sign in - The Example"),
    ),
    "Chinese login": ("login_page", html(f"<h1>用户登录</h1>{PASSWORD}<p>忘记密码</p>", title="用户登录")),
    "video with a caption": (
        "video_only",
        html(
            f"<h1>Bridge opened</h1><video src=a.mp4></video><p>{EN[0]}</p>",
            title="Bridge opened",
            head='<meta property="og:type" content="video.other">',
        ),
    ),
    "Chinese video": (
        "video_only",
        html(f"<h1>视频 | 水厂投产</h1><div><video src=a.mp4></video></div><p>{ZH[0]}</p>", title="视频 | 水厂投产"),
    ),
    "pictures": (
        "pictures_only",
        html(
            "<h1>Photos: the new bridge</h1>"
            + "".join(
                f'<figure><img src="/p{n}.jpg" width=900><figcaption>View {n}</figcaption></figure>' for n in range(6)
            ),
            title="Photos: the new bridge",
        ),
    ),
    "licence text": (
        "licence_only",
        html(
            "<h1>关于我们</h1>"
            + paragraphs(
                "互联网新闻信息服务许可证:31120240001 增值电信业务经营许可证",
                "Copyright © 2016 Example Inc. All Rights Reserved. 版权所有",
                "沪ICP备10207042号-1 沪公网安备31010602001114号 违法和不良信息举报电话:021-62870000",
            ),
            title="关于我们",
        ),
    ),
    "no text": ("empty", html("<div id=app></div><script>start()</script>", title="The Example")),
}


@pytest.mark.parametrize("name", REJECTED)
def test_other_pages_are_rejected_by_their_reason(name: str) -> None:
    reason, page = REJECTED[name]
    assert verdict(page) == reason


@pytest.mark.parametrize(
    "url",
    ["https://news.example/", "https://news.example", "https://news.example/index.html", "https://news.example/en/"],
)
def test_front_page(url: str) -> None:
    assert verdict(html("<h1>The Example</h1>", teasers(TEASERS, EN[1][:90]), title="The Example"), url) == "home_page"


def test_an_article_may_stand_at_the_root() -> None:
    """Single-page sites, and systems that address articles as /?p=17."""
    assert verdict(story(*EN, title="Council decides on new bridge"), "https://news.example/?p=17") == "article"
    assert verdict(story(*EN, *EN, title="Council decides on new bridge"), "https://news.example/") == "article"


LIVE = "".join(f"<div class=entry><h3>1{n}:05</h3><p>{EN[n % 3]}</p></div>" for n in range(8))
KINDS = {
    "live blog by type": (
        "live",
        html(f"<h1>Election night</h1>{LIVE}", title="Election night", head=LD % "LiveBlogPosting"),
    ),
    "live blog by shape and title": (
        "live",
        html(
            f"<article><h1>Election night: live updates</h1><p>2024-05-01</p>{LIVE}</article>",
            title="Election night: live updates",
        ),
    ),
    "Chinese live": (
        "live",
        html(
            "<h1>直播:大桥通车</h1><p>2024-05-01 10:00</p>" + "".join(f"<p>1{n}:05 {ZH[n % 3]}</p>" for n in range(8)),
            title="直播:大桥通车",
        ),
    ),
    "live is only a word": ("article", story(*EN, title="Where the council members live: a map")),
    "stub by declaration": (
        "stub",
        html(
            f"<article><h1>Council decides</h1>{paragraphs(EN[0])}</article><div>Subscribe to continue reading</div>",
            title="Council decides",
            head='<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Council decides", "isAccessibleForFree": false, "datePublished": "2024-05-01T10:00:00Z"}</script>',
        ),
    ),
    "stub by its prompt": (
        "stub",
        html(
            f"<article><h1>Council decides</h1><p class=date>2024-05-01</p>{paragraphs(*EN[:2])}</article><div><p>Subscribe to continue reading</p></div>",
            title="Council decides",
        ),
    ),
    "Chinese stub": (
        "stub",
        html(
            f"<article><h1>水厂投产</h1><p class=date>2024-05-01 10:00</p>{paragraphs(*ZH[:2])}</article><div><p>登录后阅读全文</p></div>",
            title="水厂投产",
        ),
    ),
    "free to the end": (
        "article",
        html(
            f"<article><h1>Council decides</h1><p>2024-05-01</p>{paragraphs(*EN * 4)}</article><div><p>Become a subscriber</p></div>",
            title="Council decides",
        ),
    ),
    "video with an article": (
        "video",
        html(
            f"<h1>Bridge opened</h1><video src=a.mp4></video>{paragraphs(*EN)}",
            title="Bridge opened",
            head='<meta property="og:type" content="video.other">',
        ),
    ),
    "article with a video": (
        "article",
        html(
            f"<article><h1>Bridge opened</h1><p>2024-05-01</p><iframe src=https://www.youtube.com/embed/x></iframe>{paragraphs(*EN)}</article>",
            title="Bridge opened",
        ),
    ),
    "gallery with an article": (
        "gallery",
        html(
            f"<h1>Photos: the new bridge</h1>{paragraphs(*EN)}"
            + "".join(f"<figure><img src=/p{n}.jpg></figure>" for n in range(5)),
            title="Photos: the new bridge",
        ),
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_kind(name: str) -> None:
    kind, page = KINDS[name]
    assert verdict(page) == kind
