"""One page to an article or to the reason why it is none. Pure: no Scrapy, no network, no files, no clock; the pool of worker processes stands beside it."""
