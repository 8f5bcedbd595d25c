"""Building blocks that several drivers use."""
