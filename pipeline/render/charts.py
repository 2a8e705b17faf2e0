"""Charts for documents: a block to a picture (Vega-Lite through vl-convert)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.render.theme import CHART_FONT, INK, SERIES_COLOURS, font_folder
from pipeline.reports.blocks import Chart

LONG, MANY = 5, 8  # a bar chart with longer or more names lies down, each name on its own line


def vega_lite(chart: Chart, width: int = 560, height: int = 165) -> dict[str, Any]:
    """The Vega-Lite specification of a chart block; bars whose names would run into each other
    lie."""
    rows: list[dict[str, Any]] = [
        {"category": str(c), "series": s.name, "value": v, "order": i}
        for s in chart.series
        for i, (c, v) in enumerate(zip(chart.categories, s.values, strict=True))
        if v is not None
    ]
    line = chart.kind == "line"
    mark: dict[str, Any] = {"type": "line", "point": True} if line else {"type": "bar"}
    values = _values(chart, max((r["value"] for r in rows), default=0.0))
    lies = not line and _lies(chart)
    along, across = ("y", "x") if lies else ("x", "y")
    encoding = {along: _categories(chart), across: values, **_series(chart, along)}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width - 120 if lies else width,
        "height": _height(chart) if lies else height,
        "data": {"values": rows},
        "config": {
            "font": CHART_FONT,
            "view": {"stroke": None},
            "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
            "legend": {"labelFontSize": 12},
        },
    }
    if len(chart.series) > 1 or len(rows) > 40:
        return {**spec, "mark": mark, "encoding": encoding}
    return {**spec, "layer": [{"mark": mark}, _said(chart, line, lies)], "encoding": encoding}


def _lies(chart: Chart) -> bool:
    names = [str(c) for c in chart.categories]
    return len(names) > MANY or max(map(len, names), default=0) > LONG


def _height(chart: Chart) -> int:
    """Of lying bars: room for each name, at most a page's."""
    return min(720, max(80, len(chart.categories) * (10 + 8 * len(chart.series))))


def _said(chart: Chart, line: bool, lies: bool) -> dict[str, Any]:
    """The values beside the marks, so that none has to be read off an axis."""
    percent = {"percent": ".1%", "integer": ",.0f", "count": ",.0f"}.get(chart.format, ",.1f")
    where = {"align": "left", "dx": 4} if lies else {"baseline": "bottom", "dy": -6 if line else -3}
    text = {"field": "value", "type": "quantitative", "format": percent}
    return {
        "mark": {"type": "text", "fontSize": 11, "color": f"#{INK}", **where},
        "encoding": {"text": text, "color": {"value": f"#{INK}"}},
    }


def _categories(chart: Chart) -> dict[str, Any]:
    names = [str(c) for c in chart.categories]
    axis: dict[str, Any] = {"labelLimit": 240, "ticks": False, "labelPadding": 6}
    if chart.kind == "line":
        axis |= {"labelAngle": 0, "labelOverlap": "parity"}
    elif not _lies(chart):
        axis |= {"labelAngle": 0}
    return {"field": "category", "type": "nominal", "sort": names, "title": None, "axis": axis}


def _values(chart: Chart, high: float) -> dict[str, Any]:
    """The value axis. A rate's bars end at 100 %: headroom would suggest what cannot be."""
    percent, line = chart.format == "percent", chart.kind == "line"
    top = {"domainMax": 1} if percent and not line and high > 0.8 else {}
    return {
        "field": "value",
        "type": "quantitative",
        "title": chart.unit or None,
        "axis": {"format": ".2~%" if percent else "~s", "tickCount": 6},
        "scale": {"zero": not line, **top},
    }


def _series(chart: Chart, along: str = "x") -> dict[str, Any]:
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
    return {"color": colour, **(dashes if chart.kind == "line" else {f"{along}Offset": by_series})}


@cache
def _converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(font_folder()))
    return vl_convert


_shelf: ContextVar[Path | None] = ContextVar("shelf", default=None)


@contextmanager
def shelved(folder: Path) -> Iterator[None]:
    """Pictures of several processes lie in `folder`: beginning to draw takes each of them half a
    second, so what one has drawn the other takes from there."""
    before = _shelf.set(folder)
    try:
        yield
    finally:
        _shelf.reset(before)


def png(chart: Chart, scale: float = 2.0) -> bytes:
    """The chart as PNG with Chinese text. The same chart gives the same bytes."""
    told, shelf = vega_lite(chart), _shelf.get()
    if shelf is None:
        return _drawn(told, scale)
    said = json.dumps([told, scale], sort_keys=True, ensure_ascii=False)
    place = shelf / f".{hashlib.sha256(said.encode()).hexdigest()}.png"
    if not place.exists():
        part = shelf / f"{place.name}.{os.getpid()}"
        part.write_bytes(_drawn(told, scale))
        part.replace(place)
    return place.read_bytes()


def _drawn(told: dict[str, Any], scale: float) -> bytes:
    picture: bytes = _converter().vegalite_to_png(told, scale=scale)
    return picture


def svg(chart: Chart) -> str:
    """The chart as SVG whose text stays text, in the fonts of the installation."""
    picture: str = _converter().vegalite_to_svg(vega_lite(chart))
    return picture
