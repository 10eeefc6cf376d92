"""The service in a process of its own, for tests that kill it: python serve_app.py DATABASE_URL PORT."""

import sys

import uvicorn

from app.core.logs import configure_logs
from app.core.settings import Settings
from app.main import create_app


def main() -> None:
    settings = Settings(database_url=sys.argv[1], _env_file=None)
    configure_logs(settings)
    uvicorn.run(
        create_app(settings, with_worker="--with-worker" in sys.argv),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_config=None,
    )


if __name__ == "__main__":
    main()
