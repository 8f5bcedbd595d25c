"""Bundle to files: written as a whole or not at all, confined to the bundle's own folder."""

from jeroboam.emit.bundle import Artifact, Bundle, Compiled

__all__ = ["Artifact", "Bundle", "Compiled"]
