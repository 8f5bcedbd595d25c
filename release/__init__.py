"""What a release has besides wheel and sdist; `.ci/release` makes it."""
