"""What a plugin's code reaches for beyond the contract: what it imports, and what that lets it do."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from shopdb.plugins.rules import fault
from shopdb.plugins.survey_source import API, TESTS, Imported, Source, Sources, argument, cut, place, within

SHIPPED = frozenset(
    {
        "alembic",
        "argon2",
        "click",
        "cryptography",
        "defusedxml",
        "dotenv",
        "flask",
        "flask_jwt_extended",
        "jsonschema",
        "jsonschema_rs",
        "keyring",
        "orjson",
        "packaging",
        "psutil",
        "pymysql",
        "rich",
        "sqlalchemy",
        "textual",
        "tzdata",
        "urllib3",
        "waitress",
        "werkzeug",
    }
)
"""What a plugin may import beside the standard library: what shopdb itself depends on."""
PUBLIC = frozenset({API, f"{API}.operations"})

THREADS = "starts threads"
PROCESSES = "starts processes"
NETWORK = "uses the network"
NATIVE = "calls native code"
MADE_CODE = "runs code that is made while it runs"
FILES = "writes or removes files"
SECRETS = "reads the environment or the keyring"
PROGRAM = "acts on the program itself"

# A name counts with all that is below it.
POWERS: Mapping[str, Sequence[str]] = {
    THREADS: ("threading", "_thread", "concurrent.futures.ThreadPoolExecutor", "asyncio.to_thread"),
    PROCESSES: (
        "subprocess", "multiprocessing", "pty", "concurrent.futures.ProcessPoolExecutor",
        "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
        "os.system", "os.popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.posix_spawnp", "os.startfile",
        *(f"os.{verb}{how}" for verb in ("exec", "spawn") for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    ),
    NETWORK: (
        "socket", "socketserver", "ssl", "http", "urllib.request", "urllib3", "ftplib", "smtplib", "poplib",
        "imaplib", "telnetlib", "nntplib", "xmlrpc", "wsgiref", "webbrowser", "waitress",
        "asyncio.open_connection", "asyncio.start_server",
    ),
    NATIVE: ("ctypes", "_ctypes", "mmap"),
    MADE_CODE: (
        "eval", "exec", "compile", "__import__", "importlib", "runpy", "code", "codeop", "pickle", "marshal", "shelve",
    ),
    FILES: (
        "shutil", "tempfile",
        *(f"os.{name}" for name in (
            "remove", "unlink", "rename", "renames", "replace", "rmdir", "removedirs", "mkdir", "makedirs",
            "link", "symlink", "truncate", "chmod", "chown", "open",
        )),
    ),
    SECRETS: ("os.environ", "os.getenv", "os.putenv", "os.unsetenv", "keyring", "getpass"),
    PROGRAM: (
        "signal", "atexit", "gc", "resource", "os.kill", "os.killpg", "os._exit", "os.abort", "sys.exit",
        "sys.modules", "sys.path", "sys.meta_path", "sys.path_hooks", "sys.settrace", "sys.setprofile",
        "sys.setrecursionlimit", "builtins", "faulthandler",
    ),
}  # fmt: skip
_WRITING = frozenset({"write_text", "write_bytes", "unlink", "rmdir", "touch", "symlink_to", "hardlink_to"})
_BUILT_IN = frozenset({"eval", "exec", "compile", "__import__"})
_POWER_OF = {name: power for power, names in POWERS.items() for name in names}


def foreign_imports(sources: Sources) -> Iterator[str]:
    """Yield a fault for each import of what a plugin may not build on; its tests may build on anything."""
    for source in sources.loaded:
        for found in source.imports:
            if reason := _refused(source, found):
                yield fault("P038", cut(f"{source.path} line {found.line} imports {_told(found)}, {reason}"))


def powers(sources: Sources) -> dict[str, tuple[str, ...]]:
    """Return what the code can do beside the contract, each with the places that say so."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for source in sources.loaded:
        for power, where in _powers_of(source):
            found[power][where] = None
    return {power: tuple(found[power]) for power in POWERS if power in found}


def _refused(source: Source, found: Imported) -> str:
    """Return why a file may not import this; "" if it may."""
    if found.level:
        where = within(source.path, found)
        if where is None:
            return "which is outside of the plugin"
        full = f"{where}/{found.name}".lstrip("/")
        return "which is a test" if full.split("/")[0] == TESTS else ""
    full = f"{found.module}.{found.name}" if found.name else found.module
    root = found.module.partition(".")[0]
    if root == "shopdb":
        return "" if found.module in PUBLIC or full in PUBLIC else f"and not {API}"
    if root in sys.stdlib_module_names or root in SHIPPED:
        return ""
    return "which neither Python nor shopdb brings; what is the plugin's own is imported relatively"


def _told(found: Imported) -> str:
    module = "." * found.level + found.module
    if not found.name:
        return module
    return f"{module}{found.name}" if module.endswith(".") else f"{module}.{found.name}"


def _powers_of(source: Source) -> Iterator[tuple[str, str]]:
    for found in source.imports:
        full = f"{found.module}.{found.name}" if found.name else found.module
        if not found.level and (power := _power(full)):
            yield power, f"{source.path} line {found.line}"
    for node in source.nodes(ast.Attribute, ast.Call):
        power = _power(source.imported_name(node)) if isinstance(node, ast.Attribute) else _called(source, node)
        if power:
            yield power, place(source, node)


def _called(source: Source, call: ast.Call) -> str:
    """Return the power of a call of something built in, or of a path's method."""
    if isinstance(call.func, ast.Name) and call.func.id not in source.full_names:
        if call.func.id == "open":
            return FILES if _writes(argument(call, 1, "mode")) else ""
        return MADE_CODE if call.func.id in _BUILT_IN else ""
    if not isinstance(call.func, ast.Attribute) or source.imported_name(call.func):
        return ""
    is_writing = call.func.attr in _WRITING or (call.func.attr == "open" and _writes(argument(call, 0, "mode")))
    return FILES if is_writing else ""


def _writes(mode: ast.expr | None) -> bool:
    """Whether a file is opened in this mode for writing; a mode that only running could tell counts as one."""
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str):
        return bool(set("wax+") & set(mode.value))
    return mode is not None


def _power(name: str) -> str:
    while name:
        if name in _POWER_OF:
            return _POWER_OF[name]
        name = name.rpartition(".")[0]
    return ""
