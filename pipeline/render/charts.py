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
    percent = chart.format == "percent"
    axis = {"format": ".0%"} if percent else {"format": "~s"}
    names = [s.name for s in chart.series]
    # A rate's axis ends at 100 %: headroom beyond it would suggest values that cannot be.
    line = chart.kind == "line"
    high = max((r["value"] for r in rows), default=0.0)
    top = {"domainMax": 1} if percent and not line and high > 0.8 else {}
    encoding: dict[str, Any] = {
        "x": {
            "field": "category",
            "type": "nominal",
            "sort": [str(c) for c in chart.categories],
            "title": None,
            "axis": {"labelAngle": 0 if len(chart.categories) <= 12 else -45},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "title": chart.unit or None,
            "axis": axis,
            "scale": {"zero": not line, **top},
        },
        "color": {
            "field": "series",
            "type": "nominal",
            "sort": names,
            "title": None,
            "scale": {"domain": names, "range": list(SERIES_COLOURS[: len(names)])},
            "legend": {"orient": "top"} if len(names) > 1 else None,
        },
    }
    if len(names) > 1 and line:
        encoding["strokeDash"] = {"field": "series", "sort": names, "legend": None}
    if len(names) > 1 and not line:
        encoding["xOffset"] = {"field": "series", "sort": names}
    mark: dict[str, Any] = {"type": "line", "point": True} if line else {"type": "bar"}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "data": {"values": rows},
        "mark": mark,
        "encoding": encoding,
        "config": {"font": CHART_FONT, "view": {"stroke": None}, "axis": {"labelFontSize": 12}},
    }


@cache
def _converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(font_folder()))
    return vl_convert


def png(chart: Chart, scale: float = 2.0) -> bytes:
    """The chart as PNG with Chinese text. The same chart gives the same bytes."""
    picture: bytes = _converter().vegalite_to_png(vega_lite(chart), scale=scale)
    return picture
