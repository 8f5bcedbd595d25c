"""A folder for each mistake: the spec and the exact report."""
