"""One folder per COE: what runs on which role."""
