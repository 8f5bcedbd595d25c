"""What a release is made of, built and installed: `make test-release`."""
