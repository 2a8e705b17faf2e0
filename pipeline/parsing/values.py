"""Typing: long frames of addressed texts to typed values, with a rule where that fails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from audits.lookups import codes_of, grouped, index_of, ranked
from pipeline.findings import Finding
from pipeline.parsing import rules
from pipeline.parsing.dates import dates, months, times, years
from pipeline.parsing.headers import MONEY_UNITS
from pipeline.parsing.numbers import counts, floats, money, rates
from pipeline.sheets.declaration import Column
from pipeline.workbook.cells import letter

DTYPES: dict[str, pl.DataType] = {
    "code": pl.String(),
    "text": pl.String(),
    "count": pl.Int64(),
    "money": pl.Decimal(18, 2),
    "number": pl.Float64(),
    "rate": pl.Float64(),
    "date": pl.Date(),
    "time": pl.Time(),
    "month": pl.String(),
    "year": pl.Int32(),
    "yes_no": pl.Boolean(),
}
YES = ("是", "√", "✓", "✔", "☑", "y", "yes", "1", "1.0", "true", "有", "对", "打勾")
NO = ("否", "×", "✗", "✘", "x", "n", "no", "0", "0.0", "false", "无", "错", "不是", "没有")
WANTED = {
    "code": ("代码", "a code"),
    "text": ("文字", "text"),
    "count": ("整数，如 120", "a whole number such as 120"),
    "money": ("数字，如 12345.67", "a number such as 12345.67"),
    "number": ("数字，如 12.5", "a number such as 12.5"),
    "rate": ("比例，如 85%", "a rate such as 85%"),
    "date": ("日期，如 2026-09-01", "a date such as 2026-09-01"),
    "time": ("时间，如 09:35", "a time such as 09:35"),
    "month": ("月份，如 2026-09", "a month such as 2026-09"),
    "year": ("年份，如 2026", "a year such as 2026"),
    "yes_no": ("“是”或“否”", "是 (yes) or 否 (no)"),
}
_UNREADABLE = "unreadable_value"
_PLAIN = ("count", "money", "number", "code")  # what has no format of its own
MOST_FINDINGS = 1000  # unreadable cells of one file told one by one


def codes(frame: pl.DataFrame) -> pl.DataFrame:
    """Identifiers as text: '123.0' is 123 to a person too; 1.2E+10 has lost digits."""
    text = pl.col("dense").str.replace(r"^[''`']+", "")
    whole = pl.when(text.str.contains(r"^\d+\.0+$")).then(text.str.replace(r"\.0+$", ""))
    return frame.with_columns(value=pl.coalesce(whole, text)).with_columns(
        lost=pl.col("value").str.contains(r"^\d+(?:\.\d+)?[eE]\+\d+$"),
        spaced=pl.col("plain").str.contains(" ", literal=True),
    )


def yes_nos(frame: pl.DataFrame) -> pl.DataFrame:
    """是/否, √/×, Y/N, 1/0. Value: Boolean."""
    text = pl.col("dense").str.to_lowercase()
    value = pl.when(text.is_in(YES)).then(True).when(text.is_in(NO)).then(False)
    return frame.with_columns(value=value)


Typed = dict[str, pl.DataFrame]  # type -> long frame
# What a value depends on besides its word; a rate looks at its whole column.
BY_WORD: dict[str, list[str]] = {
    **{t: [] for t in ("code", "count", "number", "time", "year", "yes_no")},
    "text": ["name"],
    "date": ["date1904"],
    "month": ["date1904", "title"],
    "money": ["power"],
}
# What others ask of a word that was read; `dense` and `doubt` where they are needed at all.
_KEPT = frozenset(
    ("text", "void", "value", "rule", "serial", "spaced", "cents", "places", "power", "headed",
     "currency", "unit")
)  # fmt: skip
READERS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "code": codes,
    "count": counts,
    "money": money,
    "number": floats,
    "rate": rates,
    "date": dates,
    "time": times,
    "month": months,
    "year": years,
    "yes_no": yes_nos,
}


def texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Names (`name`) in half width, to be compared; prose as it was written."""
    prose = pl.col("text").str.strip_chars()
    return frame.with_columns(value=pl.when("name").then("plain").otherwise(prose))


def typed(cells: pl.DataFrame, words: pl.DataFrame) -> Typed:
    """Long frames by type: see `typed_as`. `cells` has type, too."""
    return {
        str(type_): typed_as(str(type_), part, words)
        for (type_,), part in cells.partition_by("type", as_dict=True).items()
        if type_ is not None
    }


