"""`mingcha rank` on tables from outside: formats, degenerate tables, wrong columns and cells."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import polars as pl
import pytest
import typer
from click.testing import CliRunner, Result

import pipeline
from pipeline.__main__ import load_commands

DONE, PARTLY, USAGE = 0, 1, 2


@cache
def command() -> Any:
    """The command line, made once: every making of it takes a second."""
    return typer.main.get_command(load_commands())


def rank(file: Path, *words: str, lang: str = "zh") -> Result:
    asked = ["--data", str(file.parent / "none"), "--lang", lang, "rank", str(file)]
    return CliRunner().invoke(command(), [*asked, "--unit", "网点", "--score", "得分", *words])


def told(result: Result) -> list[dict[str, Any]]:
    path = Path(pipeline.__file__).parent / "schemas" / "rank.schema.json"
    document, schema = json.loads(result.stdout), json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    assert "NaN" not in result.stdout
    return list(document)


def table(branches: int = 30) -> pl.DataFrame:
    rng = np.random.default_rng(6)
    rows = [
        (f"{b:03d}号", f"2026Q{r + 1}", round(float(60 + b + rng.normal(0, 6)), 1))
        for b in range(branches)
        for r in range(1 + 3 * (b % 2))
    ]
    return pl.DataFrame(rows, schema=["网点", "轮次", "得分"], orient="row")


def test_every_format_gives_the_same_ranks(tmp_path: Path) -> None:
    frame = table()
    text = frame.write_csv()
    (tmp_path / "utf8.csv").write_text(text, "utf-8-sig")
    (tmp_path / "gbk.csv").write_text(text, "gb18030")
    (tmp_path / "tabs.csv").write_text(text.replace(",", "\t"), "utf-8")
    frame.write_excel(tmp_path / "book.xlsx")
    frame.write_parquet(tmp_path / "table.parquet")
    given = {p.name: rank(p, "--round", "轮次", "--json") for p in sorted(tmp_path.iterdir())}
    assert {name: r.exit_code for name, r in given.items()} == dict.fromkeys(given, DONE)
    first, *others = [told(r) for r in given.values()]
    assert all(other == first for other in others) and len(first) == 30
    assert [row["n"] for row in sorted(first, key=lambda r: r["unit"])] == [1, 4] * 15


def test_under_the_floor_there_is_an_interval_but_no_rank(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    table().write_parquet(file)
    rows = told(rank(file, "--json", "--first", "3"))
    assert {r["n"]: r["status"] for r in rows} == {4: "ok", 1: "unreliable"}
    assert all((r["rank"] is None) == (r["n"] == 1) for r in rows)
    assert all(1 <= r["low"] <= r["high"] <= 30 for r in rows)
    assert sum(r["p_first_k"] for r in rows) == pytest.approx(3)
    low = told(rank(file, "--json", "--floor", "0.1"))
    better = {r["unit"]: sum(o["score"] > r["score"] + 1e-9 for o in low) for r in low}
    assert {r["unit"]: r["rank"] - 1 for r in low} == better
    # the score is the plain mean where no round is named
    means = dict(table().group_by("网点").agg(pl.col("得分").mean()).iter_rows())
    assert {r["unit"]: r["score"] for r in rows} == pytest.approx(means)


def test_the_seed_decides_the_draws(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    table().write_parquet(file)
    same = [rank(file, "--json", "--first", "3", "--seed", "5").stdout for _ in range(2)]
    assert same[0] == same[1] != rank(file, "--json", "--first", "3", "--seed", "6").stdout


def written(folder: Path, text: str, format: str = "parquet") -> Path:
    """The table `text` as a file; Parquet needs no reading child."""
    file = folder / f"t.{format}"
    if format == "csv":
        file.write_text(text, "utf-8")
    else:
        pl.read_csv(text.encode(), infer_schema=False).write_parquet(file)
    return file


DEGENERATE = {
    "网点,得分\na,80\nb,70\n": {"no_visit_variance"},
    "网点,得分\na,80\na,80\nb,70\nb,70\n": {"no_spread"},
    "网点,得分\na,80\na,81\n": {"alone"},
    "网点,得分\na,80\na,82\nb,70\nb,75\nc,\nd,无\n": {"unreliable", "ok", "no_score"},
    "网点,得分\na,\nb,\n": {"no_score"},
}


@pytest.mark.parametrize("text", DEGENERATE)
def test_a_degenerate_table_has_a_status_and_never_a_nan(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    result = rank(file, "--json", "--first", "1")
    assert result.exit_code == PARTLY
    rows = told(result)
    assert {r["status"] for r in rows} <= DEGENERATE[text]
    assert {r["unit"] for r in rows} == {line[0] for line in text.split("\n")[1:] if line}
    for lang in ("zh", "en"):
        shown = rank(file, lang=lang)
        assert shown.exit_code == PARTLY and "Traceback" not in shown.output


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("网点,分\na,80\n", USAGE, "得分"),
        ("网点,得分\na,80\nb,八十\n", PARTLY, "第 2 行"),
        ("网点,得分\na,80\n,70\n", PARTLY, "第 2 行"),
        ("网点,得分\na,1e200\nb,-1e200\na,1\n", PARTLY, "1e+200"),
        ("网点,得分\n", PARTLY, "没有数据行"),
    ],
)
def test_what_is_wrong_is_a_sentence(tmp_path: Path, text: str, status: int, said: str) -> None:
    file = written(tmp_path, text)
    result = rank(file, "--json")
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr and "Traceback" not in result.stderr
    english = rank(file, "--json", lang="en")
    assert english.stderr and "。" not in english.stderr


def test_a_wrong_cell_of_a_csv_is_named_by_its_row(tmp_path: Path) -> None:
    result = rank(written(tmp_path, "网点,得分\na,80\nb,八十\n", "csv"), "--json")
    assert result.exit_code == PARTLY and "第 3 行“得分”列的值“八十”" in result.stderr


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    result = rank(tmp_path / "nowhere.csv", "--json")
    assert result.exit_code == USAGE and "nowhere.csv" in result.stderr


def test_the_printed_table_has_tier_and_interval_before_the_rank(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    table().write_parquet(file)
    shown = rank(file, "--first", "15").stdout
    head = shown.splitlines()[0].split()
    assert head == ["单位", "观测数", "等次", "得分", "名次区间", "名次", "信度", "说明", "进前列"]
    assert "信度不足" in shown and "确定" in shown
    english = rank(file, "--first", "15", lang="en").stdout
    assert "rank interval" in english and "certain" in english
