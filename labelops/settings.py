"""Settings, read once from the environment; what is missing or malformed fails here, loudly.

`manage.py up` and `manage.py sandbox` set what the embedded servers need; a deployment sets the same names itself.
docs/operations.md lists every variable.
"""

from pathlib import Path

import environ
from celery.schedules import crontab
from whitenoise.compress import Compressor

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# The embedded runtime keeps its data, its secrets and the address of its servers here.
LABELOPS_HOME = Path(env.str("LABELOPS_HOME", str(BASE_DIR / ".labelops"))).absolute()
# The running instance writes its addresses here, so that `manage.py` in another terminal acts on it.
if "DATABASE_URL" not in env.ENVIRON and (LABELOPS_HOME / "runtime.env").exists():
    env.read_env(str(LABELOPS_HOME / "runtime.env"))

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "only-for-debugging" if DEBUG else environ.Env.NOTSET)
# Secrets at rest (callback keys) are encrypted under this; several keys, newest first, allow rotation.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[SECRET_KEY])
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "lucide",
    "allauth",
    "allauth.account",
    "labelops",
    "labelops.tenancy",
    "callbacks",
    "audits",
    "crowd_rules",
    "reports",
]

MIDDLEWARE = [
    "labelops.tenancy.calls.ShortWay",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "labelops.tenancy.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "labelops.tenancy.middleware.OrganizationMiddleware",
]

ROOT_URLCONF = "labelops.urls"
WSGI_APPLICATION = "labelops.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", BASE_DIR / "audits"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "labelops.navigation.navigation",
            ],
            "builtins": [
                "django.templatetags.static",
                "django.templatetags.i18n",
                "labelops.templatetags.icons",
                "labelops.templatetags.words",
            ],
        },
    }
]

FORM_RENDERER = "labelops.widgets.Renderer"

# --- data ------------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "labelops.postgres",
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", 300),
    # Costs no statement (labelops/postgres).
    "CONN_HEALTH_CHECKS": env.bool("CONN_HEALTH_CHECKS", True),
    "DISABLE_SERVER_SIDE_CURSORS": env.bool("DISABLE_SERVER_SIDE_CURSORS", False),
}
# A server that does not answer is an error after this, not a request that hangs.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", env.int("DATABASE_CONNECT_SECONDS", 5))
# The deliverer's advisory locks and LISTEN need a session of their own, past a transaction pooler.
DIRECT_DATABASE_URL = env.str("DIRECT_DATABASE_URL", env.str("DATABASE_URL"))
REDIS_URL = env.str("REDIS_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sessions and counters are read from the cache; a dead cache costs a statement, never an answer.
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "labelops",
        "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.5, "SOCKET_TIMEOUT": 0.5},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(LABELOPS_HOME / "static")))
# What is bundled, not what it is bundled from.
STATICFILES_DIRS = [("dist", BASE_DIR / "static/dist"), ("img", BASE_DIR / "static/img")]
# Source maps are for whoever opens a debugger.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(LABELOPS_HOME / "media")))
S3_BUCKET = env.str("S3_BUCKET", "")
STORAGES = {
    "default": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": S3_BUCKET,
                "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
                "region_name": env.str("S3_REGION", "") or None,
                "default_acl": "private",
                "file_overwrite": False,
                # Larger files wait on disk while they are read, not in memory.
                "max_memory_size": 8 * 1024 * 1024,
            },
        }
        if S3_BUCKET
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("REQUEST_MAX_BYTES", 10 * 1024 * 1024)
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", 100 * 1024 * 1024)
ATTACHMENT_MAX_PIXELS = env.int("ATTACHMENT_MAX_PIXELS", 80_000_000)
# A finished export can be downloaded for so long.
EXPORT_DAYS = env.int("EXPORT_DAYS", 7)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", 2 * 1024 * 1024 * 1024)

