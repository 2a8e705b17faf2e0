"""Real data from outside as ordinary workbooks: a scorecard of another trade, by configuration."""
