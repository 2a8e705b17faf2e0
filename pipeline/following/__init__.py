"""Following up (督办): what is done to corrective actions, and the kit for each city."""
