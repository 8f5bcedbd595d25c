"""A Document -> ClusterSpec: the schema, defaults, typed values, and everything judged beyond them."""

from jeroboam.spec.front_end import ReadSpec, judged, read

__all__ = ["ReadSpec", "judged", "read"]
