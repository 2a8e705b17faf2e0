"""What the server process was started with. Passed by environment, so uvicorn imports by name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.__main__ import default_folder
from pipeline.commands.serve import BASE, DEMO, HOST, LOG, PUBLIC, is_loopback
from pipeline.folders import DataFolder


@dataclass(frozen=True)
class Settings:
    folder: DataFolder
    demo: bool  # roles may be switched on the page
    language: Literal["zh", "en"] = "zh"
    base: str = ""  # path the server is reached under, behind a reverse proxy; no slash at its end
    public: tuple[str, ...] = ()  # host names it answers to beside this machine's
    log: str = "text"


def from_environment() -> Settings:
    """The settings of this process. The role switch needs a loopback address, whatever is asked."""
    named = os.environ.get("MINGCHA_DATA")
    folder = Path(named) if named else default_folder()
    host = os.environ.get(HOST, "")
    return Settings(
        folder=DataFolder(folder.resolve()),
        demo=os.environ.get(DEMO) == "1" and is_loopback(host),
        language="en" if os.environ.get("MINGCHA_LANG") == "en" else "zh",
        base=os.environ.get(BASE, ""),
        public=tuple(name for name in os.environ.get(PUBLIC, "").split(",") if name),
        log=os.environ.get(LOG, "text"),
    )
