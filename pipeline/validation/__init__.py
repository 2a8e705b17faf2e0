"""What a suite is made of: rules, the batch of a table, checks, and where a failure lies."""
