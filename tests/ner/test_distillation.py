"""From a teacher over its soft labels to a student of half its size, and back again."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from command_line import kgbuild
from invented import invented, write_corpus, write_encoder, write_recipe
from killing import run_and_kill

from kgbuild.corpus import write
from kgbuild.corpus.held_out import HeldOut
from kgbuild.document import Document
from kgbuild.errors import ConfigError, InputError
from kgbuild.ner.recipe import load_recipe
from kgbuild.ner.soft_labels import SoftLabels, label, log_probabilities

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.train

TASKS = {"ALL": ["Gene", "Disease"]}
DISTIL = """
[distil]
targets = "soft"
labels = ["abstracts.labels"]
[distil.student]
layers = [1]
feed_forward = 32
pieces = 48
places = 48
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a trained teacher, what it says of unlabelled texts, and a recipe."""
    from kgbuild.ner.export import export
    from kgbuild.ner.tagger import load_tagger
    from kgbuild.ner.training import train

    folder = tmp_path_factory.mktemp("school")
    write_corpus(folder / "ALL.jsonl", invented(240, seed=1, types=TASKS["ALL"]))
    write_corpus(folder / "abstracts.jsonl", invented(300, seed=2, types=["Cell"]))
    (folder / "held_out.txt").write_text(
        "\n".join(str(1000 + i) for i in range(180, 240)), "utf-8"
    )
    (folder / "encoder").mkdir()
    write_encoder(folder / "encoder")
    recipe = write_recipe(
        folder / "teacher.toml", encoder=folder / "encoder", tasks=TASKS
    )
    train(load_recipe(recipe), folder / "teacher")
    export(folder / "teacher", folder / "teacher", precision="fp32")
    label(
        _abstracts(folder), folder / "abstracts.labels",
        tagger=load_tagger(folder / "teacher", threads=2), task="ALL",
    )  # fmt: skip
    text = recipe.read_text("utf-8")
    head, _, tables = text.partition("[tasks]")
    tables, _, evaluated = tables.partition("[[evaluate]]")
    # Without gold: all that the student learns, it learns from the teacher.
    tables = tables.partition("[[corpora]]")[0]
    whole = f"{head}{DISTIL}[tasks]{tables}[[evaluate]]{evaluated}"
    (folder / "student.toml").write_text(whole, "utf-8")
    return folder


def _abstracts(folder: Path) -> list[object]:
    from kgbuild.corpus import read

    return list(read(folder / "abstracts.jsonl"))


def _f1(folder: Path) -> float:
    card = json.loads((folder / "tagger.json").read_text("utf-8"))
    score: float = card["f1"]["ALL:ALL"]["all"]
    return score


@pytest.fixture(scope="module")
def student(school: Path) -> Path:
    from kgbuild.ner.training import train

    return train(
        load_recipe(school / "student.toml"), school / "student",
        start_from=school / "teacher",
    )  # fmt: skip


def test_soft_labels_are_the_teachers_probabilities(school: Path) -> None:
    from kgbuild.ner.tagger import load_tagger
    from kgbuild.ner.windows import document_units

    labels = SoftLabels(school / "abstracts.labels")
    assert (labels.task, len(labels)) == ("ALL", 300)
    assert labels.labels == ("O-ALL", "B-Gene", "I-Gene", "B-Disease", "I-Disease")
    tagger = load_tagger(school / "teacher", threads=1)
    for given, (document, words) in zip(_abstracts(school), labels, strict=True):
        assert document == given.with_mentions(())
        kept = np.exp(log_probabilities(words.losses))
        for unit in document_units(
            document, tagger.reader.tokenizer, budget=0, limit=60
        ):
            ids, kinds = tagger.reader.wrap(unit, "ALL")
            scores = tagger.scorer([ids], [kinds])[0][unit.first_pieces + 2]
            scores = scores[:, tagger.reader.scheme.allowed("ALL")]
            chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
            rows = np.exp(log_probabilities(words.of_unit(unit)))
            # Half a step of a sixteenth, to either side.
            assert np.allclose(rows, chances, rtol=0.033, atol=1e-6)
        assert len(kept) == len(document.text.split())


def test_a_student_of_half_the_size_learns_without_gold(
    school: Path, student: Path
) -> None:
    config = json.loads((student / "config.json").read_text("utf-8"))
    assert config["num_hidden_layers"] == 1
    assert config["intermediate_size"] == 32
    assert config["max_position_embeddings"] == 48
    # Word pieces, and the two tags of the one task.
    assert config["vocab_size"] == 48 + 2
    assert _f1(student) > 90


def test_a_killed_labelling_ends_with_the_same_labels(school: Path) -> None:
    file = school / "killed.labels"
    arguments = ["label", school / "abstracts.jsonl", "-o", file]
    arguments += ["--tagger", school / "teacher"]
    assert run_and_kill(*arguments, kill_at=2) == -signal.SIGKILL
    with pytest.raises(InputError, match="has not ended: start `kgbuild label` again"):
        SoftLabels(file)
    assert kgbuild(*arguments).returncode == 0
    whole = SoftLabels(school / "abstracts.labels")
    for (one, words), (other, others) in zip(SoftLabels(file), whole, strict=True):
        assert one == other
        assert (words.losses == others.losses).all()


def test_a_killed_student_ends_with_the_same_weights(
    school: Path, student: Path
) -> None:
    folder = school / "killed"
    arguments = ["train", school / "student.toml", "--from", school / "teacher"]
    arguments += ["-o", folder]
    assert run_and_kill(*arguments, kill_at=3) == -signal.SIGKILL
    assert (folder / "checkpoint.pt").exists()
    assert kgbuild(*arguments).returncode == 0
    for name in ("model.safetensors", "tokenizer.json", "tagger.json"):
        assert (folder / name).read_bytes() == (student / name).read_bytes()


def test_targets_and_temperature_change_the_loss(school: Path) -> None:
    import torch

    from kgbuild.ner.storage import load_network

    network, tokenizer, _ = load_network(school / "teacher")
    recipe = load_recipe(school / "student.toml")
    from kgbuild.ner.training import _taught

    file = school / "abstracts.labels"
    reader = network.reader(tokenizer)
    examples = list(_taught(file, network, reader, recipe.training, HeldOut()))[:8]
    batch = network.eval().collate(examples)
    losses = {}
    for targets in ("soft", "hard", "mixed"):
        for temperature in (1.0, 3.0):
            network.distillation = replace(
                recipe.distil, targets=targets, temperature=temperature
            )
            with torch.no_grad():
                losses[targets, temperature] = float(network.loss(batch))
    assert losses["hard", 1.0] == losses["hard", 3.0]
    assert losses["soft", 1.0] != losses["soft", 3.0]
    assert losses["mixed", 1.0] == pytest.approx(
        (losses["soft", 1.0] + losses["hard", 1.0]) / 2
    )
    # A network that is its own teacher has the smallest soft loss: the entropy.
    chances = batch.teacher.softmax(-1)
    entropy = -(chances * batch.teacher.log_softmax(-1)).sum(-1).mean()
    assert losses["soft", 1.0] == pytest.approx(float(entropy), rel=0.05, abs=1e-3)


def test_other_documents_do_not_go_on_in_a_file(school: Path, tmp_path: Path) -> None:
    from kgbuild.ner.tagger import load_tagger

    tagger = load_tagger(school / "teacher", threads=1)
    file, abstracts = tmp_path / "some.labels", _abstracts(school)
    assert label(abstracts[:70], file, tagger=tagger, task="ALL") == 70
    # More of the same is no fault: it goes on.
    assert label(abstracts[:100], file, tagger=tagger, task="ALL") == 100
    # Half of a surrogate pair is kept and passed over.
    broken = Document.from_text("a \ud800 b")
    for _ in range(2):
        assert label([broken], tmp_path / "1", tagger=tagger, task="ALL") == 1
    with closing(SoftLabels(tmp_path / "1")) as labels:
        assert [document.text for document, _ in labels] == [broken.text]
    with pytest.raises(ConfigError, match="has 100 documents, and they are not the"):
        label(abstracts[1:], file, tagger=tagger, task="ALL")
    with pytest.raises(
        ConfigError, match=r"option task must be one of ALL\. Got 'Gene'"
    ):
        label(abstracts, file, tagger=tagger, task="Gene")


def test_a_paper_in_two_files_is_labelled_once(school: Path, tmp_path: Path) -> None:
    abstracts = _abstracts(school)
    write(abstracts[:4], tmp_path / "one.jsonl")
    write(abstracts[2:6], tmp_path / "two.jsonl")
    done = kgbuild(
        "label", tmp_path / "one.jsonl", tmp_path / "two.jsonl",
        "-o", tmp_path / "some.labels", "--tagger", school / "teacher",
    )  # fmt: skip
    assert "of 6 documents" in done.stdout
    assert "2 that came again are left out" in done.stdout
    kept = [document.id for document, _ in SoftLabels(tmp_path / "some.labels")]
    assert kept == [document.id for document in abstracts[:6]]


def test_what_cannot_be_read_leaves_no_file_of_labels(tmp_path: Path) -> None:
    output = tmp_path / "out.labels"
    done = kgbuild("label", tmp_path / "absent.jsonl", "-o", output)
    assert done.returncode == 2
    assert "absent.jsonl" in done.stderr
    assert not output.exists()


def test_files_that_are_no_labels_are_said(school: Path, tmp_path: Path) -> None:
    text, other, bent = (tmp_path / name for name in ("a.txt", "b.db", "c.labels"))
    text.write_text("no labels " * 100, "utf-8")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE about (key, value)")
    connection.close()
    for file in (text, other, tmp_path / "missing"):
        with pytest.raises(InputError, match="no file of soft labels"):
            SoftLabels(file)
    bent.write_bytes((school / "abstracts.labels").read_bytes())
    with sqlite3.connect(bent) as connection:
        connection.execute("UPDATE documents SET losses = words WHERE number = 3")
    connection.close()
    with pytest.raises(InputError, match=r"labels of document 3 are damaged"):
        list(SoftLabels(bent))


def test_what_cannot_be_distilled_is_said(school: Path, tmp_path: Path) -> None:
    from kgbuild.ner.training import train

    text = (school / "student.toml").read_text("utf-8")
    for change, told in (
        (
            ("layers = [1]", "layers = [1, 7]"),
            r"layers 0 to 1: leave 7 out of `layers`",
        ),
        (('"soft"', '"warm"'), r"distil\.targets"),
        (
            ('"Disease"]', '"Disease", "Cell"]'),
            r"student has O-ALL, B-Gene, .*, I-Cell: list",
        ),
    ):
        assert change[0] in text
        file = school / "wrong.toml"
        file.write_text(text.replace(*change), "utf-8")
        with pytest.raises(ConfigError, match=told):
            train(load_recipe(file), tmp_path / "x", start_from=school / "teacher")
