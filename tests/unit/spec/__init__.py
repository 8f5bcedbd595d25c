"""Unit tests of jeroboam.spec."""
