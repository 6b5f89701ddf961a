"""The notebooks, executed once for the documentation and for their tests.

What was executed lies in ``out/notebooks``, in a folder whose name is a digest of all
that its outputs depend on: the files of kgbuild, its data, the installed packages.
Where one of those has changed, the notebooks are executed again.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KEPT = ROOT / "out" / "notebooks"

#: A shared machine may be many times slower than a free one.
_CELL_TIMEOUT_S = 600

#: What every kernel runs first: it may talk to this machine and to nobody else.
_NO_NETWORK = """
import socket

def _check(address):
    host = address[0] if isinstance(address, tuple) else "unix"
    if host not in ("127.0.0.1", "::1", "localhost", "unix"):
        raise AssertionError(f"the notebook asks for the network: {address}")

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo

def connect(self, address):
    _check(address)
    return _connect(self, address)

def connect_ex(self, address):
    _check(address)
    return _connect_ex(self, address)

def getaddrinfo(host, *rest, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None:
        _check((name,))
    return _getaddrinfo(host, *rest, **options)

socket.socket.connect, socket.socket.connect_ex = connect, connect_ex
socket.getaddrinfo = getaddrinfo
"""


def execute(
    path: Path,
    folder: Path,
    *,
    cache: Path,
    changes: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> Any:
    """Run a notebook in a folder of its own; cells may be changed before.

    Parameters
    ----------
    path
        The notebook.
    folder
        Gets ``work``, where the notebook runs, and all that its kernel keeps.
    cache
        What kgbuild compiles once for all who use the same one.
    changes
        Text of one cell, and what stands in its place.
    environment
        Variables for its kernel, which knows no server and no address else.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    for old, new in (changes or {}).items():
        (cell,) = (c for c in notebook.cells if old in c.source)
        cell.source = cell.source.replace(old, new)
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-no-network.py").write_text(_NO_NETWORK, "utf-8")
    work = folder / "work"
    work.mkdir()
    mine = ("NEO4J_", "NCBI_", "KGBUILD_", "XDG_")
    outer = {k: v for k, v in os.environ.items() if not k.startswith(mine)}
    client = NotebookClient(
        notebook,
        timeout=_CELL_TIMEOUT_S,
        startup_timeout=_CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(work)}},
    )
    client.create_kernel_manager()
    client.km.connection_file = str(folder / "kernel.json")
    return client.execute(
        env={
            **outer,
            "IPYTHONDIR": str(folder / "ipython"),
            "KGBUILD_CACHE": str(cache),
            "KGBUILD_DATA": str(folder / "data"),
            "KGBUILD_LIMITER_DIR": str(folder / "limiter"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONPATH": str(ROOT),
            # Several at once must not fight over the cores.
            "OMP_WAIT_POLICY": "PASSIVE",
            **(environment or {}),
        }
    )


def executed(path: Path) -> Path:
    """Return the folder of a notebook that was executed: itself, and ``work``."""
    import nbformat

    kept = KEPT / _digest()
    folder = kept / f"{path.stem}-{_digest_of(path)}"
    if not folder.exists():
        for other in KEPT.glob("*") if not kept.exists() else ():
            if other != kept:
                shutil.rmtree(other, ignore_errors=True)
        kept.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=kept))
        try:
            notebook = execute(path, made, cache=kept / "cache")
            nbformat.write(notebook, made / path.name)
            made.rename(folder)
        except OSError:
            if not folder.exists():  # else somebody was faster
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return folder


@functools.cache
def _digest() -> str:
    """Return the digest of all but the notebook itself that outputs depend on."""
    found = [p for part in ("kgbuild", "data") for p in (ROOT / part).rglob("*")]
    files = [p for p in found if p.is_file() and p.suffix != ".pyc"]
    packages = {p.name for at in sys.path for p in Path(at).glob("*.dist-info")}
    parts = [
        sys.version,
        *(f"{p} {_digest_of(p)}" for p in (Path(__file__), *sorted(files))),
        *sorted(packages),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:20]
