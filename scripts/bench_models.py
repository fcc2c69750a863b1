"""Times models in turn (A B A B): Strata's exported libraries against ONNX Runtime and OpenVINO.

On one thread what counts is the processor time of the process, so that what else the machine does decides less; on
more it is the time that passes. Each round runs every subject; a ratio is the median over the rounds of the ratios
within a round, the spread its quartiles.
"""
import argparse
import ctypes
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper


class DLDevice(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class DLDataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class DLTensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device", DLDevice), ("ndim", ctypes.c_int32), ("dtype", DLDataType),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
                ("byte_offset", ctypes.c_uint64)]


class TensorInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
                ("rank", ctypes.c_int32), ("shape", ctypes.POINTER(ctypes.c_int64)), ("bytes", ctypes.c_int64)]


class Device(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_char_p), ("needs", ctypes.c_char_p)]


class Description(ctypes.Structure):
    _fields_ = [("abi", ctypes.c_uint32), ("name", ctypes.c_char_p),
                ("input_count", ctypes.c_int32), ("output_count", ctypes.c_int32), ("size_count", ctypes.c_int32),
                ("device_count", ctypes.c_int32),
                ("inputs", ctypes.POINTER(TensorInfo)), ("outputs", ctypes.POINTER(TensorInfo)),
                ("sizes", ctypes.c_void_p), ("devices", ctypes.POINTER(Device))]


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("node", ctypes.c_int32), ("node_name", ctypes.c_char_p),
                ("message", ctypes.c_char * 512)]


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint32), ("threads", ctypes.c_int32), ("weights", ctypes.c_char_p),
                ("allocate", ctypes.c_void_p), ("release", ctypes.c_void_p), ("context", ctypes.c_void_p),
                ("arena", ctypes.c_void_p), ("arena_bytes", ctypes.c_int64), ("parallel", ctypes.c_void_p),
                ("parallel_context", ctypes.c_void_p), ("profile", ctypes.c_int32), ("verify", ctypes.c_int32),
                ("error", ctypes.c_void_p)]


def aligned(shape, dtype):
    """An array that starts at a multiple of 64 bytes, as a library uses it in place."""
    count = max(1, math.prod(shape)) * dtype.itemsize
    raw = np.zeros(count + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start:start + count].view(dtype)[:math.prod(shape)].reshape(shape)


class Strata:
    """A library that `strata export` wrote."""

    def __init__(self, folder, threads, inputs):
        manifest = json.loads((folder / "manifest.json").read_text())
        prefix = manifest["prefix"]
        self.library = ctypes.CDLL(str(folder / f"lib{prefix}.so"))
        describe = getattr(self.library, prefix + "_describe")
        describe.restype = ctypes.POINTER(Description)
        about = describe().contents
        self.isa = about.devices[0].needs.decode()
        self.instance = ctypes.c_void_p()
        options = Options(ctypes.sizeof(Options), threads)
        code = getattr(self.library, prefix + "_create")(ctypes.byref(options), ctypes.byref(self.instance))
        if code:
            raise RuntimeError(f"{prefix}_create gives {code}")
        self.call = getattr(self.library, prefix + "_run")
        self.kept = []
        given = list(inputs.values())
        self.inputs = [self._tensor(about.inputs[i]) for i in range(about.input_count)]
        self.outputs = [self._tensor(about.outputs[i]) for i in range(about.output_count)]
        pointers = ctypes.POINTER(DLTensor)
        self.ins = (pointers * len(self.inputs))(*map(ctypes.pointer, self.inputs))
        self.outs = (pointers * len(self.outputs))(*map(ctypes.pointer, self.outputs))
        for i, one in enumerate(self.inputs):
            fixed = [about.inputs[i].shape[d] for d in range(one.ndim)]
            value = given[i] if any(size < 0 for size in fixed) else given[i].reshape(fixed)
            for d, size in enumerate(value.shape):
                one.shape[d] = size
            self._allocate(one)[...] = value
        self.error = getattr(self.library, prefix + "_last_error")
        self.error.restype, self.error.argtypes = ctypes.POINTER(Error), [ctypes.c_void_p]
        self._check(getattr(self.library, prefix + "_output_shapes")(self.instance, self.ins, self.outs))
        self.results = [self._allocate(one) for one in self.outputs]

    def _tensor(self, info):
        """Without a shape, without data."""
        shape = (ctypes.c_int64 * max(1, info.rank))()
        self.kept.append(shape)
        return DLTensor(None, DLDevice(1, 0), info.rank, DLDataType(info.code, info.bits, 1), shape)

    def _allocate(self, tensor):
        kinds = {0: "i", 1: "u", 2: "f", 6: "b"}
        kind = tensor.dtype
        dtype = np.dtype("bool" if kind.code == 6 else f"{kinds[kind.code]}{kind.bits // 8}")
        array = aligned(tuple(tensor.shape[d] for d in range(tensor.ndim)), dtype)
        tensor.data = array.ctypes.data
        self.kept.append(array)
        return array

    def _check(self, code):
        if code:
            raise RuntimeError(self.error(self.instance).contents.message.decode() or f"the library gives {code}")

    def run(self):
        self._check(self.call(self.instance, self.ins, self.outs))


