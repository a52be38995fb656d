"""Settings by environment. Two profiles, one code.

Embedded (nothing set): SQLite, in-process channel layer, blobs in a folder.
Scaled: ``DATABASE_URL`` (PostgreSQL), ``REDIS_URL``, ``BLOB_URL`` (``s3://bucket/prefix``).
Every variable is described in docs/operating.md; ``telerad check`` explains a bad or unsafe value.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import environ

env = environ.FileAwareEnv()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("TELERAD_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
# Patient data: for this user alone. Where it cannot be made, `telerad check` says so.
with suppress(OSError):
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

# The demo serves this machine alone: it may use a known key and plain HTTP, nothing else may.
DEMO = env.bool("TELERAD_DEMO", default=False)
DEBUG = env.bool("TELERAD_DEBUG", default=False)
DEFAULT_SECRET_KEY = "telerad-demo-key-not-for-patients-0000000000000000000000"  # noqa: S105
SECRET_KEY = env.str("TELERAD_SECRET_KEY", default=DEFAULT_SECRET_KEY)
ALLOWED_HOSTS = env.list("TELERAD_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("TELERAD_TRUSTED_ORIGINS", default=[])
INSECURE_HTTP = env.bool("TELERAD_INSECURE_HTTP", default=DEMO or DEBUG)
WEB_PROCESSES = env.int("TELERAD_WEB_PROCESSES", default=1)
# Addresses or networks of reverse proxies whose X-Forwarded-For and -Proto are believed; the server
# applies them, so that the rest of the code reads the caller's own address and scheme.
TRUSTED_PROXIES = env.list("TELERAD_TRUSTED_PROXIES", default=[])

INSTALLED_APPS = [
    "telerad",
    "consults",
    "viewer",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "csp",
]

MIDDLEWARE = [
    # First, so that every answer of the others passes through it.
    "telerad.headers.PrivateByDefaultMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "telerad.signed_in.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "telerad.edge.TeleradErrorMiddleware",
]

ROOT_URLCONF = "telerad.urls"
ASGI_APPLICATION = "telerad.asgi.application"
AUTH_USER_MODEL = "consults.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'telerad.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL alone still fails a read-then-write transaction ("database is locked"); IMMEDIATE queues.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"]["TEST"] = {
        "NAME": str(Path(tempfile.gettempdir()) / f"telerad-test-{os.getpid()}.sqlite3")
    }
else:
    # Under ASGI a request may run in any thread: a pool keeps connections, threads do not.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {
            "min_size": 1,
            "max_size": env.int("TELERAD_DATABASE_CONNECTIONS", default=16),
            "timeout": 20,
        },
    }
    # Several people may test against one server.
    DATABASES["default"]["TEST"] = {"NAME": f"test_telerad_{os.getpid()}"}

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    # In the database, not in the process: commands run beside the web process must be heard by it.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "telerad_cache",  # made by a migration of consults
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

BLOB_URL = env.str("BLOB_URL", default=f"file://{DATA_DIR / 'blobs'}")

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# How many failed sign-ins an account and an address have in a quarter of an hour.
SIGN_IN_TRIES_PER_ACCOUNT = env.int("TELERAD_SIGN_IN_TRIES_PER_ACCOUNT", default=10)
SIGN_IN_TRIES_PER_ADDRESS = env.int("TELERAD_SIGN_IN_TRIES_PER_ADDRESS", default=100)
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "worklist"
LOGOUT_REDIRECT_URL = "sign-in"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_HTTP
SESSION_COOKIE_NAME = "telerad-session"
if not INSECURE_HTTP:
    # The prefix binds the cookie to this host and to HTTPS (RFC 6265bis 4.1.3.2).
    SESSION_COOKIE_NAME = "__Host-telerad-session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("TELERAD_SESSION_SECONDS", default=12 * 3600)
CSRF_FAILURE_VIEW = "telerad.pages.csrf_failure"
SECURE_SSL_REDIRECT = not INSECURE_HTTP
# A supervisor asks from the same machine, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP else 31_536_000
SECURE_CONTENT_TYPE_NOSNIFF = True
# Nothing leaves for another host. "no-referrer" would also blank the Origin of our own forms, which
# the CSRF check then refuses.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Which subdomains exist and whether they all have TLS is the operator's to know.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if INSECURE_HTTP:
    # telerad.E006 says it once, and refuses where it matters.
    SILENCED_SYSTEM_CHECKS += [f"security.W{number:03}" for number in (4, 8, 12, 16)]

# No inline script, no inline style, no eval. The page of the API schema alone widens style-src.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "worker-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {"staticfiles": {"BACKEND": "telerad.storage.HashedStaticFilesStorage"}}
SERVESTATIC_ALLOW_ALL_ORIGINS = False

# A file may be large (a slide, a cine); it goes to a temporary file, counted while it arrives.
MAX_UPLOAD_BYTES = env.int("TELERAD_MAX_UPLOAD_BYTES", default=4 * 1024**3)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2

# How many bytes of encoded tiles a web process keeps, and of decoded frames the machine keeps.
TILE_CACHE_BYTES = env.int("TELERAD_TILE_CACHE_BYTES", default=256 * 1024**2)
FRAME_CACHE_BYTES = env.int("TELERAD_FRAME_CACHE_BYTES", default=1024**3)
FRAME_CACHE_DIR = env.str("TELERAD_FRAME_CACHE_DIR", default="")
DECODER_PROCESSES = env.int("TELERAD_DECODER_PROCESSES", default=2)
DECODER_MEMORY_BYTES = env.int("TELERAD_DECODER_MEMORY_BYTES", default=3 * 1024**3)
DECODER_SECONDS = env.int("TELERAD_DECODER_SECONDS", default=20)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["telerad.session_login.SessionLogin"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "6000/min"},
    "EXCEPTION_HANDLER": "telerad.edge.exception_handler",
    # The server has put the caller's own address in place; nobody reads X-Forwarded-For here.
    "NUM_PROXIES": 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Telerad",
    "DESCRIPTION": "Cases, studies, stacks, and the stored values behind each picture.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Neither query strings nor words of exceptions that may quote a file or a row.
    "formatters": {"line": {"()": "telerad.logs.PrivateFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("TELERAD_LOG_LEVEL", default="INFO")},
    # Django would also print every request while DEBUG is on, and mail faults with their data.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}
