"""The whole of the framework, behind the ways that go past it."""

from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIHandler


class Ordinary:
    """Counts what comes to it."""

    def __init__(self) -> None:
        self.handler, self.bodies = WSGIHandler(), []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read()
        self.bodies.append(body)
        return self.handler({**environ, "wsgi.input": BytesIO(body)}, start_response)
