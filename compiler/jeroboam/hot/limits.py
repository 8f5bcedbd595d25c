"""Heat's default limits (heat/common/config.py); an operator may have changed each of them."""

MAX_TEMPLATE_SIZE = 524_288
"""Characters of the parsed template's text form, as heat-api measures a template sent as an object."""

MAX_JSON_BODY_SIZE = 1_048_576
"""Bytes of a whole request: template, files, environment."""

ENVIRONMENT = 16_384
"""Bytes of a request that are kept for the environment, which is the secrets file."""

NODE = 512
"""Bytes of a request that any node takes at least: its port and its server take some 800."""

MAX_RESOURCES_PER_STACK = 1_000
"""Resources of a stack and of everything nested below it."""
