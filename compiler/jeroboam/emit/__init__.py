"""Bundle to files: written as a whole or not at all, confined to the bundle's own folder."""

from jeroboam.emit.bundle import STACK_TAG, Artifact, Bundle

__all__ = ["STACK_TAG", "Artifact", "Bundle"]
