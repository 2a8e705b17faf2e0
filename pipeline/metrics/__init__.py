"""The registry of metrics: every module here with METRICS, or `of_editions`, adds its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache

from audits.scorecard import Edition
from pipeline.metrics.declaration import Metric


def metrics(editions: Mapping[str, Edition] | None = None) -> dict[str, Metric]:
    """All metrics by id, family by family, with those of the editions' sections, steps, roles
    and zones (of the packaged editions unless others are given). ValueError: an id twice."""
    found: dict[str, Metric] = {}
    for metric in _static():
        _add(found, metric)
    for metric in _of(editions):
        _add(found, metric)
    return found


def families(editions: Mapping[str, Edition] | None = None) -> dict[str, list[str]]:
    """Metric ids by the name of the module that declares them."""
    found: dict[str, list[str]] = {}
    for name in _modules():
        module = importlib.import_module(f"{__name__}.{name}")
        ids = [m.id for m in getattr(module, "METRICS", ())]
        if hasattr(module, "of_editions"):
            ids += [m.id for m in module.of_editions(editions or _packaged())]
        if ids:
            found[name] = ids
    return found


def _add(found: dict[str, Metric], metric: Metric) -> None:
    if metric.id in found:
        raise ValueError(f"metric {metric.id!r} is declared twice")
    found[metric.id] = metric


def _modules() -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(__path__))


@cache
def _static() -> tuple[Metric, ...]:
    modules = [importlib.import_module(f"{__name__}.{name}") for name in _modules()]
    return tuple(metric for module in modules for metric in getattr(module, "METRICS", ()))


def _of(editions: Mapping[str, Edition] | None) -> Iterator[Metric]:
    for name in _modules():
        make = getattr(importlib.import_module(f"{__name__}.{name}"), "of_editions", None)
        if make is not None:
            yield from make(editions or _packaged())


@cache
def _packaged() -> Mapping[str, Edition]:
    from audits.scorecard import load_editions

    return load_editions()
