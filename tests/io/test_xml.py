"""The door for XML: what is refused, and in what words."""

from __future__ import annotations

import io
import socket
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuild._io.xml import iter_elements, parse_bytes, split_records
from kgbuild.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

BOMB = (
    b'<?xml version="1.0"?>\n<!DOCTYPE R [\n<!ENTITY a "aaaaaaaaaa">\n'
    + b"".join(
        b'<!ENTITY %c "%s">\n' % (name, b"&%c;" % (name - 1) * 10)
        for name in range(ord("b"), ord("k"))
    )
    + b"]>\n<R><A>&j;</A></R>"
)


def split(data: bytes, **options: int) -> list[tuple[str, bytes, int, str | None]]:
    found = split_records(io.BytesIO(data), ["A", "B"], roots=["R"], **options)
    return [(raw.tag, raw.data, raw.line, raw.problem) for raw in found]


def texts(data: bytes, **options: int) -> list[str | None]:
    return [e.text for e in iter_elements(io.BytesIO(data), ["A", "B"], **options)]


ALL = (split, texts, parse_bytes)


@pytest.mark.parametrize("read", ALL)
@pytest.mark.parametrize(
    "head",
    [
        b'<!DOCTYPE R [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE R [<!ENTITY a SYSTEM "http://127.0.0.1:9/x">]>',
        b'<!DOCTYPE R [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
        b'<!DOCTYPE R SYSTEM "r.dtd" [<!-- ]> --> <!ENTITY a "b">]>',
        b"<!DOCTYPE R [<!ELEMENT R ANY><!ENTITY a 'b'>]>",
    ],
)
def test_declared_entities_are_refused(read, head, monkeypatch):
    def connect(*_args: object) -> None:
        pytest.fail("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(InputError, match="declares entities of its own"):
        read(head + b"<R><A>&a;</A></R>")


@pytest.mark.parametrize("read", ALL)
def test_the_entity_bomb_is_refused_in_little_memory(read):
    tracemalloc.start()
    with pytest.raises(InputError, match=r"line 3: .*declares entities"):
        read(BOMB)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("read", ALL)
def test_a_bomb_in_utf_16_is_refused_too(read):
    with pytest.raises(InputError, match="declares entities"):
        read(BOMB.decode().replace('<?xml version="1.0"?>', "").encode("utf-16"))


@pytest.mark.parametrize("read", ALL)
def test_odd_encodings_are_refused(read):
    with pytest.raises(InputError, match="the encoding 'utf-7'; UTF-8, UTF-16"):
        read(b'<?xml version="1.0" encoding="utf-7"?><R/>')


@pytest.mark.parametrize("read", [texts, parse_bytes])
@pytest.mark.parametrize(
    "head", [b"", b'<!DOCTYPE R SYSTEM "http://127.0.0.1:9/r.dtd">']
)
def test_an_unknown_entity_is_an_error_not_a_gap(read, head):
    with pytest.raises(InputError, match="line 2: Entity 'alpha' not defined"):
        read(head + b"<R>\n<A>the &alpha; chain</A><A>x</A></R>")


@pytest.mark.parametrize(
    "data",
    [
        "<R><A>é β</A></R>".encode("utf-16"),
        "<R><A>é β</A></R>".encode("utf-16-le"),
        "<R><A>é β</A></R>".encode("utf-32"),
        b"\xef\xbb\xbf" + "<R><A>é β</A></R>".encode(),
        "<?xml version='1.0' encoding='ISO-8859-7'?><R><A>é β</A></R>".replace(
            "é", "&#233;"
        ).encode("iso-8859-7"),
    ],
)
def test_unicode_and_code_pages_are_read(data):
    assert texts(data) == ["é β"]
    ((_, raw, _, _),) = split(data)
    assert parse_bytes(raw).text == "é β"


def test_bytes_that_are_not_of_the_stated_encoding_say_so():
    with pytest.raises(InputError, match="not of the encoding that the file states"):
        split("<R><A>x</A></R>".encode("utf-16") + b"\x00")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b"PMID,title\n1,x", "This is not XML"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00\x00", "This is not XML"),
        (b"{}" * 200_000 + b"x" * 1_000_000, "This is not XML"),
        (b"<!--" + b"x" * 2_000_000, "No root element within the first 1 MB"),
    ],
)
@pytest.mark.parametrize("read", [split, texts])
def test_what_is_no_xml(read, data, message):
    with pytest.raises(InputError, match=message):
        read(data)


def test_records_are_cut_out_with_their_lines():
    data = (
        b"<?xml version='1.0'?>\n<!DOCTYPE R SYSTEM 'x>y'>\n<R>\n<A>x\n</A>\n"
        b"<!-- <A>no</A> --><?p?><B/><A a='>'>y</A></R>"
    )
    assert split(data) == [
        ("A", b"<A>x\n</A>", 4, None),
        ("B", b"<B/>", 6, None),
        ("A", b"<A a='>'>y</A>", 6, None),
    ]


def test_closing_tags_in_comments_and_cdata_end_nothing():
    data = b"<A><!-- </A> --><![CDATA[</A>]]>z</A>"
    assert [row[1] for row in split(b"<R>" + data + b"</R>")] == [data]


def test_a_record_without_its_end_does_not_swallow_the_next():
    data = b"<R><A>1<b/>\n<A>2</A><B>3</B><A>4<!-- <A> --></A></R>"
    assert [row[1] for row in split(data)] == [
        b"<A>1<b/>\n", b"<A>2</A>", b"<B>3</B>", b"<A>4<!-- <A> --></A>",
    ]  # fmt: skip


