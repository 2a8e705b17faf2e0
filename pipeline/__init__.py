"""Ingest, storing, publishing and serving of what `audits` computes."""

import os

# Polars' allocator is told before it is loaded, and only then. Left to itself it gives blocks of
# 8 MB back at once, and the next column maps them anew, page by page: 3 % of the time of a large
# ingest, with what `memory` does likewise for the others.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", "oversize_threshold:0,dirty_decay_ms:500,muzzy_decay_ms:0"
)
