"""The image and the compose file: sound, without root, built where Docker runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def _docker() -> bool:
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(["docker", "info"], capture_output=True, check=False)
    return done.returncode == 0


def test_the_image_holds_what_the_package_is_made_of_and_no_more():
    stages = DOCKERFILE.split("FROM ")[1:]
    copied = re.findall(r"^COPY (.+) \S+$", stages[0], re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    let_in = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    assert names == let_in
    assert all((ROOT / name).exists() for name in names)
    assert "COPY" not in stages[1]


def test_the_image_runs_without_rights_and_is_small():
    last = DOCKERFILE.split("FROM ")[-1]
    assert last.startswith("python:3.13-slim")
    assert re.search(r"^USER [1-9]\d*$", last, re.MULTILINE)
    assert last.index("pip install --no-cache-dir") < last.index("\nUSER")
    assert not re.search(r"ADD |sudo|curl|TOKEN=\w", last)
    assert re.search(r"^VOLUME /data$", last, re.MULTILINE)
    extras = re.search(r"\[(service,mcp,sql)\]", last)
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert extras
    assert all(f"\n{name} = [" in project for name in extras.group(1).split(","))


def test_what_the_image_starts_is_a_command():
    from typer.testing import CliRunner

    from kgbuild.cli import make_app

    words = re.findall(r'"([^"]+)"', DOCKERFILE.rpartition("CMD [")[2])
    assert words[0] == "serve"
    shown = CliRunner().invoke(make_app(), ["serve", "--help"], env={"COLUMNS": "200"})
    for word in words:
        if word.startswith("--"):
            assert word in shown.output


def test_the_compose_file_opens_ports_to_this_machine_alone():
    text = (ROOT / "compose.yaml").read_text("utf-8")
    ports = re.findall(r'- "([\d.:]+:\d+)"', text)
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "KGBUILD_TOKEN:?" in text
    assert "read_only: true" in text
    (included,) = re.findall(r"include:\n  - (\S+)", text)
    assert (ROOT / included).exists()


@pytest.mark.slow
@pytest.mark.skipif(not _docker(), reason="Docker does not run here")
def test_the_image_is_built_and_answers():
    tag = "kgbuild-test"
    subprocess.run(["docker", "build", "-q", "-t", tag, ROOT], check=True)
    words = ["docker", "run", "--rm", "--read-only", tag]
    done = subprocess.run(
        [*words, "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("kgbuild")
    done = subprocess.run(
        [*words, "doctor"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
