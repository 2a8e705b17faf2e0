"""`mingcha effect FILE` on tables of known content: CSV, Excel, Parquet; what is wrong with one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

import pipeline
from pipeline.__main__ import load_commands
from tests.audits.statistics.mpdta import FILE

SCHEMA = json.loads((Path(pipeline.__file__).parent / "schemas/effect.schema.json").read_text())
COLUMNS = ("--unit", "countyreal", "--time", "year", "--outcome", "lemp")
NAMED = (*COLUMNS, "--introduced", "first.treat")


@cache
def app() -> typer.Typer:
    """The command line, put together once: every time adds all commands again."""
    return load_commands()


def run(*words: str, lang: str = "zh") -> Any:
    return CliRunner().invoke(app(), ["--lang", lang, "effect", *words])


def told(*words: str) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMA)
    return answer


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outside") / "mpdta.csv"
    path.write_bytes(gzip.decompress(FILE.read_bytes()))
    return path


def test_the_published_numbers_come_out_of_the_command(table: Path) -> None:
    answer = told(str(table), *NAMED)
    of = {(e["controls"], e["kind"], e["cohort"], e["time"], e["event"]): e["estimate"]
          for e in answer["results"]}  # fmt: skip
    assert of["never", "cell", "2004", "2007", 3] == pytest.approx(-0.100811, abs=1e-5)
    assert of["never", "cell", "2007", "2007", 0] == pytest.approx(-0.026054, abs=1e-5)
    assert of["never", "event", None, None, 1] == pytest.approx(-0.050957, abs=1e-5)
    assert of["never", "dynamic", None, None, None] == pytest.approx(-0.077240, abs=1e-5)
    assert of["never", "group", None, None, None] == pytest.approx(-0.031018, abs=1e-5)
    assert of["not_yet", "dynamic", None, None, None] == pytest.approx(-0.0774, abs=5e-5)
    assert answer["cohorts"] == {"2004": 20, "2006": 40, "2007": 131}
    assert (answer["units"], answer["not_introduced"], answer["without_base"]) == (500, 309, 0)
    assert answer["verdict"] == "no_effect" and "未见显著效果" in run(str(table), *NAMED).output


def test_excel_parquet_and_other_ways_to_write_time_give_the_same(
    table: Path, tmp_path: Path
) -> None:
    """Whole numbers in a workbook; dates, with the introduction within the year, in Parquet."""
    wanted = told(str(table), *NAMED)
    rows = pl.read_csv(table)
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(rows.columns)
    for row in rows.rows():
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    dated = rows.with_columns(
        pl.date("year", 12, 31).alias("year"),
        pl.when(pl.col("first.treat") > 0).then(pl.date("first.treat", 5, 4)).alias("first.treat"),
    )
    dated.write_parquet(tmp_path / "b.parquet")
    for other in ("a.xlsx", "b.parquet"):
        answer = told(str(tmp_path / other), *NAMED)
        assert [e["estimate"] for e in answer["results"]] == pytest.approx(
            [e["estimate"] for e in wanted["results"]], abs=1e-12
        )
        assert answer["estimate"] == pytest.approx(wanted["estimate"])


def small(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "表.csv"
    path.write_text("\n".join(["网点,月份,比率,导入,支行", *lines]) + "\n", "utf-8")
    return str(path)


NAMES = ("--unit", "网点", "--time", "月份", "--outcome", "比率", "--introduced", "导入")


def test_with_too_little_data_there_is_no_figure(tmp_path: Path) -> None:
    lines = [f"{b},2026-0{m},{0.1 * m + 0.01 * b},{'2026-02-10' if b < 3 else '无'},支{b % 2}"
             for b in range(6) for m in range(1, 6)]  # fmt: skip
    answer = told(small(tmp_path, *lines), *NAMES, "--cluster", "支行")
    assert (answer["verdict"], answer["estimate"]) == ("insufficient", None)
    assert answer["name"]["zh"] == "数据不足，暂不判断"
    assert answer["cohorts"] == {"2026-02": 3} and answer["clusters"] == 2
    group = next(e for e in answer["results"] if e["kind"] == "group")
    assert group["estimate"] == pytest.approx(0, abs=1e-12)  # the estimator always computes


@pytest.mark.parametrize(
    ("lines", "words", "status", "said"),
    [
        (["1,2026-01,x,,甲"], NAMES, 1, "第 2 行“比率”列的值“x”应为数字"),
        (["1,2026-01,1,,甲", "1,2026-01,2,,甲"], NAMES, 1, "第 3 行：1 在 2026-01 已有一行"),
        (["1,2026-01,1,,甲", "1,2026-02,2,2026-02,甲"], NAMES, 1, "与 1 其他行不同"),
        (["1,2026-01,1,,甲", "1,,2,,甲"], NAMES, 1, "第 3 行“月份”列的值“”不能为空"),
        (["1,2026-01,1,春天,甲"], NAMES, 1, "“导入”列的值“春天”不是时间"),
        ([], NAMES, 1, "里没有数据行"),
        (["1,2026-01,1,,甲"], (*NAMES[:-1], "日期"), 2, "没有“日期”这一列。表头有：网点、月份"),
        (["1,2026-01,1,,甲"], (*NAMES, "--better", "x"), 2, "--better 只能是 up"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, lines: list[str], words: tuple[str, ...], status: int, said: str
) -> None:
    done = run(small(tmp_path, *lines), *words)
    assert done.exit_code == status, done.output
    assert said in done.output
    english = run(small(tmp_path, *lines), *words, lang="en").output
    assert not any("\u4e00" <= c <= "\u9fff" for c in _without(english))


def _without(text: str) -> str:
    """Without what is the user's own: names of file, columns and values."""
    for own in ("表.csv", "网点", "月份", "比率", "导入", "支行", "春天", "日期"):
        text = text.replace(own, "")
    return text


def test_a_file_that_is_not_there_or_no_table(tmp_path: Path) -> None:
    done = run(str(tmp_path / "没有.csv"), *NAMES)
    assert done.exit_code == 2 and "读不到 没有.csv" in done.output
    broken = tmp_path / "a.parquet"
    broken.write_bytes(b"PAR1 and no more")
    assert run(str(broken), *NAMES).exit_code == 1


def test_numbers_out_of_all_proportion_are_refused(tmp_path: Path) -> None:
    lines = [f"{b},202{t},{1e308 if t == 1 else 1},," for b in range(6) for t in (0, 1, 2)]
    said = run(small(tmp_path, *lines), *NAMES)
    assert said.exit_code == 1 and "1e+308" in said.output


DAYS = ("{}-{:02d}-{:02d}", "{}/{}/{}", "{}年{}月{}日")


@pytest.mark.parametrize("day", DAYS)
def test_a_quarter_may_be_written_as_its_first_day(tmp_path: Path, day: str) -> None:
    """Introduced on 15 February belongs to the quarter that began in January."""

    def estimates(time: Callable[[int, int], str], began: str) -> list[Any]:
        lines = [
            f"{b},{time(y, q)},{b + q % 2 + 2 * (b < 4 and y == 2025)},{began if b < 4 else ''},"
            for b in range(8)
            for y in (2024, 2025)
            for q in (1, 2, 3, 4)
        ]
        return [e["estimate"] for e in told(small(tmp_path, *lines), *NAMES)["results"]]

    days = estimates(lambda y, q: day.format(y, 3 * q - 2, 1), day.format(2025, 2, 15))
    assert days == estimates(lambda y, q: f"{y}Q{q}", "2025Q1")
