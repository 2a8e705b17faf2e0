"""What `pipeline.publish` is made of: tree, facts, tables of visits, ranks, hash, writing."""
