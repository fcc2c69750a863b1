"""Strata's exported libraries against what other compilers make that need no framework when they run: IREE, TVM (Relax,
untuned) and emx-onnx-cgen (C, compiled by gcc -O3 -march=native). All untuned, on one thread, for this machine; in turn
(A B A B), the process's own time, a ratio within a round. What ships is told as well: weights included, and beside it what
of it is not weights; the runtime that IREE's module and TVM's library need comes on top (the size of that in their
wheels). Each model has a process of its own."""
import argparse
import ctypes
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

import bench_models as models

PEERS = ["iree", "tvm", "emx"]


def fixed(folder, inputs, path):
    """The model with the sizes of its test data."""
    model = onnx.load(folder / "model.onnx")
    for value in model.graph.input:
        if value.name in inputs:
            shape = value.type.tensor_type.shape
            shape.Clear()
            for size in inputs[value.name].shape:
                shape.dim.add().dim_value = size
    onnx.save(model, path)
    weights = sum(numpy_helper.to_array(one).nbytes for one in model.graph.initializer)
    return model, weights


def tool(name):
    return str(Path(sys.executable).with_name(name))


def call(command, seconds, folder):
    """Runs a program; its last line is the error."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name}: {(done.stderr.strip().splitlines() or ['ends with ' + str(done.returncode)])[-1]}")


class Iree:
    def __init__(self, path, model, inputs, expected, options):
        import iree.runtime as runtime
        folder = path.parent
        call([tool("iree-import-onnx"), str(path), "-o", "iree.mlir", "--opset-version", "17"], options.limit, folder)
        call([tool("iree-compile"), "iree.mlir", "--iree-hal-target-device=local",
              "--iree-hal-local-target-device-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=host", "-o", "iree.vmfb"],
             options.limit, folder)
        config = runtime.Config("local-sync")
        module = runtime.VmModule.mmap(config.vm_instance, str(folder / "iree.vmfb"))
        context = runtime.SystemContext(config=config)
        context.add_vm_module(module)
        names = [name for name in module.function_names if not name.startswith("__") and not name.endswith("$async")]
        self.function = context.modules[module.name][names[0]]
        self.inputs = [runtime.asdevicearray(config.device, value) for value in inputs.values()]
        self.bytes = (folder / "iree.vmfb").stat().st_size
        self.runtime = sum(p.stat().st_size for p in Path(runtime.__file__).parent.parent.glob("_runtime_libs/_runtime*.so"))

    def run(self):
        return self.function(*self.inputs)

    def results(self):
        out = self.run()
        return [np.asarray(one) for one in (out if isinstance(out, (tuple, list)) else [out])]


class Tvm:
    def __init__(self, path, model, inputs, expected, options):
        import tvm
        from tvm import relax
        from tvm.relax.frontend.onnx import from_onnx
        module = from_onnx(model, keep_params_in_input=False)
        compiled = tvm.compile(module, target=tvm.target.Target({"kind": "llvm", "mcpu": options.cpu}))
        library = path.parent / "tvm.so"
        compiled.export_library(str(library))
        self.machine = relax.VirtualMachine(compiled, tvm.cpu())
        self.inputs = [tvm.runtime.tensor(value) for value in inputs.values()]
        self.bytes = library.stat().st_size
        folder = Path(importlib.util.find_spec("tvm").origin).parent
        self.runtime = sum(p.stat().st_size for p in folder.rglob("libtvm_runtime.so"))

    def run(self):
        return self.machine["main"](*self.inputs)

    def results(self):
        out = self.run()
        return [one.numpy() for one in ([out] if hasattr(out, "numpy") else out)]


class Emx:
    def __init__(self, path, model, inputs, expected, options):
        folder = path.parent
        call([tool("emx-onnx-cgen"), "compile", str(path), "emx.c", "--large-weight-threshold", "1024", "--model-name", "model"],
             options.limit, folder)
        call(["gcc", "-O3", "-march=native", "-fPIC", "-shared", "emx.c", "-o", "emx.so", "-lm"], options.limit, folder)
        self.library = ctypes.CDLL(str(folder / "emx.so"))
        weights = folder / "model.bin"
        if weights.exists():
            self.library.model_load.argtypes, self.library.model_load.restype = [ctypes.c_char_p], ctypes.c_bool
            if not self.library.model_load(str(weights).encode()):
                raise RuntimeError("model_load fails")
        self.outputs = [models.aligned(value.shape, value.dtype) for value in expected]
        self.inputs = [np.ascontiguousarray(value) for value in inputs.values()]
        self.call = self.library.model
        self.arguments = [ctypes.c_void_p(array.ctypes.data) for array in [*self.inputs, *self.outputs]]
        self.bytes = (folder / "emx.so").stat().st_size + (weights.stat().st_size if weights.exists() else 0)
        self.runtime = 0

    def run(self):
        self.call(*self.arguments)

    def results(self):
        self.run()
        return self.outputs


class Strata(models.Strata):
    runtime = 0

    def __init__(self, folder, inputs):
        super().__init__(folder, 1, inputs)
        self.code = sum(p.stat().st_size for p in folder.glob("*.so"))
        self.bytes = self.code + sum(p.stat().st_size for p in folder.glob("*.weights"))


def difference(results, expected):
    """The largest difference to the model's test data, over the largest of these."""
    worst = 0.0
    for one, other in zip(results, expected):
        scale = max(1e-30, float(np.abs(other).max()))
        worst = max(worst, float(np.abs(one.reshape(other.shape).astype(np.float64) - other).max()) / scale)
    return worst


