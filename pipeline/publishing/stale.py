"""Which publications rest on facts that have been restated since. Kept in the ledger: a
publication itself is never changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.periods import last_month
from pipeline.publication import Publication, published
from pipeline.publishing.differences import differences
from pipeline.publishing.taken_over import until

ACT = "publication.stale"


def stale_periods(folder: DataFolder) -> dict[str, int]:
    """{period: revision} of the newest publications that a later restatement made stale."""
    newest = {p.period: p.revision for p in published(folder)}
    if not newest or not folder.office.is_file():
        return {}
    with Office.open(folder) as office:
        flagged = marked(office)
    return {period: n for period, n in newest.items() if (period, n) in flagged}


def marked(office: Office) -> set[tuple[str, int]]:
    """(period, revision) of every publication that was ever marked stale."""
    payloads = ledger.payloads(office.connection, ACT)
    return {(payload["period"], payload["revision"]) for _, payload in payloads}


def is_stale(folder: DataFolder, period: str, revision: int) -> bool:
    """Whether facts behind this very revision have been restated since."""
    if not folder.office.is_file():
        return False
    with Office.open(folder) as office:
        return (period, revision) in marked(office)


def outdated(
    folder: DataFolder,
    period: str,
    facts: Mapping[str, pl.DataFrame],
    damaged: Collection[str] = (),
) -> list[Publication]:
    """Newest publications of other periods whose facts differ from `facts` where both look.

    `facts` are those of the new publication of `period`; the result is in order of their ends.
    The `damaged` ones, by name, are not compared: what they hold is not what was published.
    """
    newest = {p.period: p for p in published(folder) if p.period != period}
    sound = [p for p in newest.values() if p.path.name not in damaged]
    found = [p for p in sound if _differs(p, period, facts)]
    return sorted(found, key=lambda p: (last_month(p.period), p.period))


def facts_of(publication: Publication) -> dict[str, pl.DataFrame]:
    """All fact frames of a publication by table."""
    names = (path.stem for path in publication.path.glob("fact_*.parquet"))
    return {n.removeprefix("fact_"): publication.table(n) for n in sorted(names)}


def _differs(other: Publication, period: str, facts: Mapping[str, pl.DataFrame]) -> bool:
    end = min(last_month(period), last_month(other.period))
    mine, theirs = until(facts, end), until(facts_of(other), end)
    return not differences(theirs, mine).is_empty()
