"""Publications and pages for the tests of the dashboard."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.access import Viewer

_HERE = Path(__file__).parent
_OFFICE = Viewer("office")


def _load() -> ModuleType:
    """The fixture publication, whatever the import mode of the run."""
    name = "mingcha_fixture_publication"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, _HERE / "fixture_publication.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def province() -> ModuleType:
    """The module of hand-made values."""
    return _load()


@pytest.fixture
def folder(tmp_path: Path, province: ModuleType) -> Path:
    """A data folder with one publication."""
    province.build(tmp_path)
    return tmp_path


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Runs one page of the app on a data folder, as the server would."""

    def run(
        data: Path,
        view: str = "league",
        *,
        demo: bool = False,
        viewer: Viewer = _OFFICE,
        **query: str,
    ) -> AppTest:
        monkeypatch.setenv("MINGCHA_DATA", str(data))
        monkeypatch.setenv("MINGCHA_SERVE_DEMO", "1" if demo else "0")
        monkeypatch.setenv("MINGCHA_SERVE_HOST", "127.0.0.1")
        monkeypatch.setenv("MINGCHA_TEST_VIEW", view)
        # Signing in is tested in tests/dashboards/signin and in the browser.
        monkeypatch.setattr("dashboards.app.viewer_of_session", lambda *_: viewer)
        monkeypatch.setattr("dashboards.signin.viewing.viewer_now", lambda: viewer)
        app = AppTest.from_function(_one_page, default_timeout=180)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return run


def _one_page() -> None:
    """The app's own script with the navigation put on one page: AppTest knows no addresses."""
    import os

    import streamlit as st

    from dashboards import app
    from dashboards.views import HOME

    real = st.navigation

    def there(pages, **how):  # type: ignore[no-untyped-def]
        real(pages, **how)
        wanted = os.environ["MINGCHA_TEST_VIEW"]
        every = [p for group in pages.values() for p in group]
        chosen = [
            p
            for p in every
            if wanted in (p.url_path, p._url_path) or (p._default and wanted == HOME)
        ]
        assert chosen, f"{wanted} is not among the pages this viewer has"
        chosen[0]._can_be_called = True
        return chosen[0]

    st.navigation = there  # type: ignore[assignment]
    try:
        app.main()
    finally:
        st.navigation = real
