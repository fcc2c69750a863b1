"""Times the matrix products and convolutions of models, each as a model of its own, in turn (A B A B): Strata's exported
libraries against ONNX Runtime, OpenVINO (whose kernels are oneDNN's) and numpy's OpenBLAS for plain matrix products.

Weights are constants, so whoever packs them does so beforehand; OpenBLAS packs them each time. Pictures come and go as
ONNX has them (channels second), so a library that turns them does that in the time that is measured. On one thread the
processor time counts, see bench_models.py.
"""
import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import bench_models as models
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PRODUCTS = ("MatMul", "Gemm")


class OpenBlas:
    """A matrix product as numpy calls its BLAS, into a result that lies there."""

    def __init__(self, left, right):
        self.left, self.right = left, right
        self.result = np.empty(np.matmul(left, right).shape, np.float32)

    def run(self):
        np.matmul(self.left, self.right, out=self.result)


def shapes_in(graph):
    shapes = {t.name: tuple(t.dims) for t in graph.initializer}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        dims = value.type.tensor_type.shape.dim
        if value.type.tensor_type.elem_type == TensorProto.FLOAT and all(d.HasField("dim_value") for d in dims):
            shapes.setdefault(value.name, tuple(d.dim_value for d in dims))
    return shapes


def fixed(model, inputs):
    """The model with the shapes of its inputs in place of symbols, and those of its values inferred."""
    for value in model.graph.input:
        if value.name in inputs:
            shape = inputs[value.name].shape
            for dim, size in zip(value.type.tensor_type.shape.dim, shape):
                dim.dim_value = size
    del model.graph.value_info[:]
    return onnx.shape_inference.infer_shapes(model, data_prop=True)


