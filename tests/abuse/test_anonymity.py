"""Who the shopper was lies nowhere but in archive, inbox, returned and the two databases.

A province whose sheets name shoppers wherever people write: reasons, appeals, measures, file names,
document properties. It is ingested, corrected, published, explained and reported by command; what
that leaves, and everything said on the way, is searched.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline.__main__ import load_commands
from pipeline.folders import DataFolder
from pipeline.office import Office, shoppers
from tests.abuse.anonymity import Search

NAME, ID, PERIOD = "诸葛暗访", "X7K42", "2026Q3"
DATABASES = ("office.sqlite", "warehouse.duckdb")
ROOMS = ("archive", "inbox", "returned")


def is_apart(path: Path) -> bool:
    """The places where identities may lie."""
    database = any(path.name.startswith(d) for d in DATABASES) and len(path.parts) == 1
    return path.parts[0] in ROOMS or database


class Office_:
    """A data folder, and beside it what commands said and made."""

    def __init__(self, root: Path) -> None:
        self.data, self.left, self.sheets = root / "data", root / "left", root / "sheets"
        self.left.mkdir()

    def run(self, *arguments: str, expect: tuple[int, ...] = (0, 1)) -> str:
        """A command; all it says is kept as a log."""
        done = CliRunner().invoke(load_commands(), ["--data", str(self.data), *arguments])
        assert done.exit_code in expect, done.output
        number = len(list(self.left.glob("*.log")))
        log = self.left / f"{number:02d}-{arguments[0]}.log"
        log.write_text(done.output, "utf-8")
        return done.output


def renamed(sheets: Path) -> None:
    """One of the sample's shoppers gets an id and a name that nothing else is called."""
    for path in sorted(sheets.rglob("*.xlsx")):
        book, changed = openpyxl.load_workbook(path), False
        for page in book:
            for row in page.iter_rows():
                for cell in row:
                    if cell.value == "S002":
                        cell.value, changed = ID, True
                        if page.title == "暗访员名册":
                            page.cell(cell.row, cell.column + 1).value = NAME
        if changed:
            book.save(path)


def said(page: openpyxl.worksheet.worksheet.Worksheet, header: str, text: str) -> bool:
    """Writes a text into the first filled cell under a header; False if there is none."""
    for row in page.iter_rows(max_row=30):
        for cell in row:
            if cell.value == header:
                for below in range(cell.row + 1, page.max_row + 1):
                    if page.cell(below, cell.column).value:
                        page.cell(below, cell.column).value = text
                        return True
    return False


def named(sheets: Path) -> int:
    """Names the shopper wherever people do; how many places."""
    places = 0
    texts = {
        "5-scorecards": ("扣分原因", f"{NAME}（{ID}）见地面有水"),
        "7-actions": ("整改措施", f"按诸葛 暗访要求整改，{ID.lower()}"),
        "8-appeals": ("申诉理由", f"{NAME}看错了"),
    }
    for folder, (header, text) in texts.items():
        for path in sorted((sheets / folder).rglob("*.xlsx")):
            book = openpyxl.load_workbook(path)
            if said(book.worksheets[0], header, text):
                book.worksheets[0].title = f"{NAME}{ID}"
                book.properties.creator = book.properties.title = f"{NAME} {ID}"
                book.save(path)
                path.rename(path.with_name(f"{NAME}-{ID}-{path.name}"))
                places += 1
                break
    return places


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office_:
    """Everything done once."""
    from pipeline.sample.build import write_sample
    from pipeline.sample.options import Options

    made = Office_(tmp_path_factory.mktemp("anonymity"))
    write_sample(made.sheets, Options(4, 1, 1, 3))
    renamed(made.sheets)
    assert named(made.sheets) >= 2
    (made.sheets / f"{NAME} {ID}.txt").write_text(f"{NAME} {ID}", "utf-8")
    made.run("ingest", str(made.sheets))
    made.run("publish", "--period", PERIOD)
    made.run("status", "--period", PERIOD)
    made.run("verify", expect=(0,))
    made.run(
        "metrics", "--period", PERIOD, "--format", "parquet", "-o", str(made.left / "m.parquet")
    )
    for form in ("--json", "--revision=1"):
        asked = ("explain", "adherence", "--scope", "10", "--period", PERIOD, form)
        made.run(*asked, expect=(0,))
    made.run("report", "--period", PERIOD, "-o", str(made.left / "documents"))
    made.run("follow-up", "--period", PERIOD, "-o", str(made.left / "kit"))
    made.run("calibration", "--period", PERIOD, "--json")
    made.run("review", "list", "--json")
    listed = str(made.sheets / "3-shoppers" / "shoppers.xlsx")
    made.run("plan", "--period", "2026Q4", "--shoppers", listed, "--visits", "12", "--seed", "1")
    return made


