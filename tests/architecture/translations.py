#!/usr/bin/env python3
"""Everything that is whole in Chinese stays so: each text has its line in resources/translations/zh.po, and no line is left over.
   translations.py SOURCE-FOLDER STRATA [--missing]

Whole are: the window (every tr() of app/window), the sentences of refusals (every say() and refused() with a literal) of
FOLDERS and the hints in literals behind them, the whole manual of
transforms, what an operator does in a sentence, causes of slowness, the words around a lesson's handout (said()), the titles and sentences of samples.json, and the names of what there is. Hints that are put together, formulas
of operators and the command line's own words are English. Places
(%1, {}) of a text have to stand in its translation, too. --missing prints what has no line, to be translated.
"""
import json, pathlib, re, subprocess, sys

FOLDERS = ["core/analysis", "core/index", "core/ir", "core/operators", "core/session", "core/tensor", "core/text",
           "core/transform", "core/verify", "passes", "app/lesson", "app/workbench"]
# What is said by name: kinds of nodes, of loops, of iterators, effects on the numbers, levels; what stands above
# steps that would help.
WORDS = ["function", "node", "value", "loop", "block", "buffer", "line", "constant", "serial", "parallel", "vectorized",
         "unrolled", "bound", "spatial", "reduce", "ordered", "exact", "reassociated", "approximate", "unsafe", "graph",
         "loops", "library", "hardware", "scalar code", "odd tail", "latency", "gathered elements", "slow operations",
         "data movement", "registers", "memory bound", "cold cache", "This would be legal:", "Or:",
         "definition", "derived", "asserted", "always", "within", "WRONG", "unjudged"]
root, strata = pathlib.Path(sys.argv[1]), sys.argv[2]


def literal_at(text, at):
    """The string literal that begins at `at`, with those that are written behind it; None: there is none."""
    parts = []
    while True:
        found = re.compile(r'\s*(?:u8)?"((?:[^"\\]|\\.)*)"').match(text, at)
        if not found:
            break
        parts.append(found.group(1))
        at = found.end()
    if not parts:
        return None
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), "".join(parts))


def texts(folder, calls, letters=2):
    for path in sorted((root / folder).rglob("*.cpp")) + sorted((root / folder).rglob("*.h")):
        text = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.M)
        for match in re.finditer(calls, text):
            found = literal_at(text, match.end())
            if found and re.search("[A-Za-z]{%d}" % letters, re.sub(r"%n|%\d", "", found)):
                yield found


def arguments(text, at):
    """The arguments of the call whose parenthesis ends at `at`."""
    depth, inside, starts = 1, False, [at]
    while depth:
        c = text[at]
        if inside:
            at += c == "\\"
            inside = c != '"'
        elif c == '"':
            inside = True
        elif c in "({[":
            depth += 1
        elif c in ")}]":
            depth -= 1
        elif c == "," and depth == 1:
            starts.append(at + 1)
        at += 1
    return [text[begin:end].strip(" \n,") for begin, end in zip(starts, starts[1:] + [at - 1])]


def hints(folder):
    """What would help, where a refusal says so in a literal: its third argument."""
    for path in sorted((root / folder).rglob("*.cpp")):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"\brefused\(", text):
            given = arguments(text, match.end())
            if len(given) > 2 and re.fullmatch(r'("(?:[^"\\]|\\.)*"\s*)+', given[2]):
                yield literal_at(given[2], 0)


def manual():
    answer = subprocess.run([strata, "transforms", "--json"], capture_output=True, text=True, check=True)
    for transform in json.loads(answer.stdout)["transforms"]:
        yield transform["title"]
        yield transform["summary"]
        yield transform["documentation"]
        for parameter in transform["parameters"]:
            yield parameter["summary"]


def summaries():
    """What an operator does: behind its name, or as its summary."""
    for path in sorted((root / "core/operators").glob("*.cpp")):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r'\.summary\s*=|"[A-Z]\w+",(?=\s*"[A-Z])', text):
            found = literal_at(text, match.end())
            if found and found.endswith("."):
                yield found


def needed():
    kinds = {"window": list(texts("app/window", r"\btr\(", 1)) + list(texts("app/window", r"\btranslate\(\s*\"\w*\",")),
             "refusals": [t for f in FOLDERS for t in texts(f, r"\b(?:say|refused)\(")],
             "hints": [t for f in FOLDERS for t in hints(f)],
             "manual": list(manual()),
             "operators": list(summaries()),
             "causes": list(texts("app/workbench", r'Waste::Kind::\w+,|\{"not scheduled",')),
             "words": WORDS,
             "handouts": list(texts("app/lesson", r"\bsaid\(")),
             "samples": [e[k] for e in json.loads((root / "samples/samples.json").read_text()) for k in ("title", "sentence")]}
    return {kind: sorted({t for t in all_ if t}) for kind, all_ in kinds.items()}


def catalogue():
    text = (root / "resources/translations/zh.po").read_text(encoding="utf-8")
    found = {}
    for match in re.finditer(r'^msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)^msgstr ((?:"(?:[^"\\]|\\.)*"\s*)+)', text, re.M):
        source, target = (literal_at(part, 0) for part in match.groups())
        if source in found:
            sys.exit(f"{source!r} stands twice in zh.po")
        found[source] = target
    return found


if __name__ == "__main__":
    wanted, known = needed(), catalogue() if (root / "resources/translations/zh.po").exists() else {}
    if "--missing" in sys.argv:
        print(json.dumps({k: [t for t in v if t not in known] for k, v in wanted.items()}, ensure_ascii=False, indent=1))
        sys.exit()
    faults = [f"{kind}: not translated: {text!r}" for kind, all_ in wanted.items() for text in all_ if not known.get(text)]
    every = {t for all_ in wanted.values() for t in all_}
    for source, target in known.items():
        if source and source not in every:
            faults.append(f"nothing says this any more: {source!r}")
        places = r"%\d|%n|\{\}"
        if source and sorted(re.findall(places, source)) != sorted(re.sub(r"\{\d\}", "{}", p) for p in re.findall(places + r"|\{\d\}", target)):
            faults.append(f"other places than in {source!r}: {target!r}")
    print("\n".join(faults) if faults else ", ".join(f"{kind}: {len(all_)}" for kind, all_ in wanted.items()))
    sys.exit(bool(faults))
