"""The section of the circular that says whether it lasts, from a publication made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.reports.blocks import Block, Note, Sentence, Table
from pipeline.reports.figures import Language, figures
from pipeline.reports.lasting import claims, lasting

PERIOD = "2026Q3"


def publication(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> Publication:
    for name, schema in TABLES.items():
        full = [{c: r.get(c) for c in schema} for r in rows.get(name, [])]
        pl.DataFrame(full, schema=schema).write_parquet(folder / f"{name}.parquet")
    (folder / "manifest.json").write_text(json.dumps({"period": PERIOD, "revision": 1}), "utf-8")
    return Publication(folder)


def made(folder: Path) -> Publication:
    """Four branches: a relapsed anew, b still, c sustained, d with a report that is too high."""
    status = {"a": "relapsed", "b": "relapsed", "c": "sustained", "d": "insufficient"}
    adoption = [
        {"scope": s, "period": PERIOD, "status": t, "warned": s == "a", "chance": 0.01,
         "change": {"a": -20.0, "b": -25.0}.get(s), "zh": f"因{s}", "en": f"since {s}"}
        for s, t in status.items()
    ]  # fmt: skip
    claim = [
        {"scope": s, "status": "ok", "overclaimed": s == "d", "unusual": s == "d", "gap": 0.1,
         "reported": 0.9, "observed": 0.5, "low": 0.1, "high": 0.6}
        for s in status
    ]  # fmt: skip
    former = [r | {"period": "2026Q2", "status": "sustained", "warned": True} for r in adoption]
    scope = [{"scope": s, "name": f"网点{s}", "level": "branch"} for s in status]
    early = [
        {"scope": s, "period": PERIOD, "told": s == "c", "chance": 0.1, "since": "2026-06",
         "zh": f"苗头{s}" if s == "c" else None, "en": f"sign {s}" if s == "c" else None}
        for s in status
    ]  # fmt: skip
    scope.append({"scope": "k", "name": "某行", "level": "city"})
    members = [{"scope": "k", "branch_code": s} for s in "acd"]  # b belongs to another
    tables = {"adoption": [*adoption, *former], "claim": claim, "scope": scope}
    tables |= {"early_sign": early, "scope_member": members}
    return publication(folder, tables)


def told(blocks: list[Block]) -> tuple[str, dict[str, Table]]:
    said = " ".join(b.text for b in blocks if isinstance(b, Sentence | Note))
    return said, {b.id: b for b in blocks if isinstance(b, Table)}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_circular_counts_beside_chance_and_names_the_relapsed_only(
    tmp_path: Path, lang: Language
) -> None:
    f = figures(made(tmp_path))
    said, tables = told([*lasting(f, lang), *claims(f, lang)])
    if lang == "zh":
        assert "4家网点中，常态化1家" in said and "回落2家，数据不足1家" in said
        assert "新提示回落1家" in said  # the quarter before is another list
        assert "可比的网点4家，自报开口率明显高于暗访的1家" in said and "约有0.1家" in said
    else:
        assert "Branches: 4; sustained 1" in said and "chance alone would give about 0.0" in said
    early = (
        "4家可比网点中有1家" if lang == "zh" else "fall together by the monthly sheets: 1 of 4 that"
    )
    assert early in said and ("约有0.4家" if lang == "zh" else "would give 0.4") in said
    assert [r["name"] for r in tables["relapse"].rows] == ["网点a", "网点b"]
    assert {c.id for c in tables["relapse"].columns} == {"name", "city", "since"}
    for secret in ("网点c", "网点d", "因a", "since a", "苗头c", "sign c"):
        assert secret not in said
    assert set(tables) == {"relapse", "claims_by_region"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_city_sees_its_own_by_name_with_the_reasons(tmp_path: Path, lang: Language) -> None:
    f = figures(made(tmp_path))
    said, tables = told([*lasting(f, lang, "k"), *claims(f, lang, "k")])
    assert ("3家网点中" if lang == "zh" else "Branches: 3;") in said
    reason = "因a" if lang == "zh" else "since a"
    assert [(r["name"], r[lang]) for r in tables["relapse"].rows] == [("网点a", reason)]
    assert [r["name"] for r in tables["claims"].rows] == ["网点d"]
    assert [(r["name"], r[lang]) for r in tables["early"].rows] == [
        ("网点c", "苗头c" if lang == "zh" else "sign c")
    ]


def test_a_publication_without_the_tables_has_no_section(tmp_path: Path) -> None:
    scope = [{"scope": "a", "name": "网点a", "level": "branch"}]
    assert lasting(figures(publication(tmp_path, {"scope": scope})), "zh") == []
