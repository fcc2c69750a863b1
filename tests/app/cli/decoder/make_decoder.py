#!/usr/bin/env python3
"""Writes the decoders of tst_decoder, and the 32 tokens that ONNX Runtime generates with each.

    python3 -m venv V && V/bin/pip install numpy onnx onnxruntime
    V/bin/python make_decoder.py            # f32.onnx, f16.onnx, int4.onnx and tokens.txt beside this file
    V/bin/python make_decoder.py --static 4096 decoder.onnx   # one whose caches have room for so many tokens

Two layers of the kind that language models have today: root mean square norms, rotary embedding, grouped queries, a
gated unit, and caches that go in as past_* and come out, longer by what was read, as present_*. Batch, the number of
new tokens and that of old ones are open; the first call has no old ones. The weights are random, seeds are fixed.
A static one (static.onnx, the weights of f32.onnx) reads one token a run, and writes its row into caches that keep their
size, by TensorScatter: what a library can do in place.
"""
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
LAYERS, WIDTH, HEADS, KEY_HEADS, HEAD, WORDS, HIDDEN, BLOCK = 2, 32, 4, 2, 8, 64, 64, 16
PROMPT, COUNT = [3, 7, 11, 2, 5], 32
CACHES = [f"{layer}_{kind}" for layer in range(LAYERS) for kind in ("key", "value")]


class Decoder:
    def __init__(self, kind):
        self.kind = kind
        self.type = np.float16 if kind == "f16" else np.float32
        self.onnx_type = helper.np_dtype_to_tensor_dtype(np.dtype(self.type))
        self.random = np.random.default_rng(4)
        self.nodes, self.weights = [], []

    def constant(self, value, dtype=np.int64):
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def op(self, kind, *inputs, out=None, outputs=1, **attributes):
        number = len(self.nodes)
        names = [out or f"v{number}"] if outputs == 1 else [f"v{number}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"{kind}_{number}", **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x, inner, outer):
        weight = (self.random.normal(size=(inner, outer)) / inner ** 0.5).astype(np.float32)
        if self.kind != "int4":
            return self.op("MatMul", x, self.constant(weight, self.type))
        blocks = weight.T.reshape(outer, inner // BLOCK, BLOCK)
        scale = np.abs(blocks).max(axis=2) / 7
        digits = np.clip(np.round(blocks / scale[..., None]) + 8, 0, 15).astype(np.uint8)
        return self.op("MatMulNBits", x, self.constant(digits[..., 0::2] | digits[..., 1::2] << 4, np.uint8),
                       self.constant(scale.reshape(-1), np.float32), domain="com.microsoft", K=inner, N=outer, bits=4,
                       block_size=BLOCK)

    def norm(self, x):
        gain = self.constant(1 + 0.1 * self.random.normal(size=WIDTH), self.type)
        mean = self.op("ReduceMean", self.op("Mul", x, x), self.constant([-1]), keepdims=1)
        root = self.op("Sqrt", self.op("Add", mean, self.constant(1e-5, self.type)))
        return self.op("Mul", self.op("Div", x, root), gain)

    def shape(self, *parts):
        """Of names of scalars and numbers."""
        return self.op("Concat", *[self.constant([p]) if isinstance(p, int) else self.op("Unsqueeze", p, self.constant([0]))
                                   for p in parts], axis=0)

    def sizes(self):
        given, past = self.op("Shape", "tokens"), self.op("Shape", f"past_{CACHES[0]}")
        self.batch = self.op("Gather", given, self.constant(0))
        self.new = self.op("Gather", given, self.constant(1))
        self.old = self.op("Gather", past, self.constant(2))
        self.all = self.op("Add", self.old, self.new)

    def positions(self):
        """What each new token sees, and by what it is turned."""
        at = self.op("Range", self.old, self.all, self.constant(1))
        keys = self.op("Range", self.constant(0), self.all, self.constant(1))
        sees = self.op("LessOrEqual", self.op("Unsqueeze", keys, self.constant([0])), self.op("Unsqueeze", at, self.constant([1])))
        self.mask = self.op("Where", sees, self.constant(0, self.type), self.constant(-1e4, self.type))
        speed = self.constant([10000.0 ** (-i / HEAD) for i in range(0, HEAD, 2)], np.float32)
        angle = self.op("Mul", self.op("Unsqueeze", self.op("Cast", at, to=TensorProto.FLOAT), self.constant([1])), speed)
        angle = self.op("Concat", angle, angle, axis=-1)
        self.cos, self.sin = (self.op("Cast", self.op(f, angle), to=self.onnx_type) for f in ("Cos", "Sin"))

    def heads(self, x, count):
        return self.op("Transpose", self.op("Reshape", x, self.shape(self.batch, self.new, count, HEAD)), perm=[0, 2, 1, 3])

    def turned(self, x):
        low, high = self.op("Split", x, outputs=2, axis=3, num_outputs=2)
        across = self.op("Concat", self.op("Neg", high), low, axis=3)
        return self.op("Add", self.op("Mul", x, self.cos), self.op("Mul", across, self.sin))

    def cached(self, cache, new):
        return self.op("Concat", f"past_{cache}", new, axis=2, out=f"present_{cache}")

    def repeated(self, x):
        groups = HEADS // KEY_HEADS
        wide = self.op("Expand", self.op("Unsqueeze", x, self.constant([2])), self.shape(self.batch, KEY_HEADS, groups, self.all, HEAD))
        return self.op("Reshape", wide, self.shape(self.batch, HEADS, self.all, HEAD))

    def attention(self, x, layer):
        queries = self.turned(self.heads(self.linear(x, WIDTH, HEADS * HEAD), HEADS))
        keys = self.turned(self.heads(self.linear(x, WIDTH, KEY_HEADS * HEAD), KEY_HEADS))
        values = self.heads(self.linear(x, WIDTH, KEY_HEADS * HEAD), KEY_HEADS)
        keys, values = (self.cached(f"{layer}_{kind}", new) for kind, new in (("key", keys), ("value", values)))
        scores = self.op("MatMul", queries, self.op("Transpose", self.repeated(keys), perm=[0, 1, 3, 2]))
        scores = self.op("Add", self.op("Mul", scores, self.constant(HEAD ** -0.5, self.type)), self.mask)
        seen = self.op("MatMul", self.op("Softmax", scores, axis=-1), self.repeated(values))
        rows = self.op("Reshape", self.op("Transpose", seen, perm=[0, 2, 1, 3]), self.shape(self.batch, self.new, HEADS * HEAD))
        return self.linear(rows, HEADS * HEAD, WIDTH)

    def gated(self, x):
        gate, up = self.linear(x, WIDTH, HIDDEN), self.linear(x, WIDTH, HIDDEN)
        return self.linear(self.op("Mul", self.op("Mul", gate, self.op("Sigmoid", gate)), up), HIDDEN, WIDTH)

    def model(self):
        x = self.op("Gather", self.constant(self.random.normal(size=(WORDS, WIDTH)), self.type), "tokens")
        self.sizes()
        self.positions()
        for layer in range(LAYERS):
            x = self.op("Add", x, self.attention(self.norm(x), layer))
            x = self.op("Add", x, self.gated(self.norm(x)))
        self.op("Cast", self.linear(self.norm(x), WIDTH, WORDS), to=TensorProto.FLOAT, out="scores")
        return self.finished()

    def finished(self):
        value = helper.make_tensor_value_info
        cache = lambda name, length: value(name, self.onnx_type, ["batch", KEY_HEADS, length, HEAD])
        graph = helper.make_graph(
            self.nodes, "decoder",
            [value("tokens", TensorProto.INT64, ["batch", "new"])] + [cache(f"past_{c}", "old") for c in CACHES],
            [value("scores", TensorProto.FLOAT, ["batch", "new", WORDS])] + [cache(f"present_{c}", "old + new") for c in CACHES],
            self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)],
                                 producer_name="make_decoder.py", ir_version=9)

    def generated(self, model):
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        caches = {f"past_{c}": np.zeros((1, KEY_HEADS, 0, HEAD), self.type) for c in CACHES}
        read, tokens = PROMPT, []
        for _ in range(COUNT):
            scores, *present = session.run(None, {"tokens": np.array([read], np.int64), **caches})
            read = [int(scores[0, -1].argmax())]
            tokens += read
            caches = {f"past_{c}": array for c, array in zip(CACHES, present)}
        return tokens


