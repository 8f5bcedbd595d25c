"""Files on disk: a folder confined to itself, written whole, by one process at a time."""
