"""How fairly it is judged: the statistics. Pure functions over numpy and polars."""
