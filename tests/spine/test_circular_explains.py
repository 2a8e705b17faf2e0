"""Every number of the circular passes explain; every other document says where its figures are
from, and none says who a shopper was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import pytest

from pipeline.explain import explain
from pipeline.explaining.rank import explain_rank
from pipeline.publication import Publication, open_publication
from pipeline.reports import catalogue
from pipeline.reports.blocks import Document, Note, Sentence, Table
from pipeline.reports.circular import circular
from tests.pipeline.reports.proving import Heard, Proof, flat
from tests.spine.conftest import Province, made_once

ENTRIES = {e.id: e for e in catalogue()}


@pytest.fixture(scope="module")
def publication(province: Province) -> Publication:
    found = open_publication(province.folder, "2026Q3")
    assert found is not None
    return found


def made(publication: Publication, id: str, lang: str) -> Iterator[tuple[Document, Heard]]:
    """The document, or the first two of a document of nodes, with what was filled into it."""
    entry = ENTRIES[id]
    scope = publication.table("scope")
    nodes = scope.filter(pl.col("level").is_in(entry.levels))["scope"].sort().to_list()
    for code in nodes[:2] if entry.levels else [None]:
        with pytest.MonkeyPatch.context() as patch:
            heard = Heard(patch)
            document = entry.make(publication, lang, *([code] if code else []))
        yield document, heard


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made_once(monkeypatch)


def test_every_number_of_the_circular_passes_explain(publication: Publication, kept: None) -> None:
    ((document, heard),) = made(publication, "circular", "zh")
    proof = Proof(publication, document, heard)
    proof.all()
    assert len(proof.evidence) > 100 and proof.reckoned > 50 and proof.cells > 500
    for said in sorted(proof.evidence, key=lambda e: (e.metric, e.scope, e.period)):
        told = explain(publication, said.metric, said.scope, said.period)
        assert told["value"] == said.value, said
        assert any(part["rows"] for part in told["components"]), said


@pytest.mark.parametrize(
    ("id", "lang"),
    [(id, lang) for id in ENTRIES for lang in ("zh", "en") if (id, lang) != ("circular", "zh")],
)
def test_no_figure_of_any_document_is_typed(publication: Publication, id: str, lang: str) -> None:
    for document, heard in made(publication, id, lang):
        Proof(publication, document, heard).all()


def test_the_score_of_a_one_pager_is_the_one_that_explain_derives(
    publication: Publication,
) -> None:
    scores = [
        r
        for document, _ in made(publication, "onepager", "zh")
        for b in document.blocks
        if isinstance(b, Sentence)
        for r in b.reckoned
        if r.query.startswith("SELECT score")
    ]
    assert scores
    for score in scores:
        code = score.query.split("scope = '")[1].split("'")[0]
        assert explain_rank(publication, code, "2026Q3")["score"] == score.value


def _planted(document: Document, plant: str) -> Document:
    """The circular with one figure typed over."""
    blocks = list(document.blocks)
    at = next(i for i, b in enumerate(blocks) if isinstance(b, Sentence) and b.evidence)
    sentence = blocks[at]
    assert isinstance(sentence, Sentence)
    if plant == "text":
        blocks[at] = replace(sentence, text=sentence.text + "另有12家。")
    elif plant == "value":
        wrong = replace(sentence.evidence[0], value=0.5)
        blocks[at] = replace(sentence, evidence=(wrong, *sentence.evidence[1:]))
    else:
        at = next(i for i, b in enumerate(blocks) if isinstance(b, Table) and b.id == "groups")
        table = blocks[at]
        assert isinstance(table, Table)
        rows = [dict(r) for r in table.rows]
        rows[0]["branches"] += 1
        blocks[at] = replace(table, rows=rows)
    return replace(document, blocks=tuple(blocks))


@pytest.mark.parametrize("plant", ["text", "value", "cell"])
def test_a_typed_figure_is_caught(publication: Publication, plant: str) -> None:
    ((document, heard),) = made(publication, "circular", "zh")
    with pytest.raises(AssertionError):
        Proof(publication, _planted(document, plant), heard).all()


def _texts(document: Document) -> str:
    found = []
    for block in flat(document.blocks):
        if isinstance(block, Sentence | Note):
            found.append(block.text)
        elif isinstance(block, Table):
            found += [str(r.get(c.id)) for r in block.rows for c in block.columns]
    return "\n".join(found)


@pytest.mark.parametrize("id", ["circular", "express", "hq", "fairness"])
def test_what_goes_to_many_has_no_words_of_shoppers_and_no_day_of_a_visit(
    publication: Publication, id: str
) -> None:
    ((document, _),) = made(publication, id, "zh")
    text = _texts(document)
    reasons = publication.table("item_result")["reasons"].explode().drop_nulls().unique()
    shoppers = publication.table("shopper_calibration")["shopper"].unique()
    days = publication.table("visit_score")["visit_date"].cast(pl.String).unique()
    assert len(reasons) and len(shoppers) and len(days)
    leaked = [s for s in (*reasons, *shoppers, *days) if s in text]
    # The days of the procedure are no days of visits.
    assert not set(leaked) - {str((publication.manifest["check"] or {}).get("until"))}


def test_the_circular_of_every_publication_has_every_branch(publication: Publication) -> None:
    tables = [b for b in flat(circular(publication).blocks) if isinstance(b, Table)]
    (league,) = [t for t in tables if t.id == "league"]
    branches = publication.table("scope").filter(pl.col("level") == "branch").height
    assert len(league.rows) == league.expected_rows == branches
