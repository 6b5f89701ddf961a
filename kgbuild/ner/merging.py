"""Merge the corpora of a recipe into one CoNLL file with one table of labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import inner_suffix, stem, write_atomically
from kgbuild._io.progress import progress_log
from kgbuild.corpus.conll import Scheme, conll_writer
from kgbuild.corpus.formats import FORMATS
from kgbuild.document import Document, longest_first
from kgbuild.errors import ConfigError
from kgbuild.ner.corpora import (
    corpus_label,
    held_out_of,
    in_words,
    training_documents,
)

if TYPE_CHECKING:
    from kgbuild.ner.recipe import Recipe


@dataclass(slots=True)
class Merged:
    """What a merge wrote, and what it left out.

    Attributes
    ----------
    sentences, mentions
        Corpus → how many; corpus and type → how many.
    left_out
        Corpus and reason → how many.
    repeated, contradicted
        Sentences that an earlier corpus had, and those of them with other tags.
    """

    sentences: Counter[str] = field(default_factory=Counter)
    mentions: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    repeated: int = 0
    contradicted: int = 0

    def to_text(self) -> str:
        """Return tables to print."""
        by_type: Counter[str] = Counter()
        by_corpus: Counter[str] = Counter()
        for (corpus, kind), count in self.mentions.items():
            by_type[kind] += count
            by_corpus[corpus] += count
        rows = [f"{'corpus':32}{'sentences':>10}{'mentions':>10}"]
        rows += [
            f"{corpus:32}{count:>10,}{by_corpus[corpus]:>10,}"
            for corpus, count in self.sentences.items()
        ]
        total, n_mentions = self.sentences.total(), by_type.total()
        rows += [f"{'all':32}{total:>10,}{n_mentions:>10,}", "", f"{'type':42}mentions"]
        rows += [f"{kind:40}{count:>10,}" for kind, count in by_type.most_common()]
        rows += ["", "left out:"]
        rows += [
            f"  {corpus}: {in_words(count, reason)}"
            for (corpus, reason), count in self.left_out.items()
        ]
        rows += [
            "",
            f"Sentences that stand in an earlier corpus, too: {self.repeated:,}; "
            f"with other tags there: {self.contradicted:,}.",
        ]
        return "\n".join(rows)


def merge(recipe: Recipe, output: Path | str, *, scheme: Scheme = "BIO") -> Merged:
    """Write the training part of a recipe's corpora as one CoNLL file.

    The recipe's entity types are the labels. How often a corpus is repeated, and its
    tasks, do not count; a corpus that feeds several tasks is written once.

    Parameters
    ----------
    recipe
        See :class:`kgbuild.ner.recipe.Recipe`.
    output
        File to write.
    scheme
        ``"BIO"`` or ``"BIOES"``.

    Raises
    ------
    ConfigError
        The recipe lists no corpora, they leave nothing to write, or one label of a
        corpus means two types; or the file's suffix is that of another format.
    """
    suffix = inner_suffix(Path(output))
    claimed = [form.name for form in FORMATS.values() if suffix in form.suffixes]
    if claimed and "conll" not in claimed:
        msg = (
            f"A merge writes CoNLL, and {suffix!r} is a suffix of {claimed[0]}: name "
            "the file ….conll; `kgbuild convert` makes other formats of it."
        )
        raise ConfigError(msg)
    files: dict[str, dict[str, str]] = {}
    for use in recipe.corpora:
        labels = files.setdefault(use.file, {})
        for label, kind in use.labels.items():
            if labels.setdefault(label, kind) != kind:
                msg = (
                    f"The label {label!r} of {use.file} means {labels[label]} and "
                    f"{kind} in the recipe: a merged corpus has one type for it."
                )
                raise ConfigError(msg)
    if not files:
        msg = "The recipe lists no [[corpora]] to merge."
        raise ConfigError(msg)
    uses = {use.file: use for use in recipe.corpora}
    held_out = held_out_of(recipe)
    writer, done = conll_writer(scheme=scheme), Merged()
    seen: dict[bytes, tuple[str, bytes]] = {}
    with write_atomically(Path(output)) as stream:
        for file, labels in files.items():
            corpus = stem(Path(file))
            left_out: Counter[str] = Counter()
            done.sentences[corpus] += 0  # it has a row, whatever is in it
            for document in training_documents(
                recipe, uses[file], held_out, left_out=left_out
            ):
                chosen = _relabelled(document, labels, corpus, done)
                data = writer.encode(chosen)
                stream.write(data)
                sentences = data.split(b"\n\n")[1:-1]
                done.sentences[corpus] += len(sentences)
                for sentence in sentences:
                    _compare(sentence, corpus, seen, done)
            for reason, count in left_out.items():
                done.left_out[corpus, reason] = count
        if not done.sentences.total():
            why = [f"{c}: {in_words(n, r)}" for (c, r), n in done.left_out.items()]
            said = f" ({'; '.join(why)})" if why else ""
            msg = f"There is nothing to merge in {', '.join(files)}{said}."
            raise ConfigError(msg)
    for note in writer.notes():
        progress_log.warning(note)
    return done


def _relabelled(
    document: Document, labels: dict[str, str], corpus: str, done: Merged
) -> Document:
    """Keep the listed mentions, disjoint, under the merged labels; count the rest."""
    wanted = []
    for mention in document.mentions:
        label = corpus_label(mention)
        if label in labels:
            # The merged label is the type: what the corpus calls it must not come back.
            others = tuple(a for a in mention.attributes if a[0] != "label")
            wanted.append(replace(mention, type=labels[label], attributes=others))
        else:
            reason = f"mention of {label}, which the recipe does not list"
            done.left_out[corpus, reason] += 1
    flat = longest_first(wanted)
    if len(flat) < len(wanted):
        reason = "mention within a longer one, which CoNLL cannot hold"
        done.left_out[corpus, reason] += len(wanted) - len(flat)
    for mention in flat:
        done.mentions[corpus, mention.type] += 1
    return document.with_mentions(flat)


def _compare(
    sentence: bytes, corpus: str, seen: dict[bytes, tuple[str, bytes]], done: Merged
) -> None:
    tokens = b"\n".join(line.split(b"\t")[0] for line in sentence.splitlines())
    first, tagged = seen.setdefault(tokens, (corpus, sentence))
    if first != corpus:
        done.repeated += 1
        done.contradicted += tagged != sentence
