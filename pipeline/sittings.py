"""Judging a large sending in sittings: as many visits at a time as memory holds.

Lists (register, months, plans …) are judged together, since they are held against each other, with
the first of the visits; the others follow in path order, each held against what is stored by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.office import editions
from pipeline.parse import Parsed
from pipeline.stores import Stores, beside
from pipeline.validation.ahead import Editions, ask_ahead
from pipeline.validation.twice import SAME
from pipeline.warehouse.editions import strange_editions

if TYPE_CHECKING:
    from pipeline.judging import Judged, Read

    Judge = Callable[[Read, Stores], Judged]

_OF_VISITS = {"visit", "encounter", "answer"}
_ANSWERS = 240_000  # of a sitting: some 2,400 visits; their checks take some 180 MB


def sittings(read: Read) -> Iterator[Read]:
    """`read` in parts, at least one; every file in exactly one of them."""
    groups = _groups(read)
    for files in groups:
        yield read if len(groups) == 1 else _only(read, files)


def _groups(read: Read) -> list[set[int]]:
    answers: Counter[int] = Counter()
    for parsed in read.parsed.values():
        if "answer" in parsed.tables:
            counted = parsed.tables["answer"].group_by("file").len()
            answers.update(dict(counted.iter_rows()))
    groups = [{f.index for f in read.batch.files if f.index not in answers}]
    # few with the lists: nothing can be judged beside those
    taken, most = 0, _ANSWERS if sum(answers.values()) <= _ANSWERS else _ANSWERS // 6
    for file in sorted(answers):
        if taken and taken + answers[file] > most:
            groups.append(set())
            taken, most = 0, _ANSWERS
        groups[-1].add(file)
        taken += answers[file]
    return groups


def _only(read: Read, files: set[int]) -> Read:
    own = {file: kind for file, kind in read.kinds.items() if file in files}
    return replace(
        read,
        batch=replace(
            read.batch,
            files=[f for f in read.batch.files if f.index in files],
            sheets=_of(read.batch.sheets, files),
            findings=[f for f in read.batch.findings if f.file in files],
        ),
        kinds=own,
        parsed={k: _rows(p, files) for k, p in read.parsed.items() if k in own.values()},
        findings=[f for f in read.findings if f.file in files],
    )


def _rows(parsed: Parsed, files: set[int]) -> Parsed:
    return replace(
        parsed,
        tables={name: _of(table, files) for name, table in parsed.tables.items()},
        column_map=_of(parsed.column_map, files),
        periods={file: period for file, period in parsed.periods.items() if file in files},
        findings=[f for f in parsed.findings if f.file in files],
    )


def _of(frame: pl.DataFrame, files: set[int]) -> pl.DataFrame:
    place = frame["file"]
    if files and place.is_sorted():  # then most of a large sending need not be looked at
        first = place.search_sorted(min(files), side="left")
        frame = frame.slice(first, place.search_sorted(max(files), side="right") - first)
    there = set(frame["file"].unique())
    if there <= files:
        return frame
    wanted = pl.DataFrame({"file": sorted(there & files)}, schema={"file": place.dtype})
    return frame.join(wanted, on="file", how="semi", maintain_order="left")


def apart(now: Collection[Read], later: Read, stores: Stores) -> bool:
    """Whether storing `now` cannot change how `later` is judged: there are visits only, none of
    them in both, by its id or by what may make two of one (`twice.SAME`), and the scorecard
    editions that `now` brings, if any, are of one line with those of `later` and those in use
    (`strange_editions`), whichever of them comes first."""
    if not {table for read in (*now, later) for table in _tables(read)} <= _OF_VISITS:
        return False
    visits, wanted = _visits_of(later)
    before = [_visits_of(read) for read in now]
    if not all(visits.isdisjoint(own) for own, _ in before):
        return False
    known = editions.known(stores.office.connection)
    brought = {name for _, own in before for name in own if name in known}
    brought -= set(stores.warehouse.query("SELECT edition FROM edition")["edition"])
    return not (brought and strange_editions(stores.warehouse, sorted(brought | wanted), known))


def _tables(read: Read) -> set[str]:
    return {table for parsed in read.parsed.values() for table in parsed.tables}


def _visits_of(read: Read) -> tuple[set[Any], set[str]]:
    """By what visits are held against each other, and their editions."""
    visits, editions = set[Any](), set[str]()
    for parsed in read.parsed.values():
        if "visit" in parsed.tables:
            own = parsed.tables["visit"]
            visits.update(own["visit_id"].drop_nulls())
            visits.update(own.select(SAME).drop_nulls().iter_rows())
            editions.update(own["edition"].drop_nulls().unique())
    return visits, editions


class Coming:
    """The sittings of a sending in turn, as they were judged.

    While one is stored, threads of its own make the next ready, put what can be asked without
    the stores, and judge it too where it is :func:`apart` from what is being stored: that one, and
    the one before it unless it was settled since. `settle` waits until all given out is stored.
    """

    def __init__(
        self,
        sittings: Iterator[Read],
        known: Editions,
        stores: Stores,
        judge: Judge,
        settle: Callable[[], None],
    ) -> None:
        self._sittings, self._editions, self._settle = sittings, known, settle
        self._stores, self._judge = stores, judge
        self._aside = ThreadPoolExecutor(2)  # one judges while the other asks
        self._next = self._aside.submit(self._prepared)
        self._judged: Future[Judged | None] | None = None

    def __enter__(self) -> Coming:
        return self

    def __exit__(self, *error: object) -> None:
        self._aside.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[Judged]:
        unsettled: tuple[Read, ...] = ()
        while (read := self._next.result()) is not None:
            judged = self._judged.result() if self._judged else None
            if judged is None:
                self._settle()
                unsettled = ()
                judged = self._judge(read, self._stores)
            unsettled = (*unsettled[-1:], read)
            # what is asked of this one has been answered: they may turn to the next
            self._next = self._aside.submit(self._prepared)
            self._judged = self._aside.submit(self._judged_beside, unsettled, self._next)
            yield judged
        self._settle()

    def _prepared(self) -> Read | None:
        read = next(self._sittings, None)
        if read is None:
            return None
        # put while the stores are looked at for what else must be known
        asked = self._aside.submit(ask_ahead, read.parsed, self._editions)
        return replace(read, ahead=asked.result)

    def _judged_beside(
        self, unsettled: Collection[Read], later: Future[Read | None]
    ) -> Judged | None:
        read = later.result()
        if read is None:
            return None
        with beside(self._stores) as stores:
            return self._judge(read, stores) if apart(unsettled, read, stores) else None
