"""One visible line taken apart: section, date, source, authors, editors, platform."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawl.extraction.fields.byline import byline_parts


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "时讯 2021-08-25 17:49:38 人民日报客户端",
            {"section": "时讯", "date": "2021-08-25T17:49:38", "source": "人民日报客户端"},
        ),
        ("人民日报客户端 2021-08-25 17:49:38 时讯", {"section": "时讯", "source": "人民日报客户端"}),
        ("2021-08-25 17:49 时讯 来源：人民日报客户端", {"section": "时讯", "source": "人民日报客户端"}),
        ("8月25日 17:49 · 人民日报客户端", {"source": "人民日报客户端", "date": None}),
        ("会议将于8月25日在上海举行", {"source": None, "section": None}),
        ("2021-08-31 18:40:06 From: Sogou wechat", {"platform": "Sogou wechat", "source": None}),
        ("author: Sogou wechat time: 2021-08-31 18:40:06", {"platform": "Sogou wechat", "authors": []}),
        ("2021-08-31 18:40:06 via Sogou wechat", {"platform": "Sogou wechat"}),
        (
            "2021-08-31 18:40:06 Sogou wechat",
            {"date": "2021-08-31T18:40:06", "platform": "Sogou wechat", "source": None},
        ),
        (
            "2019-09-08 00:20:15 来源：每日经济新闻 作者：张三 责任编辑：李四",
            {"source": "每日经济新闻", "authors": ["张三"], "editors": ["李四"]},
        ),
        (
            "2019-09-26 12:11来源：证券时报网作者：李在山",
            {"date": "2019-09-26T12:11:00", "source": "证券时报网", "authors": ["李在山"]},
        ),
        (
            "2019年09月11日01:53 新浪科技 我有话说(1307人参与) 收藏本文",
            {"date": "2019-09-11T01:53:00", "source": "新浪科技"},
        ),
        ("原创 南方都市报 2019-09-09 16:01:46", {"source": "南方都市报", "section": None}),
        # Where the account's network address lies, which mainland platforms show beside the date.
        ("滨江发布 2024-05-06 10:30 上海", {"source": "滨江发布", "section": None}),
        ("滨江发布 2024-05-06 10:30 发表于 上海", {"source": "滨江发布", "section": None}),
        ("来源：滨江发布 2024-05-06 10:30 IP属地：江苏", {"source": "滨江发布", "section": None}),
        ("2024-05-06 10:30 发布于：江苏省 滨江观察", {"source": "滨江观察", "section": None}),
        ("2024-05-06 10:30 中国香港", {"source": None, "section": None}),
        ("上海 2024-05-06 10:30", {"source": None, "section": "上海"}),
        ("2024-05-06 10:30 上海发布", {"source": "上海发布"}),
        ("GameForce 2019-09-04 22:18:34", {"source": "GameForce"}),
        ("发表于2014-08-24 21:30| 1164次阅读| 来源CSDN| 0 条评论| 作者魏星", {"source": "CSDN", "authors": ["魏星"]}),
        ("2019-08-13 14:07 来源：澎湃新闻·澎湃号·政务", {"source": "澎湃新闻·澎湃号·政务"}),
        ("2019-09-07 13:43:45 来源: 证券市场红周刊 举报", {"source": "证券市场红周刊"}),
        ("本文来源：新京报 责任编辑：史建磊_NBJ11331", {"source": "新京报", "editors": ["史建磊"]}),
        (
            "发布时间：2019-03-06 来源:东区办事处 编辑:龙慧 浏览次数: 100",
            {"source": "东区办事处", "editors": ["龙慧"], "date": "2019-03-06"},
        ),
        ("编辑|禤志杰", {"editors": ["禤志杰"]}),
        ("编辑 刘晓阳 校对 李铭", {"editors": ["刘晓阳"]}),
        ("(责编：汤诗瑶、丁涛)", {"editors": ["汤诗瑶", "丁涛"]}),
        ("（责任编辑： HN666）", {"editors": ["HN666"]}),
        ("采写：南都见习记者 林子沛", {"authors": ["林子沛"]}),
        ("文/张三 图/李四", {"authors": ["张三"]}),
        ("澎湃新闻记者 贺梨萍", {"authors": ["贺梨萍"]}),
        (
            "By Jane Doe and John Smith | Reuters | March 3, 2024 10:15 am EST",
            {"authors": ["Jane Doe", "John Smith"], "source": "Reuters", "date": "2024-03-03T10:15:00-05:00"},
        ),
        (
            "Do 25.04.24 | 14:07 Uhr | Von Eva Kirchner-Rätsch",
            {"authors": ["Eva Kirchner-Rätsch"], "date": "2024-04-25T14:07:00"},
        ),
        ("Von Felix Schröder und Jörg Soldwisch", {"authors": ["Felix Schröder", "Jörg Soldwisch"]}),
        ("Par Marie Dupont à Paris, publié le 3 mai 2024 à 15h47", {"date": "2024-05-03T15:47:00"}),
        ("Por María R. Sahuquillo", {"authors": ["María R. Sahuquillo"]}),
        ("Автор: Андрей Колесников", {"authors": ["Андрей Колесников"]}),
        ("(Reporting by Jane Doe in Paris; Editing by John Smith)", {"editors": ["John Smith"]}),
        ("Published 3 May 2024 | Updated 4 May 2024", {"date": "2024-05-03", "modified": "2024-05-04"}),
        ("source / The xinhua news agency", {"source": "The xinhua news agency"}),
    ],
)
def test_pieces(line: str, expected: dict[str, Any]) -> None:
    parts = byline_parts(line)
    got = {name: getattr(parts, name) for name in expected}
    got = {name: value.iso() if name in ("date", "modified") and value else value for name, value in got.items()}
    assert got == expected


@pytest.mark.parametrize(
    "line",
    [
        "资料图：市民在寒冷天气中出行。中新社记者 贾天勇 摄",
        "图片来源：每经记者 张蕊 摄",
        "视频来源：梨视频",
        "Photo: Jane Doe",
        "Von Sprachregeln, Gender-Politik und ganz normalem Deutsch",
        "by the end of the year, everything had changed",
        "1164次阅读",
        "Thursday, 28 July 2011",
        "来源：网络",
        "作者：",
        "查看更多",
        "0 comments",
        "原标题：台风登陆上海",
        "文中图片来自网友",
        "",
        "x" * 5_000,
    ],
)
def test_no_people_and_no_outlet(line: str) -> None:
    parts = byline_parts(line)
    assert not parts.authors
    assert not parts.editors
    assert parts.source is None
