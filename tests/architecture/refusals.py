#!/usr/bin/env python3
"""Every refusal of passes and core/analysis is reached by a test that holds its sentence, or is listed with its reason.   refusals.py SOURCE-FOLDER

A refusal is a call of refused(), or of a function of the same file that returns an Error and is given a part of the
sentence. It is known by the longest piece of text in its sentence, and counts as reached if a file under tests/ holds
that piece: tests compare sentences, so the test would fail without it. tests/refusals-unreached.txt lists the others, a line
each, "FILE | PIECE | why no test reaches it"; a line whose refusal is gone, or is reached after all, is a fault too.
Besides, no refusal anywhere is put together from pieces of text.
"""
import pathlib, re, sys

root = pathlib.Path(sys.argv[1])
listed_in = root / "tests/refusals-unreached.txt"
LEAST = 8  # letters; shorter pieces say nothing


def arguments(text, begin, first_only):
    depth, at, inside = 1, begin, False
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
        elif c == "," and depth == 1 and first_only:
            break
        at += 1
    return text[begin:at]


def piece(argument):
    argument = re.sub(r'"\s*\n\s*"', "", argument)
    literals = re.findall(r'"((?:[^"\\]|\\.)*)"', argument)
    found = [re.sub(r"\\(.)", r"\1", p).strip() for literal in literals for p in literal.split("{}")]
    return max(found, key=len, default="")


def refusals():
    for folder in ("passes", "core/analysis"):
        for path in sorted((root / folder).rglob("*.cpp")):
            text = path.read_text(encoding="utf-8")
            helpers = re.findall(r"^ *Error (\w+)\(", text, re.M)
            calls = "|".join([r"\brefused"] + [rf"(?<!Error )\b{helper}" for helper in helpers])
            for match in re.finditer(rf"(?:{calls})\(", text):
                given = arguments(text, match.end(), match.group() == "refused(")
                if "refused(" in given:
                    continue  # a helper that adds to a refusal, which is found by itself
                found = piece(given)
                if len(found) >= LEAST:  # else the sentence is made elsewhere
                    yield str(path.relative_to(root)), text.count("\n", 0, match.start()) + 1, found


def is_put_together(sentence):
    """Pieces of text joined by + are no pattern that could be translated or looked up: say("... {} ...", ...) is."""
    depth, outside = 0, ""
    for part in re.findall(r'"(?:[^"\\]|\\.)*"|.', sentence, re.S):
        depth += part in "([{"
        outside += ('"' if part[0] == '"' else part) if depth == 0 else ""
        depth -= part in ")]}"
    return re.search(r'"\s*\+|\+\s*"', outside) is not None


def put_together():
    for folder in ("core", "passes", "backends", "app"):
        for path in sorted((root / folder).rglob("*.cpp")):
            text = path.read_text(encoding="utf-8")
            for match in re.finditer(r"\brefused\(", text):
                if is_put_together(arguments(text, match.end(), True)):
                    yield f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}: a refusal is put together by +; say() keeps its arguments apart"


tests = ""
for path in sorted((root / "tests").rglob("*")):
    if path.is_file() and path.suffix in (".test", ".cpp", ".strata", ".h") and path != listed_in:
        tests += re.sub(r'"\s*\n\s*"', "", path.read_text(encoding="utf-8", errors="replace"))

listed = {}
for number, line in enumerate(listed_in.read_text(encoding="utf-8").splitlines(), 1):
    if line.strip() and not line.startswith("#"):
        file, text, reason = (part.strip() for part in line.split(" | "))
        listed[file, text] = number

faults, count, open_ = list(put_together()), 0, set()
for file, line, text in refusals():
    count += 1
    if text in tests:
        continue
    open_.add((file, text))
    if (file, text) not in listed:
        faults.append(f'{file}:{line}: no test holds "{text}"')
for (file, text), number in listed.items():
    if (file, text) not in open_:
        faults.append(f'refusals-unreached.txt:{number}: "{text}" of {file} is reached, or is no refusal any more')

print("\n".join(faults) if faults else f"{count} refusals, {len(open_)} listed with the reason why no test reaches them")
sys.exit(bool(faults))
