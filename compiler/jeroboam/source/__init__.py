"""YAML texts -> one merged Document that still knows where each value was written."""

from jeroboam.source.load import load_spec
from jeroboam.source.locate import located
from jeroboam.source.types import Data, Document, Place, SourceMap, SpecResult

__all__ = ["Data", "Document", "Place", "SourceMap", "SpecResult", "load_spec", "located"]
