"""How commands that read a publication find it."""

from __future__ import annotations

from pipeline.commands.session import PARTLY, USAGE, Session
from pipeline.faults import Fault
from pipeline.periods import parse_period
from pipeline.publication import Publication, open_publication, strangers
from pipeline.publishing.soundness import of_stranger


def period_of(text: str) -> str:
    """The canonical period; Fault (2) if `text` is none."""
    try:
        return parse_period(text)
    except ValueError as error:
        raise Fault(
            f"“{text}”不是期间。请写成 2026-09、2026Q3 或 2026。",
            f"{text!r} is not a period. Write 2026-09, 2026Q3 or 2026.",
            USAGE,
        ) from error


def publication_of(session: Session, period: str, revision: int | None) -> Publication:
    """The publication of a canonical period; Fault: 1 there is none, 2 no such revision can be."""
    if revision is not None and revision < 1:
        raise Fault(
            f"修订版号从 1 开始，不能是 {revision}。",
            f"Revisions are counted from 1; {revision} is none.",
            USAGE,
        )
    found = open_publication(session.folder, period, revision)
    if found is None:
        _refuse_stranger(session, period, revision)
        which = period if revision is None else f"{period}-r{revision}"
        raise Fault(
            f"{which} 还没有发布。请先运行 mingcha publish --period {period}。",
            f"{which} is not published. First run: mingcha publish --period {period}",
            PARTLY,
        )
    return found


def _refuse_stranger(session: Session, period: str, revision: int | None) -> None:
    """Fault (1) where something lies there that the ledger does not know."""
    for one in strangers(session.folder):
        name, _, number = one.path.name.rpartition("-r")
        if name == period and revision in (None, int(number)):
            told = of_stranger(one.path)
            raise Fault(told.zh, told.en, PARTLY)
