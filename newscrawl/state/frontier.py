"""The frontier of one site: every URL that was ever discovered, handed out until it has become a record or a rejection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from newscrawl.items import Candidate, Evidence
from newscrawl.state.articles import Known, moment
from newscrawl.state.discovery_evidence import Place, best, fresh, left, merged, pack, unpack
from newscrawl.state.store import Store
from newscrawl.urls import identity, origin

CANDIDATE, RECHECK, AGAIN, ALONE = range(4)
KNOWN, TURN, NEW = range(3)
DAY = 86400.0
ADOPTED = "adopted"
"""Reason of a record's page that was taken unread for the place to which its article has moved."""
IDLE = 3
"""Looks on a feed's word that a page has changed, none of which found a change, after which that word counts no longer."""

# Asked for each known URL that a list names, so without the text's paragraphs.
_LOOKED_AT = "SELECT page, url, looked_at, gone_at, state, idle FROM articles WHERE id = ?"


@dataclass(slots=True)
class Entry:
    """One page that is to be looked at, and all that was said of it."""

    key: str
    url: str
    evidence: Evidence
    scope: str = ""
    newest: float = 0.0
    rank: int = CANDIDATE
    tries: int = 0
    state: str = "waiting"
    reported: str | None = None
    article: Known | None = None
    """The record that the page has; None for a candidate."""
    alias: str | None = None
    """Id of the article that the page repeated when it was looked at last."""
    adopted: bool = False
    """Taken for the new place of its article unread, because the old one redirects there."""
    ended: bool = field(default=False)


