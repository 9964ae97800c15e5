"""Django's PostgreSQL backend with a health check and a BEGIN that cost no round trip."""