# --- people ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# E-mail addresses are unique regardless of case, by a constraint that this check does not see; static/dist is made by
# the bundler.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "staticfiles.W004"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "tenancy:home"
ACCOUNT_ADAPTER = "labelops.tenancy.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.partition(":")[0]
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
RATE_LIMITS = env.bool("RATE_LIMITS", True)
if not RATE_LIMITS:
    ACCOUNT_RATE_LIMITS = False
# EMAIL_URL as django-environ reads it, e.g. smtp+tls://user:password@mail.example:587, in the form Django now wants.
_mail = env.email_url("EMAIL_URL", default="consolemail://")
if _mail["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    _mail["EMAIL_BACKEND"] = "labelops.console_mail.EmailBackend"
_mail_options = {"host": "HOST", "port": "PORT", "username": "HOST_USER", "password": "HOST_PASSWORD"}
_mail_options |= {"use_tls": "USE_TLS", "use_ssl": "USE_SSL"}
MAILERS = {
    "default": {
        "BACKEND": _mail["EMAIL_BACKEND"],
        "OPTIONS": {to: _mail[f"EMAIL_{name}"] for to, name in _mail_options.items() if _mail.get(f"EMAIL_{name}")}
        | ({"timeout": env.int("EMAIL_TIMEOUT", 10)} if _mail.get("EMAIL_HOST") else {}),
    }
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "LabelOps <labelops@localhost>")
INVITATION_DAYS = env.int("INVITATION_DAYS", 7)

# --- security --------------------------------------------------------------------------------------------------------

HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = False
SESSION_COOKIE_AGE = env.int("SESSION_DAYS", 14) * 86400
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 31536000) if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("TRUST_PROXY_HEADERS", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # The rate limits of sign-in count by the address that the one proxy in front names.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "media-src": ["'self'", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
    "manifest-src": ["'self'"],
}

# --- API -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["labelops.tenancy.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["audits.api.renderers.QuickJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["audits.api.parsers.StrictJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["labelops.tenancy.throttling.CallLimits"],
    "DEFAULT_SCHEMA_CLASS": "audits.api.openapi.generation.CallSchema",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "audits.api.parsers.AlwaysJson",
    "EXCEPTION_HANDLER": "labelops.errors.answer_api_error",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "LabelOps API",
    "DESCRIPTION": "The wire format of Scale's public API, and in the same style what that API lacks.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SECURITY": [{"basic": []}, {"bearer": []}],
    "AUTHENTICATION_WHITELIST": [],
    "PREPROCESSING_HOOKS": ["audits.api.openapi.generation.only_calls"],
    "POSTPROCESSING_HOOKS": [
        "audits.api.openapi.generation.add_shapes",
        "crowd_rules.api.openapi.schema.add_crowd_shapes",
    ],
    "SCHEMA_PATH_PREFIX": "/v[0-9]+",
}
# In ten seconds; 0 is no limit. Fifty threads of the official client stay far below. RATE_LIMITS=off counts nothing.
API_CALLS_PER_KEY = env.int("API_CALLS_PER_KEY", 5_000)
API_CALLS_PER_ORGANIZATION = env.int("API_CALLS_PER_ORGANIZATION", 10_000)

