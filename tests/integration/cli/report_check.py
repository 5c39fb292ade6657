#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares a report with what train said it would do wrong.

    report_check.py clean REPORT.json RANKS
    report_check.py fault REPORT.json OUTPUT RANKS     OUTPUT: what the job printed
    report_check.py died REPORT.json RANK
    report_check.py events REPORT.json REPORT.json     both saw the same calls

Exit status: 0 when all is as it should be, else 1 after a line for each thing that is not.
"""

import json
import re
import sys

CODES = {
    "op": "op-mismatch",
    "count": "count-mismatch",
    "dtype": "dtype-mismatch",
    "redop": "redop-mismatch",
    "root": "root-mismatch",
    "skip": "missing-call",
    "extra": "extra-call",
    "swap": "order-mismatch",
    "p2p-missing": "p2p-unmatched",
    "p2p-size": "p2p-size-mismatch",
    "init-missing": "communicator-init",
    "die": "rank-died",
}

# What a vote decides. Between two members it is a tie, and then what they called in the steps before decides, which is
# likely but not certain; at step 0 nothing does.
VOTED = {"op", "count", "dtype", "redop", "root", "skip", "extra", "swap"}

problems = []


def expect(what, seen, wanted):
    if seen != wanted:
        problems.append(f"{what}: {seen!r}, expected {wanted!r}")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def expand(ranges):
    """'0-2,5' -> {0, 1, 2, 5}"""
    ranks = set()
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        ranks.update(range(int(first), int(last or first) + 1))
    return ranks


def check_form(report):
    """What holds for every report: the fields, and that references lead somewhere."""
    expect("format", report["format"], "lockstep-report")
    expect("version", report["version"], 1)
    for place, communicator in enumerate(report["communicators"]):
        expect("id of a communicator", communicator["id"], place)
    for finding in report["findings"]:
        cause = finding["caused_by"]
        if cause is not None and not 0 <= cause < len(report["findings"]):
            problems.append(f"caused_by {cause} leads nowhere")
        if finding["communicator"] is not None:
            named = report["communicators"][finding["communicator_id"]]["name"]
            expect("communicator of a finding", finding["communicator"], named)
        if not finding["explanation"]:
            problems.append(f"{finding['code']} has no explanation")


def check_clean(report, ranks):
    expect("verdict", report["verdict"], "clean")
    expect("findings", report["findings"], [])
    expect("lost", report["lost"], 0)
    expect("ranks", report["ranks"], ranks)
    expect("size of world", [c["size"] for c in report["communicators"] if c["name"] == "world"], [ranks])
    if report["events"] <= 0:
        problems.append("no events")


def the_cause(report):
    """The only finding that is no consequence of another."""
    causes = [f for f in report["findings"] if f["root_cause"] and f["severity"] == "error"]
    if len(causes) != 1:
        told = [(f["code"], f["ranks"], f["communicator"], f["index"]) for f in causes]
        problems.append(f"one cause expected, not {told}")
        return None
    for finding in report["findings"]:
        if finding is not causes[0] and finding["severity"] == "error" and finding["caused_by"] is None:
            problems.append(f"{finding['code']} of {finding['ranks']} is linked to no cause")
    return causes[0]


def check_sides(finding, culprit):
    """The faulty rank stands alone on one side, and the others on the other."""
    sides = [expand(group["ranks"]) for group in finding["expected"] + finding["observed"]]
    if {culprit} not in sides:
        problems.append(f"rank {culprit} does not stand alone in {sides}")


def check_call(finding, said, ranks):
    kind, culprit = said["kind"], int(said["rank"])
    expect("code", finding["code"], CODES[kind])
    if kind not in VOTED:
        expect("culprits", finding["ranks"], [culprit])
        return
    tie = ranks == 2
    undecidable = tie and said["step"] == "0"
    expect("culprits", finding["ranks"], list(range(ranks)) if undecidable else [culprit])
    expect("confidence", finding["confidence"], "undecided" if undecidable else "likely" if tie else "certain")
    expect("communicator", finding["communicator"], "world")
    expect("index", finding["index"], int(said["index"]))
    check_sides(finding, culprit)


def check_message(report, finding, said):
    kind, culprit = said["kind"], int(said["rank"])
    expect("code", finding["code"], CODES[kind])
    expect("culprits", finding["ranks"], [culprit])
    expect("index", finding["index"], int(said["message"]))
    members = set(report["communicators"][finding["communicator_id"]]["members"])
    if not {int(said["source"]), int(said["destination"])} <= members:
        problems.append(f"the message is not on a communicator with members {sorted(members)}")


def check_fault(report, output, ranks):
    said = re.search(
        r"^train: fault (?P<kind>\S+) at step (?P<step>\d+) on rank (?P<rank>\d+): "
        r"(?:call index (?P<index>\d+) of the world communicator"
        r"|message (?P<message>\d+) from world rank (?P<source>\d+) to world rank (?P<destination>\d+) "
        r"on the \S+ communicator)$",
        output,
        re.MULTILINE,
    )
    if not said:
        problems.append("train did not say which fault it made")
        return
    said = said.groupdict()
    expect("verdict", report["verdict"], "mismatch")
    expect("lost", report["lost"], 0)
    finding = the_cause(report)
    if not finding:
        return
    if said["message"] is None:
        check_call(finding, said, ranks)
    else:
        check_message(report, finding, said)


def check_died(report, rank):
    expect("verdict", report["verdict"], "mismatch")
    finding = the_cause(report)
    if finding:
        expect("code", finding["code"], "rank-died")
        expect("culprits", finding["ranks"], [rank])


def check_events(report, other):
    """Same calls on the same communicators: ids aside, the reports agree."""

    def counts(of):
        return sorted((c["name"], c["size"], c["collectives"], c["point_to_point"]) for c in of["communicators"])

    expect("events", report["events"], other["events"])
    expect("calls", counts(report), counts(other))


def main():
    what, path, *rest = sys.argv[1:]
    report = load(path)
    check_form(report)
    if what == "clean":
        check_clean(report, int(rest[0]))
    elif what == "fault":
        with open(rest[0], encoding="utf-8", errors="replace") as file:
            check_fault(report, file.read(), int(rest[1]))
    elif what == "died":
        check_died(report, int(rest[0]))
    elif what == "events":
        check_events(report, load(rest[0]))
    else:
        sys.exit(__doc__)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
