"""Native Excel charts of chart blocks, drawn from the cells beside them."""

from __future__ import annotations

from typing import Any

from pipeline.render import theme
from pipeline.render.grids import Grid
from pipeline.reports.blocks import Chart

# Beside colour: never meaning by colour alone.
_DASHES = ("solid", "dash", "round_dot", "long_dash", "dash_dot")
_PATTERNS = ("", "wide_upward_diagonal", "small_grid", "wide_downward_diagonal", "percent_20")
_FEW = 12  # categories that fit beside each other


def add_chart(book: Any, sheet: Any, grid: Grid, first: int) -> None:
    """A chart to the right of its data, which begins at row `first` (0-based)."""
    chart = grid.block
    assert isinstance(chart, Chart)
    native = book.add_chart({"type": _kind(chart)})
    last = first + len(chart.categories) - 1
    for j in range(len(chart.series)):
        native.add_series(
            {
                "name": [grid.name, first - 1, j + 1],
                "categories": [grid.name, first, 0, last, 0],
                "values": [grid.name, first, j + 1, last, j + 1],
                **_look(chart, j),
            }
        )
    native.set_title({"name": chart.title, "name_font": {"size": 12}, "overlay": False})
    _axes(native, chart)
    native.set_legend({"position": "top"} if len(chart.series) > 1 else {"none": True})
    height = 360 if _kind(chart) != "bar" else max(360, 60 + 18 * len(chart.categories))
    native.set_size({"width": 760, "height": height})
    alternative = {"description": f"{chart.title}: {chart.says}", "object_position": 2}
    sheet.insert_chart(first - 1, len(chart.series) + 2, native, alternative)


def _kind(chart: Chart) -> str:
    if chart.kind == "line":
        return "line"
    return "column" if len(chart.categories) <= _FEW else "bar"


def _axes(native: Any, chart: Chart) -> None:
    number_format = theme.excel_format(chart.format, 0)
    lines = {"visible": True, "line": {"color": "#D9D9D9"}}
    values: dict[str, Any] = {
        "num_format": number_format,
        "name": chart.unit,
        "major_gridlines": lines,
    }
    shown = [v for s in chart.series for v in s.values if v is not None]
    if chart.kind != "line":
        values["min"] = min(0, *shown) if shown else 0
        if chart.format == "percent" and max(shown, default=0) > 0.8:
            values["max"] = 1  # a rate's bars end at 100 %
    categories: dict[str, Any] = {"reverse": True} if _kind(chart) == "bar" else {}
    # In Excel the axis of the categories is x, also where it stands upright.
    native.set_x_axis(categories)
    native.set_y_axis(values)


def _look(chart: Chart, j: int) -> dict[str, Any]:
    colour = theme.SERIES_COLOURS[j % len(theme.SERIES_COLOURS)]
    if chart.kind == "line":
        dash = _DASHES[j % len(_DASHES)]
        return {
            "line": {"color": colour, "width": 2, "dash_type": dash},
            "marker": {"type": "automatic", "fill": {"color": colour}},
        }
    pattern = _PATTERNS[j % len(_PATTERNS)]
    if not pattern:
        return {"fill": {"color": colour}}
    return {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}}
