"""The edge of the process: whatever goes wrong leaves as one line that says what to do, and exit code 1."""

import os
import re
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

_PASSWORD = re.compile(r"(\w+://[^:/@\s]+:)[^@\s]+@")
_BLANKS = re.compile(r"\s+")


class EarshotGroup(TyperGroup):
    """The root command: turns errors into lines on standard error, unless EARSHOT_LOG_LEVEL=debug."""

    def invoke(self, ctx: Any) -> Any:
        """Run what was asked for."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException, BrokenPipeError, EOFError):
            raise
        except Exception as error:
            if os.environ.get("EARSHOT_LOG_LEVEL", "").lower() == "debug":
                raise
            print(f"Error: {explain(error)}", file=sys.stderr)
            raise typer.Exit(1) from error


def explain(error: Exception) -> str:
    """One line for the person at the keyboard: what is wrong and what to do."""
    module = type(error).__module__
    if module.startswith("app."):
        text = _of_ours(error)
    elif isinstance(error, OSError):
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    elif module.startswith("sqlalchemy.") and _is_of_database(error):
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        text = (
            f"the database cannot be used: {reason}. Look at EARSHOT_DATABASE_URL, or try `earshot db check`."
        )
    else:
        text = (
            f"something unexpected went wrong ({type(error).__name__}: {error})."
            " Run it again with EARSHOT_LOG_LEVEL=debug to see where."
        )
    return _BLANKS.sub(" ", _PASSWORD.sub(r"\1[redacted]@", text)).strip()


def _of_ours(error: Exception) -> str:
    """Errors of ours say themselves what to do; those with pointers into the input name the places too."""
    problems = getattr(error, "errors", None) or []
    places = [
        f"{item['pointer']}: {item['reason']}" if item["pointer"] else item["reason"] for item in problems
    ]
    return "; ".join([str(error), *places])


def _is_of_database(error: Exception) -> bool:
    from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError, TimeoutError

    if isinstance(error, IntegrityError | ProgrammingError):
        return False
    return isinstance(error, DatabaseError | TimeoutError)
