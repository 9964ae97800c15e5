# One image for web, worker, callbacks worker, beat and the one-shot migration.

FROM node:24-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY static static
COPY audits/task_types audits/task_types
RUN npm run bundle

FROM python:3.12-slim AS environment
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY requirements.runtime.lock .
RUN uv venv /venv && VIRTUAL_ENV=/venv uv pip sync --no-cache --require-hashes requirements.runtime.lock
# The image's account may write none, and each process would compile all it imports at its start.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash /venv/lib

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LABELOPS_HOME=/data STATIC_ROOT=/app/.static
RUN useradd --system --uid 10001 --home-dir /app labelops && install -d -o labelops /data
WORKDIR /app
COPY --from=environment /venv /venv
COPY . .
COPY --from=frontend /app/static/dist static/dist
RUN python -m labelops.catalogs && python -m compileall -q -j 0 --invalidation-mode unchecked-hash .
# collectstatic reaches no server; the values only let the settings be read.
RUN DATABASE_URL=postgresql://build@localhost/build REDIS_URL=redis://localhost/0 SECRET_KEY=build \
    python manage.py collectstatic --no-input --ignore=redoc --ignore=rest_framework
USER labelops
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "labelops.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--threads=8", "--worker-class=labelops.web_worker.EvenWorker", "--limit-request-line=8190", "--logger-class=labelops.web_log.ShortLog", "--access-logfile=-", "--access-logformat=%(h)s %(t)s %(r)s %(s)s %(M)s ms", "--worker-tmp-dir=/dev/shm"]