class OnnxRuntime:
    def __init__(self, model, threads, inputs):
        import onnxruntime as ort
        ort.set_default_logger_severity(3)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        for name, value in inputs.items():
            self.binding.bind_cpu_input(name, value)
        for output in self.session.get_outputs():
            self.binding.bind_output(output.name)

    def run(self):
        self.session.run_with_iobinding(self.binding)


class OpenVino:
    def __init__(self, model, threads, inputs):
        import openvino as ov
        core = ov.Core()
        read = core.read_model(str(model))
        read.reshape({name: list(value.shape) for name, value in inputs.items()})
        compiled = core.compile_model(read, "CPU", {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
                                                    "INFERENCE_PRECISION_HINT": "f32"})
        self.request = compiled.create_infer_request()
        for name, value in inputs.items():
            self.request.set_tensor(name, ov.Tensor(value))

    def run(self):
        self.request.infer()


def inputs_of(folder):
    graph = onnx.load(folder / "model.onnx", load_external_data=False).graph
    constants = {t.name for t in graph.initializer}
    names = [i.name for i in graph.input if i.name not in constants]
    inputs = {}
    for i, name in enumerate(names):
        tensor = onnx.TensorProto()
        tensor.ParseFromString((folder / "test_data_set_0" / f"input_{i}.pb").read_bytes())
        array = numpy_helper.to_array(tensor)
        inputs[tensor.name or name] = np.ascontiguousarray(array)
    return {name: inputs.get(name, list(inputs.values())[i]) for i, name in enumerate(names)}


def sizes_of(folder, inputs):
    """--dim arguments for what the model leaves open, as its inputs have it: the peers know the sizes, too."""
    sizes = {}
    for given in onnx.load(folder / "model.onnx", load_external_data=False).graph.input:
        for d, dim in enumerate(given.type.tensor_type.shape.dim):
            is_open = not dim.HasField("dim_value") or dim.dim_value < 0
            if is_open and given.name in inputs:  # as Strata calls it
                name = re.sub(r"\W", "_", dim.dim_param, flags=re.ASCII).strip("_")
                sizes[name or f"{given.name}_d{d}"] = inputs[given.name].shape[d]
    return [argument for name, size in sizes.items() for argument in ("--dim", f"{name}={size}")]


def export(strata, folder, arguments, inputs, out):
    subprocess.run([strata, "export", str(folder), "--out", str(out), "--weights", "file", "--quiet",
                    *sizes_of(folder, inputs), *arguments], check=True, stdout=subprocess.DEVNULL)


def subjects_of(folder, options, scratch):
    """Name -> what runs; a peer that fails is left out, and said."""
    inputs = inputs_of(folder)
    makers = {}
    if "onnxruntime" in options.peers:
        makers["onnxruntime"] = lambda: OnnxRuntime(folder / "model.onnx", options.threads, inputs)
    if "openvino" in options.peers:
        makers["openvino"] = lambda: OpenVino(folder / "model.onnx", options.threads, inputs)
    for spec in options.strata:
        name, _, command = spec.partition("=")
        program, *arguments = command.split()
        def make(name=name, program=program, arguments=arguments):
            out = scratch / f"{folder.name}-{name}"
            export(program, folder, arguments, inputs, out)
            return Strata(out, options.threads, inputs)
        makers[name] = make
    subjects = {}
    for name, make in makers.items():
        try:
            subjects[name] = make()
            subjects[name].run()
        except Exception as error:  # a peer's exceptions are of many kinds
            subjects.pop(name, None)
            print(f"{folder.name}: {name} does not run: {str(error).splitlines()[0]}", file=sys.stderr)
    return subjects


def measure(subjects, options):
    """Name -> milliseconds of one run, one value a round."""
    clock = time.process_time_ns if options.threads == 1 else time.perf_counter_ns
    def once(subject, repeats):
        if options.threads > 1:
            # The threads of a pool spin after its last run (ONNX Runtime's for 40 ms) and would take cores from whoever comes next.
            time.sleep(0.08)
            subject.run()
        begin = clock()
        for _ in range(repeats):
            subject.run()
        return (clock() - begin) / 1e6 / repeats
    repeats = {name: max(1, min(5000, round(20 / max(1e-3, once(subject, 3))))) for name, subject in subjects.items()}
    times = {name: [] for name in subjects}
    end = time.monotonic() + options.seconds
    while time.monotonic() < end or len(next(iter(times.values()))) < 5:
        for name, subject in subjects.items():
            times[name].append(once(subject, repeats[name]))
    return times


