"""A rank is walked back to the visits that entered, with what was taken out for their round."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from typer.testing import CliRunner

import pipeline
from pipeline.__main__ import load_commands
from pipeline.explaining.rank import explain_rank
from pipeline.faults import Fault
from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.publishing.ranking import Ranking, rank_tables

PERIOD = "2026Q3"
# Two rounds, the second ten points higher for everybody; b1 was visited in both, b3 in one.
SCORES = {"b1": (80.0, 90.0), "b2": (70.0, 82.0), "b3": (None, 75.0), "b4": (60.0, 68.0)}
ROUNDS = (("2026Q2", "2026-05"), ("2026Q3", "2026-08"))


def visits() -> pl.DataFrame:
    rows = [
        {"visit_id": f"{b}-{i}", "scope": b, "round": round, "period": month,
         "edition": "covert-1", "visit_date": date.fromisoformat(f"{month}-10"),
         "score": s, "score_before_veto": s, "status": "ok"}
        for b, own in SCORES.items()
        for i, (s, (round, month)) in enumerate(zip(own, ROUNDS, strict=True))
        if s is not None
    ]  # fmt: skip
    full = [{c: r.get(c) for c in TABLES["visit_score"]} for r in rows]
    return pl.DataFrame(full, schema=TABLES["visit_score"])


@pytest.fixture
def publication(tmp_path: Path) -> Publication:
    path = tmp_path / "publications" / f"{PERIOD}-r1"
    path.mkdir(parents=True)
    branches = [{"scope": b, "level": "branch"} for b in SCORES]
    full = [{c: r.get(c) for c in TABLES["scope"]} for r in branches]
    scope = pl.DataFrame(full, schema=TABLES["scope"])
    made: dict[str, pl.DataFrame] = {
        **rank_tables(visits(), ["covert-1"], scope, PERIOD, Ranking()),
        "visit_score": visits(),
        "edition": pl.DataFrame(
            [dict.fromkeys(TABLES["edition"]) | {"edition": "covert-1", "instrument": "covert"}],
            schema=TABLES["edition"],
        ),
        "fact_visit": visits().select(
            "visit_id", pl.lit("ab" * 32).alias("sha256"), pl.lit("评分表").alias("sheet")
        ),
    }
    for name, frame in made.items():
        frame.write_parquet(path / f"{name}.parquet")
    manifest = {"period": PERIOD, "revision": 1}
    (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return Publication(path)


def conforms(document: Any) -> None:
    path = Path(pipeline.__file__).parent / "schemas" / "explain-rank.schema.json"
    schema = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)


def test_the_visits_less_their_round_give_the_score(publication: Publication) -> None:
    told = explain_rank(publication, "b1", PERIOD)
    conforms(told)
    # Within b1, b2, b4 the second round is 10 higher on average: 3 visits below, 4 above the mean
    low, high = -10 * 4 / 7, 10 * 3 / 7
    assert [v["round_effect"] for v in told["visits"]] == pytest.approx([low, high])
    assert [v["entered"] for v in told["visits"]] == pytest.approx([80 - low, 90 - high])
    assert told["score"] == pytest.approx((80 - low + 90 - high) / 2)
    # Residuals of b2 and b4: ±1 each; Σ = 4, df = 7 − 4 − 1 = 2
    assert (told["visit_variance"], told["degrees_of_freedom"]) == (pytest.approx(2.0), 2)
    assert {v["sheet"] for v in told["visits"]} == {"评分表"}
    assert told["groups"][0]["peer_group"] == "all" and told["since"] == "2025-10"
    # b3 was seen in the better round only: that is taken out of its score
    assert explain_rank(publication, "b3", PERIOD)["score"] == pytest.approx(75 - high)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("全省", "等次", "次暗访减去各轮整体高低后的平均")),
        ("en", ("province", "rank interval")),
    ],
)
def test_it_is_printed_in_both_languages(
    publication: Publication, lang: str, words: tuple[str, ...]
) -> None:
    root = publication.path.parents[1]
    asked = ["--data", str(root), "--lang", lang, "explain", "rank"]
    shown = CliRunner().invoke(load_commands(), [*asked, "--scope", "b1", "--period", PERIOD])
    assert shown.exit_code == 0, shown.output
    assert all(w in shown.stdout for w in (*words, "b1-0", "b1-1"))
    given = CliRunner().invoke(
        load_commands(), [*asked, "--scope", "b1", "--period", PERIOD, "--json"]
    )
    conforms(json.loads(given.stdout))


def test_what_is_not_ranked_and_what_does_not_add_up_is_a_fault(publication: Publication) -> None:
    with pytest.raises(Fault) as told:
        explain_rank(publication, "nowhere", PERIOD)
    assert told.value.status == 2 and "nowhere" in told.value.zh
    path = publication.path / "rank.parquet"
    pl.read_parquet(path).with_columns(pl.col("score") + 0.5).write_parquet(path)
    with pytest.raises(Fault) as told:
        explain_rank(publication, "b1", PERIOD)
    assert told.value.status == 1