def expected_of(folder):
    found = []
    for path in sorted(folder.glob("test_data_set_0/output_*.pb"), key=lambda p: int(p.stem.split("_")[1])):
        tensor = onnx.TensorProto()
        tensor.ParseFromString(path.read_bytes())
        found.append(numpy_helper.to_array(tensor))
    return found


def peers_of(path, model, inputs, expected, options):
    found = {}
    for name, kind in {"iree": Iree, "tvm": Tvm, "emx": Emx}.items():
        if name not in options.peers:
            continue
        try:
            begin = time.monotonic()
            subject = kind(path, model, inputs, expected, options)
            subject.seconds = time.monotonic() - begin
            error = difference(subject.results(), expected)
            if not error < 1e-2:
                raise RuntimeError(f"its outputs differ by {error:.1e} of the largest")
            found[name] = subject
        except Exception as error:  # a peer that cannot do a model is told, the others go on
            print(f"{path.stem}: {name} does not run: {(str(error).strip().splitlines() or [type(error).__name__])[0][:160]}", flush=True)
    return found


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench standalone", description=__doc__)
    parser.add_argument("models", nargs="+", help="folders in ONNX's test layout, or folders of such")
    parser.add_argument("--peers", default=",".join(PEERS), help="comma separated")
    parser.add_argument("--program", default="build/release/bin/strata")
    parser.add_argument("--cpu", default="native", help="as LLVM names it, for TVM (default: this machine)")
    parser.add_argument("--limit", type=float, default=600, help="seconds that a peer's compiler may take")
    parser.add_argument("--seconds", type=float, default=10, help="of measuring, a model")
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of standalone.json")
    options = parser.parse_args()
    options.peers, options.threads = options.peers.split(","), 1
    if options.cpu == "native":
        cpu = subprocess.run(["gcc", "-march=native", "-Q", "--help=target"], capture_output=True, text=True).stdout
        options.cpu = next(line.split()[1] for line in cpu.splitlines() if "-march=" in line)
    return options


def measured(folder, options):
    """A row, told as it is made. None: the process that measured has ended, as a peer's code may end it."""
    file = options.out / "standalone-row.json"
    file.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--only", str(folder)])
    if done.returncode or not file.exists():
        print(f"{folder.name}: a peer ends the process ({done.returncode})", flush=True)
        return None
    row = json.loads(file.read_text())
    file.unlink()
    return row


def measure_one(folder, options):
    inputs, expected = models.inputs_of(folder), expected_of(folder)
    with tempfile.TemporaryDirectory(prefix="strata-bench-") as scratch:
        path = Path(scratch) / f"{folder.name}.onnx"
        model, weights = fixed(folder, inputs, path)
        subjects = peers_of(path, model, inputs, expected, options)
        begin = time.monotonic()
        models.export(options.program, folder, ["--auto", "--isa", "native"], inputs, Path(scratch) / "strata")
        subjects["strata"] = Strata(Path(scratch) / "strata", inputs)
        subjects["strata"].seconds = time.monotonic() - begin
        times = models.measure(subjects, options)
        row = {"model": folder.name, "isa": subjects["strata"].isa, "weights": weights, "subjects": {}}
        for name, subject in subjects.items():
            ratio, low, high = models.ratio(times, name, ["strata"])
            code = subject.code if hasattr(subject, "code") else max(0, subject.bytes - weights)
            row["subjects"][name] = {"ms": statistics.median(times[name]), "ratio": [ratio, low, high], "bytes": subject.bytes,
                                     "code": code, "runtime": subject.runtime, "compile_s": subject.seconds}
            print(f"{folder.name:16s}{name:8s}{statistics.median(times[name]):11.3f} ms  {ratio:7.2f} ({low:.2f}-{high:.2f})  "
                  f"ships {subject.bytes / 1e6:8.2f} MB, {code / 1e3:9.0f} KB of it no weights"
                  + (f", and a runtime of {subject.runtime / 1e6:.1f} MB" if subject.runtime else "")
                  + f"; made in {subject.seconds:.1f} s", flush=True)
    (options.out / "standalone-row.json").write_text(json.dumps(row))


def main():
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.only:
        return measure_one(options.only, options)
    rows = [row for row in (measured(folder, options) for folder in models.models_of(options.models)) if row]
    if not rows:
        sys.exit("bench standalone: nothing was measured")
    for name in options.peers:
        ratios = [row["subjects"][name]["ratio"][0] for row in rows if name in row["subjects"]]
        if ratios:
            print(f"{name}: geometric mean {statistics.geometric_mean(ratios):.2f} times Strata's time over {len(ratios)} models, one "
                  f"thread, {rows[0]['isa']}, processor time")
    (options.out / "standalone.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
