"""What newscrawl's spiders and commands need of the settings where nobody has set it: installed by the add-on and by :mod:`newscrawl.configuration`."""

from __future__ import annotations

from typing import Any

import newscrawl
from newscrawl import settings as own

OF_THE_PROJECT = frozenset({"ADDONS", "BOT_NAME", "COMMANDS_MODULE", "LOG_LEVEL", "NEWSPIDER_MODULE", "SPIDER_MODULES"})
"""What newscrawl/settings.py says of this project alone."""
OWN = {name: getattr(own, name) for name in dir(own) if name.isupper() and name not in OF_THE_PROJECT}
"""newscrawl's own settings with their defaults. Scrapy knows none of them, so they are set for all spiders."""

# Scrapy's settings, for newscrawl's spiders: only what differs from Scrapy's defaults, each with its reason.
VALUES: dict[str, Any] = {
    "BOT_VERSION": newscrawl.__version__,
    # Whom a site's owner sees; completed with CONTACT by IdentityMiddleware.
    "USER_AGENT": f"newscrawl/{newscrawl.__version__}",
    # By RobotsMiddleware: Scrapy's own reads error pages as rules and a dead robots.txt as consent.
    "ROBOTSTXT_OBEY": True,
    "ROBOTSTXT_USER_AGENT": "newscrawl",  # RFC 9309 §2.2.1: the bare product token
    # Doors that a news crawler does not need.
    "TELNETCONSOLE_ENABLED": False,  # runs any code that reaches the port
    "REMOTE_CONTROL_ENABLED": False,  # the same over HTTP
    # A proxy resolves names itself, behind the address guard's back; True takes http_proxy and the like from the environment.
    "HTTPPROXY_ENABLED": False,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,  # off in Scrapy
    # Bounds of a news page instead of 1 GiB and three minutes. DOWNLOAD_MAXSIZE bounds pages on disk and in archives too.
    "DOWNLOAD_MAXSIZE": 10 * 2**20,
    "DOWNLOAD_WARNSIZE": 0,  # a line for each larger page helps nobody: the limit above rejects and reports
    "DOWNLOAD_TIMEOUT": 30,
    "DNS_TIMEOUT": 10,
    "REDIRECT_MAX_TIMES": 10,
    # Of refreshes by mark-up only those within 5 seconds are redirects: before a longer delay a reader sees the page, which loads itself anew.
    "METAREFRESH_MAXDELAY": 6,
    "RETRY_ENABLED": False,  # a page that timed out is asked for once more by SiteCrawl, when all others are done
    "COOKIES_ENABLED": False,  # nothing to log in to; a flood of cookies costs memory
    "HTTPERROR_ALLOW_ALL": True,  # statuses become rejections
    # The pace is PaceMiddleware's: a site file's, a host at a time. Given on the command line, DOWNLOAD_DELAY takes the site files' place.
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 256,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 256,
    "FEED_EXPORT_ENCODING": "utf-8",  # JSON with readable Chinese instead of escapes
    "STATS_DUMP": False,  # the summary is for people; the counters stay in crawler.stats
}
# The same for settings that are tables; what a project has put into one stays.
TABLES: dict[str, dict[str, Any]] = {
    "DOWNLOAD_HANDLERS": {
        "http": "newscrawl.download.http.HttpDownloadHandler",  # guards addresses: no private ones
        "https": "newscrawl.download.http.HttpDownloadHandler",
        # A page's link may name them.
        "data": None,
        "file": None,
        "ftp": None,
        "s3": None,
    },
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # drops without a word; scope is the frontier's matter
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "newscrawl.middlewares.RobotsMiddleware": 100,
        "newscrawl.middlewares.IdentityMiddleware": 450,
        "newscrawl.middlewares.AddressMiddleware": 560,  # nearer to the network than Retry: a refused address is not retried
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
        "newscrawl.download.codings.ContentCodingMiddleware": 590,  # takes cut data for no whole page
        "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
        "newscrawl.middlewares.MetaRefreshMiddleware": 580,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
        "newscrawl.middlewares.RedirectMiddleware": 600,
        # Farther from the network than DownloaderStats, which counts what is sent.
        "newscrawl.middlewares.PaceMiddleware": 840,
    },
    "EXTENSIONS": {
        "newscrawl.crawl.run.Run": -1000,  # what the others are given
        "scrapy.extensions.feedexport.FeedExporter": None,
        # The same, with whole lines, rejections beside them and a default output.
        "newscrawl.pipelines.ArticleFeeds": 0,
        "scrapy.extensions.logstats.LogStats": None,  # counts a minute; Progress has the line that says something
        "newscrawl.monitor.progress.Progress": 10,
    },
    "FEED_STORAGES": {
        "": "newscrawl.output.feeds.LineFeedStorage",
        "file": "newscrawl.output.feeds.LineFeedStorage",
    },
    "FEED_EXPORTERS": dict.fromkeys(("jsonl", "jsonlines", "jl"), "newscrawl.output.feeds.ArticleLinesExporter")
    | {"csv": "newscrawl.output.feeds.ArticleTableExporter"},
}
