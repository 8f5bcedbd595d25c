"""Unit tests of jeroboam.diagnostics."""
