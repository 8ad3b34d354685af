"""This project's settings: the add-on, and what a user may set.

Each ``-s NAME=VALUE`` below is an own setting of newscrawl's spiders with its default, which the add-on brings into other projects too
(:mod:`newscrawl.addon`). What the add-on sets of Scrapy's own settings stands there.
"""

from __future__ import annotations

BOT_NAME = "newscrawl"
SPIDER_MODULES = ["newscrawl.spiders"]
NEWSPIDER_MODULE = "newscrawl.spiders"  # where `scrapy genspider` puts a new one
COMMANDS_MODULE = "newscrawl.commands"
ADDONS = {"newscrawl.Addon": 500}
LOG_LEVEL = "INFO"

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
