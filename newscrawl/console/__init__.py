"""The program ``newscrawl``: what a shell asks for outside of any Scrapy project. Pages to records, the commands, a new project."""
