"""Which form each month's performance comes in, and the workbooks that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipeline.sample import faults, messy_monthly
from pipeline.sample.lists import performance_page
from pipeline.sample.options import Options
from pipeline.sample.pages import (
    Page,
    workbook_bytes,
    write_book,
    write_gbk_csv,
    write_gbk_zip,
)
from pipeline.sample.performance import Figures
from pipeline.sample.province import Province
from pipeline.sheets import kinds

Form = Literal["consolidated", "split", "zip", "csv"]
# Where in the span the special forms lie. The last month is always one clean workbook: it is the
# one that is sent again with three cells changed.
_SPECIAL: tuple[tuple[float, Form], ...] = (
    (0.30, "split"), (0.65, "split"), (0.45, "zip"), (0.85, "csv"),
)  # fmt: skip
_MESSY_EVERY = 3  # every third consolidated month is messy


@dataclass
class Messy:
    """One messy workbook and what is to come of it."""

    file: str
    ways: list[str]
    expect: str
    kind: str = "performance"
    fault: faults.Fault | None = None
    rows: list[dict[str, Any]] | None = None  # canonical rows that are to be read
    table: str = "performance"
    corrected_by: str | None = None
    visit: dict[str, Any] | None = None  # head of a scorecard that is to be read


@dataclass
class Monthly:
    """The months as written: what is messy, what was sent again."""

    messy: list[Messy] = field(default_factory=list)
    resent: dict[str, Any] | None = None
    files: int = 0


def forms(options: Options) -> list[Form]:
    """The form of every month, oldest first."""
    found: list[Form] = ["consolidated"] * options.months
    for share, form in _SPECIAL:
        at = max(1, round(share * (options.months - 1)))
        while at < options.months - 1 and found[at] != "consolidated":
            at += 1
        if at < options.months - 1:
            found[at] = form
    return found


def canonical(
    options: Options, province: Province, figures: Figures, month: int, branches: list[int],
    blanks: messy_monthly.Blanks,
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows that a workbook must be read as; money as text of yuan with two decimals."""
    missing, rows = set(blanks), []
    for b in branches:
        branch = province.branches[b]
        row: dict[str, Any] = {"branch_code": branch.code, "month": options.month_list[month]}
        for column in kinds()["performance"].columns[3:]:
            fen = int(figures[column.id][b, month])
            text = f"{fen // 100}.{fen % 100:02d}"
            row[column.id] = text if column.type == "money" else fen
            if (branch.code, column.id) in missing:
                row[column.id] = None
        rows.append(row)
    return rows


