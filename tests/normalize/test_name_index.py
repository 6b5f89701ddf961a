"""Nearest names: the index, and the step of the cascade, with a spelled-out space."""

from __future__ import annotations

import builtins
import importlib.util
import json
import logging
import pickle
import shutil
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kgbuild import Document, Mention, Passage
from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize import Normalizer, Vocabulary, build_vocabulary
from kgbuild.normalize import name_index as module
from kgbuild.normalize.calibration import Calibration, Evidence, is_askable, weigh
from kgbuild.normalize.keys import simplified_key
from kgbuild.normalize.name_index import (
    IndexFacts,
    NameIndex,
    Neighbour,
    Neighbours,
    build_index,
    index_folder,
    open_index,
)
from kgbuild.normalize.nearest import concepts_of_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

#: Near means: many equal letter triples. The chance is the similarity made steep.
LETTERS = Calibration(bias=-12, similarity=20, share=0, likeness=0, numbers=0)


class LetterEncoder:
    """Puts names with equal letter triples close together."""

    dimension = 64
    calibration = {"Disease": LETTERS, "Chemical": LETTERS}  # noqa: RUF012

    def __init__(self, version: str = "letters 1") -> None:
        self.version = version

    def encode(self, names: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(names), self.dimension), dtype=np.float32)
        for row, name in enumerate(names):
            key = f" {simplified_key(name)} "
            for i in range(len(key) - 2):
                vectors[row, zlib.crc32(key[i : i + 3].encode()) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


ENCODER: Any = LetterEncoder()


@pytest.fixture
def compiled(lists: Path, tmp_path: Path) -> Path:
    for kind in ("disease", "chemical", "species"):
        build_vocabulary(kind, [lists / f"{kind}.tsv"], output=tmp_path)
    return tmp_path


@pytest.fixture
def indexed(compiled: Path) -> Path:
    for kind in ("disease", "chemical"):
        build_index(Vocabulary.open(compiled / f"{kind}.vocab"), encoder=ENCODER)
    return compiled


def opened(folder: Path) -> Neighbours:
    given = {
        kind: [Vocabulary.open(folder / f"{kind.lower()}.vocab")]
        for kind in ("Disease", "Chemical", "Species")
    }
    found = Neighbours.of(given, encoder=ENCODER)
    assert found is not None
    return found


def test_nearest_names_best_first(indexed: Path) -> None:
    index = opened(indexed)
    same, typo = index.nearest(
        ["hypertension", "hypertensoin"], entity_type="Disease", limit=3
    )
    assert same[0] == Neighbour("hypertension", 1.0)
    assert typo[0].key == "hypertension"
    assert 0.5 < typo[0].similarity < 1
    assert len(typo) == 3
    assert [n.similarity for n in typo] == sorted(
        (n.similarity for n in typo), reverse=True
    )


def test_similarities_do_not_depend_on_how_many_are_looked_up() -> None:
    draw = np.random.default_rng(11)
    names, asked = (
        vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        for vectors in draw.normal(size=(2, 3_000, 64)).astype(np.float32)
    )
    keys = [f"name {i}" for i in range(len(names))]
    lines = np.cumsum([0, *(len(key) + 1 for key in keys)])
    index = NameIndex(
        IndexFacts(
            encoder="", vocabulary="", type="Disease", names=len(names), dimension=64,
            kind="exact",
        ),
        keys=("\n".join(keys) + "\n").encode(),
        lines=lines,
        vectors=names,
    )  # fmt: skip
    together = index.search(asked[:300], limit=8)
    assert together == [index.search(one[None], limit=8)[0] for one in asked[:300]]
    best = (asked[:300] @ names.T).max(axis=1)
    nearest = [found[0].similarity for found in together]
    assert nearest == pytest.approx(best, abs=1e-4)


def test_types_without_an_index_have_no_neighbours(indexed: Path) -> None:
    assert opened(indexed).nearest(["mous"], entity_type="Species", limit=3) == [()]


def test_a_text_has_the_same_neighbours_in_any_company(indexed: Path) -> None:
    texts = ["hypertensoin", "liver", "brest cancer", *(f"word {i}" for i in range(40))]
    together = opened(indexed).nearest(texts, entity_type="Disease", limit=4)
    alone = [
        opened(indexed).nearest([text], entity_type="Disease", limit=4)[0]
        for text in texts
    ]
    assert together == alone


def test_an_index_is_written_the_same_twice(compiled: Path) -> None:
    vocabulary = Vocabulary.open(compiled / "disease.vocab")
    build_index(vocabulary, encoder=ENCODER)
    first = {f.name: f.read_bytes() for f in index_folder(vocabulary.path).iterdir()}
    build_index(vocabulary, encoder=ENCODER)
    second = {f.name: f.read_bytes() for f in index_folder(vocabulary.path).iterdir()}
    assert first == second
    assert {"facts.json", "keys.txt", "lines.npy", "vectors.npy"} == set(first)
    assert not [f for f in compiled.iterdir() if f.name.startswith(".")]


def test_names_of_one_key_are_one_row(compiled: Path) -> None:
    vocabulary = Vocabulary.open(compiled / "disease.vocab")
    keys = [key for key, _ in vocabulary.names_by_key()]
    assert keys == sorted(set(keys))
    assert "breastcancer" in keys
    assert len(build_index(vocabulary, encoder=ENCODER)) == len(keys)


def test_inverted_lists_find_what_exact_search_finds(tmp_path: Path) -> None:
    pytest.importorskip("faiss")
    rng = np.random.default_rng(5)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    names = sorted({"".join(rng.choice(letters, 9)) for _ in range(3_000)})
    file = tmp_path / "disease.tsv"
    rows = (f"mesh:D{i:06}\t{name}\t" for i, name in enumerate(names))
    file.write_text("id\tname\tsynonyms\n" + "\n".join(rows), encoding="utf-8")
    vocabulary = build_vocabulary("Disease", [file], output=tmp_path)
    exact = build_index(vocabulary, encoder=ENCODER)
    asked = ENCODER.encode(names[:50])
    wanted = exact.search(asked, limit=1)
    lists = build_index(vocabulary, encoder=ENCODER, exact_up_to=100)
    assert (exact.facts.kind, lists.facts.kind) == ("exact", "lists")
    assert lists.facts.recall >= module.WANTED_RECALL
    assert lists.facts.probes > 0
    assert [n[0].key for n in lists.search(asked, limit=1)] == [
        n[0].key for n in wanted
    ]
    again = open_index(vocabulary, encoder=ENCODER)
    assert again.search(asked, limit=5) == lists.search(asked, limit=5)


def test_another_encoder_is_refused(indexed: Path) -> None:
    other: Any = LetterEncoder("letters 2")
    with pytest.raises(InputError, match=r"letters 1.*letters 2.*vocab index"):
        open_index(Vocabulary.open(indexed / "disease.vocab"), encoder=other)


def test_another_vocabulary_is_refused(indexed: Path, lists: Path) -> None:
    changed = indexed / "changed.tsv"
    changed.write_text(
        (lists / "disease.tsv").read_text("utf-8") + "mesh:D1\tNew disease\t\n", "utf-8"
    )
    made = build_vocabulary("Disease", [changed], output=indexed)
    with pytest.raises(InputError, match="belongs to the vocabulary"):
        open_index(made, encoder=ENCODER)


@pytest.mark.parametrize("name", ["facts.json", "keys.txt", "lines.npy", "vectors.npy"])
def test_a_damaged_index_is_refused(indexed: Path, name: str) -> None:
    file = indexed / "disease.neighbours" / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(InputError, match="vocab index"):
        open_index(Vocabulary.open(indexed / "disease.vocab"), encoder=ENCODER)


def test_pickled_arrays_are_never_loaded(indexed: Path) -> None:
    trap = np.array([{"never": "unpickled"}], dtype=object)
    np.save(indexed / "disease.neighbours" / "vectors.npy", trap, allow_pickle=True)
    with pytest.raises(InputError, match="cannot be read"):
        open_index(Vocabulary.open(indexed / "disease.vocab"), encoder=ENCODER)


def test_format_of_the_future_is_refused(indexed: Path) -> None:
    file = indexed / "disease.neighbours" / "facts.json"
    facts = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**facts, "format": 99}), "utf-8")
    with pytest.raises(InputError, match="format 99"):
        open_index(Vocabulary.open(indexed / "disease.vocab"), encoder=ENCODER)


