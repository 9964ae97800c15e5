"""gunicorn's access log with what our lines say, and nothing else made ready for them."""

from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger


class ShortLog(Logger):
    """Of a request neither headers nor the user: an API key may stand there."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> dict[str, Any]:
        line = f"{environ['REQUEST_METHOD']} {environ['RAW_URI']} {environ['SERVER_PROTOCOL']}"
        status = str(resp.status).partition(" ")[0]
        milliseconds = request_time // timedelta(milliseconds=1)
        return {"h": environ.get("REMOTE_ADDR", "-"), "t": self.now(), "r": line, "s": status, "M": milliseconds}