class StaticDecoder(Decoder):
    def __init__(self, room):
        super().__init__("f32")
        self.room = room

    def sizes(self):
        self.batch, self.new, self.all = 1, 1, self.room

    def positions(self):
        keys = self.constant(np.arange(self.room))
        sees = self.op("LessOrEqual", keys, "at")
        self.mask = self.op("Where", sees, self.constant(0, self.type), self.constant(-1e4, self.type))
        speed = self.constant([10000.0 ** (-i / HEAD) for i in range(0, HEAD, 2)], np.float32)
        angle = self.op("Mul", self.op("Cast", "at", to=TensorProto.FLOAT), speed)
        angle = self.op("Concat", angle, angle, axis=-1)
        self.cos, self.sin = self.op("Cos", angle), self.op("Sin", angle)

    def shape(self, *parts):
        return self.constant(parts)

    def cached(self, cache, new):
        return self.op("TensorScatter", f"past_{cache}", new, "at", out=f"present_{cache}", axis=2)

    def finished(self):
        value = helper.make_tensor_value_info
        cache = lambda name: value(name, self.onnx_type, [1, KEY_HEADS, self.room, HEAD])
        graph = helper.make_graph(
            self.nodes, "decoder",
            [value("tokens", TensorProto.INT64, [1, 1]), value("at", TensorProto.INT64, [1])] + [cache(f"past_{c}") for c in CACHES],
            [value("scores", TensorProto.FLOAT, [1, 1, WORDS])] + [cache(f"present_{c}") for c in CACHES], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 24)], producer_name="make_decoder.py", ir_version=11)


def main():
    if sys.argv[1:2] == ["--static"]:
        return onnx.save(StaticDecoder(int(sys.argv[2])).model(), sys.argv[3])
    onnx.save(StaticDecoder(64).model(), HERE / "static.onnx")
    lines = []
    for kind in ("f32", "f16", "int4"):
        decoder = Decoder(kind)
        model = decoder.model()
        onnx.save(model, HERE / f"{kind}.onnx")
        lines.append(" ".join([kind, *map(str, decoder.generated(model))]))
    (HERE / "tokens.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
