"""What README and docs name is there: commands, targets, files, links. And no file tells of a machine or a registry."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from assurance.settings import REPOSITORY, Settings
from tools import reference

PAGES = sorted(
    str(path.relative_to(REPOSITORY)) for path in (*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"))
)
BY_HAND = [page for page in PAGES if not page.startswith("docs/reference/")]
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.M)
COMMAND = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?assurance ([a-z]+)\b")
TARGET = re.compile(r"^make (?:PYTHON=\S+ )?([a-z][a-z-]*)", re.M)
WRITTEN = (
    "var",
    "sent",
    "landing",
    "kept",
    "checked",
    "archive",
    "receipts",
    "releases",
    "mail",
    "airflow",
    "areas",
    "letters",
    "trace",
    "catalogues",
)
"""Folders under ASSURANCE_HOME and in a release: they are there once something has run."""
ROOTS = ("", "plugins/", "plugins/assurance/", "plugins/assurance/intake/", "plugins/assurance/warehouse/")
"""Where a path in a page may start."""
ENDINGS = (".py", ".md", ".sql", ".yaml", ".csv", ".toml", ".lock", ".sh", ".jinja", ".css", ".json", ".html", ".png")
MADE = {
    *("national.html", "shareable.html", "shareable.csv", "figures.csv", "restatement.csv", "manifest.json"),
    *("report.html", "reader.py", "national.xlsx", "shareable.xlsx"),
}


def read(page: str) -> str:
    return (REPOSITORY / page).read_text(encoding="utf-8")


def code(page: str) -> str:
    """The code of a page: spans and blocks, without the sentences around them."""
    text = read(page)
    blocks = FENCE.findall(text)
    return "\n".join([*blocks, *SPAN.findall(FENCE.sub("", text))])


@cache
def targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z-]+):.*##", read("Makefile"), re.M))


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is in the repository or would be if all were added; the test is skipped outside a clone."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip("this is no clone: git cannot list its files")
    return tuple(path for name in done.stdout.split("\0") if name and (path := REPOSITORY / name).is_file())


def anchors(page: str) -> set[str]:
    """What a link into a page may point at."""
    words = (re.sub(r"[^\w -]", "", heading.lower()) for heading in HEADING.findall(FENCE.sub("", read(page))))
    return {heading.strip().replace(" ", "-") for heading in words}


def test_there_are_pages_to_look_at() -> None:
    wanted = {
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "docs/architecture.md",
        "docs/real-data.md",
    }
    assert wanted <= set(PAGES)


@pytest.mark.parametrize("page", BY_HAND)
def test_every_command_it_names_exists(page: str) -> None:
    known = set(reference.commands())
    assert {name for name in COMMAND.findall(code(page))} - known == set()


def test_the_readme_names_every_command_and_the_two_targets() -> None:
    assert set(COMMAND.findall(code("README.md"))) == set(reference.commands())
    assert {"demo", "test", "help"} <= set(TARGET.findall(code("README.md")))


@pytest.mark.parametrize("page", BY_HAND)
def test_every_make_target_it_names_exists(page: str) -> None:
    assert set(TARGET.findall(code(page))) - targets() == set()


@pytest.mark.parametrize("page", BY_HAND)
def test_every_setting_it_names_exists(page: str) -> None:
    known = {f"ASSURANCE_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"ASSURANCE_[A-Z_]+", read(page))) - known == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", read(page))):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        place = (REPOSITORY / page).parent / name if name else REPOSITORY / page
        if not place.exists() or (anchor and anchor not in anchors(str(place.resolve().relative_to(REPOSITORY)))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", BY_HAND)
def test_every_path_it_names_exists(page: str) -> None:
    text = FENCE.sub("", read(page))
    assert [span for span in SPAN.findall(text) if is_path(span) and not exists(span)] == []


@pytest.mark.parametrize(
    ("span", "path"),
    [
        ("tools/demo.py", True),
        ("expectations/", True),
        ("rules.yaml", True),
        ("docs/no-such-page.md", True),
        ("var/demo/", False),
        ("releases/<collection>/<period>/<number>/", False),
        ("-v02", False),
        ("outcomes|2026-10", False),
    ],
)
def test_what_is_taken_for_a_path(span: str, path: bool) -> None:
    assert is_path(span) is path


def test_a_path_that_is_not_there_is_found() -> None:
    assert not exists("docs/no-such-page.md")
    assert not exists("no_such_module.py")


def is_path(span: str) -> bool:
    """Whether a code span names a file or folder of the repository, as against one that is written by a run."""
    if re.search(r"[\s<>|*…=:$(){}\\]", span) or span.startswith(("-", ".json", ".csv", ".eml", ".html", ".venv")):
        return False
    if span in MADE or span.split("/")[0] in WRITTEN:
        return False
    return span.endswith(("/", *ENDINGS)) or (REPOSITORY / span.split("/")[0]).is_dir()


def exists(span: str) -> bool:
    """A path from the top or from the package; a bare name stands for a file somewhere."""
    if any((REPOSITORY / f"{root}{span}").exists() for root in ROOTS):
        return True
    return "/" not in span and any(path.name == span for path in tracked())


def test_the_tree_of_the_readme_is_there() -> None:
    (tree,) = (block for block in FENCE.findall(read("README.md")) if block.startswith("```\ndags/"))
    parents: list[str] = []
    for line in tree.split("\n")[1:-1]:
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())
        parents = parents[:depth]
        for name in [each for each in names if each.endswith(("/", ".py"))]:
            assert (REPOSITORY / "".join(parents) / name).exists(), line
        if names[0].endswith("/"):
            parents.append(names[0])


def test_the_changelog_has_the_version_of_the_package() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert f"\n## {project['version']}\n" in read("CHANGELOG.md")


def test_decisions_are_numbered_without_a_gap_and_say_the_same_number_twice() -> None:
    pages = sorted((REPOSITORY / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in pages] == list(range(1, len(pages) + 1))
    for number, path in enumerate(pages, start=1):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. ")
        assert HEADING.findall(text)[1:] == ["Context", "Decision", "Consequences"], path.name
        assert len(text.split("\n")) <= 70, f"{path.name} is longer than a page"


def test_the_picture_of_the_readme_is_small() -> None:
    assert (REPOSITORY / "docs" / "images" / "national.png").stat().st_size < 250_000


def test_no_file_names_a_place_on_a_machine_or_a_package_registry() -> None:
    # written in pieces, or this file would name them itself
    homes = "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me/[a-z]+", "Us" + "ers"))
    registries = (
        "py" + "pi.org",
        "python" + "hosted.org",
        "registry." + "npmjs",
        "deb." + "debian",
        "security." + "debian",
        "repo1." + "maven",
        "crates." + "io",
        "conda." + "anaconda",
    )
    machine = re.compile(rf"(?<![\w.)}}/])/(?:{homes})/")
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        if b"\0" in path.read_bytes()[:4096]:
            continue
        for number, line in enumerate(text.split("\n"), start=1):
            if machine.search(line) or any(registry in line for registry in registries):
                found.append(f"{path.relative_to(REPOSITORY)}:{number}")
    assert found == []
