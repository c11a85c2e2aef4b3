"""The comparison as Markdown."""

import os
import platform
from collections import Counter
from datetime import date

WORDS = {"FAILED": "LEAK", "PROVEN": "PROVEN", "UNKNOWN": "UNVERIFIED"}
WORDS_OF_PGRLS = {"leak": "LEAK", "isolated": "PROVEN", "unverified": "UNVERIFIED"}


def table(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def label(case):
    return case["number"], case["title"]


def isolation_row(row):
    ours, our_mark = row["ours"]
    cells = [*label(row["case"]), row["what"], row["true"], ours]
    if "theirs" not in row:
        return [*cells, "no policy to judge", our_mark, "–"]
    theirs, their_mark, how = row["theirs"]
    word = WORDS[theirs] + (f" ({how})" if how else "")
    if theirs == "UNKNOWN" and row["lint"]:
        word += f"; lint: {', '.join(row['lint'])}"
    return [*cells, word, our_mark, their_mark]


def rule_row(row):
    said = {True: "reported", False: "not reported"}
    true = {True: "to be reported", False: "not to be reported"}[row["true"]]
    ours, our_mark = row["ours"]
    theirs, their_mark = row.get("theirs", (None, "–"))
    cells = [*label(row["case"]), row["what"], true, said[ours]]
    return [*cells, said.get(theirs, "no such rule"), our_mark, their_mark]


def totals(rows):
    marks = ["right", "gives up", "silent", "FALSE PROOF", "false alarm"]
    ours = Counter(row["ours"][1] for row in rows)
    theirs = Counter(row["theirs"][1] if "theirs" in row else "not judged" for row in rows)
    present = [mark for mark in [*marks, "not judged"] if ours[mark] or theirs[mark]]
    return table(
        ["", *present],
        [["pgpe", *(str(ours[mark]) for mark in present)], ["pgrls", *(str(theirs[mark]) for mark in present)]],
    )


def system():
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.system()
    return f"{os.cpu_count()} cores, {platform.machine()}, {name}, Python {platform.python_version()}"


def or_nowhere(head, rows):
    return table(head, rows) if rows else "Nowhere."


def report(versions, isolation, rules, refused, anonymous, notes):
    """The whole page."""
    head = ["case", "about", "table", "true", "pgpe", "pgrls", "pgpe is", "pgrls is"]
    head_of_rules = ["case", "about", "rule", "true", "pgpe", "pgrls", "pgpe is", "pgrls is"]
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    by_default = [
        [*label(row["case"]), row["what"], row["true"], WORDS[row["by default"][0]], row["by default"][1]]
        for row in isolation
        if "by default" in row and row["by default"][0] not in ("UNKNOWN", row["theirs"][0])
    ]
    anonymous_verdict, anonymous_rows = anonymous
    return f"""# pgpe and pgrls on the known cases

Written by `tests/peers/compare.py` on {date.today()}: {told}; {system()}.

{notes.strip()}

## Tenant isolation

{totals(isolation)}

{table(head, map(isolation_row, isolation))}

Where pgrls says more by its defaults, which take other columns too for a tenant's:

{or_nowhere(["case", "about", "table", "true", "pgrls by default", "pgrls is"], by_default)}

Case 29, with `current_setting(…, true)`: by `pgrls verify --mode anon`, that no session without settings reads a row is
{WORDS_OF_PGRLS[anonymous_verdict]}. On the server, such a session read {anonymous_rows} of the 1 row with kind `'A'`.

## Other rules

{totals(rules)}

{table(head_of_rules, map(rule_row, rules))}

`pgpe compile` writes no SQL for cases {", ".join(refused)}, whose policies it finds in error."""
