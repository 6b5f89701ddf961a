"""What annotating says of vocabularies and of mentions without an identifier."""

from __future__ import annotations

import kgbuild as kg
from kgbuild.document import Document, Mention
from kgbuild.pipeline.linking import LinkCount, said_of_links


def test_python_says_it() -> None:
    done = kg.annotate(
        [Document.from_text("Losartan blocks AGTR1.", id="1")], vocabulary="starter"
    )
    assert set(done.vocabularies) >= {"Gene", "Chemical"}
    assert "; vocabularies: starter; 0% of the mentions have no identifier" in repr(
        done
    )
    assert "vocabularies: starter" in done._repr_html_()
    assert done[:1].vocabularies == done.vocabularies


def test_where_much_is_unlinked_the_command_that_helps_is_named() -> None:
    few = said_of_links(["starter"], mentions=10, linked=5)
    assert few[1] == (
        "50% of the mentions have no identifier; 'kgbuild vocab install' gives more "
        "names"
    )
    assert "install" not in said_of_links(["starter"], mentions=10, linked=7)[1]
    assert said_of_links([], mentions=0, linked=0) == []


def test_mentions_are_counted() -> None:
    text = "gout"
    mention = Mention(start=0, end=4, text=text, type="Disease", recognizer="t")
    document = Document.from_text(text, id="1").with_mentions([mention])
    count = LinkCount([document, document])
    assert (count.mentions, count.linked) == (2, 0)
