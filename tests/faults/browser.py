"""A person at a browser without scripts: real forms, real cookies, real CSRF tokens."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx

FIELD = re.compile(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"')
HTMX = {"HX-Request": "true"}


def form_in(page: str, mark: str) -> tuple[str, dict[str, str]]:
    """Address and hidden fields of the form whose tag has this mark."""
    tag, inner = re.search(rf"(<form[^>]*{mark}[^>]*>)(.*?)</form>", page, re.S).groups()
    wanted = {name: unescape(value) for name, value in FIELD.findall(inner)}
    return unescape(re.search(r'action="([^"]+)"', tag)[1]), wanted


@dataclass
class Work:
    """One task on the screen, held."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def on(cls, page: str) -> "Work":
        action, fields = form_in(page, "data-verdict-form")
        # Without scripts nothing could put bare facts into the page: the answer is to be the whole template.
        fields.pop("shell", None)
        return cls(action, fields)

    @property
    def token(self) -> int:
        return int(self.fields["lock_token"])

    @property
    def task_id(self) -> str:
        return re.search(r"/([0-9a-f]{32})/(?:audit/)?verdict/", self.action)[1]


class Browser:
    """`close_all` at the end: a failed test must not leave sockets open."""

    opened: ClassVar[list["Browser"]] = []

    def __init__(self, url: str, slug: str, seconds: float = 20) -> None:
        self.root = f"/o/{slug}/"
        self.http = httpx.Client(base_url=url, timeout=seconds)
        self.opened.append(self)

    @classmethod
    def close_all(cls) -> None:
        while cls.opened:
            cls.opened.pop().http.close()

    def sign_in(self, email: str, password: str) -> "Browser":
        page = self.http.get("/accounts/login/").text
        action, fields = form_in(page, 'action="/accounts/login/"')
        answer = self.http.post(action, data=fields | {"login": email, "password": password})
        assert answer.status_code == 302, answer.text
        return self

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path if path.startswith("/") else self.root + path)

    def open_session(self, page: str = "sessions/new/", *, size: int | None = None, **query: str) -> str:
        """“Audit Tasks” on this page, with this filter; the workspace's address."""
        found = self.get(f"{page}?{urlencode(query)}")
        assert found.status_code == 200, found.text
        action, fields = form_in(found.text, "data-sample-form")
        draw = {"how": "number" if size else "all", "size": str(size or "")}
        given = {name: fields[name] for name in ("csrfmiddlewaretoken", "seed")}
        answer = self.http.post(action, data=given | draw)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def work_at(self, path: str) -> Work:
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.text[:200])
        return Work.on(answer.text)

    def judge(self, work: Work, verdict: str, comment: str = "", response: str = "", **headers: Any) -> httpx.Response:
        """As the page's script sends it."""
        fields = work.fields | {"verdict": verdict, "comment": comment, "response": response}
        return self.http.post(work.action, data=fields, headers=HTMX | headers)

    def sign_out(self) -> None:
        _, fields = form_in(self.get("/accounts/logout/").text, 'action="/accounts/logout/"')
        assert self.http.post("/accounts/logout/", data=fields).status_code == 302
