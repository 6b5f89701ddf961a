"""A Neo4j Community server of one's own, without Docker: for tests and for trying out.

The server is resolved from Maven Central by ``neo4j/server/pom.xml``, once, into a
cache folder; Java 17 or newer and Maven must be there. Nothing of it is part of kgbuild
(Neo4j Community is GPL-3.0).
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kgbuild._io import paths
from kgbuild._io.files import write_atomically
from kgbuild._io.locks import LOCK_FILE, alone
from kgbuild._io.progress import progress_log
from kgbuild.errors import (
    ConfigError,
    InputError,
    KgbuildError,
    ResourceMissingError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "5.26.25"
_JAVA = 17

#: Java options for servers that do little: up sooner, since less is compiled.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")

#: Neo4j refuses shorter passwords.
_SHORTEST = 8

_CONFIGURATION = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.bolt.advertised_address=127.0.0.1:{bolt}
server.http.listen_address=127.0.0.1:{http}
server.https.enabled=false
server.memory.pagecache.size={page_cache_mb}m
dbms.usage_report.enabled=false
"""

#: Lines of its output that say why it stopped.
_REASON = re.compile(r"ERROR|Caused by|[Ll]ock file|already in use")

#: What Neo4j's own start script opens of the Java modules.
_OPENS = "java.base/{}=ALL-UNNAMED"
_OPENED = ("java.nio", "java.io", "sun.nio.ch")


class ServerError(KgbuildError):
    """The Neo4j server does not start, or stopped."""


