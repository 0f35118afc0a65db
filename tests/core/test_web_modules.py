"""Joining ES modules: what goes together, and what is refused when the app starts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from securechat.sealed import page
from securechat.web.modules import ModuleError, join

UI = Path(__file__).parents[2] / "securechat" / "ui"
FILES = sorted(UI.rglob("*.js"))
ENTRIES = [path for path in FILES if "\nexport default " in f"\n{path.read_text()}"]


def write(folder: Path, **files: str) -> Path:
    """Write modules, each under its name, and return the path of `main`."""
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text)
    return folder / "main.js"


def test_what_is_imported_comes_first_and_once(tmp_path: Path) -> None:
    """A file that two others need is there once, before both; the words for it are gone."""
    main = """
import { two } from "./two.js";
import { one } from "./one.js";
export default function () {}
"""
    two = """
import {
  one,
} from "./one.js";
export const two = 2 * one;
"""
    joined = join(write(tmp_path, main=main, two=two, one="export const one = 1;\n"))
    assert [line for line in joined.splitlines() if line] == [
        "const one = 1;",
        "const two = 2 * one;",
        "export default function () {}",
    ]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"main": 'import * as all from "./a.js";\nexport default function () {}\n'}, "cannot have this"),
        ({"main": 'import { a as b } from "./a.js";\nexport default function () {}\n'}, "exports no a as b"),
        ({"main": 'import a from "./a.js";\nexport default function () {}\n'}, "cannot have this"),
        ({"main": 'import { a } from "a";\nexport default function () {}\n'}, "cannot have this"),
        ({"main": 'import { c } from "./a.js";\nexport default function () {}\n'}, "a.js exports no c"),
        ({"main": 'import { own } from "./a.js";\nexport default function () {}\n'}, "a.js exports no own"),
        ({"main": 'import { x } from "./none.js";\nexport default function () {}\n'}, "no file none.js"),
        (
            {"main": 'import { a } from "./a.js";\nconst own = 1;\nexport default function () {}\n'},
            "own, too",
        ),
        ({"main": "export const a = 1;\n"}, "exports no default"),
        ({"main": "export { a };\nexport default function () {}\n"}, "cannot have this"),
        ({"main": "const { x } = y;\nexport default function () {}\n"}, "one by one"),
        (
            {
                "main": 'import { x } from "./b.js";\nexport default function () {}\n',
                "b": "export default 1;\n",
            },
            "cannot have this",
        ),
        (
            {
                "main": 'import { x } from "./b.js";\nexport default function () {}\n',
                "b": 'import { y } from "./c.js";\nexport const x = 1;\n',
                "c": 'import { x } from "./b.js";\nexport const y = 1;\n',
            },
            "imports itself, by way of c.js",
        ),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    """By a message that names the file and what is wrong in it."""
    entry = write(tmp_path, a="export const a = 1;\nconst own = 2;\n", **files)
    with pytest.raises(ModuleError, match=re.escape(problem)):
        join(entry)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: str(path.relative_to(UI)))
def test_every_component_can_be_joined(entry: Path) -> None:
    """All modules of this app go together, each entry with what it imports, and nothing is left to import."""
    assert not re.search(r"^import\b", join(entry), re.MULTILINE)


@pytest.mark.parametrize("entry", FILES, ids=lambda path: str(path.relative_to(UI)))
def test_no_name_of_another_module_is_used_unasked(entry: Path) -> None:
    """A file imports what it uses of others: it is a module also where nothing is joined."""
    exported = {
        name
        for path in UI.rglob("*.js")
        for name in re.findall(
            r"^export (?:async )?(?:function\*?|class|const|let) ([\w$]+)", path.read_text(), re.M
        )
    }
    text = entry.read_text()
    known = set(re.findall(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) ([\w$]+)", text, re.M))
    for names in re.findall(r"^import \{([^}]*)\}", text, re.M):
        known |= {name.strip() for name in names.split(",")}
    code = re.sub(r"//[^\n]*|^  (?:get )?\w+\([^\n]*\{$", "", text, flags=re.M)  # comments, heads of methods
    used = {name for name in exported if re.search(rf"(?<![.\w$\"'-]){re.escape(name)}(?=[(.])", code)}
    assert used <= known


def test_every_file_is_a_true_module(tmp_path: Path) -> None:
    """Node takes them as they are, with their imports: no joining is needed to read or to check them."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here")
    folder = tmp_path / "ui"
    sealed = tmp_path / "sealed" / "page"
    for source, to in ((UI, folder), (page.FOLDER, sealed)):
        shutil.copytree(
            source, to, ignore=lambda path, names: [n for n in names if n.endswith((".py", ".pyc"))]
        )
    for path in page.SHARED:
        shutil.copy(path, sealed)  # where the browser finds them
    (tmp_path / "package.json").write_text('{"type": "module"}')
    files = sorted(tmp_path.rglob("*.js"))
    # Each is linked with all that it imports, and a name that is not there is an error; none is run.
    script = """
        import { readFileSync } from "node:fs";
        import { dirname, resolve } from "node:path";
        import vm from "node:vm";
        const modules = new Map();
        const load = (path) => {
          if (!modules.has(path)) {
            modules.set(path, new vm.SourceTextModule(readFileSync(path, "utf8"), { identifier: path }));
          }
          return modules.get(path);
        };
        for (const path of process.argv.slice(2)) {
          if (load(path).status !== "unlinked") continue;
          await load(path).link((name, { identifier }) => load(resolve(dirname(identifier), name)));
        }
    """
    (tmp_path / "check.mjs").write_text(script)
    command = [
        node,
        "--experimental-vm-modules",
        "--no-warnings",
        str(tmp_path / "check.mjs"),
        *map(str, files),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stderr
