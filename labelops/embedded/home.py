"""The folder an instance lives in: data, secrets, logs, and the address of what runs."""

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

from labelops.embedded.errors import CannotStart

PROJECT = Path(__file__).resolve().parents[2]


def write_private(path: Path, text: str) -> None:
    """Replaces the file in one step; only its owner may read it."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


class Home:
    def __init__(self, path: Path):
        self.path = path
        self.runtime_file = path / "runtime.env"
        self.secrets_file = path / "secrets.env"
        self.children_file = path / "children.json"
        self.log_folder = path / "log"

    @classmethod
    def chosen(cls) -> "Home":
        """LABELOPS_HOME or .labelops beside manage.py; made when it is not there."""
        path = Path(os.environ.get("LABELOPS_HOME") or PROJECT / ".labelops").absolute()
        try:
            # Root's database runs as another account, which has to get through.
            path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            (path / "media").mkdir(mode=0o700, exist_ok=True)
            (path / ".writable").touch()
            (path / ".writable").unlink()
        except OSError as error:
            message = f"Cannot write to {path} ({error.strerror}): choose another folder with LABELOPS_HOME=/a/folder."
            raise CannotStart(message) from None
        return cls(path)

    @contextlib.contextmanager
    def locked(self):
        """At most one instance per folder; the kernel frees the lock of a killed one."""
        with (self.path / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CannotStart(
                    f"LabelOps already runs on {self.path}: stop it first, or choose another folder with LABELOPS_HOME."
                ) from None
            yield self

    def secret(self, name: str) -> str:
        """The named secret, made the first time it is asked for."""
        known = self.read_secrets()
        if name not in known:
            known[name] = secrets.token_urlsafe(32)
            write_private(self.secrets_file, "".join(f"{key}={value}\n" for key, value in known.items()))
        return known[name]

    def read_secrets(self) -> dict[str, str]:
        if not self.secrets_file.exists():
            return {}
        return dict(line.split("=", 1) for line in self.secrets_file.read_text().splitlines() if "=" in line)

    def write_runtime(self, variables: dict[str, str]) -> None:
        """What `manage.py` in another terminal needs to act on this instance (labelops/settings.py reads it)."""
        write_private(self.runtime_file, "".join(f"{name}='{value}'\n" for name, value in variables.items()))

    def forget_runtime(self) -> None:
        self.runtime_file.unlink(missing_ok=True)
