"""Controls that say what a mention means: its candidates, and a row in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.html import escape
from kgbuild._io.markup import concept_link, plain
from kgbuild.entity_types import entity_types
from kgbuild.errors import ConfigError, KgbuildError, required
from kgbuild.explanation import explain
from kgbuild.normalize import Correction, change_corrections, read_corrections
from kgbuild.widgets._controls import (
    button,
    labelled,
    message,
    opener,
    show,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.normalize import Candidate
    from kgbuild.widgets.explorer import Written

_CANDIDATES = 10
_LABEL = 70
#: Values of lists: nothing chosen yet, a text of one's own, no concept.
_OPEN, _OTHER, _NONE = "", "other", "none"
_EVERYWHERE, _IN_CONTEXT = "", " with"


class CorrectionPanel:
    """Controls to correct what mentions mean, and to undo it.

    Parameters
    ----------
    corrections
        File that they are written to; :func:`kgbuild.normalize.read_corrections`.
    types
        Entity types of the graph.
    vocabulary
        As :func:`kgbuild.explain` takes it.

    Attributes
    ----------
    toggle
        Button that opens the rest.
    widget
        The rest.
    """

    def __init__(
        self,
        corrections: Path | str,
        *,
        types: Sequence[str],
        vocabulary: Path | str | Sequence[Path | str] | None = None,
    ) -> None:
        w = required("ipywidgets", extra="notebook")

        self._vocabulary = vocabulary
        self._forms: tuple[Written, ...] = ()
        self._quiet = False
        #: What "undo" takes back: file, what was written, what stood there before.
        self._done: list[tuple[Path, Correction, Correction | None]] = []
        self.mention = labelled("Dropdown", "Mention", _LABEL, options=[])
        self.text = labelled("Text", "Text", _LABEL, continuous_update=False)
        kinds = dict.fromkeys([*types, *entity_types()])
        self.type = labelled("Dropdown", "Type", _LABEL, options=[*kinds])
        self.why = w.HTML()
        self.meaning = labelled("Dropdown", "Means", _LABEL, options=[])
        self.identifier = labelled(
            "Text", "Identifier", _LABEL, placeholder="mesh:D001943 or ncbigene:672"
        )
        self.where = labelled("Dropdown", "Where", _LABEL, options=[])
        self.context = labelled(
            "Text", "Words", _LABEL, placeholder="that the document holds"
        )
        self.file = labelled("Text", "File", _LABEL, value=str(corrections))
        self.write = button("write correction", 130)
        self.undo = button("undo", 70)
        self.undo.disabled = True
        self.message = w.HTML()
        self.widget = w.VBox(
            [
                self.mention, self.text, self.type, self.why, self.meaning,
                self.identifier, self.where, self.context, self.file,
                w.HBox([self.write, self.undo]), self.message,
            ]
        )  # fmt: skip
        self.widget.add_class("kgb-correct")
        self.toggle = opener("correct …", 130, self.widget)
        self.toggle.observe(lambda _: self._show(), names="value")
        self.mention.observe(lambda _: self._look_up(), names="value")
        for control in (self.text, self.type):
            control.observe(lambda _: self._look_up(), names="value")
        for control in (self.meaning, self.where):
            control.observe(lambda _: self._arrange(), names="value")
        self.write.on_click(lambda _: self._write())
        self.undo.on_click(lambda _: self._undo())
        self._arrange()

    def offer(self, forms: Sequence[Written]) -> None:
        """Let the reader choose among mentions that are on view."""
        self._forms = tuple(forms)
        self._show()

    def _show(self) -> None:
        """List the mentions where the panel is open; a closed one costs nothing."""
        if self.toggle.value:
            options = [
                (f"{plain(form.text, longest=50)} · {form.type}", place)
                for place, form in enumerate(self._forms)
            ]
            self._quiet = True
            self.mention.options = [*options, ("another text …", _OTHER)]
            self.mention.index = 0
            self._quiet = False
            self._look_up()

    def _arrange(self) -> None:
        """Show the fields that the chosen values ask for."""
        asked = {
            self.text: self.mention.value == _OTHER,
            self.type: self.mention.value == _OTHER,
            self.identifier: self.meaning.value == _OTHER,
            self.context: self.where.value == _IN_CONTEXT,
        }
        for control, shown in asked.items():
            show(control, shown=shown)
        self.write.disabled = self.meaning.value in (_OPEN, None)

    @property
    def _chosen(self) -> tuple[str, str, Written | None]:
        """Text and type of the mention, and the form if it is one of those on view."""
        if self.mention.value in (_OTHER, None):
            return self.text.value.strip(), self.type.value, None
        form = self._forms[self.mention.value]
        return form.text, form.type, form

    def _look_up(self) -> None:
        """Offer what the chosen mention may mean, and say why it means what it does."""
        if self._quiet:
            return
        text, kind, form = self._chosen
        said, candidates = self._explained(text, kind) if text else ("", ())
        now = None if form is None else form.concept
        here = "" if now is None else f"<p>Here it means {concept_link(now)}.</p>"
        here += "".join(f"<p>{escape(line)}</p>" for line in self._corrected(text))
        self.why.value = f'<div class="kgb-why">{here}{said}</div>'
        self.meaning.options = [
            ("choose …", _OPEN),
            *(_option(candidate, now) for candidate in candidates[:_CANDIDATES]),
            ("no concept", _NONE),
            ("another identifier …", _OTHER),
        ]
        self.meaning.index = 0
        documents = () if form is None else form.documents
        self.where.options = [
            ("in every document", _EVERYWHERE),
            *((f"in document {plain(d, longest=40)}", d) for d in documents),
            ("in documents with the words …", _IN_CONTEXT),
        ]
        self.where.index = 0
        self._arrange()

    def _explained(self, text: str, kind: str) -> tuple[str, Sequence[Candidate]]:
        """Say by which rule a text alone is linked (HTML), and what it may mean."""
        try:
            why = explain(text, kind, vocabulary=self._vocabulary)
        except KgbuildError as error:
            return f"<p>{escape(error)}</p>", ()
        return f"<p>Out of its document:</p>{why._repr_html_()}", why.candidates

    def _corrected(self, text: str) -> list[str]:
        """Say what the file holds of a text already."""
        try:
            path = self._path()
            rows = read_corrections(path) if path.exists() else []
        except KgbuildError as error:
            return [str(error)]
        return [
            f"{path} says that {_in_words(row)}."
            for row in rows
            if row.text.casefold() == text.casefold()
        ]

    def _write(self) -> None:
        """Write the correction into the file, or say why not."""
        text, kind, form = self._chosen
        meaning, where = self.meaning.value, self.where.value
        context = self.context.value if where == _IN_CONTEXT else ""
        try:
            if where == _IN_CONTEXT and not context.strip():
                msg = "Say which words the document holds, or choose every document."
                raise ConfigError(msg)
            put = Correction.of(
                {
                    "text": text,
                    "type": kind,
                    "context": context,
                    "document": "" if where == _IN_CONTEXT else where,
                    "id": self.identifier.value if meaning == _OTHER else meaning,
                }
            )
            path = self._path()
            before = change_corrections(path, put=put)
        except (KgbuildError, OSError) as error:
            self._say(str(error), wrong=True)
            return
        self._done.append((path, put, before))
        self.undo.disabled = False
        instead = form.concept if before is None and form else _id(before)
        self._say(
            f"Written to {path}: {_in_words(put)}"
            f"{f', in place of {instead}' if instead else ''}. Runs and annotations "
            "that are given this file have it from now on "
            f"(corrections={str(path)!r}); what is on view stays as it was made."
        )

    def _undo(self) -> None:
        """Take back what was written last."""
        path, put, before = self._done[-1]
        try:
            change_corrections(path, drop=put, put=before)
        except (KgbuildError, OSError) as error:
            self._say(str(error), wrong=True)
            return
        self._done.pop()
        self.undo.disabled = not self._done
        back = "" if before is None else f"; again {_in_words(before)}"
        self._say(f"Taken out of {path}: {_in_words(put)}{back}.")

    def _path(self) -> Path:
        given = self.file.value.strip()
        if not given:
            msg = "Say which file to write, such as corrections.csv."
            raise ConfigError(msg)
        return Path(given).expanduser().absolute()

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self.message.value = message(text, wrong=wrong)


def _option(candidate: Candidate, now: str | None) -> tuple[str, str]:
    remark = ", as now" if candidate.concept == now else ""
    name = plain(candidate.name, longest=50)
    label = f"{name} · {candidate.concept} · score {candidate.score:.2f}{remark}"
    return label, candidate.concept


def _id(correction: Correction | None) -> str:
    return "" if correction is None else correction.concept or _NONE


def _in_words(correction: Correction) -> str:
    where = ""
    if correction.document:
        where = f" in document {correction.document}"
    elif correction.context:
        where = f" in documents with {correction.context!r}"
    means = f"means {correction.concept}" if correction.concept else "means no concept"
    kind = f" ({correction.type})" if correction.type else ""
    return f"{correction.text!r}{kind} {means}{where}"
