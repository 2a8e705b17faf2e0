"""Charts for documents: a block to a picture (Vega-Lite through vl-convert)."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipeline.render.theme import CHART_FONT, SERIES_COLOURS, font_folder
from pipeline.reports.blocks import Chart


def vega_lite(chart: Chart, width: int = 560, height: int = 240) -> dict[str, Any]:
    """The Vega-Lite specification of a chart block."""
    rows: list[dict[str, Any]] = [
        {"category": str(c), "series": s.name, "value": v, "order": i}
        for s in chart.series
        for i, (c, v) in enumerate(zip(chart.categories, s.values, strict=True))
        if v is not None
    ]
    line = chart.kind == "line"
    mark: dict[str, Any] = {"type": "line", "point": True} if line else {"type": "bar"}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "data": {"values": rows},
        "mark": mark,
        "encoding": {
            "x": _categories(chart),
            "y": _values(chart, max((r["value"] for r in rows), default=0.0)),
            **_series(chart),
        },
        "config": {"font": CHART_FONT, "view": {"stroke": None}, "axis": {"labelFontSize": 12}},
    }


def _categories(chart: Chart) -> dict[str, Any]:
    names = [str(c) for c in chart.categories]
    axis = {"labelAngle": 0 if len(names) <= 12 else -45}
    return {"field": "category", "type": "nominal", "sort": names, "title": None, "axis": axis}


def _values(chart: Chart, high: float) -> dict[str, Any]:
    """The value axis. A rate's bars end at 100 %: headroom would suggest what cannot be."""
    percent, line = chart.format == "percent", chart.kind == "line"
    top = {"domainMax": 1} if percent and not line and high > 0.8 else {}
    return {
        "field": "value",
        "type": "quantitative",
        "title": chart.unit or None,
        "axis": {"format": ".0%"} if percent else {"format": "~s"},
        "scale": {"zero": not line, **top},
    }


def _series(chart: Chart) -> dict[str, Any]:
    """Colour, and beside it dashes or place: never meaning by colour alone."""
    names = [s.name for s in chart.series]
    several = len(names) > 1
    by_series = {"field": "series", "sort": names}
    colour = {
        **by_series,
        "type": "nominal",
        "title": None,
        "scale": {"domain": names, "range": list(SERIES_COLOURS[: len(names)])},
        "legend": {"orient": "top"} if several else None,
    }
    if not several:
        return {"color": colour}
    dashes = {"strokeDash": {**by_series, "legend": None}}
    return {"color": colour, **(dashes if chart.kind == "line" else {"xOffset": by_series})}


@cache
def _converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(font_folder()))
    return vl_convert


def png(chart: Chart, scale: float = 2.0) -> bytes:
    """The chart as PNG with Chinese text. The same chart gives the same bytes."""
    picture: bytes = _converter().vegalite_to_png(vega_lite(chart), scale=scale)
    return picture
