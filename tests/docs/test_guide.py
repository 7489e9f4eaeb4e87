"""The functions that execute guides: blocks that work, and blocks that do not."""

from pathlib import Path

import pytest

from tests.docs.guide import Block, blocks, follow

NEW_FILE = """\
diff --git a/models/new.py b/models/new.py
new file mode 100644
--- /dev/null
+++ b/models/new.py
@@ -0,0 +1 @@
+ANSWER = 42
"""
CHANGE = """\
--- a/models/new.py
+++ b/models/new.py
@@ -1 +1 @@
-ANSWER = 42
+ANSWER = 43
"""
PRINT = """$ python -c "import models.new; print('answer', models.new.ANSWER); print('done in 3 s')"\n"""


def write(directory: Path, *parts: tuple[str, str]) -> Path:
    guide = directory / "guide.md"
    guide.write_text("# A guide\n\n" + "\n".join(f"Words.\n\n```{info}\n{text}```\n" for info, text in parts), "utf-8")
    return guide


def test_blocks_have_their_info_and_line() -> None:
    markdown = "Text with `code`.\n\n```diff\n-a\n+b\n```\n\n````markdown\n```python\n```\n````\n\n```\nplain\n```\n"
    assert blocks(markdown) == [
        Block("diff", "-a\n+b\n", 3),
        Block("markdown", "```python\n```\n", 8),
        Block("", "plain\n", 13),
    ]


def test_diffs_and_commands_are_executed_in_order(tmp_path: Path) -> None:
    guide = write(
        tmp_path,
        ("diff", NEW_FILE),
        ("console", PRINT + "answer 42\ndone in …\n"),
        ("python", "this is only shown\n"),
        ("diff", CHANGE),
        ("console", PRINT + "answer 43\n"),
    )
    tree = follow(guide, tmp_path)
    assert (tree / "models" / "new.py").read_text() == "ANSWER = 43\n"
    assert (tree / "pyproject.toml").is_file()
    assert not (tree / ".git").exists()


@pytest.mark.parametrize(
    ("info", "text", "complaint"),
    [
        ("diff", CHANGE, r"guide\.md:5: the diff does not apply"),
        ("console", "$ python -c 'raise SystemExit(3)'\n", r"guide\.md:5: .* status 3"),
        ("console", "$ python -c 'print(1)'\n2\n", r"guide\.md:5: .* does not print '2'"),
        ("console", "$ python -c 'print(1); print(2)'\n2\n1\n", r"does not print '1'"),
    ],
)
def test_a_block_that_does_not_work_fails_with_its_line(tmp_path: Path, info: str, text: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        follow(write(tmp_path, (info, text)), tmp_path)