class MonthlyWriter:
    """Writes the performance workbooks of a province under `root`."""

    def __init__(self, root: Path, options: Options, province: Province, figures: Figures) -> None:
        self.root, self.options, self.province, self.figures = root, options, province, figures
        self.done = Monthly()
        self.bundles = 0
        self.faults = [*faults.MONTHLY, None]  # None: the scrambled file

    def write(self) -> Monthly:
        """All months; returns what was messed up and what was sent again."""
        everyone = [b.index for b in self.province.branches]
        for month, form in enumerate(forms(self.options)):
            if form == "split":
                self._split(month)
            elif form == "zip":
                self._zip(month)
            elif form == "csv":
                self._csv(month, everyone)
            else:
                messy = month % _MESSY_EVERY == 1 and month < self.options.months - 1
                self._book(month, everyone, f"{self.options.month_list[month]}.xlsx", messy)
        self._resend()
        return self.done

    def _page(self, month: int, branches: list[int]) -> Page:
        return performance_page(self.options, self.province, self.figures, month, branches)

    def _path(self, name: str) -> Path:
        self.done.files += 1
        return self.root / "4-performance" / name

    def _rows(self, month: int, branches: list[int], blanks: Any = ()) -> list[dict[str, Any]]:
        return canonical(self.options, self.province, self.figures, month, branches, list(blanks))

    def _book(self, month: int, branches: list[int], name: str, messy: bool) -> None:
        page = self._page(month, branches)
        pages = [page]
        if messy:
            ways = messy_monthly.BUNDLES[self.bundles % len(messy_monthly.BUNDLES)]
            self.bundles += 1
            pages, blanks = messy_monthly.apply(page, ways)
            rows = self._rows(month, branches, blanks)
            self.done.messy.append(Messy(f"4-performance/{name}", list(ways), "read", rows=rows))
        write_book(self._path(name), pages)

    def _split(self, month: int) -> None:
        """One workbook per city: most carry a fault while there are any left."""
        name = self.options.month_list[month]
        clean_every = 4 if len(self.province.cities) >= 8 else 2
        for turn, city in enumerate(self.province.cities):
            branches = [b.index for b in self.province.of_city(city)]
            file = f"{name}/{self.province.name_of(city)}.xlsx"
            if self.faults and turn % clean_every != clean_every - 1:
                self._spoiled(month, branches, file, f"{name}_更正/")
            else:
                self._book(month, branches, file, messy=turn % 2 == 1)

    def _spoiled(self, month: int, branches: list[int], file: str, mended: str) -> None:
        spoil = self.faults.pop(0)
        page = self._page(month, branches)
        if spoil is None:
            fault = faults.scrambled_fault()
            path = self._path(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(faults.scrambled(self.options.chance(f"noise {file}")))
        else:
            fault = spoil(page)
            write_book(self._path(file), [page])
        entry = Messy(f"4-performance/{file}", [fault.kind], fault.expect, fault=fault)
        if fault.expect == "quarantined":
            kept = [b for b in branches if self.province.branches[b].code != fault.branch_code]
            entry.rows = self._rows(month, kept)
        elif fault.kind != "wan_unnamed":
            name = mended + Path(file).name
            write_book(self._path(name), [self._page(month, branches)])
            entry.corrected_by = f"4-performance/{name}"
        self.done.messy.append(entry)

    def _zip(self, month: int) -> None:
        """One workbook per branch, in one .zip whose names are in GBK."""
        name = f"{self.options.month_list[month]}.zip"
        everyone = [b.index for b in self.province.branches]
        books = {
            f"{self.province.branches[b].name}.xlsx": workbook_bytes([self._page(month, [b])])
            for b in everyone
        }
        write_gbk_zip(self._path(name), books)
        rows = self._rows(month, everyone)
        self.done.messy.append(Messy(f"4-performance/{name}", ["zip_gbk_names"], "read", rows=rows))

    def _csv(self, month: int, everyone: list[int]) -> None:
        name = f"{self.options.month_list[month]}.csv"
        write_gbk_csv(self._path(name), self._page(month, everyone))
        rows = self._rows(month, everyone)
        self.done.messy.append(Messy(f"4-performance/{name}", ["csv_gbk"], "read", rows=rows))

    def _resend(self) -> None:
        """The last month again, with exactly three cells changed."""
        month, name = self.options.months - 1, self.options.month_list[-1]
        everyone = [b.index for b in self.province.branches]
        page, changes = self._page(month, everyone), []
        wanted = (("satisfied", -3), ("fee_income", 888.25), ("dca_contracts", 4))
        for turn, (column, by) in enumerate(wanted):
            line = page.lines[(turn * 11 + 3) % len(page.lines)]
            at = page.position(column)
            old = page.rows[line][at]
            page.rows[line][at] = new = round(old + by, 2) if column == "fee_income" else old + by
            changes.append({"sheet": page.name, "cell": page.address(line, column),
                            "branch_code": page.rows[line][0], "column": column,
                            "old": old, "new": new})  # fmt: skip
        write_book(self._path(f"{name}_重报.xlsx"), [page])
        self.done.resent = {
            "original": f"4-performance/{name}.xlsx",
            "file": f"4-performance/{name}_重报.xlsx",
            "period": name,
            "changes": changes,
        }
