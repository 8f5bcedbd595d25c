"""Unit tests of jeroboam.storage."""