class Ledger:
    """Registers candidates in a site's state, hands pages out and takes them back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.hosts = {row["host"] for row in store.rows("SELECT DISTINCT host FROM pages WHERE turn = ?", store.parity)}
        """Hosts that may have something to be looked at."""

    def register(self, candidate: Candidate, place: Place, scope: str = "") -> int:
        """Keeps a candidate: :data:`NEW` when its identity was unknown in all runs until now, :data:`TURN` when a known page is to be
        looked at because of it, else :data:`KNOWN`."""
        store, key = self._store, identity(candidate.url)
        row = store.one("SELECT state, looked, article, via, turn, newest, looked_at FROM pages WHERE key = ?", key)
        if row is None:
            host, seen = origin(candidate.url), moment(candidate.evidence.published or candidate.evidence.modified)
            store.write(
                "INSERT INTO pages (key, url, host, scope, state, found, found_at, newest, turn, rank, ord, sightings) "
                "VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?)",
                key,
                candidate.url,
                host,
                scope,
                store.run,
                store.now,
                seen or store.now,
                store.parity,
                CANDIDATE,
                fresh(place),
                pack([(fresh(place), candidate.url, candidate.evidence)]),
            )
            self.hosts.add(host)
            return NEW
        if row["looked"] == store.run or (_parked(row) and not _newer(row, candidate.evidence)):
            return KNOWN
        if row["state"] == "alias" and row["via"] is not None and not store.full:
            return self._target(key, row["article"], candidate, place)
        if row["state"] == "waiting" or (store.full and row["state"] != "quarantined"):
            return self._see(key, candidate, place)
        if self._changed_since(row["state"], row["article"], candidate.evidence, key):
            return self._see(key, candidate, place)
        return KNOWN

    def _target(self, key: str, article: str | None, candidate: Candidate, place: Place) -> int:
        """A page to which another one's redirect led is listed itself."""
        known = self._store.one(_LOOKED_AT, article)
        if known is None or identity(known["url"]) != key:  # no article was read there: it is a candidate like others
            self._store.write("UPDATE pages SET state = 'waiting', via = NULL, article = NULL WHERE key = ?", key)
            self._see(key, candidate, place)
            return NEW
        return TURN if self._changed(known, candidate.evidence) and self.look_again(known["page"]) else KNOWN

    def _see(self, key: str, candidate: Candidate, place: Place) -> int:
        """One more spelling or word of a page whose turn it is, or has now come."""
        store = self._store
        row = store.one("SELECT * FROM pages WHERE key = ?", key)
        if row is None or row["claimed"] is not None:
            return KNOWN
        old = unpack(row["sightings"])
        order = fresh(place)
        same = [one for one in old if one[1] == candidate.url and one[2].via == candidate.evidence.via]
        if (
            same
            and row["turn"] == store.parity
            and min(one[0] for one in same) <= order
            and same[0][2] == candidate.evidence
        ):
            return KNOWN
        old = [one for one in old if one not in same]
        found = [*old, (order, candidate.url, candidate.evidence)][-8:]
        rank, current = row["rank"], row["ord"]
        if row["turn"] is None:
            rank, current = (RECHECK if row["state"] == "record" and not store.full else CANDIDATE), order
        # What an earlier run left over keeps its place before what this one found.
        order = min(current, order)
        store.write(
            "UPDATE pages SET sightings = ?, turn = ?, rank = ?, ord = ? WHERE key = ?",
            pack(found),
            store.parity,
            rank,
            order,
            key,
        )
        self.hosts.add(row["host"])
        return KNOWN if row["turn"] == store.parity else TURN

    def _changed_since(self, state: str, article: str | None, said: Evidence, key: str) -> bool:
        """Whether discovery says that a page that has ended changed after the last look, or lists again what was gone."""
        changed = moment(said.modified)
        if state == "rejected":
            row = self._store.one("SELECT looked_at FROM pages WHERE key = ?", key)
            return bool(changed and row and row["looked_at"] and row["looked_at"] < changed <= self._store.now + 60)
        known = self._store.one(_LOOKED_AT, article) if state == "record" else None
        return known is not None and known["page"] == key and self._changed(known, said)

    def _changed(self, known: dict[str, Any], said: Evidence) -> bool:
        changed = moment(said.modified)
        if known["state"] == "gone":
            # Listed again, it may be back; a list that goes on naming what is gone costs one look a day.
            return bool((changed or 0) > known["gone_at"] or self._store.now - known["looked_at"] >= DAY)
        return bool(changed and known["idle"] < IDLE and known["looked_at"] < changed <= self._store.now + 60)

    def recheck(self) -> int:
        """Gives the articles whose next look is due their turn. Returns how many."""
        store = self._store
        due = [row["page"] for row in store.rows("SELECT page FROM articles WHERE due <= ?", store.now)]
        return sum(self.look_again(key) for key in due)

    def look_again(self, key: str) -> int:
        """Gives one article its turn in this run."""
        store = self._store
        row = store.one("SELECT host, newest, turn, looked FROM pages WHERE key = ?", key)
        if row is None or row["looked"] == store.run:
            return 0
        store.write(
            "UPDATE pages SET turn = ?, rank = ?, ord = ? WHERE key = ? AND (turn IS NULL OR turn != ?)",
            store.parity,
            RECHECK,
            left(row["newest"], ""),
            key,
            store.parity,
        )
        self.hosts.add(row["host"])
        return 1

    def take(self, host: str, rank: int) -> Entry | None:
        """The next page of a host and rank, once; marked as in work, on disk with the next commit; where a run has died with it, at once."""
        store = self._store
        while (
            row := store.one(
                "SELECT * FROM pages WHERE turn = ? AND host = ? AND rank = ? AND claimed IS NULL ORDER BY ord LIMIT 1",
                store.parity,
                host,
                rank,
            )
        ) is not None:
            entry = self._entry(row)
            asked = origin(entry.url)
            if asked == host:
                store.write("UPDATE pages SET claimed = ? WHERE key = ?", store.run, entry.key)
                if rank == ALONE:
                    store.commit()
                return entry
            # Its better spelling is another host's, at whose pace it is asked for.
            store.write("UPDATE pages SET host = ? WHERE key = ?", asked, entry.key)
            self.hosts.add(asked)
        return None

    def first(self, rank: int) -> Entry | None:
        """The next page of any host, in order: for replays, which have no pace to keep."""
        while (
            row := self._store.one(
                "SELECT host FROM pages WHERE turn = ? AND rank = ? AND claimed IS NULL ORDER BY ord LIMIT 1",
                self._store.parity,
                rank,
            )
        ) is not None:
            if (entry := self.take(row["host"], rank)) is not None:
                return entry
        return None

    def _entry(self, row: dict[str, Any]) -> Entry:
        found = unpack(row["sightings"])
        entry = Entry(
            row["key"],
            row["url"],
            merged(found),
            row["scope"],
            row["newest"],
            row["rank"],
            row["tries"],
            row["state"],
            row["reported"],
        )
        if row["state"] == "record":
            known = self._store.one("SELECT * FROM articles WHERE id = ?", row["article"])
            if known is not None and known["page"] == row["key"]:
                entry.article = Known(known)
                entry.url = entry.article.url
                entry.adopted = row["reason"] == ADOPTED
        elif found:
            entry.url = best(found)
        if row["state"] == "alias":
            entry.alias = row["article"]
        return entry

    def back(self, entry: Entry, rank: int | None = None) -> None:
        """Gives a page back as it was: to be looked at once more in this run, at the end."""
        rank = entry.rank if rank is None else rank
        self._store.write("UPDATE pages SET claimed = NULL, rank = ? WHERE key = ?", rank, entry.key)
        self.hosts.add(origin(entry.url))

    def leave(self, entry: Entry, reported: str | None = None) -> None:
        """Leaves a page over for the next run, whose first work it is."""
        store = self._store
        rank = RECHECK if entry.article else CANDIDATE
        store.write(
            "UPDATE pages SET claimed = NULL, turn = ?, rank = ?, ord = ?, reported = coalesce(?, reported), deaths = 0 WHERE key = ?",
            1 - store.parity,
            rank,
            left(entry.newest, entry.key),
            reported,
            entry.key,
        )

    def leave_many(self, number: int, reason: str, host: str | None = None) -> list[tuple[str, bool]]:
        """Leaves up to ``number`` pages over at once, of one host or of all: their URLs, and whether that is a candidate's first such end."""
        store = self._store
        rows = list(
            store.rows(
                "SELECT key, url, newest, state, reported FROM pages WHERE turn = ? AND claimed IS NULL AND (? IS NULL OR host = ?) LIMIT ?",
                store.parity,
                host,
                host,
                number,
            )
        )
        for row in rows:
            rank = RECHECK if row["state"] == "record" else CANDIDATE
            store.write(
                "UPDATE pages SET turn = ?, rank = ?, ord = ?, reported = coalesce(reported, ?), deaths = 0 WHERE key = ?",
                1 - store.parity,
                rank,
                left(row["newest"], row["key"]),
                reason if rank == CANDIDATE else None,
                row["key"],
            )
        return [(row["url"], row["state"] != "record" and (row["reported"] is None or store.full)) for row in rows]

    def park(self, entry: Entry, newest: float, reported: str | None = None) -> None:
        """Leaves a page that is too old for this run's bound until a run whose bound it meets."""
        self._store.write(
            "UPDATE pages SET claimed = NULL, turn = NULL, newest = ?, reported = coalesce(?, reported), looked = ?, looked_at = ?, "
            "deaths = 0 WHERE key = ?",
            newest,
            reported,
            self._store.run,
            self._store.now,
            entry.key,
        )

    def unpark(self, since: float | None) -> int:
        """Gives what earlier bounds left over its turn, as far as it is not older than ``since``."""
        store = self._store
        rows = list(
            store.rows(
                "SELECT key, host, newest FROM pages WHERE state = 'waiting' AND turn IS NULL AND newest >= ?",
                since or 0.0,
            )
        )
        for row in rows:
            store.write(
                "UPDATE pages SET turn = ?, rank = ?, ord = ? WHERE key = ?",
                store.parity,
                CANDIDATE,
                left(row["newest"], row["key"]),
                row["key"],
            )
            self.hosts.add(row["host"])
        return len(rows)

    def end(
        self,
        entry: Entry,
        state: str,
        *,
        reason: str | None = None,
        detail: str | None = None,
        article: str | None = None,
        read: bool = True,
    ) -> None:
        """The end of a page: a record, the alias of one, or a rejection; ``read`` is false where the look did not find the article."""
        store = self._store
        # What discovery said goes into each later version too; without it, a field that only the feed had would seem to change.
        kept = (
            pack([("", entry.url, msgspec.structs.replace(entry.evidence, text=None))]) if state == "record" else None
        )
        store.write(
            "UPDATE pages SET state = ?, reason = ?, detail = ?, article = ?, reported = ?, looked = ?, looked_at = ?, claimed = NULL, turn = NULL, "
            "sightings = ?, deaths = 0, tries = 0 WHERE key = ?",
            state,
            reason,
            detail,
            article,
            reason,
            store.run,
            store.now,
            kept,
            entry.key,
        )
        if article and read:
            store.write("UPDATE pages SET article = ? WHERE via = ? AND state = 'alias'", article, entry.key)
        known = store.one("SELECT url FROM articles WHERE id = ?", article) if state == "record" else None
        if known is not None:  # the next look asks where this one ended
            store.write("UPDATE pages SET host = ? WHERE key = ?", origin(known["url"]), entry.key)

    def failed(self, entry: Entry, reason: str, detail: str | None) -> None:
        """A look that failed in passing: the page has its turn again in the next run."""
        store = self._store
        store.write(
            "UPDATE pages SET reason = ?, detail = ?, reported = ?, looked = ?, looked_at = ?, claimed = NULL, turn = ?, rank = ?, ord = ?, "
            "deaths = 0, tries = tries + 1 WHERE key = ?",
            reason,
            detail,
            reason,
            store.run,
            store.now,
            1 - store.parity,
            RECHECK if entry.article else CANDIDATE,
            left(entry.newest, entry.key),
            entry.key,
        )

    def found_at(self, entry: Entry) -> float:
        """When a page was discovered, in seconds since 1970."""
        row = self._store.one("SELECT found_at FROM pages WHERE key = ?", entry.key)
        return float(row["found_at"]) if row else self._store.now

    def quarantined(self) -> list[Entry]:
        """Pages with which two runs have died; they end here."""
        found = [
            self._entry(row)
            for row in self._store.rows(
                "SELECT * FROM pages WHERE turn = ? AND rank = ? AND deaths >= 2", self._store.parity, ALONE
            )
        ]
        for entry in found:
            self.end(entry, "quarantined", reason="quarantined")
            if entry.article:
                self._store.write("UPDATE articles SET due = NULL WHERE id = ?", entry.article.id)
        return found

    def waiting(self) -> int:
        """Pages whose turn it is and that nobody works on."""
        row = self._store.one("SELECT count(*) AS n FROM pages WHERE turn = ? AND claimed IS NULL", self._store.parity)
        return int(row["n"]) if row else 0


def _parked(row: dict[str, Any]) -> bool:
    return bool(row["state"] == "waiting" and row["turn"] is None)


def _newer(row: dict[str, Any], said: Evidence) -> bool:
    """Whether discovery dates a parked page after its own date and after the look that parked it."""
    date = moment(said.modified or said.published)
    return date is not None and date > max(row["newest"], row["looked_at"] or 0.0)
