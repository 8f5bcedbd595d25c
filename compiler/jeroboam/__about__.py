"""The version, in the one place that the wheel, the CLI and the template header read it from."""

__version__ = "0.1.0"
