"""The version, in the one place that the wheel, the CLI and the template header read it from."""

__version__ = "0.1.0"

WITH_CLIENTS = {
    "from a checkout": "pip install '.[deploy]'",
    "from a wheel": f"pip install './jeroboam-{__version__}-py3-none-any.whl[deploy]'",
    "from git": "pip install 'jeroboam[deploy] @ git+https://git.example.com/jeroboam.git'",
}
"""How Jeroboam is installed with OpenStack's clients, by where from: no package index has it yet."""