@pytest.fixture
def search() -> Search:
    return Search([ID], [NAME])


def test_nothing_left_behind_names_a_shopper(office: Office_, search: Search) -> None:
    assert search.below(office.data, is_apart) == []
    assert search.below(office.left) == []
    looked = " ".join(search.looked_at)
    for part in ("fact_answer.parquet", "fact_appeal", "docProps/core.xml", "word/document.xml",
                 "sheet1.xml", "manifest.json", "m.parquet", "ingest.log"):  # fmt: skip
        assert part in looked, part


def test_the_places_left_out_do_hold_what_is_looked_for(office: Office_, search: Search) -> None:
    """The search is worth something only if there was something to find."""
    hits = search.below(office.data, lambda p: not is_apart(p))
    assert {h.where.split("/")[0].split(":")[0] for h in hits} >= {"archive", "office.sqlite"}
    assert {h.secret for h in hits} == {ID, NAME}
    with Office.open(DataFolder(office.data)) as opened:
        listed = shoppers.live(opened.connection)
    assert NAME in listed["name"].to_list()


def test_the_words_themselves_are_published_with_the_mask(office: Office_) -> None:
    (path,) = (office.data / "publications").glob(f"{PERIOD}-r*")
    reasons = pl.read_parquet(path / "fact_answer.parquet")["reason"].drop_nulls().to_list()
    assert "〔暗访员〕（〔暗访员〕）见地面有水" in reasons


def a_workbook(text: str) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    book.active["B2"] = f"见{text}。"
    book.save(data)
    return data.getvalue()


def a_property(text: str) -> bytes:
    document, data = docx.Document(), io.BytesIO()
    document.core_properties.author = text
    document.save(data)
    return data.getvalue()


def a_document(text: str) -> bytes:
    """The text in two runs, as Word likes to split it."""
    document, data = docx.Document(), io.BytesIO()
    paragraph = document.add_paragraph(text[:2])
    paragraph.add_run(text[2:]).bold = True
    document.save(data)
    return data.getvalue()


def a_parquet(text: str) -> bytes:
    data = io.BytesIO()
    frame = pl.DataFrame({"n": [1, 2], "said": [["x"], ["y", f"由{text} 说"]]})
    frame.write_parquet(data, compression="zstd")
    return data.getvalue()


def zipped(data: bytes, name: str = "in.bin") -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(name, data)
    return box.getvalue()


def a_pdf(text: str) -> bytes:
    import zlib

    body = zlib.compress(b"BT <" + text.encode("utf-16-be").hex().encode() + b"> Tj ET")
    return b"%PDF-1.7\n1 0 obj\n<<>>\nstream\n" + body + b"\nendstream\nendobj\n%%EOF"


PLANTED: dict[str, Callable[[str], bytes]] = {
    "xlsx": a_workbook,
    "docx in two runs": a_document,
    "docx property": a_property,
    "parquet": a_parquet,
    "pdf": a_pdf,
    "zip in zip": lambda t: zipped(zipped(zipped(t.encode()))),
    "name in zip": lambda t: zipped(b"", f"{t}.txt"),
    "gbk in zip": lambda t: zipped(t.encode("gbk")),
    "gzip": lambda t: gzip.compress(t.encode()),
    "utf-16 at an odd byte": lambda t: b"\x01" + t.encode("utf-16-le"),
    "gbk log": lambda t: b"line " + t.encode("gbk"),
    "escaped json": lambda t: b'{"a": "' + t.encode("ascii", "backslashreplace") + b'"}',
    "entities": lambda t: "".join(f"&#{ord(c)};" for c in t).encode(),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_the_search_finds_a_planted_name(kind: str, tmp_path: Path, search: Search) -> None:
    (tmp_path / "a.bin").write_bytes(PLANTED[kind](NAME))
    assert NAME in {h.secret for h in search.below(tmp_path)}


@pytest.mark.parametrize("kind", [k for k in PLANTED if k not in ("utf-16 at an odd byte", "pdf")])
def test_the_search_finds_a_planted_id(kind: str, tmp_path: Path, search: Search) -> None:
    (tmp_path / "a.bin").write_bytes(PLANTED[kind](ID.lower()))
    assert ID in {h.secret for h in search.below(tmp_path)}


def test_the_search_finds_names_of_files_and_folders(tmp_path: Path, search: Search) -> None:
    (tmp_path / f"to-{ID}").mkdir()
    (tmp_path / f"{NAME}.txt").touch()
    assert {h.secret for h in search.below(tmp_path)} == {ID, NAME}


def test_a_longer_word_is_no_id(tmp_path: Path, search: Search) -> None:
    (tmp_path / "a.txt").write_text(f"A{ID} {ID}9 诸葛 暗查", "utf-8")
    assert search.below(tmp_path) == []
