"""Making documents: many at once on both cores, each file whole and read back, or none at all.

Used by `mingcha report`, the worker and delivery. Every file is written and checked in a folder of
its own inside `out` and moved into place when all are done: a release is stopped as a whole.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline import processes
from pipeline.faults import Fault, unwritable
from pipeline.making.children import carry_out
from pipeline.making.jobs import Made, jobs_of
from pipeline.making.wanted import Wanted, choice, wanted
from pipeline.publication import Publication
from pipeline.reports.figures import Language

__all__ = ["Made", "Wanted", "choice", "make", "wanted"]

_ROOMS = re.compile(r"^\.mingcha-report-(?P<pid>\d+)-(?P<born>\d+)-\d+$")
_numbers = itertools.count()

Moved = Callable[[int, int], None]  # files done, files in all; may raise to stop the work


def make(
    publication: Publication,
    documents: Sequence[str] | None,
    formats: Sequence[str],
    codes: Sequence[str] | None,
    languages: Sequence[Language],
    out: Path,
    progress: Moved = lambda done, total: None,
    redone: Callable[[int], None] = lambda times: None,
) -> list[Made]:
    """Makes the documents into `out`; what was made, by document, code and format.

    `documents` None: all that fit; `codes` None: every node that a document is made for, empty: no
    document of nodes. With several languages each has its folder in `out`. `redone` is told when a
    child ended before its time and its work was begun anew. Fault: 1 a file is not what the
    publication says, or the publication not what was published, 2 no such document, format or
    code, 4 disk or a child that ended again.
    """
    from pipeline.publishing.soundness import refuse_changed  # not for the children of this package

    asked = wanted(publication, documents, formats, codes)
    refuse_changed(publication)
    jobs = jobs_of(publication, asked, languages)
    room = _room(out)
    try:
        made = sorted(carry_out(jobs, room, progress, redone))
        for folder in sorted({each.path.parent for each in made}):
            (out / folder.relative_to(room)).mkdir(exist_ok=True)
        return [_placed(each, room, out) for each in made]
    except OSError as error:
        raise unwritable(out, error.strerror or error) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _room(out: Path) -> Path:
    """A folder of this process on the disk of `out`; those that killed ones left are removed."""
    pid = os.getpid()
    # A number of its own: two makings of one process may go into one folder.
    room = out / f".mingcha-report-{pid}-{processes.born(pid) or 0}-{next(_numbers)}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path in out.iterdir():
            found = _ROOMS.match(path.name)
            if found and not processes.lives(int(found["pid"]), int(found["born"])):
                shutil.rmtree(path, ignore_errors=True)
        room.mkdir()
    except (NotADirectoryError, FileExistsError) as error:
        raise Fault(f"{out.name} 不是目录。", f"{out.name} is not a folder.", 2) from error
    except OSError as error:
        raise unwritable(out, error.strerror or error) from error
    return room


def _placed(made: Made, room: Path, out: Path) -> Made:
    """The file in its place, all at once."""
    target = out / made.path.relative_to(room)
    made.path.replace(target)
    return made.at(target)
