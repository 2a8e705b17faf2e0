"""The follow-up kit is made for the own city, whatever a widget answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards import queries
from dashboards.access import Denied, Viewer
from dashboards.action_parts import chasing
from dashboards.views import Context
from dashboards.words import Words
from pipeline.folders import DataFolder


def test_a_city_manager_makes_no_kit_of_another_city(folder: Path) -> None:
    data = DataFolder(folder)
    (key,) = queries.publications(data)
    context = Context(Words("zh"), Viewer("city", "0101"), data, key)
    with pytest.raises(Denied):
        chasing._make(context, "2026-09", "0102")
