"""Programs that read what the compiler writes, asked what they think of it."""
