"""Unit tests of jeroboam.emit."""
