"""One published office for all tests of delivery; whoever changes it copies it first."""

from __future__ import annotations

import pytest
from mailing_office import made_office

from pipeline.folders import DataFolder


@pytest.fixture(scope="session")
def formal(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return made_office(tmp_path_factory.mktemp("formal"))
