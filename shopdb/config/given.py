"""What somebody gave: values of credential directory, environment and `.env`, each with its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream

from shopdb.config.readers import folder
from shopdb.credentials import from_directory

COMMAND_LINE: Final = "the command line"
_PREFIX: Final = "SHOPDB_"


@dataclass(frozen=True)
class Given:
    """A value somebody gave: its text, the folder where relative paths in it start, and where it stands."""

    text: str
    folder: Path
    place: str


def read_environment(
    environ: Mapping[str, str], env_file: Path | None = None, *, provided: Iterable[str] = ()
) -> tuple[dict[str, Given], list[str]]:
    """Return every value that is given and not empty, and what is wrong with the `.env`.

    Of the environment, SHOPDB_ names alone; it wins over the `.env`; over both, for the names in ``provided``, the
    credential directory.
    """
    given, problems = _read_env_file(environ, env_file)
    here = Path.cwd()
    given |= {name: Given(text, here, "environment") for name, text in environ.items() if name.startswith(_PREFIX)}
    for name in provided:
        secret = from_directory(name, environ)
        if secret is not None:
            given[name] = Given(secret, here, "credential directory")
    return {name: value for name, value in given.items() if value.text}, problems


def env_folder(environ: Mapping[str, str], env_file: Path | None) -> Path:
    """Return the folder whose `.env` counts."""
    home = environ.get("SHOPDB_HOME", "")
    if env_file:
        return env_file.parent.resolve()
    return folder(home, Path.cwd()) if home.isprintable() else Path.cwd()


def env_path(environ: Mapping[str, str], env_file: Path | None) -> Path:
    """Return the `.env` that counts, which need not be there."""
    return env_file or env_folder(environ, env_file) / ".env"


def _read_env_file(environ: Mapping[str, str], env_file: Path | None) -> tuple[dict[str, Given], list[str]]:
    path = env_path(environ, env_file)
    try:
        with path.open(encoding="utf-8-sig") as lines:
            bindings = list(parse_stream(lines))
    except FileNotFoundError:
        return {}, [f"{path}: there is no such file."] if env_file else []
    except UnicodeDecodeError:
        return {}, [f"{path} line {_line_that_is_not_utf_8(path)}: it is not UTF-8; save the file as UTF-8."]
    except OSError as error:
        return {}, [f"{path}: cannot be read ({error})."]
    given: dict[str, Given] = {}
    problems: list[str] = []
    for binding in bindings:
        if binding.error or (binding.key and binding.value is None):
            problems.append(f"{path} line {binding.original.line}: write NAME=value, or # before a remark.")
        elif binding.key and binding.value is not None:
            place = f"{path} line {binding.original.line}"
            if binding.key in given and binding.key.startswith(_PREFIX):
                problems.append(f"{place}: {binding.key} stands in {given[binding.key].place} too; keep one of them.")
            given[binding.key] = Given(binding.value, path.parent.resolve(), place)
    return given, problems


def _line_that_is_not_utf_8(path: Path) -> int:
    raw = path.read_bytes()
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return raw.count(b"\n", 0, error.start) + 1
    return 1  # it was saved anew meanwhile
