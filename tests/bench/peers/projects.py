"""A generated project, in the policy language and as SQL of the same policies in as many files."""

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# The only literal that an edit changes, in a policy of either form, with a number for each edit.
OURS = re.compile(r"(?<=col\('amount'\) > lit\()\d+(?=\))")
SQL = re.compile(r"(?<=amount > )\d+")


@dataclass
class Layout:
    """A folder, and the file in it that is edited."""

    folder: Path
    file: Path
    literal: re.Pattern
    language: str
    # Open besides, as in an editor with another tab.
    others: tuple = ()


@dataclass
class Project:
    """The same policies in both forms, and in one file or many."""

    tables: int
    ours: Path
    layouts: dict
    schema: str
    policies: str


def output(*command, cwd=None, accept=(0,)):
    """What a program prints; it must end with one of these codes."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=cwd)
    if done.returncode not in accept:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}{done.stdout}")
    return done.stdout


def by_table(compiled):
    """The statements of each table, by its bare name."""
    # Each part begins with a line, the table's name, and another line.
    parts = re.split(r"^-- =+\n-- (\S+)\n-- =+\n", compiled, flags=re.MULTILINE)
    return {name.rpartition(".")[2]: text.strip() + "\n\n" for name, text in zip(parts[1::2], parts[2::2])}


def edited(files):
    """Of files in the order of their names, the one in the middle of those with a literal to change."""
    found = [path for path, literal in files if literal.search(path.read_text())]
    return found[len(found) // 2]


def generate(generator, pgpe, folder, tables):
    """Has a project made and writes its other forms beside it."""
    ours = folder / "many"
    output(*shlex.split(generator), ours, tables)
    schema = (ours / "schema.sql").read_text()
    compiled = output(pgpe, "compile", cwd=ours)
    policies = by_table(compiled)

    one = folder / "one"
    one.mkdir()
    for name in ("pgpe.yaml", "schema.sql"):
        shutil.copy(ours / name, one)
    (one / "policies").mkdir()
    sources = sorted((ours / "policies").iterdir())
    (one / "policies" / "all.policy").write_text("\n".join(path.read_text() for path in sources))

    sql = folder / "sql_many"
    (sql / "policies").mkdir(parents=True)
    (sql / "schema.sql").write_text(schema)
    for source in sources:
        # A table's policies are where its own policy is; those that select by a column are with each table's.
        names = dict.fromkeys(re.findall(r"named\('(\w+)'\)", source.read_text()))
        if text := "".join(policies.pop(name) for name in names if name in policies):
            (sql / "policies" / f"{source.stem}.sql").write_text(text)
    if policies:
        sys.exit(f"policies in no file: {sorted(policies)}")
    sql_files = sorted((sql / "policies").iterdir())
    policies = "".join(path.read_text() for path in sql_files)

    sql_one = folder / "sql_one"
    sql_one.mkdir()
    (sql_one / "all.sql").write_text(f"{schema}\n{policies}")

    return Project(
        tables,
        ours,
        {
            ("ours", "many"): Layout(ours, edited([(path, OURS) for path in sources]), OURS, "pgpe-policy"),
            ("ours", "one"): Layout(one, one / "policies" / "all.policy", OURS, "pgpe-policy"),
            ("sql", "many"): Layout(
                sql, edited([(path, SQL) for path in sql_files]), SQL, "sql", (sql / "schema.sql",)
            ),
            ("sql", "one"): Layout(sql_one, sql_one / "all.sql", SQL, "sql"),
        },
        schema,
        policies,
    )
