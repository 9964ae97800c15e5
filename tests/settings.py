"""The product's settings for tests: a broker database for each parallel process, plain static files, cheap passwords.

DATABASE_URL and REDIS_URL must be set, so that tests never run on the instance of `make up`, whose address the
product's settings would find by themselves.
"""

import os
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from hypothesis import settings as hypothesis

if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    raise ImproperlyConfigured("Tests need servers: make test, or ./run python manage.py with_services -- pytest ...")

# Database 0 belongs to a run without parallel processes; gw0 has 1, gw1 has 2, and so on.
_number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{_number}").geturl()
os.environ.setdefault("SECRET_KEY", "only-for-tests")

from labelops.settings import *  # noqa: E402

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
# Nothing is collected for tests; the server of static files only wants its folder.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# How long one example takes says more about the machine's neighbours than about the code.
hypothesis.register_profile("untimed", deadline=None)
hypothesis.load_profile("untimed")
