from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.document import Document, Mention, Passage
from kgbuild.errors import ConfigError
from kgbuild.widgets.highlight import highlight_html, show

ATTACK = "<img src=x onerror=alert(1)>\"'--><script>alert(2)</script></style>"


class Reader(HTMLParser):
    """Reads the page as a browser would: tags, attributes, text per element."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""  # of the kgb-text blocks
        self.marks: list[tuple[str, str]] = []  # tooltip, text of each box

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag in {"hr", "meta", "br"}:
            return
        self.stack.append((tag, values))
        if "kgb-m" in (values.get("class") or ""):
            self.marks.append((values["title"], ""))

    def handle_endtag(self, tag):
        assert self.stack
        assert self.stack.pop()[0] == tag

    def handle_data(self, data):
        if not any("kgb-text" in (v.get("class") or "") for _, v in self.stack):
            return
        self.text += data
        for index in range(len(self.marks)):
            if index in self._open():
                title, text = self.marks[index]
                self.marks[index] = (title, text + data)

    def _open(self) -> set[int]:
        depth = [v for _, v in self.stack if "kgb-m" in (v.get("class") or "")]
        titles = [v["title"] for v in depth]
        out: set[int] = set()
        for title in titles:
            same = [i for i, (t, _) in enumerate(self.marks) if t == title]
            out.add(same[-1])
        return out


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.stack
    return reader


def mention(text: str, start: int, end: int, kind: str = "Gene", **more) -> Mention:
    return Mention(start=start, end=end, text=text[start:end], type=kind, **more)


def document(text: str, *mentions: Mention) -> Document:
    return Document.from_text(text, id="123").with_mentions(mentions)


def test_a_mention_is_marked_and_says_what_is_known():
    text = "Captopril blocks ACE."
    html = highlight_html(
        document(
            text,
            mention(
                text,
                0,
                9,
                "Chemical",
                concepts=("mesh:D002216",),
                method="exact",
                link_score=1.0,
                recognizer="aio",
                score=0.987,
                attributes=(("name", "captopril"),),
            ),
        )
    )
    ((title, marked),) = read(html).marks
    assert marked == "Captopril"
    assert title.split("\n") == [
        "Chemical: Captopril",
        "mesh:D002216 (captopril)",
        "linked by exact (1.00)",
        "recognized by aio (0.99)",
        "characters 0 to 9",
    ]
    assert "https://meshb.nlm.nih.gov/record/ui?ui=D002216" in html
    assert "https://pubmed.ncbi.nlm.nih.gov/123/" in html


def test_nested_crossing_and_discontinuous_mentions_keep_their_text():
    text = "breast and ovarian cancer cells here"
    nested = mention(text, 11, 25, "Disease")
    inner = mention(text, 19, 25, "Anatomy")
    crossing = mention(text, 19, 31, "CellLine")
    broken = mention(text, 0, 25, "Disease", fragments=((0, 6), (19, 25)))
    reader = read(highlight_html(document(text, nested, inner, crossing, broken)))
    assert reader.text == text
    found: dict[str, str] = {}
    for title, marked in reader.marks:
        found[title] = found.get(title, "") + marked
    by_type = {title.split("\n")[0]: marked for title, marked in found.items()}
    assert by_type["Anatomy: cancer"] == "cancer"
    assert by_type["CellLine: cancer cells"] == "cancer cells"
    assert by_type["Disease: ovarian cancer"] == "ovarian cancer"
    assert by_type["Disease: breast and ovarian cancer"] == text[:25]
    assert any("parts: breast … cancer" in title for title in found)


TEXT = st.text(
    alphabet=st.characters(exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co")),
    min_size=1,
    max_size=40,
)


@given(st.lists(TEXT, min_size=1, max_size=3), st.data())
def test_whatever_the_mentions_the_text_is_whole_and_tags_nest(texts, data):
    passages = tuple(Passage(text=t) for t in texts)
    plain = Document(id="d", passages=passages)
    mentions = []
    for _ in range(data.draw(st.integers(0, 12))):
        start = data.draw(st.integers(0, len(plain.text) - 1))
        end = data.draw(st.integers(start + 1, len(plain.text)))
        kind = data.draw(st.sampled_from(["Gene", "Disease", "x<y"]))
        mentions.append(mention(plain.text, start, end, kind))
    reader = read(highlight_html(plain.with_mentions(mentions), concepts=False))
    assert reader.text == "".join(texts)


@given(st.text(min_size=1))
def test_any_text_makes_html_that_utf8_can_hold(text):
    html = highlight_html(document(text))
    html.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", html)


def test_hostile_text_types_ids_and_attributes_stay_text():
    text = ATTACK + " ACE"
    evil = Mention(
        start=0,
        end=len(ATTACK),
        text=ATTACK,
        type=ATTACK,
        recognizer=ATTACK,
        concepts=(ATTACK, "mesh:" + ATTACK, "javascript:alert(1)"),
        method=ATTACK,
        attributes=((ATTACK, ATTACK), ("name", ATTACK)),
    )
    one = Document(
        id=ATTACK,
        passages=(
            Passage(text=text, section=ATTACK),
            Passage(text=ATTACK, section="title"),
        ),
        metadata={"journal": ATTACK},
        mentions=(evil,),
    ).with_status("normalize", "failed", reason=ATTACK)
    reader = read(highlight_html(one))
    assert {tag for tag, _ in reader.tags} <= {
        *("style", "div", "span", "i", "strong", "details", "summary", "table"),
        *("thead", "tbody", "tr", "th", "td", "a"),
    }
    for _, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "https://").startswith("https://")
        style = attributes.get("style") or ""
        assert not re.search(r"url|expression|[<>\"]", style)
    assert reader.text == text + ATTACK


def test_style_touches_only_the_view():
    css = re.search(r"<style>(.*?)</style>", highlight_html(document("a")), re.DOTALL)[
        1
    ]
    for rule in css.split("}")[:-1]:
        for selector in rule.split("{")[0].split(","):
            assert selector.strip().startswith(".kgb-doc"), selector
    assert "url(" not in css
    assert "@" not in css


def test_unlinked_mentions_are_dashed_and_failed_stages_named():
    text = "ACE"
    html = highlight_html(
        document(text, mention(text, 0, 3, method="unlinked")).with_status(
            "variants", "failed", reason="no model"
        )
    )
    assert "2px dashed #0072B2" in html
    assert "no identifier" in html
    assert "variants failed: no model" in html


def test_types_select_and_the_legend_counts():
    text = "ACE and AGT in rats"
    shown = document(
        text,
        mention(text, 0, 3),
        mention(text, 8, 11),
        mention(text, 15, 19, "Species"),
    )
    html = highlight_html(shown)
    assert "Gene 2</span>" in html
    assert "Species 1</span>" in html
    only = highlight_html(shown, types={"Species"})
    assert [marked for _, marked in read(only).marks] == ["rats"]
    assert "Gene" not in only
    assert "No mentions." in highlight_html(document("ACE"))


def test_a_long_text_is_cut_with_a_note():
    text = "ACE " * 100
    html = highlight_html(document(text, mention(text, 200, 203)), max_characters=50)
    reader = read(html)
    assert reader.text == text[:50]
    assert reader.marks == []
    assert "goes on for 350 characters" in html


def test_mentions_piled_up_are_counted_not_nested_without_end():
    text = "x" * 400
    piled = [mention(text, i, 400 - i) for i in range(150)]
    html = highlight_html(document(text, *piled))
    reader = read(html)
    assert reader.text == text
    assert len(reader.marks) == 8
    assert "Not marked: 142 mentions under" in html


def test_show_takes_one_or_many_and_saves_a_page(tmp_path):
    texts = [document(f"text {i}") for i in range(4)]
    assert "text 0" in show(texts[0])._repr_html_()
    view = show(iter(texts), limit=2)
    html = view._repr_html_()
    assert "text 1" in html
    assert "text 2" not in html
    assert "more documents" in html
    path = view.save(tmp_path / "view.html")
    page = path.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "default-src 'none'" in page
    assert "No documents." in show([])._repr_html_()


@pytest.mark.parametrize("option", ["limit", "max_characters"])
def test_options_below_one_are_refused(option):
    with pytest.raises(ConfigError, match=f"{option} must be at least 1. Got 0."):
        show([], **{option: 0})


def test_a_document_shows_itself():
    assert "kgb-doc" in document("ACE")._repr_html_()
