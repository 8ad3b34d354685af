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

# What a user may set (-s NAME=VALUE). The documentation's page on settings takes these sentences (docs/generate.py).

# The folder of your own site files.
NEWSCRAWL_SITES = ""
# A URL or mail address under which you can be reached; it is sent with each request.
CONTACT = ""
# A command that gets the run's report (JSON) on standard input when a run gave an alert or ended with another status than 0.
ALERT_COMMAND = ""
# From so many runs, over seven days at least, a site is compared with its own past.
HEALTH_MIN_RUNS = 14
# Hosts, addresses and networks that may be asked although they are not public.
PRIVATE_HOSTS: list[str] = []
# The folder that holds what is known of each site, a file a site, and the runs' reports. It has to be on a local disk.
STATE_DIR = ".newscrawl"
# The times, counted from its publication, at which a written article is looked at again; `never` switches this off.
REVISIT = "1h,6h,1d,3d,7d"
# The least time between the two looks that tell that an article has been withdrawn.
WITHDRAW_AFTER = "24h"
# An archive that answers in the network's place: a folder of WARC files, or one such file.
REPLAY_DIR = ""
# A folder in which everything that the crawl fetches is kept as WARC files.
ARCHIVE_DIR = ""
# The size of one WARC file in bytes, after which the next begins.
ARCHIVE_BYTES = 10**9
# The longest pause in seconds that a robots.txt gets between two requests, whatever its Crawl-delay says.
CRAWL_DELAY_MAX = 30
# The number of pages of a section's list that are followed.
SECTION_PAGES = 3
# The path of Chromium or Chrome, which is found by itself where it stands in a usual place.
BROWSER = ""
# The number of pages that are in the browser at once.
BROWSER_PAGES = 2
# The seconds after which a page's text is taken as it is in the browser.
BROWSER_SECONDS = 30
# The megabytes that one page may take in the browser, beyond what the browser's processes share.
BROWSER_MEGABYTES = 1024
# The number of pages after which a new browser takes the old one's place.
BROWSER_RESTART = 200
# The file of a block model that `newscrawl learn` wrote, in place of the package's own.
MODEL = ""
# From 0 to 1: an article whose `confidence` is below becomes the rejection `unsure`. With 0 none does.
MIN_CONFIDENCE = 0.0
# The seconds that the extraction of one page may take; the slowest of 778 real pages took 0.4.
EXTRACT_TIMEOUT = 10
# The megabytes of address space that one worker process has; those pages took 310.
EXTRACT_MEGABYTES = 1024
