"""How long a person waits in the window: medians and spreads, and ratios to another build where one is named.

Each round runs a scenario once with each build, A B A B, so that a busy machine does not decide between them."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

# The whole table, and what is wanted of a row, in milliseconds; what a scenario cannot make of its models it leaves out.
SCENARIOS = ["start", "mm_relu", "MLP", "resnet50", "deep_bert", "again", "nodes", "group", "pan", "assembly"]
SLOW = ["steps", "lessons", "lecture"]  # minutes: only where they are named
WANTED = {
    "start with the sample: first paint": 400,
    "mm_relu: select to linked panes": 100, "mm_relu: select to palette": 100,
    "mm_relu: step on one function to all panes": 25, "mm_relu: undo": 30,
    "MLP: select to linked panes": 100, "MLP: select to palette": 100, "MLP: undo": 30,
    "resnet50: select to linked panes": 100, "resnet50: select to palette": 100,
    "resnet50: step on one function to all panes": 100, "resnet50: undo": 30,
    "7,282 nodes: file to folded picture": 800,
    "10,398 nodes: file to folded picture": 800, "a group of 100 opened": 150,
    "panning over 2,000 boxes: 95 % of frames within": 16,
    "panning with 2,000 boxes in sight: 95 % of frames within": 16,
    "panning over 2,000 boxes, near: 95 % of frames within": 16,
    "200,000 lines of assembly: open": 200, "200,000 lines of assembly: a frame while scrolling": 16,
    "200,000 lines of assembly: find": 300,
    "resnet50, scheduled, started again: to its first run": 300,
    "bert_base, scheduled, started again: to its first run": 300,
    "resnet50: memory after 1,000 steps, in % of that after one": 150,
    "a lesson opened: from its program's start to its first picture": 2000,
    "lecture: a step by key, to all panes": 200,
    "lecture: a step by key, all that the window does for it, in its own processor time": 200,
}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench window", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="of " + ", ".join(SCENARIOS + SLOW))
    parser.add_argument("--models", default="", help="a folder with resnet50/model.onnx, deep_bert and bert_base")
    parser.add_argument("--against", help="the folder of programs of another build, which is run in turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=4, help="in each round")
    return parser.parse_args()


# A lecturer has the notes on one screen, and the class the other.
SCREENS = {"synchronousWindowSystemEvents": False, "windowFrameMargins": True, "screens": [
    {"name": name, "x": x, "y": 0, "width": 1920, "height": 1080, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    for name, x in (("notes", 0), ("class", 1920))]}


def platform(scenario, folder):
    """The environment that gives a lecture two screens, unless another platform is asked for."""
    if scenario != "lecture" or "QT_QPA_PLATFORM" in os.environ:
        return {}
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "screens.json")
    with open(path, "w") as file:
        json.dump(SCREENS, file)
    return {"QT_QPA_PLATFORM": f"offscreen:configfile={path}"}


def run(programs, scenario, options, first, store):
    """Row -> times."""
    command = [os.path.join(programs, "strata-bench-window"), "--only", scenario, "--times", str(options.times),
               "--first", str(first), "--models", options.models]
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **platform(scenario, store), "STRATA_CACHE": store})
    if done.returncode != 0:
        sys.exit(f"bench window: {command[0]} fails in {scenario}: {done.stderr.strip()}")
    rows = (line.split("\t") for line in done.stdout.splitlines())
    return {row[0]: [float(time) for time in row[1].split()] for row in rows}


def spread(times):
    times = sorted(times)
    at = lambda part: times[round(part * (len(times) - 1))]
    return f"{statistics.median(times):.1f} ({at(0.1):.1f} .. {at(0.9):.1f}, at most {times[-1]:.1f})"


def table(builds):
    new, old = builds[0], builds[1] if len(builds) > 1 else None
    print("| what, in ms: median (10 % .. 90 %) | here | wanted |" + (" there | ratio |" if old else ""))
    print("|---|---|---|" + ("---|---|" if old else ""))
    for row, times in new.items():
        line = f"| {row} | {spread(times)} | {WANTED.get(row, '')} |"
        if old and row in old:
            line += f" {spread(old[row])} | {statistics.median(times) / statistics.median(old[row]):.2f} |"
        print(line)


def main():
    options = arguments()
    programs = ["build/release/bin"] + ([options.against] if options.against else [])
    builds = [{} for _ in programs]
    with tempfile.TemporaryDirectory() as folder:
        for scenario in options.scenarios or SCENARIOS:
            for turn in range(options.rounds):
                for i, build in enumerate(builds):
                    store = os.path.join(folder, f"{scenario}-{turn}-{i}")
                    for row, times in run(programs[i], scenario, options, turn * options.times, store).items():
                        build.setdefault(row, []).extend(times)
    table(builds)


main()
