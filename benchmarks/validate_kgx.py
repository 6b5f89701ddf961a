"""What KGX's own validator says of a KGX export, without the network.

    python -m venv kgx-env
    kgx-env/bin/pip install kgx biolink-model prefixcommons
    kgbuild graph ANNOTATED -o kgx --format kgx --edges both
    kgx-env/bin/python -P benchmarks/validate_kgx.py kgx/nodes.tsv kgx/edges.tsv

Option -P keeps this folder's neo4j.py from being taken for the package. KGX looks up
the Biolink Model and its prefixes on the web; here both are those of the package
biolink-model. Its predicate mappings, which the validator does not use, are left out.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib.metadata import version
from importlib.resources import files


def main() -> None:
    """Print each kind of complaint with its count; exit 1 where there is one."""
    # Not of kgbuild: these are there in KGX's environment alone.
    import yaml
    from bmt import toolkit

    schema = files("biolink_model") / "schema/biolink_model.yaml"
    model = yaml.safe_load(schema.read_text("utf-8"))
    toolkit.Toolkit.__init__.__defaults__ = (str(schema), {"predicate mappings": []})

    from kgx import config
    from kgx.transformer import Transformer
    from kgx.validator import Validator

    prefixes: dict[str, object] = {}
    for name in model["default_curi_maps"]:
        registry = files("prefixcommons") / f"registry/{name}.jsonld"
        prefixes |= json.loads(registry.read_text("utf-8"))["@context"]
    config.jsonld_context_map["biolink"] = prefixes | model["prefixes"]

    validator = Validator()
    transformer = Transformer(stream=True)
    records: Counter[str] = Counter()

    def inspect(kind: object, record: list[object]) -> None:
        records[str(kind).rpartition(".")[2].lower()] += 1
        validator(kind, record)

    transformer.transform(
        input_args={"filename": sys.argv[1:], "format": "tsv"},
        output_args={"format": "null"},
        inspector=inspect,
    )
    print(f"KGX {version('kgx')}, Biolink Model {version('biolink-model')}")
    print(*(f"{count:,} {kind}s" for kind, count in sorted(records.items())), sep=", ")
    complaints = validator.get_errors()
    for level, kinds in complaints.items():
        for kind, messages in kinds.items():
            print(f"{level} {kind}: {len(messages):,}, as {next(iter(messages))}")
    print("nothing to complain of" if not complaints else "see above")
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
