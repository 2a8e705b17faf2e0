"""The page on the effect of the introduction: verdicts in words, no figure without a verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audits.statistics.words import explained
from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.publishing.effect_words import change
from pipeline.reports import effect_section
from pipeline.reports.blocks import Note, Sentence, Table
from pipeline.reports.figures import figures

Page = Callable[..., Any]


def _filled(folder: Path, mark: str) -> Path:
    """The fixture publication with an effect on two of its metrics, as of its own making."""
    path = folder / "publications" / "2026-09-r1"
    rows: list[dict[str, Any]] = [
        {"metric": "adherence", "kind": "group", "estimate": 0.081, "low": 0.05, "high": 0.112,
         "n": 60, "clusters": 41, "p_pre": 0.4, "verdict": "effective",
         "reason_zh": "上升了。", "reason_en": "It rose."},
        *({"metric": "adherence", "kind": "event", "event_time": e, "estimate": 0.01 * e,
           "low": 0.01 * e - 0.02, "high": 0.01 * e + 0.02, "n": 60, "clusters": 41}
          for e in (-3, -2, 0, 1, 2)),
        {"metric": "complaints", "kind": "group", "verdict": "insufficient",
         "reason_zh": "没有可比的网点。", "reason_en": "Nothing to compare with."},
    ]  # fmt: skip
    full = [{c: row.get(c) for c in TABLES["effect"]} for row in rows]
    pl.DataFrame(full, schema=TABLES["effect"]).write_parquet(path / "effect.parquet")
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("0001", mark), "utf-8")
    return path


def _said(app: Any) -> str:
    return "\n".join(str(e.value) for kind in (app.markdown, app.caption, app.info) for e in kind)


@pytest.mark.parametrize(
    ("lang", "verdict", "points"),
    [("zh", "有效", "+8.1 个百分点"), ("en", "effective", "+8.1 pp")],
)
def test_the_page_says_verdict_figure_and_how_many_chance_gives(
    page: Page, folder: Path, lang: str, verdict: str, points: str
) -> None:
    _filled(folder, "0e01")
    app = page(folder, "effect", lang=lang)
    assert not app.exception and not app.error
    text = _said(app)
    assert verdict in text and ("p = 0.400" in text)
    assert explained("effect").phrase("chance", lang, metrics=1, expected="0.03") in text  # type: ignore[arg-type]
    table = app.dataframe[0].value
    assert table.iloc[0, 1] == verdict and table.iloc[0, 2] == points
    assert table.iloc[1, 2:5].tolist() == ["—", "—", "—"]


def test_a_publication_without_it_says_so(page: Page, folder: Path) -> None:
    assert "没有导入成效" in _said(page(folder, "effect"))


def test_the_circular_has_a_section_with_the_judged_metrics_only(folder: Path) -> None:
    f = figures(Publication(_filled(folder, "0e02")))
    for lang in ("zh", "en"):
        told = effect_section.blocks(f, lang)  # type: ignore[arg-type]
        (table,) = (b for b in told if isinstance(b, Table))
        assert [r["estimate"] for r in table.rows] == [change(0.081, "%", lang)]  # type: ignore[arg-type]
        assert sum(isinstance(b, Sentence) for b in told) == 3
        assert all(isinstance(b, Note) for b in effect_section.method(f, lang))  # type: ignore[arg-type]


def test_the_circular_has_no_section_where_nothing_was_looked_at(folder: Path) -> None:
    f = figures(Publication(folder / "publications" / "2026-09-r1"))
    assert effect_section.blocks(f, "zh") == [] and effect_section.method(f, "zh") == []
