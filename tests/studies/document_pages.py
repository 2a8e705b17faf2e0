"""Pages of every document of the province, as PDF and as Word converted by LibreOffice, and whether
every figure is where it says: on published sample provinces.

    MINGCHA_STUDY_DATA=folder[:folder…] make studies STUDY=document_pages

Without folders it makes a sample of 120 branches, which takes minutes; with 1000 in
MINGCHA_STUDY_BRANCHES one of a thousand. Bar (issue 7): the two counts differ by one page at most.
Ends with 1 where they do not, or where a figure is not proved.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline.folders import DataFolder
from pipeline.publication import Publication, open_publication
from pipeline.render import pdf, word
from pipeline.reports import catalogue
from pipeline.reports.blocks import Document
from pipeline.reports.figures import Language
from tests.pipeline.reports.proving import Heard, Proof

PERIODS = ("2026Q3", "2026-09")
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def folders(scratch: Path) -> list[DataFolder]:
    """Those named, or a sample made for it."""
    if named := os.environ.get("MINGCHA_STUDY_DATA"):
        return [DataFolder(Path(each)) for each in named.split(":")]
    root, sheets = scratch / "data", str(scratch / "sheets")
    size = ["--branches", os.environ.get("MINGCHA_STUDY_BRANCHES", "120")]
    commands = [["sample", sheets, *size, "--months", "18", "--rounds", "4"], ["ingest", sheets]]
    commands += [["publish", "--period", period] for period in PERIODS]
    for words in commands:  # ingest ends with 1: the sample has workbooks that must be refused
        command = [sys.executable, "-m", "pipeline", "--data", str(root), *words]
        subprocess.run(command, check=words[0] != "ingest")
    return [DataFolder(root)]


def made(publication: Publication) -> dict[str, Document]:
    """Every document of the province in both languages, each figure of it proved."""
    found = {}
    for lang in LANGUAGES:
        for entry in (e for e in catalogue() if not e.levels):
            with pytest.MonkeyPatch.context() as patch:
                heard = Heard(patch)
                document = entry.make(publication, lang)
            Proof(publication, document, heard).all()
            found[f"{entry.id}-{publication.period}-{lang}"] = document
    return found


def pages(documents: dict[str, Document], room: Path) -> list[tuple[str, int, int]]:
    """Name, pages of the PDF, pages of the Word file as LibreOffice sets it."""
    for name, document in documents.items():
        word.render(document, room / f"{name}.docx")
    files = [str(room / f"{name}.docx") for name in documents]
    home = f"-env:UserInstallation=file://{room}/home"
    command = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(room), *files]
    subprocess.run(command, check=True, capture_output=True)
    return [
        (name, pdf.page_count(pdf.typeset(document)), _count(room / f"{name}.pdf"))
        for name, document in documents.items()
    ]


def _count(path: Path) -> int:
    return pdf.page_count(path.read_bytes())


def main() -> int:
    if shutil.which("soffice") is None:
        raise SystemExit("needs LibreOffice")
    apart = 0
    with tempfile.TemporaryDirectory(prefix="mingcha-pages-") as scratch:
        for number, folder in enumerate(folders(Path(scratch))):
            for publication in (p for q in PERIODS if (p := open_publication(folder, q))):
                room = Path(scratch) / f"{number}-{publication.period}"
                room.mkdir()
                branches = publication.table("scope").filter(level="branch").height
                for name, here, there in pages(made(publication), room):
                    apart += abs(here - there) > 1
                    print(f"{branches:5} branches  {name:24} PDF {here:3}  Word {there:3}")
    return int(apart > 0)


if __name__ == "__main__":
    raise SystemExit(main())
