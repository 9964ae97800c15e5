"""Forms of included parts: `only` hides the context, and with it the token without which no form is taken."""

import re
from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR, "templates")
INCLUDE = re.compile(r"{%\s*include\s+\"([^\"]+)\"([^%]*?)\bonly\s*%}")


def test_a_part_with_a_form_is_given_its_token():
    forgotten = [
        f"{path.relative_to(TEMPLATES)}: {part}"
        for path in TEMPLATES.rglob("*.html")
        for part, handed in INCLUDE.findall(path.read_text())
        if "{% csrf_token %}" in (TEMPLATES / part).read_text() and "csrf_token=" not in handed
    ]
    assert forgotten == []
