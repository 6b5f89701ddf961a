"""What a day of PubMed's updates costs a run, beside its first day.

    python benchmarks/updates.py --shared ../shared --work FOLDER

The abstracts of the drug reviews as files of PubMed XML, 500 each; then one file more,
with 40 that are revised, 50 that are new, and one that is deleted. Without the tagger,
which sees the 90 alone.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import time
from pathlib import Path
from xml.sax.saxutils import escape

import psutil

from kgbuild.pipeline import (
    AnnotationSettings,
    ExecutionSettings,
    GraphSettings,
    InputSettings,
    ReportSettings,
    RunSettings,
    run,
)

RECORD = (
    '<PubmedArticle><MedlineCitation><PMID Version="1">{}</PMID><Article><ArticleTitle>'
    "{}</ArticleTitle><Abstract><AbstractText>{}</AbstractText></Abstract></Article>"
    "</MedlineCitation></PubmedArticle>"
)


def main() -> None:
    """Print what both days took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    texts: dict[int, tuple[str, str]] = {}
    for file in sorted((options.shared / "corpora/abstracts").glob("*.jsonl.gz")):
        for row in map(json.loads, gzip.decompress(file.read_bytes()).splitlines()):
            if str(row.get("pmid")).isdigit():
                texts[int(row["pmid"])] = row["title"] or "", row["abstract"] or ""
    pmids = sorted(texts)
    parts = [pmids[first : first + 500] for first in range(0, len(pmids), 500)]
    for number, part in enumerate(parts, 1):
        write(options.work, number, [record(pmid, *texts[pmid]) for pmid in part])
    print(json.dumps(day(options.work)), flush=True)
    revised = [record(p, f"{texts[p][0]} Revised.", texts[p][1]) for p in pmids[-40:]]
    new = [record(10**8 + p, *texts[p]) for p in pmids[:50]]
    gone = f"<DeleteCitation><PMID>{pmids[0]}</PMID></DeleteCitation>"
    write(options.work, len(parts) + 1, [*revised, *new, gone])
    print(json.dumps(day(options.work)))


def record(pmid: int, title: str, abstract: str) -> str:
    """Return a record as PubMed writes it."""
    return RECORD.format(pmid, escape(title), escape(abstract))


def write(work: Path, number: int, records: list[str]) -> None:
    """Write a file as PubMed calls it."""
    file = work / "files" / f"pubmed26n{number:04d}.xml.gz"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def day(work: Path) -> dict[str, object]:
    """Run over the files that there are."""
    settings = RunSettings(
        input=InputSettings(files=(work / "files",)),
        output=work / "out",
        annotation=AnnotationSettings(stages=("sentences", "variants", "link")),
        graph=GraphSettings(exports=()),
        report=ReportSettings(html=False),
        run=ExecutionSettings(shard_size=500, processes=0),
    )
    process, started = psutil.Process(), time.perf_counter()
    before = process.cpu_times()
    made = run(settings)
    after = process.cpu_times()
    return {
        "files": len([*(work / "files").iterdir()]),
        "not_read": made.record["shards"]["files_not_read"],
        "documents": made.record["counts"]["documents"],
        **made.record["reused"],
        "cpu_s": round(after.user + after.system - before.user - before.system, 1),
        "seconds": round(time.perf_counter() - started, 1),
    }


if __name__ == "__main__":
    main()