def unavailable() -> str | None:
    """Return why no server can be run here, or ``None`` where one can."""
    there = (cache_folder() / "complete").exists()
    for program in ("java",) if there else ("java", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    version = java_version()
    if version < _JAVA:
        return f"Java {_JAVA} or newer is needed, found {version}"
    return None


def java_version() -> int:
    """Return the major version of the ``java`` on the path; 0 where there is none."""
    try:
        told = subprocess.run(  # noqa: S603 - fixed arguments
            [_java(), "-version"], capture_output=True, text=True, check=False
        ).stderr
    except OSError:
        return 0
    quoted = told.split('"')
    numbers = quoted[1].split(".") if len(quoted) > 1 else ["0"]
    major = numbers[1] if numbers[0] == "1" and len(numbers) > 1 else numbers[0]
    digits = "".join(c for c in major if c.isdigit())
    return int(digits or 0)


def cache_folder() -> Path:
    """Return where the server's files are kept."""
    return paths.user_cache() / f"neo4j-{VERSION}"


def download_server(*, timeout_s: float = 900.0) -> Path:
    """Fetch the server's jars from Maven Central, where they are not there yet.

    Returns
    -------
    pathlib.Path
        The folder of jars.

    Raises
    ------
    ServerError
        Java or Maven is missing, or Maven failed.
    """
    cache = cache_folder()
    if (cache / "complete").exists():
        return cache / "lib"
    reason = unavailable()
    if reason:
        msg = (
            f"A Neo4j server cannot be run here: {reason}. Install it (Debian: apt "
            "install openjdk-17-jre-headless maven), or name a server by NEO4J_URI."
        )
        raise ServerError(msg)
    # Into a folder of our own, then renamed: two processes may do this at once.
    cache.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{cache.name}.", dir=cache.parent))
    try:
        progress_log.info("Neo4j %s is fetched, which is done once", VERSION)
        shutil.copy(_pom(), beside / "pom.xml")
        command = [
            shutil.which("mvn") or "mvn", "-q", "-B", "-f", str(beside / "pom.xml"),
            "dependency:copy-dependencies", "-DincludeScope=runtime",
            f"-DoutputDirectory={beside / 'lib'}", f"-Dneo4j.version={VERSION}",
        ]  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603 - fixed arguments
                command, capture_output=True, text=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            msg = (
                f"Maven did not fetch Neo4j {VERSION} within {timeout_s:.0f} s: check "
                "the connection to Maven Central and try again."
            )
            raise ServerError(msg) from error
        if done.returncode:
            last = (done.stdout + done.stderr).strip().splitlines()[-1:]
            msg = (
                f"Maven could not fetch Neo4j {VERSION} ({' '.join(last)[:300]}): "
                "check the connection to Maven Central and try again."
            )
            raise ServerError(msg)
        (beside / "complete").touch()
        if not (cache / "complete").exists():
            shutil.rmtree(cache, ignore_errors=True)
            beside.rename(cache)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return cache / "lib"


class Neo4jServer:
    """A server on free loopback ports, with a home folder of its own.

    Parameters
    ----------
    home
        Folder of its data and logs; kept. By default a temporary one, deleted on
        :meth:`stop`.
    password
        Of the user ``neo4j``, at least 8 characters; by default the one that was made
        up when the home was new, and which its file ``password`` has.
    heap_mb, page_cache_mb
        Memory, in MiB.
    java_options
        Further options of the Java machine, for example :data:`QUICK`.
    bolt_port, http_port
        By default free ones.

    Raises
    ------
    ConfigError
        The password is too short, or missing for a home that has one already.

    Examples
    --------
    >>> with Neo4jServer() as server:  # doctest: +SKIP
    ...     store = Neo4jStore(server.uri, password=server.password)
    """

    def __init__(
        self,
        home: Path | str | None = None,
        *,
        password: str | None = None,
        heap_mb: int = 512,
        page_cache_mb: int = 128,
        java_options: Sequence[str] = (),
        bolt_port: int | None = None,
        http_port: int | None = None,
    ) -> None:
        self._temporary = home is None
        self.home = Path(
            tempfile.mkdtemp(prefix="kgbuild-neo4j-") if home is None else home
        )
        self.password = password or self._kept_password() or secrets.token_hex(8)
        if len(self.password) < _SHORTEST:
            msg = (
                f"The password of a Neo4j server must have {_SHORTEST} characters or "
                f"more. Got {len(self.password)}."
            )
            raise ConfigError(msg)
        self.bolt_port = bolt_port or _free_port()
        self.http_port = http_port or _free_port()
        self._heap_mb, self._page_cache_mb = heap_mb, page_cache_mb
        self._java_options = tuple(java_options)
        self._process: subprocess.Popen[bytes] | None = None
        self._held = ExitStack()
        self._lib: Path | None = None

    @property
    def _auth(self) -> Path:
        return self.home / "data" / "dbms" / "auth.ini"

    def _kept_password(self) -> str:
        try:
            return (self.home / "password").read_text("utf-8").rstrip("\n")
        except FileNotFoundError:
            if self._auth.exists():
                msg = (
                    f"The database in {self.home} has a password, and kgbuild does not "
                    "know it: give it (--password, or NEO4J_PASSWORD)."
                )
                raise ConfigError(msg) from None
            return ""

    @property
    def uri(self) -> str:
        """Address for the driver."""
        return f"bolt://127.0.0.1:{self.bolt_port}"

    @property
    def pid(self) -> int | None:
        """Process id, while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, timeout_s: float = 300.0) -> Self:
        """Start the server and wait until it answers.

        Raises
        ------
        ConfigError
            Another process runs a server in this home.
        ServerError
            It cannot be fetched, a port is taken, it stops, or does not answer in time.
        """
        self._lib = download_server()
        for port in (self.bolt_port, self.http_port):
            _check_free(port)
        self.home.mkdir(parents=True, exist_ok=True)
        self._held.enter_context(alone(self.home / LOCK_FILE, at=self.home))
        try:
            return self._start(timeout_s)
        except BaseException:
            self.stop()
            raise

    def _start(self, timeout_s: float) -> Self:
        progress_log.info("Neo4j starts in %s", self.home)
        self._configure()
        if not self._auth.exists():
            # Behind "--" a password may begin with a dash.
            self.admin("dbms", "set-initial-password", "--", self.password)
            kept = self.home / "password"
            kept.touch(0o600)
            kept.write_text(f"{self.password}\n", "utf-8")
        log = self.home / "server.log"
        command = [
            *self._command(*self._java_options), "org.neo4j.server.CommunityEntryPoint",
            f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}",
        ]  # fmt: skip
        with log.open("wb") as stream:
            self._process = subprocess.Popen(  # noqa: S603 - fixed arguments
                command,
                stdout=stream,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + timeout_s
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                state = (
                    "stopped at once"
                    if self._process.poll() is not None
                    else f"does not answer after {timeout_s:.0f} s"
                )
                said = log.read_text(errors="replace").strip().splitlines()
                reasons = [line for line in said if _REASON.search(line)] or said
                msg = f"The Neo4j server {state}: {' / '.join(reasons[-3:])[:500]}"
                raise ServerError(msg)
            time.sleep(0.2)
        return self

    def stop(self, *, kill: bool = False, timeout_s: float = 30.0) -> None:
        """Stop the server; delete its home where it is temporary and not killed.

        Parameters
        ----------
        kill
            At once, as a crash would; the home stays, so that it can start again.
        timeout_s
            How long it may take to stop by itself.
        """
        if self._process is not None:
            if kill:
                self._process.kill()
            else:
                self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        self._held.close()
        if self._temporary and not kill:
            shutil.rmtree(self.home, ignore_errors=True)

    def admin(self, *arguments: str, timeout_s: float = 600.0) -> str:
        """Run neo4j-admin on this home.

        Parameters
        ----------
        *arguments
            For example ``"database", "import", "full", "neo4j", …``.
        timeout_s
            How long it may take.

        Returns
        -------
        str
            What it printed.

        Raises
        ------
        ServerError
            It failed.
        """
        self._lib = self._lib or download_server()
        self._configure()
        environment = {
            **os.environ,
            "NEO4J_HOME": str(self.home),
            "NEO4J_CONF": str(self.home / "conf"),
        }
        done = subprocess.run(  # noqa: S603 - fixed program
            [*self._command(*QUICK), "org.neo4j.cli.AdminTool", *arguments],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        if done.returncode:
            tail = (done.stdout + done.stderr).strip().splitlines()[-5:]
            # The arguments may hold the password: they are not repeated here.
            msg = f"neo4j-admin {arguments[0]} failed: {' / '.join(tail)[:800]}"
            raise ServerError(msg)
        return done.stdout + done.stderr

    def import_csv(self, folder: Path | str) -> str:
        """Fill the empty database from files written as ``neo4j-csv``.

        The server must not run yet.

        Raises
        ------
        InputError
            The folder lacks the files.
        ServerError
            The import failed.
        """
        return self.admin(
            "database", "import", "full", "neo4j", *import_arguments(folder)
        )

    def _command(self, *options: str) -> list[str]:
        opens = [f"--add-opens={_OPENS.format(package)}" for package in _OPENED]
        memory = f"-Xmx{self._heap_mb}m"
        # On few cores the parallel collector takes less of them than Java's usual one.
        if not any(option.endswith("GC") for option in options):
            options = ("-XX:+UseParallelGC", *options)
        return [_java(), *opens, memory, *options, "-cp", f"{self._lib}/*"]

    def _configure(self) -> None:
        for folder in ("conf", "data", "logs", "import", "plugins"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        text = _CONFIGURATION.format(
            bolt=self.bolt_port,
            http=self.http_port,
            page_cache_mb=self._page_cache_mb,
        )
        with write_atomically(self.home / "conf" / "neo4j.conf") as stream:
            stream.write(text.encode())

    def _answers(self) -> bool:
        # Bolt's handshake: magic, then four versions; the server picks one.
        hello = bytes.fromhex("6060b017" + "00000405" + "00" * 12)
        try:
            address = ("127.0.0.1", self.bolt_port)
            with socket.create_connection(address, timeout=1) as connection:
                connection.sendall(hello)
                return len(connection.recv(4)) == 4
        except OSError:
            return False


def import_arguments(folder: Path | str) -> Sequence[str]:
    """Return the arguments of ``neo4j-admin database import full`` for a CSV set.

    Raises
    ------
    InputError
        The folder lacks the files.
    """
    folder = Path(folder).resolve()
    for name in ("concepts.csv", "associations.csv", "runs.csv"):
        if not (folder / name).exists():
            reason = f"There is no {name}: write the graph as neo4j-csv first."
            raise InputError(reason, path=folder)
    return (
        f"--nodes={folder / 'concepts.csv'}",
        f"--nodes={folder / 'runs.csv'}",
        f"--relationships={folder / 'associations.csv'}",
        "--array-delimiter=U+001F",
        "--multiline-fields=true",
        "--ignore-empty-strings=false",
    )


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").exists():
        return str(Path(home) / "bin" / "java")
    return shutil.which("java") or "java"


def _pom() -> Path:
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_neo4j", package.parent / "neo4j"):
        if (folder / "server" / "pom.xml").exists():
            return folder / "server" / "pom.xml"
    msg = "The bundled file neo4j/server/pom.xml is missing: reinstall kgbuild."
    raise ResourceMissingError(msg)


def _check_free(port: int) -> None:
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "a port is from 1 to 65535"
            msg = (
                f"Port {port} cannot be used ({reason}): stop what uses it, or "
                "name another (--bolt-port, --http-port)."
            )
            raise ServerError(msg) from error


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