def typed_as(type_: str, cells: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """The columns of `cells` (of this type), text, void, value, rule (and what readers add).

    `cells` has word (its place in `words`), sid, column and what the type depends on: see
    `BY_WORD`. A value that cannot be read is null with the id of the rule that says why; a blank
    is null without one.
    """
    reader, by = READERS.get(type_, texts), BY_WORD.get(type_)
    if by is None:
        return _judged(reader(_spelled(cells, words)), type_)
    # a province repeats its codes and dates thousands of times: each is read once
    which, once = _distinct(cells, by, len(words))
    some = _spelled(once, words)
    if type_ == "yes_no":
        # 无 in a yes/no column is an answer, everywhere else it says that there is nothing
        some = some.with_columns(void=pl.col("void") & (pl.col("dense") != "无"))
    alone = type_ != "month"
    read = _judged(reader(some), type_) if alone else reader(some)
    more = {"yes_no": "dense", "month": "doubt"}.get(type_)
    kept = [c for c in read.columns if c in _KEPT or c == more]
    found = read.select(kept)[pl.Series(which, dtype=pl.UInt32)]
    own = cells.select(c for c in cells.columns if c not in kept).hstack(found.get_columns())
    return own if alone else _judged(own, type_)


def _distinct(cells: pl.DataFrame, by: list[str], words: int) -> tuple[np.ndarray, pl.DataFrame]:
    """For each cell its place among the different ones, and these: word, `by`."""
    code, size = cells["word"].to_numpy().astype(np.int64), words
    for name in by:
        own = codes_of(cells[name])
        code = code + own.astype(np.int64) * size
        size *= int(own.max(initial=0)) + 1
    which, met = ranked(code)
    one = np.zeros(len(met), dtype=np.uint32)
    one[which] = np.arange(len(cells), dtype=np.uint32)
    return which, cells.select("word", *by)[one]


def _spelled(cells: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(words[c].gather(cells["word"]) for c in words.columns)


def _judged(read: pl.DataFrame, type_: str) -> pl.DataFrame:
    fails = pl.col("value").is_null() & ~pl.col("void") & pl.col("rule").is_null()
    name = pl.lit(_UNREADABLE)
    if type_ in _PLAIN:
        formatted = pl.col("flag").is_in(["date", "percent"])
        name = pl.when(formatted).then(pl.lit("unreadable_format")).otherwise(name)
    if type_ == "month":
        # a month nobody can read is structural, unless the sheet's other rows say theirs
        others = pl.col("value").is_not_null().any().over("sid")
        name = pl.when(others).then(pl.lit("month_of_row")).otherwise(pl.lit("unreadable_month"))
    rule = pl.when(fails).then(name).otherwise("rule")
    if "doubt" in read.columns:
        doubt = "doubtful_month" if type_ == "month" else "doubtful_rate"
        rule = pl.when(pl.col("doubt") & ~pl.col("void")).then(pl.lit(doubt)).otherwise(rule)
    if "lost" in read.columns:
        rule = pl.when("lost").then(pl.lit("long_number")).otherwise(rule)
    judged = read.with_columns(rule=rule)
    good = pl.col("rule").is_null() & ~pl.col("void")
    return judged.with_columns(value=pl.when(good).then(pl.col("value")))


def wide(found: Typed, rows: pl.Series, columns: list[Column]) -> pl.DataFrame:
    """One row for each number in `rows`, one typed column for each of `columns`.

    The parts of `found` have their row's number in a column called as `rows` is, and `slot`, the
    number of their column.
    """
    spread: dict[str, pl.Series] = {}
    numbers = rows.to_numpy()
    for part in found.values():
        place = index_of(part[rows.name].to_numpy(), numbers)
        # whoever is given nothing is given the null that is put behind all values
        values, column = part["value"].extend_constant(None, 1), part["column"]
        for _, own in grouped(part["slot"].to_numpy()):
            order = np.full(len(rows), len(part), dtype=np.uint32)
            order[place[own]] = own
            spread[column[int(own[0])]] = values.gather(pl.Series(order))
    made = [
        spread[c.id].alias(c.id) if c.id in spread else pl.lit(None, DTYPES[c.type]).alias(c.id)
        for c in columns
    ]
    return rows.to_frame().with_columns(made)


def value_findings(found: Typed, columns: dict[str, Column], sheets: pl.DataFrame) -> list[Finding]:
    """A finding for each cell that could not be read, and for each date given as a serial."""
    findings: list[Finding] = []
    for type_, part in found.items():
        if part["rule"].null_count() < len(part):
            findings += _unread_findings(part, type_, columns, sheets)
        if type_ == "date" and part["serial"].any():
            findings += _serial_findings(part, sheets)
        if type_ == "code" and part["spaced"].any():
            findings += _spaced_findings(part, sheets)
        if type_ == "money" and part["currency"].any():
            findings += _currency_findings(part, sheets)
        if "unit" in part.columns and part["unit"].null_count() < len(part):
            findings += _unit_findings(part, type_, sheets)
    return findings


def _unread_findings(
    part: pl.DataFrame, type_: str, columns: dict[str, Column], sheets: pl.DataFrame
) -> list[Finding]:
    findings = []
    bad = part.filter(pl.col("rule").is_not_null()).join(
        sheets.select("sid", "file", "sheet"), on="sid"
    )
    told = bad.select("file", "sheet", "row", "col", "column", "text", "rule")
    for file, sheet, row, col, column, text, rule in told.iter_rows():
        words = {"column": columns[column].zh, "column_en": columns[column].en}
        words |= {"wanted_zh": WANTED[type_][0], "wanted_en": WANTED[type_][1]}
        cell = f"{letter(col)}{row}"
        found_rule = rules.Rule.registry[_of_type(rule, type_)]
        findings.append(found_rule.at(file, sheet, cell, row, text[:80], **words))
    return findings


def _serial_findings(part: pl.DataFrame, sheets: pl.DataFrame) -> list[Finding]:
    counted = part.filter(pl.col("serial") & pl.col("value").is_not_null())
    counted = counted.join(sheets.select("sid", "file", "sheet"), on="sid")
    told = counted.select("file", "sheet", "row", "col", "text", "value")
    return [
        rules.SERIAL_DATE.at(file, sheet, f"{letter(col)}{row}", row, text, read=str(day))
        for file, sheet, row, col, text, day in told.iter_rows()
    ]


def _of_type(rule: str, type_: str) -> str:
    """What is wrong with more than 15 digits: as text they are right in a code only."""
    if rule != "long_number" or type_ in ("code", "text"):
        return rule
    return "number_too_large" if type_ in ("count", "money", "number", "rate") else _UNREADABLE


def _spaced_findings(part: pl.DataFrame, sheets: pl.DataFrame) -> list[Finding]:
    """A warning for each code with spaces inside: 0101 0102 was read as 01010102."""
    spaced = part.filter(pl.col("spaced") & pl.col("value").is_not_null())
    spaced = spaced.join(sheets.select("sid", "file", "sheet"), on="sid")
    told = spaced.select("file", "sheet", "row", "col", "text", "value")
    return [
        rules.CODE_SPACED.at(file, sheet, f"{letter(col)}{row}", row, text.strip()[:80], read=code)
        for file, sheet, row, col, text, code in told.iter_rows()
    ]


def _currency_findings(part: pl.DataFrame, sheets: pl.DataFrame) -> list[Finding]:
    """A warning for each amount with a currency sign in a column that is not in yuan: ¥8."""
    bare = pl.col("currency") & pl.col("unit").is_null() & (pl.col("headed") > 0)
    signed = part.filter(bare & pl.col("value").is_not_null())
    signed = signed.join(sheets.select("sid", "file", "sheet"), on="sid")
    units = {power: unit for unit, power in MONEY_UNITS.items()}
    told = signed.select("file", "sheet", "row", "col", "text", "value", "headed")
    return [
        rules.CURRENCY.at(
            file, sheet, f"{letter(col)}{row}", row, text[:80], unit=units[power], read=f"{value:,}"
        )
        for file, sheet, row, col, text, value, power in told.iter_rows()
    ]


def _unit_findings(part: pl.DataFrame, type_: str, sheets: pl.DataFrame) -> list[Finding]:
    """A warning for each amount or number that carries its own unit: 100人, 1,234万."""
    spelled = part.filter(pl.col("unit").is_not_null() & pl.col("value").is_not_null())
    spelled = spelled.join(sheets.select("sid", "file", "sheet"), on="sid")
    told = spelled.select("file", "sheet", "row", "col", "text", "value")
    return [
        rules.UNIT_IN_CELL.at(
            file, sheet, f"{letter(col)}{row}", row, text[:80],
            read=f"{value:,} 元" if type_ == "money" else f"{value:,}",
            read_en=f"{value:,} yuan" if type_ == "money" else f"{value:,}",
        )
        for file, sheet, row, col, text, value in told.iter_rows()
    ]  # fmt: skip


def bounded(findings: list[Finding]) -> list[Finding]:
    """At most MOST_FINDINGS errors of a file; a file with more is refused as a whole, in words."""
    errors: dict[int, int] = {}
    kept = []
    for finding in findings:
        if finding.severity == "error":
            errors[finding.file] = errors.get(finding.file, 0) + 1
            if errors[finding.file] > MOST_FINDINGS:
                continue
        kept.append(finding)
    many = {file: n for file, n in errors.items() if n > MOST_FINDINGS}
    return kept + [rules.TOO_MANY.at(f, count=n, shown=MOST_FINDINGS) for f, n in many.items()]