def test_no_index_means_rules_alone(compiled: Path) -> None:
    given = {"Disease": [Vocabulary.open(compiled / "disease.vocab")]}
    assert Neighbours.of(given, encoder=ENCODER) is None
    assert Normalizer.load(compiled).index is None
    with pytest.raises(ResourceMissingError, match="vocab index"):
        open_index(given["Disease"][0], encoder=ENCODER)


def test_without_faiss_rules_alone_said_once(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    find, load = importlib.util.find_spec, builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        return None if name == "faiss" else find(name, *rest)

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name == "faiss":
            raise ImportError(name)
        return load(name, *rest, **more)

    monkeypatch.setattr(importlib.util, "find_spec", absent)
    monkeypatch.setattr(builtins, "__import__", refuse)
    module._warn_of_missing_faiss.cache_clear()
    with caplog.at_level(logging.WARNING, logger="kgbuild"):
        for _ in range(2):
            made = Normalizer.load(indexed)
            assert made.index is None
            assert made.link("breast cancer", "Disease").method == "exact"
    assert [r.message for r in caplog.records if "faiss" in r.message] == [
        "faiss is not installed: mentions are linked by rules alone, without nearest "
        "names; pip install faiss-cpu"
    ]
    with pytest.raises(ResourceMissingError, match="pip install faiss-cpu"):
        build_index(Vocabulary.open(indexed / "disease.vocab"), encoder=ENCODER)


def test_index_in_memory(lists: Path) -> None:
    vocabulary = build_vocabulary("Disease", [lists / "disease.tsv"])
    index = Neighbours(
        {"Disease": [build_index(vocabulary, encoder=ENCODER)]}, encoder=ENCODER
    )
    (near,) = index.nearest(["hepatomegalia"], entity_type="Disease", limit=2)
    assert near[0].key == "hepatomegaly"
    with pytest.raises(TypeError, match="process border"):
        pickle.dumps(index)


def linker(folder: Path, **options: Any) -> Normalizer:
    return Normalizer.load(folder, index=opened(folder), **options)


def test_what_rules_leave_is_linked_by_nearest_names(indexed: Path) -> None:
    made = linker(indexed)
    link = made.link("hypertensionn disorder", "Disease")
    assert link.candidates[0].concept == "mesh:D006973"
    assert link.candidates[0].method == "neural"
    facts = link.candidates[0].facts
    assert facts.chance == link.candidates[0].score
    assert facts.similarity is not None
    assert made.link("Alzhemier's disease", "Disease").concepts == ("mesh:D000544",)
    assert made.link("Alzhemier's disease", "Disease").method == "neural"
    assert "letters 1" in made.version


@pytest.mark.parametrize("text", ["QX-314", "zolpatrexin", "Blortian sweats", "IL-13"])
@pytest.mark.parametrize("kind", ["Chemical", "Disease"])
def test_made_up_names_stay_unlinked(indexed: Path, text: str, kind: str) -> None:
    assert linker(indexed).link(text, kind).concepts == ()


def test_precise_links_less(indexed: Path) -> None:
    text = "liver enlargedment"
    balanced = linker(indexed).link(text, "Disease")
    precise = linker(indexed, thresholds="precise").link(text, "Disease")
    chances = [c.score for c in precise.candidates if c.method == "neural"]
    assert balanced.concepts
    assert 0.5 <= chances[0] < 0.95
    assert precise.concepts == ()


def test_documents_ask_for_the_long_form(indexed: Path) -> None:
    text = "Alzhemier's diseases (AZD). We saw AZD."
    mentions = [
        Mention(start=at, end=at + 3, text="AZD", type="Disease", recognizer="gold")
        for at in (22, 35)
    ]
    document = Document(id="1", passages=(Passage(text=text, section="abstract"),))
    document = document.with_mentions(mentions)
    found = linker(indexed)(document)
    assert [m.concepts for m in found.mentions] == [("mesh:D000544",)] * 2
    assert {m.method for m in found.mentions} == {"neural"}


def test_results_do_not_depend_on_the_order_of_documents(indexed: Path) -> None:
    texts = ["Alzhemier's disease", "hypertensoin", "zolpatrexin", "brest cancer"]
    documents = [
        Document(id=str(i), passages=(Passage(text=text),)).with_mentions(
            [
                Mention(
                    start=0, end=len(text), text=text, type="Disease", recognizer="gold"
                )
            ]
        )
        for i, text in enumerate(texts)
    ]
    forward = {d.id: d for d in map(linker(indexed), documents)}
    backward = {d.id: d for d in map(linker(indexed), documents[::-1])}
    assert forward == backward


def test_normalizer_with_index_crosses_process_borders(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = linker(indexed)
    again = pickle.loads(pickle.dumps(made))
    text = "Alzhemier's disease"
    assert again.link(text, "Disease") == made.link(text, "Disease")
    shutil.rmtree(indexed / "disease.neighbours")
    shutil.rmtree(indexed / "chemical.neighbours")
    with pytest.raises(ResourceMissingError, match="gone"):
        pickle.loads(pickle.dumps(made))


def test_names_that_mean_nothing_here_say_nothing() -> None:
    near = [Neighbour("typeonediabete", 0.9), Neighbour("diabetestype2", 0.9)]
    found = weigh("diabetes type 2", near, look_up=lambda _: ())
    assert found == []


def test_numbers_and_votes_are_evidence(indexed: Path) -> None:
    made = linker(indexed)
    near = [
        Neighbour("type2diabetes", 0.9),
        Neighbour("niddm", 0.9),
        Neighbour("hypertension", 0.9),
    ]

    def look_up(key: str) -> Any:
        return concepts_of_key(
            key, vocabularies=made.vocabularies["Disease"], kind="Disease"
        )

    first, second = weigh("type II diabetes", near, look_up=look_up)
    assert (first[0].concept, second[0].concept) == ("mesh:D003924", "mesh:D006973")
    assert first[1].share == pytest.approx(2 / 3, abs=1e-3)
    assert (first[1].numbers, second[1].numbers) == (True, False)
    assert first[1].likeness > second[1].likeness
    (other, _) = weigh("type 1 diabetes", near, look_up=look_up)
    assert other[1].numbers is False


@pytest.mark.parametrize("name", ["similarity", "share", "likeness"])
def test_chance_grows_with_the_evidence(name: str) -> None:
    model = Calibration(bias=-5, similarity=4, share=3, likeness=2, numbers=1)
    weak = Evidence(similarity=0.5, share=0.5, likeness=0.5, numbers=False)
    assert model.chance(weak) < model.chance(replace(weak, **{name: 0.9}))
    assert model.chance(weak) < model.chance(replace(weak, numbers=True))


@pytest.mark.parametrize(
    ("text", "askable"),
    [("hepatic injury", True), ("IL-13", False), ("PTSD", False), ("β-amyloid", True)],
)
def test_is_askable(text: str, askable: bool) -> None:
    assert is_askable(text) is askable


def test_a_nearer_name_replaces_what_a_rewrite_found(
    lists: Path, tmp_path: Path
) -> None:
    text = (lists / "disease.tsv").read_text("utf-8")
    text += "mesh:D005334\tFever\t\nmesh:D015004\tYellow Fever\tyellow jack\n"
    (tmp_path / "disease.tsv").write_text(text, "utf-8")
    vocabulary = build_vocabulary("Disease", [tmp_path / "disease.tsv"])
    rules = Normalizer({"Disease": [vocabulary]})
    rewritten = rules.link("yelow fever", "Disease")
    assert (rewritten.concepts, rewritten.method) == (("mesh:D005334",), "rule")
    index = Neighbours(
        {"Disease": [build_index(vocabulary, encoder=ENCODER)]}, encoder=ENCODER
    )
    both = Normalizer({"Disease": [vocabulary]}, index=index)
    nearer = both.link("yelow fever", "Disease")
    assert (nearer.concepts, nearer.method) == (("mesh:D015004",), "neural")
    assert (nearer.score or 0) >= (rewritten.score or 1)
    # No nearest name is as sure of this one: the rewrite stands.
    kept = both.link("blortian fever", "Disease")
    assert (kept.concepts, kept.method) == (("mesh:D005334",), "rule")


def test_an_index_goes_on_where_it_was_stopped(
    compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(LetterEncoder):
        encoded = 0
        limit = 3

        def encode(self, names: Sequence[str]) -> NDArray[np.float32]:
            if self.encoded >= self.limit:
                raise KeyboardInterrupt
            self.encoded += 1
            return super().encode(names)

    monkeypatch.setattr("kgbuild.normalize.name_index._PORTION", 4)
    vocabulary = Vocabulary.open(compiled / "disease.vocab")
    whole = list(vocabulary.names_by_key())
    first: Any = Stopped()
    with pytest.raises(KeyboardInterrupt):
        build_index(vocabulary, encoder=first)
    assert not index_folder(compiled / "disease.vocab").exists()
    second: Any = Stopped()
    second.limit = 100
    made = build_index(vocabulary, encoder=second)
    assert second.encoded == -(-len(whole) // 4) - 3
    assert [made.key(row) for row in range(len(made))] == [key for key, _ in whole]
    asked = ENCODER.encode([text for _, text in whole])
    best = [near[0].key for near in made.search(asked, limit=1)]
    assert best == [key for key, _ in whole]
    assert not list(compiled.glob(".*"))
