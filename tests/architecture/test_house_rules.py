"""What a review would say twice."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from labelops.tenancy.scope import SYSTEM_SCOPE_REASONS

ROOT = Path(__file__).parents[2]
APPS = ["labelops", "audits", "callbacks", "crowd_rules", "reports"]
NO_NAMES = {"utils", "util", "core", "common", "helpers", "helper", "misc"}
# Where a view, an API view or a serializer lives.
OUTER = re.compile(r"/(views|api)(/|\.py$|_)|/(serializers|filters|forms)\.py$")


def modules() -> list[Path]:
    found = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "/migrations/" not in str(path)]
    assert len(found) > 30
    return found


def templates() -> list[Path]:
    return sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "audits/task_types").rglob("*.html")])


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_migrations_fit_the_models(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_modules_are_short():
    tests = (ROOT / "tests").rglob("*.py")
    assert [relative(path) for path in [*modules(), *tests] if len(path.read_text().splitlines()) > 400] == []


def test_modules_have_names_that_say_something():
    assert [relative(path) for path in modules() if NO_NAMES & {path.stem, *path.relative_to(ROOT).parts}] == []


def test_there_are_no_signals():
    used = re.compile(r"django\.(db\.models|core|dispatch)[\w.]* import .*(signals|receiver)|@receiver")
    assert [relative(path) for path in modules() if used.search(path.read_text())] == []


INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE),
    "inline style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "handler in an attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "other host": re.compile(r"<(script|link|img|iframe)[^>]*(src|href)=\"(https?:)?//", re.IGNORECASE),
    "javascript address": re.compile(r"javascript:", re.IGNORECASE),
}


@pytest.mark.parametrize("rule", INLINE)
def test_templates_keep_to_the_content_security_policy(rule):
    comment = re.compile(r"\{#.*?#\}")
    assert templates()
    assert [relative(path) for path in templates() if INLINE[rule].search(comment.sub("", path.read_text()))] == []


def calls_of(name: str) -> Iterator[tuple[str, ast.Call]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name:
                yield relative(path), node


def test_the_system_scope_is_entered_for_known_reasons_only():
    given = [(path, ast.unparse(node.args[0])) for path, node in calls_of("system_scope")]
    assert given
    assert [one for one in given if one[1].strip("'\"") not in SYSTEM_SCOPE_REASONS] == []


def test_no_page_or_call_enters_the_system_scope_itself():
    assert [path for path, _ in calls_of("system_scope") if OUTER.search(f"/{path}")] == []


# Reads that begin elsewhere than with an organization, and why.
OTHER_DOORS = {
    "User.objects.members_of": "users belong to no organization; this asks for those of one",
}


def test_pages_and_calls_reach_rows_through_for_organization_only():
    wrong = []
    for path in modules():
        if not OUTER.search(f"/{relative(path)}"):
            continue
        for match in re.finditer(r"\b(\w+\.objects\.\w+)", path.read_text()):
            if not match[1].endswith(".for_organization") and match[1] not in OTHER_DOORS:
                wrong += [f"{relative(path)}: {match[1]}"]
    assert wrong == []


def test_scope_is_set_nowhere_else():
    """`set_config` and the two settings' names stand in the modules of tenancy and its migration only."""
    setting = re.compile(r"set_config\([^)]*labelops\.|SET (LOCAL )?labelops\.", re.IGNORECASE)
    found = {relative(path) for path in modules() if setting.search(path.read_text())}
    assert found <= {"labelops/tenancy/scope.py"}


@pytest.mark.xdist_group("kept together")
def test_groups_of_tests_that_share_a_server_are_kept_on_one_process(request):
    """They are by the name of the test alone; a pytest that does not let pytest-xdist change it drops them silently."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@kept together")
