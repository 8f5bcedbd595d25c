"""The real Heat engine with the cloud behind it stubbed: what a Heat service would say of a template."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

SAMPLES: Mapping[str, str] = {
    "string": "c2FtcGxl",
    "number": "1",
    "boolean": "true",
    "comma_delimited_list": "one,two",
    "json": "{}",
}
"""A value for each parameter type; the string is base64, as every secret of ours is."""


class AnyAnswer:
    """An OpenStack client that agrees to everything: each attribute and call is another one."""

    status = "active"

    def __getattr__(self, name: str) -> AnyAnswer:
        if name.startswith("__"):
            raise AttributeError(name)
        return AnyAnswer()

    def __call__(self, *_: object, **__: object) -> AnyAnswer:
        return AnyAnswer()

    def __getitem__(self, _: object) -> AnyAnswer:
        return AnyAnswer()

    def __iter__(self) -> Iterator[AnyAnswer]:
        return iter(())

    def __contains__(self, _: object) -> bool:
        return True

    def __len__(self) -> int:
        return 0

    def __int__(self) -> int:
        return 1

    def __lt__(self, _: object) -> bool:
        return False

    def __gt__(self, _: object) -> bool:
        return True

    __ge__ = __le__ = __gt__


@functools.cache
def _engine() -> Any:
    """The engine's stack module, all resource types loaded; about two seconds, once a process."""
    logging.getLogger("heat").setLevel(logging.CRITICAL)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        from heat.common import config  # noqa: F401  (declares the options that CONF needs)
        from heat.engine import clients, resources, stack
        from oslo_config import cfg

        logging.disable(logging.WARNING)
        cfg.CONF([], project="heat", default_config_files=[])
        resources.initialise()
        clients.initialise()
        logging.disable(logging.NOTSET)
    return stack


def _obeys(constraint: Any, value: Any, _schema: Any = None, context: Any = None) -> bool:
    """Stands for CustomConstraint._is_valid: real where no service is asked, else satisfied."""
    from heat.engine import constraints

    custom = constraint.custom_constraint
    if not custom:
        return False
    asks_a_service = type(custom).validate is constraints.BaseCustomConstraint.validate
    return asks_a_service or bool(custom.validate(value, context))


def _untranslated(_: Any, _key: str, value: Any = None, *__: Any, **___: Any) -> Any:
    """Stands for Translation.translate, which turns names into ids by asking services."""
    return value


@contextlib.contextmanager
def _stubbed_cloud() -> Iterator[None]:
    from heat.engine.clients.os import nova

    with contextlib.ExitStack() as stack:
        patch = functools.partial(mock.patch, autospec=False)
        for target, replacement in {
            "heat.engine.constraints.CustomConstraint._is_valid": _obeys,
            "heat.engine.resource.Resource.is_service_available": lambda *_, **__: (True, None),
            "heat.engine.clients.client_plugin.ClientPlugin.client": lambda *_, **__: AnyAnswer(),
            "heat.engine.clients.microversion_mixin.MicroversionMixin.client": lambda *_, **__: AnyAnswer(),
            "heat.engine.translation.Translation.translate": _untranslated,
            "heat.common.context.RequestContext.keystone_session": AnyAnswer(),
            "heat.common.messaging.get_rpc_client": lambda *_, **__: AnyAnswer(),
        }.items():
            stack.enter_context(patch(target, new=replacement))
        stack.enter_context(
            mock.patch.multiple(
                nova.NovaClientPlugin,
                get_max_microversion=lambda _: "2.96",
                is_version_supported=lambda *_: True,
                absolute_limits=lambda _: {
                    "maxServerMeta": 128,
                    "maxPersonality": 5,
                    "maxPersonalitySize": 10240,
                },
            )
        )
        yield


def refusal(
    files: Mapping[str, str], template: str, parameters: Mapping[str, Any] | None = None
) -> str | None:
    """What the engine holds against `files[template]`, or None when it would create the stack.

    `files` are texts by relative path: the template and the nested ones it names. Parameters without
    a default get a sample unless `parameters` has them. The client's own reading of the files is included.
    """
    stack = _engine()
    from heat.common import context
    from heat.engine import environment
    from heat.engine import template as heat_template
    from heatclient.common import template_utils

    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        try:
            with warnings.catch_warnings(), _stubbed_cloud():
                warnings.simplefilter("ignore")
                attached, tree = template_utils.get_template_contents(str(Path(folder, template)))
                missing = {
                    name: SAMPLES.get(schema["type"], "")
                    for name, schema in (tree.get("parameters") or {}).items()
                    if "default" not in schema
                }
                caller = context.RequestContext(
                    project_id="project", user_id="user", username="someone", auth_token="token",
                    roles=["member"], is_admin=False, user_domain_id="default", project_domain_id="default",
                )  # fmt: skip
                settings = environment.Environment({"parameters": {**missing, **(parameters or {})}})
                texts = {
                    url: body.decode() if isinstance(body, bytes) else body for url, body in attached.items()
                }
                parsed = heat_template.Template(tree, files=texts, env=settings)
                stack.Stack(caller, "proof", parsed, stack_user_project_id="users").validate()
        except Exception as problem:  # the engine has no common base class for what it refuses
            return f"{type(problem).__name__}: {problem}".replace(f"file://{folder}/", "")
    return None


def support_status(resource_type: str) -> str:
    """SUPPORTED, DEPRECATED, HIDDEN or UNSUPPORTED, as the engine's own registry says."""
    _engine()
    from heat.engine import resources

    return str(resources.global_env().get_class(resource_type).support_status.status)
