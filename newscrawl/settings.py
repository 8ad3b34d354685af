"""Scrapy's settings: only what differs from Scrapy's defaults, each with its reason."""

from __future__ import annotations

import logging
from typing import Any

import newscrawl
from newscrawl.monitor.log_records import PrintableRecord

BOT_NAME = "newscrawl"
BOT_VERSION = newscrawl.__version__
SPIDER_MODULES = ["newscrawl.spiders"]
COMMANDS_MODULE = "newscrawl.commands"

# What a user may set (-s NAME=VALUE).
NEWSCRAWL_SITES = ""  # a folder of the user's own site files
CONTACT = ""  # URL or mail address under which the user of this crawler can be reached
ALERT_COMMAND = (
    ""  # gets the JSON report on standard input when a run gave an alert or ended with another status than 0
)
HEALTH_MIN_RUNS = 14  # runs (over 7 days) from which on a site is compared with its own past
PRIVATE_HOSTS: list[str] = []  # hosts, addresses and networks that may be asked although they are not public
STATE_DIR = ".newscrawl"  # what is known of each site, a file a site, and the runs' reports
REVISIT = "1h,6h,1d,3d,7d"  # looks at a written article, counted from its publication; "never"
WITHDRAW_AFTER = "24h"  # between the two looks that tell that an article is gone
REPLAY_DIR = ""  # an archive (download/replay.py) that answers in the network's place
ARCHIVE_DIR = ""  # a folder that gets what the crawl fetches, as WARC files
ARCHIVE_BYTES = 10**9  # of one WARC file, after which the next begins
CRAWL_DELAY_MAX = 30  # seconds; a robots.txt that asks for more between two requests gets this
SECTION_PAGES = 3  # pages of a section's list that are followed
BROWSER = ""  # path of Chromium or Chrome; found by itself where it stands in a usual place
BROWSER_PAGES = 2  # pages in the browser at once
BROWSER_SECONDS = 30  # for one page; its text is taken as it is then
BROWSER_MEGABYTES = 1024  # of one page, beyond what the browser's processes share
BROWSER_RESTART = 200  # pages after which a new browser takes the old one's place
MODEL = ""  # a block model of scrapy learn in place of the package's own
MIN_CONFIDENCE = 0.0  # 0 to 1; an article whose text is less likely to be right is rejected (unsure); 0: none is
EXTRACT_TIMEOUT = 10  # seconds for one page in a worker process; the slowest of 778 real pages takes 0.4
EXTRACT_MEGABYTES = 1024  # one worker's address space; those pages take 310
# DOWNLOAD_MAXSIZE below bounds pages on disk and in archives too.

# Whom a site's owner sees; completed with CONTACT by IdentityMiddleware.
USER_AGENT = f"newscrawl/{newscrawl.__version__}"
ROBOTSTXT_OBEY = True  # by RobotsMiddleware: Scrapy's own reads error pages as rules and a dead robots.txt as consent
ROBOTSTXT_USER_AGENT = "newscrawl"  # RFC 9309 §2.2.1: the bare product token

# Doors that a news crawler does not need.
TELNETCONSOLE_ENABLED = False  # runs any code that reaches the port
REMOTE_CONTROL_ENABLED = False  # the same over HTTP
DOWNLOAD_HANDLERS: dict[str, Any] = {
    "http": "newscrawl.download.http.HttpDownloadHandler",
    "https": "newscrawl.download.http.HttpDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,  # a page's link may name them
}
# A proxy resolves names itself, behind the address guard's back; True takes http_proxy and the like from the environment.
HTTPPROXY_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True  # off in Scrapy
TWISTED_DNS_RESOLVER = "newscrawl.download.guard.GuardedResolver"  # no private addresses

# Bounds of a news page instead of 1 GiB and three minutes.
DOWNLOAD_MAXSIZE = 10 * 2**20
DOWNLOAD_WARNSIZE = 0  # a line for each larger page helps nobody: the limit above rejects and reports
DOWNLOAD_TIMEOUT = 30
DNS_TIMEOUT = 10
REDIRECT_MAX_TIMES = 10
# Of refreshes by mark-up only those within 5 seconds are redirects: before a longer delay a reader sees the page, which loads itself anew.
METAREFRESH_MAXDELAY = 6
RETRY_ENABLED = False  # a page that timed out is asked for once more by SiteCrawl, when all others are done
COOKIES_ENABLED = False  # nothing to log in to; a flood of cookies costs memory
HTTPERROR_ALLOW_ALL = True  # statuses become rejections

# The pace is PaceMiddleware's: a site file's, a host at a time. Given on the command line, DOWNLOAD_DELAY takes the site files' place.
DOWNLOAD_DELAY = 0
CONCURRENT_REQUESTS = 256
CONCURRENT_REQUESTS_PER_DOMAIN = 256

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # drops without a word; scope is the ledger's matter
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
    "newscrawl.middlewares.PaceMiddleware": 840,  # farther from the network than DownloaderStats, which counts what is sent
}
# The item pipelines are Scrapy's; what they make of an item stays the line that the state waits for.
ITEM_PROCESSOR = "newscrawl.pipelines.ItemPipelines"
EXTENSIONS = {
    "scrapy.extensions.feedexport.FeedExporter": None,
    "newscrawl.pipelines.ArticleFeeds": 0,  # the same, with whole lines, rejections beside them and a default output
    "scrapy.extensions.logstats.LogStats": None,  # counts a minute; Progress has the line that says something
    "newscrawl.monitor.progress.Progress": 10,
}
FEED_STORAGES = {"": "newscrawl.output.feeds.LineFeedStorage", "file": "newscrawl.output.feeds.LineFeedStorage"}
FEED_EXPORTERS = dict.fromkeys(("jsonl", "jsonlines", "jl"), "newscrawl.output.feeds.ArticleLinesExporter") | {
    "csv": "newscrawl.output.feeds.ArticleTableExporter"
}
FEED_EXPORT_ENCODING = "utf-8"  # JSON with readable Chinese instead of escapes
STATS_DUMP = False  # the summary is for people; the counters stay in crawler.stats

LOG_LEVEL = "INFO"
logging.setLogRecordFactory(PrintableRecord)
# Scrapy opens the root logger to all levels, so charset_normalizer builds a hundred records a detection for nobody (COST.md §2).
for _name in ("charset_normalizer", "trafilatura", "htmldate", "py.warnings"):
    logging.getLogger(_name).setLevel(logging.WARNING)
