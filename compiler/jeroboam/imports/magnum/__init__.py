"""Magnum's cluster templates and clusters, as JSON -> a spec, and what of them it has not."""

from jeroboam.imports.magnum.convert import Imported, import_magnum

__all__ = ["Imported", "import_magnum"]
