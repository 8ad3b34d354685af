"""The state's tables, one script a version: a state file of an older version is brought forward when it is opened."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE pages (           -- every URL that was discovered in scope, by identity
        key TEXT PRIMARY KEY,
        url TEXT NOT NULL,         -- the spelling to ask for
        host TEXT NOT NULL,        -- scheme, name and port
        scope TEXT NOT NULL,       -- '' the site's own, 'original' what a repost credits
        state TEXT NOT NULL,       -- waiting, record, alias, rejected, quarantined
        found INTEGER NOT NULL,    -- number of the run that discovered it
        found_at REAL NOT NULL,
        newest REAL NOT NULL,      -- what discovery said of its age, else when it was found
        turn INTEGER,              -- to be looked at: parity of the run whose turn it is; NULL: not
        rank INTEGER NOT NULL,     -- 0 candidate, 1 recheck, 2 once more after a timeout, 3 alone, because a run died with it
        ord TEXT NOT NULL,         -- order within a rank
        sightings BLOB,            -- spellings and evidence, until it has ended
        reason TEXT, detail TEXT,  -- of the last rejection
        reported TEXT,             -- the reason whose line was written last
        article TEXT,              -- id of its record, or of the one that it repeats
        via TEXT,                  -- the page whose redirect led here
        looked INTEGER NOT NULL DEFAULT 0,  -- number of the run that looked last
        looked_at REAL,
        tries INTEGER NOT NULL DEFAULT 0,   -- looks that failed in passing
        claimed INTEGER,           -- number of the run that is working on it
        deaths INTEGER NOT NULL DEFAULT 0   -- runs that died while working on it
    ) WITHOUT ROWID;
    CREATE INDEX pages_turn ON pages (turn, host, rank, ord) WHERE turn IS NOT NULL;
    CREATE INDEX pages_claimed ON pages (claimed) WHERE claimed IS NOT NULL;
    CREATE INDEX pages_article ON pages (article) WHERE article IS NOT NULL;
    CREATE INDEX pages_via ON pages (via) WHERE via IS NOT NULL;
    CREATE INDEX pages_parked ON pages (newest) WHERE state = 'waiting' AND turn IS NULL;
    CREATE TABLE articles (
        id TEXT PRIMARY KEY,
        page TEXT NOT NULL,        -- key of its page
        url TEXT NOT NULL,         -- where it was fetched last
        title TEXT,
        version INTEGER NOT NULL,
        hash TEXT NOT NULL,        -- of title and text
        paragraphs BLOB NOT NULL,
        published REAL,
        first_at REAL NOT NULL,
        looked_at REAL NOT NULL,
        whole_at REAL NOT NULL,    -- last look without validators
        etag TEXT, last_modified TEXT,
        due REAL,                  -- next look; NULL: none
        gone_at REAL,              -- first look that found it gone
        state TEXT NOT NULL,       -- live, gone
        idle INTEGER NOT NULL DEFAULT 0,  -- looks on a feed's or sitemap's word that found no change
        met INTEGER NOT NULL       -- number of the run that wrote it last
    ) WITHOUT ROWID;
    CREATE INDEX articles_due ON articles (due) WHERE due IS NOT NULL;
    CREATE TABLE prints (print TEXT NOT NULL, article TEXT NOT NULL, PRIMARY KEY (print, article)) WITHOUT ROWID;
    CREATE INDEX prints_article ON prints (article);
    CREATE TABLE notes (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
    CREATE TABLE runs (number INTEGER PRIMARY KEY, id TEXT NOT NULL, began REAL NOT NULL, ended REAL, parity INTEGER NOT NULL, overwrite INTEGER NOT NULL);
    CREATE TABLE outbox (row INTEGER PRIMARY KEY, run INTEGER NOT NULL, kind TEXT NOT NULL, mark TEXT NOT NULL, line BLOB NOT NULL);
    CREATE TABLE outputs (path TEXT PRIMARY KEY NOT NULL, rejects TEXT NOT NULL, lines INTEGER NOT NULL, length INTEGER NOT NULL, rejects_length INTEGER NOT NULL);
    """,
    """
    ALTER TABLE outbox ADD COLUMN passed INTEGER NOT NULL DEFAULT 1;  -- whether the line is what the user's item pipelines made
    """,
)
