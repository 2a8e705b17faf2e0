"""Jobs of making, and how a child does one."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from pipeline.making.wanted import Wanted
from pipeline.publication import Publication
from pipeline.render import charts, renderer
from pipeline.render.grids import flat
from pipeline.reports import documents, node_documents
from pipeline.reports.blocks import Chart, Document
from pipeline.reports.figures import Language

_LONGEST = ("pdf", "docx", "xlsx")
_ANNEXED = "xlsx"  # has annexes, which can be got ready for while another builds the document
_AT_ONCE = 20  # nodes of a job: few enough for a bar that moves, many enough to pay for the way
_LAST = 16  # of what is left, the part that a job at the end is of: no child waits long for another
_UNSAFE = re.compile(r"[^\w.\-]|^\.", re.ASCII)


@dataclass(frozen=True, order=True)
class Made:
    """One file that was made; `code` is empty for a document of the whole province."""

    document: str
    code: str
    format: str
    language: Language
    path: Path
    sha256: str

    def at(self, path: Path) -> Made:
        return replace(self, path=path)

    def to_json(self) -> dict[str, str]:
        """As in schemas/report.schema.json."""
        return {
            "document": self.document,
            "code": self.code,
            "format": self.format,
            "language": self.language,
            "path": str(self.path),
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class Job:
    """Some files of one document, made by one child. `codes` ("",): of the whole province."""

    publication: Path
    document: str
    codes: tuple[str, ...]
    formats: tuple[str, ...]
    language: Language
    folder: str = ""  # inside the room, one for each language where there are several
    shared: bool = False  # other jobs are of the same document
    builds: bool = True  # comes first of them: the others get ready meanwhile
    draws: bool = False  # pictures for another of them too

    @property
    def files(self) -> int:
        return len(self.codes) * len(self.formats)


def jobs_of(publication: Publication, asked: Wanted, languages: Sequence[Language]) -> list[Job]:
    """The longest first, so that no core waits for the other at the end."""
    several = len(set(languages)) > 1
    formats = _in_order(asked.formats)
    jobs = []
    for lang in dict.fromkeys(languages):
        folder = lang if several else ""
        jobs += [
            Job(
                publication.path,
                id,
                ("",),
                (format,),
                lang,
                folder,
                shared=len(formats) > 1,
                builds=not i,
                draws=not i and len(formats) > 2,  # the one that comes last is made elsewhere
            )
            for id in asked.whole
            for i, format in enumerate(formats)
        ]
        jobs += [
            Job(publication.path, id, strip, asked.formats, lang, folder)
            for id, codes in asked.nodes.items()
            for strip in _strips(codes)
        ]
    return sorted(jobs, key=lambda job: job.codes != ("",))


def _in_order(formats: Sequence[str]) -> list[str]:
    """The longest builds the document; a workbook comes second, since there is much to get ready
    for it; what is left goes to whichever child is done first."""
    first, *rest = sorted(formats, key=_LONGEST.index)
    return [first, *sorted(rest, key=lambda format: format != _ANNEXED)]


def _strips(codes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Nodes by the job, fewer and fewer of them towards the end; few are one job."""
    at, least = 0, len(codes) if len(codes) <= _AT_ONCE else 1
    while at < len(codes):
        size = min(_AT_ONCE, max(least, (len(codes) - at) // _LAST))
        yield tuple(codes[at : at + size])
        at += size


def file_name(document: Document, code: str, format: str) -> str:
    """<document>-<period>-r<N>[-<branch>].<format>; a code cannot leave the folder."""
    tail = f"-{_UNSAFE.sub(_escaped, code)}" if code else ""
    return f"{document.id}-{document.period}-r{document.revision}{tail}.{format}"


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    return sign if sign.isalnum() else "".join(f"%{byte:02X}" for byte in sign.encode())


@lru_cache(maxsize=2)
def _opened(path: Path) -> Publication:
    return Publication(path)


def _documents(job: Job, room: Path) -> Iterator[tuple[str, Document]]:
    for code in job.codes:
        if code:
            publication = _opened(job.publication)
            yield code, node_documents()[job.document].make(publication, job.language, code)
        elif job.shared:
            if not job.builds:
                _get_ready(job)
            yield code, _shared(room, job.publication, job.document, job.language)
        else:
            yield code, _built(job.publication, job.document, job.language)


@lru_cache(maxsize=1)
def _shared(room: Path, path: Path, document: str, language: Language) -> Document:
    """A document of the whole province, built once for all its formats: by the child that comes
    first, while the other waits for it. What lies in the room is this making's own."""
    place = room / f".{document}-{language}"
    with FileLock(f"{place}.lock"):  # let go of when a child ends, however it ends
        if place.exists():
            found: Document = pickle.loads(place.read_bytes())
            return found
        built = _built(path, document, language)
        part = room / f"{place.name}.part"
        part.write_bytes(pickle.dumps(built))
        part.replace(place)
        return built


@lru_cache(maxsize=1)
def _built(path: Path, document: str, language: Language) -> Document:
    return documents()[document](_opened(path), language)


def _get_ready(job: Job) -> None:
    """Loads what the files need besides the document, while another child builds that."""
    for format in job.formats:
        renderer(format)
    if _ANNEXED in job.formats:
        from pipeline.reports.origins import get_ready

        get_ready()


def _complete(job: Job, document: Document, format: str) -> Document:
    """A workbook also has definitions and provenance."""
    if format != _ANNEXED:
        return document
    from pipeline.reports.origins import with_annexes

    return with_annexes(_opened(job.publication), document, cells=job.codes == ("",))


def _draw(document: Document) -> None:
    for block in flat(document.blocks):
        if isinstance(block, Chart):
            charts.png(block)


def work(job: Job, room: Path) -> list[Made]:
    """Makes the files of a job below `room`, each read back. Fault (1) if one is not as it ought
    to be."""
    place = room / job.folder
    place.mkdir(exist_ok=True)
    made = []
    with charts.shelved(room):
        for code, document in _documents(job, room):
            if job.draws:
                _draw(document)
            for format in job.formats:
                path = place / file_name(document, code, format)
                renderer(format)(_complete(job, document, format), path)
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                made.append(Made(job.document, code, format, job.language, path, digest))
    return made