def kernels_of(folder):
    """(operator, shapes, attributes) -> multiply-adds, of what multiplies f32."""
    model = onnx.load(folder / "model.onnx")
    version = max(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    model = fixed(model, models.inputs_of(folder))
    shapes = shapes_in(model.graph)
    floats = {t.name for t in model.graph.initializer if t.data_type == TensorProto.FLOAT}
    found = {}
    for node in model.graph.node:
        if node.domain or node.op_type not in ("Conv", *PRODUCTS) or node.input[1] not in floats:
            continue
        if any(name and name not in shapes for name in [*node.input, node.output[0]]):
            continue
        left, right, result = shapes[node.input[0]], shapes[node.input[1]], shapes[node.output[0]]
        depth = int(np.prod(right[1:])) if node.op_type == "Conv" else right[-1 if transposed(node) else -2]
        attributes = tuple(sorted((a.name, a.SerializeToString()) for a in node.attribute))
        sizes = tuple(shapes[name] for name in node.input)
        found[(node.op_type, sizes, attributes, version)] = int(np.prod(result)) * depth
    return found


def transposed(node):
    return any(a.name == "transB" and a.i for a in node.attribute)


def name_of(kernel):
    operator, sizes, attributes, _ = kernel
    left, right = sizes[0], sizes[1]
    kept = {}
    for name, text in attributes:
        attribute = onnx.AttributeProto()
        attribute.ParseFromString(text)
        kept[name] = helper.get_attribute_value(attribute)
    x = lambda shape: "x".join(map(str, shape))
    if operator != "Conv":
        return f"{operator.lower()} {x(left)} by {x(right)}" + (" transposed" if kept.get("transB") else "")
    stride, group, dilation = (kept.get(k) for k in ("strides", "group", "dilations"))
    return (f"conv {x(right[2:])} {left[1]}>{right[0]} on {x(left[2:])}" + (f" /{stride[0]}" if stride and max(stride) > 1 else "")
            + (f" group {group}" if group and group > 1 else "") + (f" dilated {dilation[0]}" if dilation and max(dilation) > 1 else ""))


def write_model(kernel, folder):
    """The kernel as a model in ONNX's test layout; returns its inputs."""
    operator, sizes, attributes, version = kernel
    random = np.random.default_rng(7)
    value = lambda shape: random.standard_normal(shape).astype(np.float32)
    node = helper.make_node(operator, ["x", *(f"c{i}" for i in range(1, len(sizes)))], ["y"])
    for _, text in attributes:
        attribute = node.attribute.add()
        attribute.ParseFromString(text)
    constants = [numpy_helper.from_array(value(size), f"c{i}") for i, size in enumerate(sizes) if i > 0]
    graph = helper.make_graph([node], "kernel", [helper.make_tensor_value_info("x", TensorProto.FLOAT, sizes[0])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=9)
    model = onnx.shape_inference.infer_shapes(model)
    onnx.save(model, folder / "model.onnx")
    data = folder / "test_data_set_0"
    data.mkdir()
    x = value(sizes[0])
    (data / "input_0.pb").write_bytes(numpy_helper.from_array(x, "x").SerializeToString())
    return x, numpy_helper.to_array(constants[0])


def subjects_of(kernel, folder, options):
    x, weights = write_model(kernel, folder)
    subjects = models.subjects_of(folder, options, folder)
    if "openblas" in options.blas and kernel[0] in PRODUCTS and x.ndim == 2 and weights.ndim == 2:
        right = weights.T if dict(kernel[2]).get("transB") else weights
        if x.shape[1] == right.shape[0]:
            subjects["openblas"] = OpenBlas(x, right)
    return subjects


def parse():
    cache = os.environ.get("STRATA_MODELS") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "strata/models"
    parser = argparse.ArgumentParser(prog="scripts/bench kernels", description=__doc__)
    parser.add_argument("models", nargs="*", help="folders in ONNX's test layout, or folders of such")
    parser.add_argument("--most", type=int, default=60, help="kernels: those with the most multiply-adds over all calls of a model first, a model in turn")
    parser.add_argument("--strata", action="append", metavar="NAME=PROGRAM ARGUMENTS", help="as of scripts/bench models")
    parser.add_argument("--peers", default="onnxruntime,openvino,openblas")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1, help="of measuring, a kernel")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of kernels.json and kernels.svg")
    options = parser.parse_args()
    options.strata = options.strata or ["strata=build/release/bin/strata --auto --isa native"]
    options.models = options.models or [cache, "../shared/models/real"]
    options.blas = [peer for peer in options.peers.split(",") if peer == "openblas"]
    options.peers = [peer for peer in options.peers.split(",") if peer and peer != "openblas"]
    return options


def chosen(options):
    """Each model's largest kernel, then each one's second, and so on: no model decides alone."""
    lists = []
    for folder in models.models_of(options.models):
        try:
            found = kernels_of(folder)
        except Exception as error:  # a model that the inference of shapes does not take has no kernels here
            print(f"{folder.name}: no kernels: {str(error).splitlines()[0]}", file=sys.stderr)
            continue
        lists.append(sorted(found.items(), key=lambda item: -item[1]))
    kernels = {}
    for rank in range(max(map(len, lists), default=0)):
        for found in lists:
            if rank < len(found) and len(kernels) < options.most:
                kernels.setdefault(*found[rank])
    return kernels


def main():
    options = parse()
    rows = []
    for kernel, work in chosen(options).items():
        with tempfile.TemporaryDirectory(prefix="strata-bench-") as scratch:
            subjects = subjects_of(kernel, Path(scratch), options)
            ours = [name for name in subjects if isinstance(subjects[name], models.Strata)]
            peers = [name for name in subjects if name not in ours]
            if not ours or not peers:
                continue
            times = models.measure(subjects, options)
            isa = subjects[ours[0]].isa
            del subjects
        ratios = {name: models.ratio(times, name, peers) for name in ours}
        speed = {name: 2 * work / statistics.median(values) / 1e6 for name, values in times.items()}
        rows.append({"model": name_of(kernel), "isa": isa, "threads": options.threads, "gflops": speed, "ratios": ratios})
        print(f"{name_of(kernel):44s}" + "".join(f"  {name} {value:.0f}" for name, value in speed.items())
              + "".join(f"   {r[0]:.2f} ({r[1]:.2f}-{r[2]:.2f})" for r in ratios.values()), flush=True)
    if not rows:
        sys.exit("bench kernels: nothing was measured")
    for name in dict.fromkeys(name for row in rows for name in row["ratios"]):
        values = [row["ratios"][name][0] for row in rows if name in row["ratios"]]
        print(f"{name}: geometric mean {statistics.geometric_mean(values):.3f} of the best peer's time over {len(values)} kernels "
              f"(GFLOP/s above), {sum(v <= 1 for v in values)} at most 1, {options.threads} thread(s), {rows[0]['isa']}")
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "kernels.json").write_text(json.dumps(rows, indent=1))
    models.chart(rows, options.out / "kernels.svg")


if __name__ == "__main__":
    main()
