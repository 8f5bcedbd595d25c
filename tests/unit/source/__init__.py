"""Unit tests of jeroboam.source."""
