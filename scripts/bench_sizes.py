"""One library for many sizes: exports a model once with its sizes open, runs it from Python and from C at several of them
against ONNX Runtime, and times it against libraries of fixed sizes.

Times are processor time on one thread, measured in turn (A B A B) in one process, so that what else the machine does decides
less; a ratio is the median over the rounds of the ratios within a round. `special` is a library that has a variant for the
size (graph.specialize) beside what serves any.
"""
import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from bench_models import OnnxRuntime, Strata, measure


class Model:
    """What a model takes, and its inputs at given sizes: those of its test data, over and over."""

    def __init__(self, folder):
        self.folder = folder
        graph = onnx.load(folder / "model.onnx", load_external_data=False).graph
        constants = {tensor.name for tensor in graph.initializer}
        self.inputs = [given for given in graph.input if given.name not in constants]
        self.data = []
        for i in range(len(self.inputs)):
            tensor = onnx.TensorProto()
            tensor.ParseFromString((folder / "test_data_set_0" / f"input_{i}.pb").read_bytes())
            self.data.append(numpy_helper.to_array(tensor))

    def at(self, sizes):
        values = {}
        for given, data in zip(self.inputs, self.data):
            names = [re.sub(r"\W", "_", dim.dim_param, flags=re.ASCII).strip("_") for dim in given.type.tensor_type.shape.dim]
            values[given.name] = np.resize(data, [sizes.get(name, data.shape[d]) for d, name in enumerate(names)])
        return values


def export(options, model, out, *arguments):
    """Tells what the library leaves open."""
    command = [options.strata, "export", str(model.folder), "--auto", "--isa", options.isa, "--out", str(out), "--weights", "file",
               "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench sizes: {' '.join(command)}\n{done.stderr}")
    return json.loads((out / "manifest.json").read_text())["sizes"]


def dims(sizes):
    return [word for name, size in sizes.items() for word in ("--dim", f"{name}={size}")]


def compile_example(out):
    prefix = json.loads((out / "manifest.json").read_text())["prefix"]
    subprocess.run(["cc", "example.c", "-o", "example", "-L.", f"-l{prefix}", "-Wl,-rpath,$ORIGIN"], cwd=out, check=True)


def c_example(out, sizes, inputs):
    """Floats and integers as the program prints them, all outputs in a row; or the sentence of its refusal."""
    files = []
    for i, value in enumerate(inputs.values()):
        files.append(out / f"input_{i}.bin")
        value.tofile(files[-1])
    words = [f"{name}={size}" for name, size in sizes.items()]
    done = subprocess.run(["./example", *words, *map(str, files)], cwd=out, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    return np.concatenate([np.array(line.partition(":")[2].split(), np.float64) for line in done.stdout.splitlines()])


def judge(options, model, out, sizes, open_sizes):
    """ONNX Runtime's outputs against those from Python, and these against those from C."""
    inputs = model.at(sizes)
    ours = Strata(out, 1, inputs)
    ours.run()
    peer = OnnxRuntime(model.folder / "model.onnx", 1, inputs)
    peer.run()
    expected = peer.binding.copy_outputs_to_cpu()
    error = max(float(np.max(np.abs(a.astype(np.float64) - b) / np.maximum(1, np.abs(b)), initial=0))
                for a, b in zip(ours.results, expected) if a.shape == b.shape or sys.exit("bench sizes: a shape differs"))
    printed = c_example(out, {name: size for name, size in sizes.items() if name in open_sizes}, inputs)
    if isinstance(printed, str):
        return error, printed
    flat = np.concatenate([one.ravel().astype(np.float64) for one in ours.results])
    same = printed.astype(np.float32).tobytes() == flat.astype(np.float32).tobytes()
    return error, "the same bits" if same else "OTHER BITS"


def refused(model, out, sizes):
    inputs = model.at(sizes)
    try:
        Strata(out, 1, inputs).run()
    except RuntimeError as error:
        return str(error)
    return "runs"


def median_ratio(times, name):
    return statistics.median(a / b for a, b in zip(times[name], times["fixed"]))


def timed(options, model, out, sizes, open_sizes, scratch):
    """Ratios to the library of fixed sizes."""
    inputs = model.at(sizes)
    name = "_".join(map(str, sizes.values()))  # a library under a path that was loaded before would be that one again
    fixed, special = scratch / f"fixed_{name}", scratch / f"special_{name}"
    export(options, model, fixed, *dims(sizes))
    subjects = {"fixed": Strata(fixed, 1, inputs), "any": Strata(out, 1, inputs)}
    if options.special:
        which = " and ".join(f"{name} == {size}" for name, size in sizes.items() if name in open_sizes)
        export(options, model, special, "--specialize", which)
        subjects["special"] = Strata(special, 1, inputs)
    times = measure(subjects, options)
    for folder in (fixed, special):
        shutil.rmtree(folder, ignore_errors=True)
    return statistics.median(times["fixed"]), {name: median_ratio(times, name) for name in subjects if name != "fixed"}


def sizes_from(text):
    return {name: int(size) for name, size in (one.split("=") for one in text.split(","))}


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench sizes", description=__doc__)
    parser.add_argument("model", type=Path, help="a folder in ONNX's test layout")
    parser.add_argument("--at", action="append", metavar="NAME=SIZE[,NAME=SIZE]", required=True, help="sizes to run it at")
    parser.add_argument("--beyond", action="append", default=[], metavar="NAME=SIZE", help="sizes that it should refuse")
    parser.add_argument("--special", action="store_true", help="also a library with a variant for each of the sizes")
    parser.add_argument("--no-times", action="store_true", help="only what comes out")
    parser.add_argument("--isa", default="native")
    parser.add_argument("--strata", default="build/release/bin/strata", metavar="PROGRAM")
    parser.add_argument("--seconds", type=float, default=5, help="of measuring, a size")
    options = parser.parse_args()
    options.threads = 1
    return options


def main():
    options = parse()
    model = Model(options.model)
    ratios = {}
    with tempfile.TemporaryDirectory(prefix="strata-sizes-") as scratch:
        out = Path(scratch) / "any"
        open_sizes = export(options, model, out)
        print(f"{options.model.name}: one library, {', '.join(open_sizes)} open")
        compile_example(out)
        for text in options.at:
            sizes = sizes_from(text)
            error, from_c = judge(options, model, out, sizes, open_sizes)
            line = f"{text:24s} error {error:.1e}  from C {from_c}"
            if not options.no_times:
                fixed, found = timed(options, model, out, sizes, open_sizes, Path(scratch))
                line += f"  fixed {fixed:9.2f} ms" + "".join(f"  {name} {value:.2f}" for name, value in found.items())
                for name, value in found.items():
                    ratios.setdefault(name, []).append(value)
            print(line, flush=True)
        for text in options.beyond:
            sizes = sizes_from(text)
            print(f"{text:24s} {refused(model, out, sizes)}")
            print(f"{'':24s} from C: {c_example(out, sizes, model.at(sizes))}")
    for name, values in ratios.items():
        print(f"{name}: geometric mean {statistics.geometric_mean(values):.3f} of the time of fixed sizes, {max(values):.2f} at most")


if __name__ == "__main__":
    main()
