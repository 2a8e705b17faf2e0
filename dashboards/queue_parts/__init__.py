"""Parts of the review page: what waits for whom, and the forms to decide it."""