def test_a_record_may_hold_one_of_another_kind():
    data = b"<R><A>1<B>2</B>3</A><B>4</B></R>"
    assert [raw for _, raw, _, _ in split(data)] == [
        b"<A>1<B>2</B>3</A>",
        b"<B>4</B>",
    ]


def test_an_unfinished_section_does_not_take_the_rest_with_it():
    data = b"<R><A>1</A><B><![CDATA[</B>\n<A>2</A></R>"
    found = list(split_records(io.BytesIO(data), ["A", "B"], roots=["R"]))
    assert [r.data for r in found] == [b"<A>1</A>", b"<B><![CDATA[</B>", b"<A>2</A>"]


def test_files_laid_end_to_end_are_read_as_one():
    one = b"<?xml version='1.0'?>\n<!DOCTYPE R SYSTEM 'x'>\n<R><A>1</A></R>\n"
    assert [(row[1], row[2]) for row in split(one + one)] == [
        (b"<A>1</A>", 3),
        (b"<A>1</A>", 6),
    ]


def test_what_is_no_record_is_reported_with_its_line():
    rows = split(b"<R>\n<A>1</A>\n<Aa>2</Aa>\n<A>3</A></R>")
    assert [row[0] for row in rows] == ["A", "", "A"]
    assert rows[1][2] == 3
    assert "no record" in str(rows[1][3])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<R><A>1</A><A>2", "ends inside a <A>"),
        (b"<R><A>1</A>", "ends before </R>"),
        (b"<R><A>1</A><A", "ends inside a <A>|ends before </R>"),
        (b"<R", "This is not XML"),
        (b"<Records", "ends inside its first tag|This is not XML"),
    ],
)
def test_a_file_that_breaks_off_is_an_error(data, message):
    with pytest.raises(InputError, match=message):
        split(data)


def test_whole_records_before_the_break_are_given():
    records = split_records(io.BytesIO(b"<R><A>1</A><A>2"), ["A"], roots=["R"])
    assert next(records).data == b"<A>1</A>"
    elements = iter_elements(io.BytesIO(b"<R><A>1</A><A>2"), ["A"])
    assert next(elements).text == "1"
    with pytest.raises(InputError, match="ends too early"):
        next(elements)


def test_another_root_is_named():
    with pytest.raises(
        InputError, match="The root element is <html>; <R> was expected"
    ):
        split(b"<!DOCTYPE html>\n<html><A/></html>")


class Endless(io.RawIOBase):
    """A record that never ends, made as it is read."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self.head, self.piece, self.given = head, piece, 0

    def read(self, size: int = -1) -> bytes:
        out = self.head or self.piece * (size // len(self.piece))
        self.head = b""
        self.given += len(out)
        return out


@pytest.mark.parametrize(
    ("piece", "message"),
    [(b"x" * 64, "over|beyond"), (b"<i/>" * 16, "over"), (b"<i>" * 16, "deep|over")],
)
def test_a_record_without_end_is_refused_soon(piece, message):
    for read in (
        lambda s: list(split_records(s, ["A"], roots=["R"], max_record_bytes=2**23)),
        lambda s: list(iter_elements(s, ["A"], max_record_bytes=2**23)),
    ):
        stream = Endless(b"<R><A>", piece)
        with pytest.raises(InputError, match=message):
            read(stream)
        assert stream.given <= 2**25


def test_a_record_of_100_mb_is_refused():
    stream = Endless(b"<R><A>", b"text in <b>bold</b> and plain. " * 32)
    with pytest.raises(InputError, match="over the limit of 32 MB"):
        list(split_records(stream, ["A"], roots=["R"]))
    assert stream.given < 100_000_000


def test_space_without_end_between_records_is_refused():
    stream = Endless(b"<R><A>1</A>", b" \n" * 32)
    with pytest.raises(InputError, match="over the limit"):
        list(split_records(stream, ["A"], roots=["R"], max_record_bytes=1_000_000))


def test_deep_nesting_is_refused():
    data = b"<R><A>" + b"<i>" * 300 + b"</i>" * 300 + b"</A></R>"
    with pytest.raises(InputError, match="more than 256 deep"):
        texts(data)


def test_limits_are_options():
    data = b"<R><A>" + b"x" * 5000 + b"</A></R>"
    assert len(split(data)) == 1
    with pytest.raises(InputError, match="over the limit of"):
        split(data, max_record_bytes=1000)


def test_elements_are_dropped_as_they_are_read():
    data = b"<R><h>head</h>" + b"<A>x<B/>y</A>" * 50_000 + b"</R>"
    for count, element in enumerate(iter_elements(io.BytesIO(data), ["A"])):
        root = element.getparent()
        # What came before is gone.
        assert len(root) <= 20_000 if count else True
    assert count == 49_999


def test_errors_name_file_and_line(tmp_path: Path):
    path = tmp_path / "a.xml"
    with pytest.raises(InputError) as caught:
        list(iter_elements(io.BytesIO(b"\n<R>\n<A></B></R>"), ["A"], path=path))
    assert caught.value.line == 3
    assert str(path) in str(caught.value)


@settings(deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), max_size=8
    ),
    st.integers(1, 40),
)
def test_records_do_not_depend_on_how_the_stream_is_cut(contents, chunk):
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(chunk)

    from xml.sax.saxutils import escape

    head = "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE R SYSTEM 'r.dtd'>"
    data = (
        f"{head}<R>" + "\n".join(f"<A>{escape(text)}</A>" for text in contents) + "</R>"
    )
    raw = list(split_records(Trickle(data.encode()), ["A"], roots=["R"]))
    whole = [parse_bytes(record.data).text or "" for record in raw]
    assert whole == contents
    assert [record.line for record in raw] == list(range(1, len(contents) + 1))
    elements = iter_elements(Trickle(data.encode()), ["A"])
    assert [element.text or "" for element in elements] == contents
