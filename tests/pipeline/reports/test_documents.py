"""Every document against its golden text, on publications that have next to nothing, and who may
have it."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from dashboards import access
from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.render import totals
from pipeline.reports import catalogue, documents, node_documents
from pipeline.reports.blocks import Chart, Heading, Note, Sentence, Table
from pipeline.reports.figures import Figures, Language
from pipeline.reports.procedure_blocks import awaiting
from tests.dashboards.fixture_publication import CITIES, NAMES, REASON, build
from tests.pipeline.reports.full_publication import full
from tests.pipeline.reports.golden import GOLDEN, NODES, files, text
from tests.pipeline.reports.golden import documents as golden
from tests.pipeline.reports.proving import Heard, Proof, flat

Change = Callable[[str, pl.DataFrame], pl.DataFrame]
VISITS = ("rank", "reward", "item_result", "visit_score", "adoption", "claim", "composite")


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    return Publication(full(tmp_path_factory.mktemp("full")))


def test_documents_say_what_was_read_and_found_good(
    publication: Publication, tmp_path: Path
) -> None:
    made = dict(golden(publication)) | dict(files(publication, tmp_path))
    assert set(made) == {p.name for p in GOLDEN.iterdir()}
    for name, said in made.items():
        assert said == (GOLDEN / name).read_text("utf-8"), name


@pytest.mark.parametrize("name", sorted(p.name for p in GOLDEN.glob("*.docx.txt")))
def test_every_sentence_is_in_every_format(name: str) -> None:
    """The goldens against each other: a sentence that a renderer dropped would be in none of its
    own, and nobody would miss it by reading."""
    stem = name.removesuffix(".docx.txt")
    told = [n for n in (GOLDEN / f"{stem}.txt").read_text("utf-8").splitlines()[6:] if n.strip()]
    texts = [line.lstrip("#> ") for line in told if not line.lstrip().startswith(("|", "[", "="))]
    assert len(texts) > 5
    for ending in ("docx", "pdf", "xlsx"):
        file = (GOLDEN / f"{stem}.{ending}.txt").read_text("utf-8")
        missing = [t for t in texts if _bare(t) not in _bare(file)]
        assert not missing, (ending, missing)


def _bare(text: str) -> str:
    """Without blanks, hyphens at the ends of lines and page numbers, which stand amid sentences."""
    joined = "".join(unicodedata.normalize("NFKC", text).split())
    return re.sub(r"—\d+—", "", joined).replace("-", "")


def test_no_figure_of_these_documents_is_typed(publication: Publication) -> None:
    for entry in catalogue():
        with pytest.MonkeyPatch.context() as patch:
            heard = Heard(patch)
            document = entry.make(publication, "en", *([NODES[entry.id]] if entry.levels else []))
        Proof(publication, document, heard).all()


def test_english_documents_have_no_chinese_of_their_own() -> None:
    """What is left of Chinese is data: names of branches and cities, and what a shopper wrote."""
    names = [*(f"{n}网点" for n in NAMES.values()), *CITIES.values(), REASON]
    for path in GOLDEN.glob("*-en.txt"):
        said = path.read_text("utf-8")
        for name in names:
            said = said.replace(name, "")
        left = re.findall(r"[\u3400-\u9fff]+", said.replace("柜员未起身", ""))
        assert not left, (path.name, left)


def no_visits(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Only sheets came."""
    if name == "metric_value":
        return table.filter(~pl.col("metric").str.starts_with("adherence"))
    return table.clear() if name in VISITS else table


def one_branch(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """A province of one branch: 01010101."""
    kept = ("01", "0101", "010101", "01010101")
    if name in ("metric", "edition", "scope_member"):
        own = pl.col("branch_code") == kept[-1] if name == "scope_member" else pl.lit(True)
        return table.filter(own)
    return table.filter(pl.col("scope").is_in(kept)) if "scope" in table.columns else table


def first_period(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Nothing before September."""
    months = ("2026-07", "2026-08", "2026Q2")
    return table.filter(~pl.col("period").is_in(months)) if "period" in table.columns else table


def all_refused(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Every workbook was refused: the tree and the dictionary are all there is."""
    return table if name in ("scope", "scope_member", "metric", "edition") else table.clear()


CHANGES = (no_visits, one_branch, first_period, all_refused)


def changed(folder: Path, change: Change) -> Publication:
    path = build(folder)
    for name in TABLES:
        file = path / f"{name}.parquet"
        change(name, pl.read_parquet(file)).write_parquet(file)
    if change is all_refused:
        manifest = json.loads((path / "manifest.json").read_text("utf-8"))
        manifest |= {"check": None, "appeals": {}, "rounds": []}
        (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return Publication(path)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
def test_a_poor_publication_gives_a_sensible_document(
    tmp_path: Path, change: Change, lang: Language
) -> None:
    publication = changed(tmp_path, change)
    for entry in catalogue():
        codes = {"city": ["0101"], "onepager": ["01010101"]}.get(entry.id, [])
        document = entry.make(publication, lang, *codes)
        totals.check_rows(document)
        blocks = list(flat(document.blocks))
        said = text(document)
        assert not re.search(r"\b(nan|None|inf|null)\b|\{|\}", said), (entry.id, said)
        # No sentence is empty, or has a hole where a figure ought to be.
        for block in blocks:
            if isinstance(block, Sentence | Note | Heading):
                assert block.text.strip(), entry.id
            if isinstance(block, Sentence):
                assert not re.search(r"—[%，。,]|(为|占|率)—|\s—\s", block.text), block.text
            if isinstance(block, Table):
                assert block.rows, (entry.id, block.id)
            if isinstance(block, Chart):
                assert len(block.categories) > 1
        headings = [i for i, b in enumerate(blocks) if isinstance(b, Heading)]
        assert all(b - a > 1 for a, b in itertools.pairwise(headings)), entry.id


def test_who_may_have_a_document_are_roles_of_the_policy() -> None:
    readers = {r for r in access.ROLES if access.may(access.Viewer(r, "0101"), "documents")}
    for entry in catalogue():
        assert {"office", "head"} <= set(entry.roles) <= readers, entry.id
        # What shows the items of branches goes to those who may read items, and to nobody else.
        if entry.levels:
            assert all(access.may(access.Viewer(r, "0101"), "items") for r in entry.roles)
    assert "union" in next(e for e in catalogue() if e.id == "fairness").roles


def test_every_document_is_in_exactly_one_list() -> None:
    whole, nodes = documents(), node_documents()
    assert {*whole, *nodes} == {e.id for e in catalogue()} and not whole.keys() & nodes.keys()
    assert nodes["onepager"].levels == ("branch",)


def test_of_the_visits_that_ranks_rest_on_more_await_review(tmp_path: Path) -> None:
    folder = full(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for waiting, told in ((5, True), (2, False)):  # two visits of the quarter wait
        manifest["reviews"]["ranked"] = {"visits": waiting, "branches": 3, "since": "2025-10"}
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        zh, en = (awaiting(Figures(Publication(folder)), lang)[0].text for lang in ("zh", "en"))
        assert ("2025年10月起的计分暗访，其中待复核的共5次（涉及网点3家）" in zh) is told
        assert ("visits since October 2025, of which 5, at branches: 3," in en) is told
