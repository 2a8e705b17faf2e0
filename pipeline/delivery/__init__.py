"""Delivery: what was made goes to whom it is for, once; by mail, or packed for handing over."""
