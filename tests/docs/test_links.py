import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/**/*.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_page_links_to_is_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    gone = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert gone == []


def test_the_readme_links_to_every_page() -> None:
    named = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in sorted((ROOT / "docs").glob("*.md")) if f"(docs/{page.name})" not in named] == []


def test_the_readme_names_only_what_make_knows() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in ("README.md", "CONTRIBUTING.md"):
        asked = re.findall(
            r"(?:^|`|URL=\S+ )make ([a-z]+(?: [a-z]+)*)`?", (ROOT / page).read_text("utf-8"), re.MULTILINE
        )
        assert asked
        assert {name for names in asked for name in names.split()} <= set(re.findall(r"(?m)^([a-z]+):", makefile))
