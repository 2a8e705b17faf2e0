"""`python -m pipeline.worker DATA`: started by the supervisor, which holds its standard input."""

from __future__ import annotations

import sys

from pipeline.worker.process import main

sys.exit(main(sys.argv[1]))