# --- jobs ------------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    # Without these two a killed worker's job came back in neither 45 s.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {"callbacks.*": {"queue": "callbacks"}}
CELERY_IMPORTS = ["reports.export_jobs"]
CELERY_BEAT_SCHEDULE = {
    "reports-resume-exports": {"task": "reports.resume_exports", "schedule": 30.0, "options": {"expires": 60}},
    "reports-expire-exports": {"task": "reports.expire_exports", "schedule": 900.0, "options": {"expires": 800}},
    "callbacks-watch": {"task": "callbacks.watch", "schedule": 60.0, "options": {"expires": 120, "queue": "celery"}},
    "callbacks-drop-old": {
        "task": "callbacks.drop_old",
        "schedule": 3600.0,
        "options": {"expires": 3000, "queue": "celery"},
    },
    "callbacks-sweep": {"task": "callbacks.sweep", "schedule": 2.0, "options": {"expires": 4}},
    "audits-resume-bulk-jobs": {"task": "audits.resume_bulk_jobs", "schedule": 30.0, "options": {"expires": 60}},
    # Audits reach the performers' rules within two seconds.
    "crowd-follow-audits": {"task": "crowd_rules.follow_audits", "schedule": 1.0, "options": {"expires": 2}},
    "crowd-sweep": {"task": "crowd_rules.sweep", "schedule": 2.0, "options": {"expires": 4}},
    "crowd-fold-spending": {"task": "crowd_rules.fold_spending", "schedule": 60.0, "options": {"expires": 120}},
    "audits-resume-imports": {"task": "audits.resume_imports", "schedule": 30.0, "options": {"expires": 60}},
    # Figures are never more than two seconds behind.
    "reports-follow-events": {"task": "reports.follow_events", "schedule": 1.0, "options": {"expires": 2}},
    "reports-recount": {"task": "reports.recount", "schedule": crontab(hour=3, minute=20), "options": {"expires": 900}},
    "reports-last-week": {"task": "reports.report_last_week", "schedule": 900.0, "options": {"expires": 800}},
    "audits-fetch-files": {"task": "audits.fetch_files", "schedule": 15.0, "options": {"expires": 30}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(LABELOPS_HOME / "beat.db")

# --- callbacks -------------------------------------------------------------------------------------------------------

# Networks that callbacks may reach although they are not public, e.g. "127.0.0.0/8,10.1.0.0/16".
CALLBACK_ALLOWED_NETWORKS = env.list("CALLBACK_ALLOWED_NETWORKS", default=[])
# "*" stands for every port.
CALLBACK_ALLOWED_PORTS = env.list("CALLBACK_ALLOWED_PORTS", default=["80", "443", "8080", "8443"])
# Without "http" what callbacks say is never sent in the clear.
CALLBACK_ALLOWED_SCHEMES = env.list("CALLBACK_ALLOWED_SCHEMES", default=["https", "http"])
CALLBACK_TIMEOUT_SECONDS = env.int("CALLBACK_TIMEOUT_SECONDS", 15)
# A deliverer that died loses its deliveries after this long.
CALLBACK_LEASE_SECONDS = env.int("CALLBACK_LEASE_SECONDS", CALLBACK_TIMEOUT_SECONDS + 20)
# How many deliverers run at once, and how many callbacks are under way: to one receiver, of all of them; and of one
# organization, in each (a quarter more in all, so that there is room for the others).
CALLBACK_SLOTS = env.int("CALLBACK_SLOTS", 2)
CALLBACK_IN_FLIGHT_PER_ENDPOINT = env.int("CALLBACK_IN_FLIGHT_PER_ENDPOINT", 8)
CALLBACK_IN_FLIGHT = env.int("CALLBACK_IN_FLIGHT", 256)
# What arrived (or was canceled) leaves the log after so many days; 0 keeps it. What never arrived stays.
CALLBACK_LOG_DAYS = env.int("CALLBACK_LOG_DAYS", 90)
# What the layers know of each other only here: who judges an address where it is written, and whose projects listen.
CALLBACK_ADDRESS_CHECK = "callbacks.guard.vet_url"
CALLBACK_PROJECT_MODEL = "audits.Project"
CALLBACK_HIDDEN_SUBJECTS = "audits.services.blindness.blind_tasks"
# Who knows how many tasks a list has without counting them.
TASK_TOTALS = "reports.totals.TaskTotals"
# And how many tasks each project and batch has.
PLACE_TOTALS = "reports.place_totals.totals_of_places"
# Who draws from the tasks without looking at each.
TASK_FRAMES = "reports.drawing.CountedFrame"

# Who may read /metrics: `Authorization: Bearer` with this. Empty: nobody, it is not there.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# --- language, time, logs --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
# A language that nobody speaks, written from right to left: shows what is not translated and what stands still.
PSEUDO_LANGUAGE = "ar-xb"
if DEBUG:
    LANGUAGES += [(PSEUDO_LANGUAGE, "Pseudo, right to left")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Two lines for each job, and the sweeps run every few seconds: their failures are enough.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