def ratio(times, name, peers):
    """Over the better of the peers: median and quartiles of the ratios within a round."""
    best = min(peers, key=lambda peer: statistics.median(times[peer]))
    quartiles = statistics.quantiles([a / b for a, b in zip(times[name], times[best])], n=4)
    return quartiles[1], quartiles[0], quartiles[2]


def models_of(paths):
    for path in map(Path, paths):
        found = [path] if (path / "model.onnx").exists() else sorted(p.parent for p in path.glob("*/model.onnx"))
        yield from (p for p in found if (p / "test_data_set_0" / "input_0.pb").exists())


def chart(rows, path):
    """Bars of the ratios; 1 is the better of the peers."""
    bars = [(row["model"], name, value[0]) for row in rows for name, value in row["ratios"].items()]
    widest = max([value for _, _, value in bars] + [1.5])
    scale, height = 480 / widest, 18
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height * len(bars) + 30}" '
             'font-family="sans-serif" font-size="12">']
    for i, (model, name, value) in enumerate(bars):
        y = i * height + 4
        color = "#2a7" if value <= 1 else "#c73"
        lines.append(f'<text x="196" y="{y + 11}" text-anchor="end">{model} {name}</text>'
                     f'<rect x="200" y="{y}" width="{value * scale:.1f}" height="{height - 5}" fill="{color}"/>'
                     f'<text x="{204 + value * scale:.1f}" y="{y + 11}">{value:.2f}</text>')
    lines.append(f'<line x1="{200 + scale:.1f}" x2="{200 + scale:.1f}" y1="0" y2="{height * len(bars)}" stroke="#444"/>'
                 f'<text x="{200 + scale:.1f}" y="{height * len(bars) + 18}" text-anchor="middle">best peer</text></svg>')
    path.write_text("\n".join(lines))


def parse():
    cache = os.environ.get("STRATA_MODELS") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "strata/models"
    parser = argparse.ArgumentParser(prog="scripts/bench models", description=__doc__)
    parser.add_argument("models", nargs="*", help="folders in ONNX's test layout, or folders of such")
    parser.add_argument("--strata", action="append", metavar="NAME=PROGRAM ARGUMENTS",
                        help="a program and the arguments of its export; several are compared in the same rounds "
                             "(default: strata=build/release/bin/strata --auto --isa native)")
    parser.add_argument("--peers", default="onnxruntime,openvino", help="comma separated; empty: none, the first --strata is 1")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10, help="of measuring, a model")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of models.json and models.svg")
    options = parser.parse_args()
    options.strata = options.strata or ["strata=build/release/bin/strata --auto --isa native"]
    options.models = options.models or [cache, "../shared/models/real"]
    options.peers = [peer for peer in options.peers.split(",") if peer]
    return options


def main():
    options = parse()
    rows, columns = [], None
    for folder in models_of(options.models):
        with tempfile.TemporaryDirectory(prefix="strata-bench-") as scratch:
            subjects = subjects_of(folder, options, Path(scratch))
            ours = [name for name in subjects if isinstance(subjects[name], Strata)]
            peers = [name for name in subjects if name not in ours] or ours[:1]
            if not ours or not peers:
                continue
            times = measure(subjects, options)
            isa = subjects[ours[0]].isa
            del subjects
        columns = columns or [*options.peers, *(spec.partition("=")[0] for spec in options.strata)]
        if not rows:
            print(f"{'model':18s}" + "".join(f"{name:>13s}" for name in columns) + "   over the best")
        ratios = {name: ratio(times, name, peers) for name in ours}
        rows.append({"model": folder.name, "isa": isa, "threads": options.threads,
                     "ms": {name: statistics.median(values) for name, values in times.items()}, "ratios": ratios})
        print(f"{folder.name:18s}"
              + "".join(f"{statistics.median(times[n]):13.3f}" if n in times else f"{'-':>13s}" for n in columns)
              + "".join(f"   {r[0]:.2f} ({r[1]:.2f}-{r[2]:.2f})" for r in ratios.values()), flush=True)
    if not rows:
        sys.exit("bench models: nothing was measured")
    for name in dict.fromkeys(name for row in rows for name in row["ratios"]):
        mean = statistics.geometric_mean(row["ratios"][name][0] for row in rows if name in row["ratios"])
        print(f"{name}: geometric mean {mean:.3f} over {len(rows)} models, {options.threads} thread(s), {rows[0]['isa']}, "
              + ("processor" if options.threads == 1 else "passing") + " time")
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "models.json").write_text(json.dumps(rows, indent=1))
    chart(rows, options.out / "models.svg")


if __name__ == "__main__":
    main()
