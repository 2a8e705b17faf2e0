"""What the former circular said stands in the manifest; the circular tells what is otherwise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.folders import DataFolder
from pipeline.publication import Publication
from pipeline.publishing.former import former_told
from pipeline.reports.blocks import Sentence
from pipeline.reports.circular import circular
from pipeline.reports.figures import Language
from tests.dashboards.fixture_publication import build

AUGUST = "2026-08"


def published(root: Path, said: float) -> Publication:
    """September, after an August circular that gave the province's adherence as `said`."""
    september = build(root)
    august = september.with_name(f"{AUGUST}-r1")
    shutil.copytree(september, august)
    manifest = json.loads((august / "manifest.json").read_text("utf-8"))
    (august / "manifest.json").write_text(json.dumps(manifest | {"period": AUGUST}), "utf-8")
    values = pl.read_parquet(august / "metric_value.parquet")
    own = (
        (pl.col("metric") == "adherence")
        & (pl.col("level") == "province")
        & (pl.col("period") == AUGUST)
    )
    changed = pl.when(own).then(said).otherwise("value").alias("value")
    values.with_columns(changed).write_parquet(august / "metric_value.parquet")
    return Publication(september)


def told(root: Path, publication: Publication) -> dict[str, Any] | None:
    tables = {"metric_value": publication.table("metric_value")}
    return former_told(DataFolder(root), "2026-09", tables)


def with_former(publication: Publication, former: dict[str, Any] | None) -> Publication:
    path = publication.path / "manifest.json"
    manifest = json.loads(path.read_text("utf-8")) | {"former_circular": former}
    path.write_text(json.dumps(manifest), "utf-8")
    return Publication(publication.path)


def said(publication: Publication, lang: Language) -> str:
    return " ".join(b.text for b in circular(publication, lang).blocks if isinstance(b, Sentence))


def test_a_figure_that_was_restated_is_told_with_what_it_was(tmp_path: Path) -> None:
    publication = published(tmp_path, 0.795)  # it is 0.81 by present data
    former = told(tmp_path, publication)
    assert former is not None
    assert (former["period"], former["revision"], former["stage"]) == (AUGUST, 1, "preview")
    assert former["told"]["adherence"] == 0.795 and former["restated"] == 1
    text = said(with_former(publication, former), "zh")
    assert "与上期通报（2026年8月第1版）相比，上期数值中有1个" in text
    assert "上期通报所列全省流程执行率为79.5%，按现有数据为81.0%" in text
    text = said(Publication(publication.path), "en")
    assert "It gave the province's adherence as 79.5%; by present data it was 81.0%" in text


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "至今没有修订"), ("en", "Nothing of the former circular")]
)
def test_nothing_restated_is_told_too(tmp_path: Path, lang: Language, words: str) -> None:
    publication = published(tmp_path, 0.81)
    former = told(tmp_path, publication)
    assert former is not None and former["restated"] == 0
    assert words in said(with_former(publication, former), lang)


def test_the_first_circular_has_none(tmp_path: Path) -> None:
    publication = Publication(build(tmp_path))
    assert told(tmp_path, publication) is None
    assert "上期没有发布过通报" in said(publication, "zh")
