from __future__ import annotations

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
import stamina

from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.normalize import download
from kgbuild.normalize.download import DownloadError, offers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = gzip.compress(b"# a vocabulary\n" + bytes(range(256)) * 2_000, 1, mtime=0)


class Server(ThreadingHTTPServer):
    """Answers as a publisher's host does, and fails as told."""

    files: dict[str, bytes]
    cut_first: int | None = None
    busy: int = 0
    etag = '"one"'

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.asked = {}, []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        server = self.server
        server.asked.append((self.path, self.headers.get("Range")))
        body = server.files.get(self.path)
        if server.busy:
            server.busy -= 1
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if body is None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        wanted = self.headers.get("Range")
        if wanted and self.headers.get("If-Range") == server.etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
        else:
            self.send_response(200)
        self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if server.cut_first is not None and body is not None:
            end, server.cut_first = server.cut_first, None
            self.wfile.write(body[start:end])
            self.close_connection = True
            return
        self.wfile.write(body[start:])


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with stamina.set_testing(True, attempts=4):
        yield made
    made.shutdown()
    made.server_close()
    thread.join()


CTD = "/reports/CTD_diseases.tsv.gz"


def test_a_file_is_fetched_once(server: Server, tmp_path: Path) -> None:
    server.files[CTD] = BODY
    hosts = {"ctdbase.org": server.address}
    (path,) = download(["ctd-diseases"], output=tmp_path, hosts=hosts)
    assert path.read_bytes() == BODY
    assert download(["ctd-diseases"], output=tmp_path, hosts=hosts) == [path]
    assert len(server.asked) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "CTD_diseases.tsv.gz",
        "CTD_diseases.tsv.gz.source.json",
    ]


def test_what_was_cut_off_goes_on(server: Server, tmp_path: Path) -> None:
    server.files[CTD] = BODY
    server.cut_first = 1_000
    hosts = {"ctdbase.org": server.address}
    (path,) = download(["ctd-diseases"], output=tmp_path, hosts=hosts)
    assert path.read_bytes() == BODY
    assert server.asked == [(CTD, None), (CTD, "bytes=1000-")]


def test_another_file_under_the_same_name_begins_anew(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "CTD_diseases.tsv.gz.part").write_bytes(b"old")
    (tmp_path / "CTD_diseases.tsv.gz.part.json").write_text(
        f'{{"url": "{server.address}{CTD}", "etag": "\\"old\\""}}'
    )
    server.files[CTD] = BODY
    hosts = {"ctdbase.org": server.address}
    (path,) = download(["ctd-diseases"], output=tmp_path, hosts=hosts)
    assert path.read_bytes() == BODY


def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.files[CTD] = BODY
    server.busy = 2
    hosts = {"ctdbase.org": server.address}
    (path,) = download(["ctd-diseases"], output=tmp_path, hosts=hosts)
    assert path.read_bytes() == BODY
    assert len(server.asked) == 3


def test_a_server_that_stays_busy_is_an_error(server: Server, tmp_path: Path) -> None:
    server.busy = 99
    with pytest.raises(DownloadError, match="could not be fetched"):
        download(
            ["ctd-diseases"], output=tmp_path, hosts={"ctdbase.org": server.address}
        )


def test_a_missing_file_is_an_error(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="answers 404"):
        download(
            ["ctd-diseases"], output=tmp_path, hosts={"ctdbase.org": server.address}
        )
    assert not (tmp_path / "CTD_diseases.tsv.gz").exists()


def test_a_web_page_instead_of_the_file_is_an_error(
    server: Server, tmp_path: Path
) -> None:
    server.files[CTD] = b"<html>moved</html>"
    with pytest.raises(DownloadError, match=r"did not send a \.gz"):
        download(
            ["ctd-diseases"], output=tmp_path, hosts={"ctdbase.org": server.address}
        )
    assert not (tmp_path / "CTD_diseases.tsv.gz").exists()


@pytest.mark.parametrize("right", [True, False])
def test_checksums_are_compared(server: Server, tmp_path: Path, right: bool) -> None:
    name = "/pub/taxonomy/taxdump.tar.gz"
    server.files[name] = BODY
    stated = hashlib.md5(BODY if right else b"other").hexdigest()
    server.files[f"{name}.md5"] = f"{stated}  taxdump.tar.gz\n".encode()
    hosts = {"ftp.ncbi.nlm.nih.gov": server.address}
    if right:
        (path,) = download(["taxonomy"], output=tmp_path, hosts=hosts)
        assert path.read_bytes() == BODY
    else:
        with pytest.raises(DownloadError, match="another checksum"):
            download(["taxonomy"], output=tmp_path, hosts=hosts)
        assert not (tmp_path / "taxdump.tar.gz").exists()


def test_a_mirror_folder_needs_no_network(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "desc2025.xml.gz").write_bytes(BODY)
    (path,) = download(
        ["mesh-descriptors"], output=tmp_path / "out", mirror=mirror, year=2025
    )
    assert path.read_bytes() == BODY
    with pytest.raises(ResourceMissingError, match="The mirror folder has no"):
        download(["cellosaurus"], output=tmp_path / "out", mirror=mirror)


def test_unknown_names_and_hosts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Got 'wikipedia' instead"):
        download(["wikipedia"], output=tmp_path)
    with pytest.raises(ConfigError, match="http or https"):
        download(
            ["ctd-diseases"], output=tmp_path, hosts={"ctdbase.org": "file:///etc"}
        )


def test_every_offer_is_complete() -> None:
    from kgbuild.entity_types import entity_types
    from kgbuild.normalize.sources import FORMATS

    for offer in offers(year=2026).values():
        assert offer.url.startswith("https://")
        assert "{" not in offer.url + offer.file
        assert offer.format in FORMATS
        assert set(offer.types) <= set(entity_types())
