"""What `pipeline.appeals` is made of: contested answers, evidence, who sees what, sentences."""
