"""What `pipeline.explain` is made of: cells behind rows, originals, the page in words."""
