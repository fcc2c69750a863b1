#!/usr/bin/env python3
"""Trains the two sample networks on scikit-learn's digits and writes them as ONNX with test data and a few pictures.

    python3 -m venv V && V/bin/pip install numpy scikit-learn onnx
    V/bin/python samples/make_models.py            # writes samples/mlp and samples/cnn

The 1,797 digits (8 x 8, values 0 to 16) are enlarged to 28 x 28 by repeating pixels on a 32 x 32 grid and cropping, scaled to [0, 1], and split once: 1,437 to
train, 360 held out. Plain numpy with Adam; every seed is fixed. The expected outputs are computed here in float64 and rounded to float32.
"""
import pathlib
import struct
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = pathlib.Path(__file__).resolve().parent


def enlarge(images: np.ndarray) -> np.ndarray:
    big = images.repeat(4, axis=1).repeat(4, axis=2)
    return (big[:, 2:30, 2:30] / 16.0).astype(np.float32)


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def windows(x: np.ndarray) -> np.ndarray:
    """[n, 28, 28] -> [n, 676, 9]: every 3 x 3 window."""
    view = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    return view.reshape(len(x), 26 * 26, 9)


class Adam:
    def __init__(self, parameters, rate):
        self.parameters, self.rate, self.step = parameters, rate, 0
        self.m = [np.zeros_like(p) for p in parameters]
        self.v = [np.zeros_like(p) for p in parameters]

    def update(self, gradients):
        self.step += 1
        for p, g, m, v in zip(self.parameters, gradients, self.m, self.v):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= self.rate * (m / (1 - 0.9 ** self.step)) / (np.sqrt(v / (1 - 0.999 ** self.step)) + 1e-8)


class Mlp:
    """Flatten, Gemm 784 -> 200, Relu, Gemm 200 -> 10, Softmax."""

    def __init__(self, random):
        self.parameters = [random.standard_normal((200, 784)) * (2 / 784) ** 0.5, np.zeros(200),
                           random.standard_normal((10, 200)) * (2 / 200) ** 0.5, np.zeros(10)]

    def forward(self, x):
        w1, b1, w2, b2 = self.parameters
        flat = x.reshape(len(x), 784).astype(np.float64)
        hidden = np.maximum(flat @ w1.T + b1, 0)
        return flat, hidden, softmax(hidden @ w2.T + b2)

    def gradients(self, x, labels):
        w1, b1, w2, b2 = self.parameters
        flat, hidden, p = self.forward(x)
        d = p
        d[np.arange(len(x)), labels] -= 1
        d /= len(x)
        dh = (d @ w2) * (hidden > 0)
        return [dh.T @ flat, dh.sum(0), d.T @ hidden, d.sum(0)]


class Cnn:
    """Conv 32 @ 3 x 3, Relu, MaxPool 2 x 2, linear 100, Relu, linear 10, Softmax."""

    def __init__(self, random):
        self.parameters = [random.standard_normal((32, 9)) * (2 / 9) ** 0.5, np.zeros(32),
                           random.standard_normal((100, 5408)) * (2 / 5408) ** 0.5, np.zeros(100),
                           random.standard_normal((10, 100)) * (2 / 100) ** 0.5, np.zeros(10)]

    def forward(self, x):
        wc, bc, w1, b1, w2, b2 = self.parameters
        patches = windows(x.astype(np.float64))
        conv = np.maximum(patches @ wc.T + bc, 0).transpose(0, 2, 1).reshape(len(x), 32, 13, 2, 13, 2)
        pooled = conv.max(axis=(3, 5))
        flat = pooled.reshape(len(x), 5408)
        hidden = np.maximum(flat @ w1.T + b1, 0)
        return patches, conv, pooled, flat, hidden, softmax(hidden @ w2.T + b2)

    def gradients(self, x, labels):
        wc, bc, w1, b1, w2, b2 = self.parameters
        patches, conv, pooled, flat, hidden, p = self.forward(x)
        d = p
        d[np.arange(len(x)), labels] -= 1
        d /= len(x)
        dh = (d @ w2) * (hidden > 0)
        dflat = (dh @ w1).reshape(pooled.shape)
        mask = (conv == pooled[:, :, :, None, :, None]) & (conv > 0)
        dconv = (mask * dflat[:, :, :, None, :, None]).reshape(len(x), 32, 676)
        return [np.einsum("ncp,npk->ck", dconv, patches), dconv.sum((0, 2)), dh.T @ flat, dh.sum(0), d.T @ hidden, d.sum(0)]


def train(net, x, labels, epochs, rate):
    random, adam = np.random.RandomState(7), Adam(net.parameters, rate)
    for _ in range(epochs):
        order = random.permutation(len(x))
        for begin in range(0, len(x), 64):
            batch = order[begin:begin + 64]
            adam.update(net.gradients(x[batch], labels[batch]))


def tensor(name, array):
    return numpy_helper.from_array(np.ascontiguousarray(array, dtype=np.float32), name)


def mlp_graph(net):
    w1, b1, w2, b2 = net.parameters
    nodes = [helper.make_node("Flatten", ["x"], ["flat"], name="Flatten_0", axis=1),
             helper.make_node("Gemm", ["flat", "fc1.weight", "fc1.bias"], ["fc1"], name="Gemm_0", transB=1),
             helper.make_node("Relu", ["fc1"], ["hidden"], name="Relu_0"),
             helper.make_node("Gemm", ["hidden", "fc2.weight", "fc2.bias"], ["fc2"], name="Gemm_1", transB=1),
             helper.make_node("Softmax", ["fc2"], ["scores"], name="Softmax_0", axis=1)]
    return nodes, [tensor("fc1.weight", w1), tensor("fc1.bias", b1), tensor("fc2.weight", w2), tensor("fc2.bias", b2)]


def cnn_graph(net):
    wc, bc, w1, b1, w2, b2 = net.parameters
    nodes = [helper.make_node("Conv", ["x", "conv.weight", "conv.bias"], ["conv"], name="Conv_0", kernel_shape=[3, 3]),
             helper.make_node("Relu", ["conv"], ["conv_relu"], name="Relu_0"),
             helper.make_node("MaxPool", ["conv_relu"], ["pooled"], name="MaxPool_0", kernel_shape=[2, 2], strides=[2, 2]),
             helper.make_node("Flatten", ["pooled"], ["flat"], name="Flatten_0", axis=1),
             helper.make_node("Gemm", ["flat", "fc1.weight", "fc1.bias"], ["fc1"], name="Gemm_0", transB=1),
             helper.make_node("Relu", ["fc1"], ["hidden"], name="Relu_1"),
             helper.make_node("Gemm", ["hidden", "fc2.weight", "fc2.bias"], ["fc2"], name="Gemm_1", transB=1),
             helper.make_node("Softmax", ["fc2"], ["scores"], name="Softmax_0", axis=1)]
    return nodes, [tensor("conv.weight", wc.reshape(32, 1, 3, 3)), tensor("conv.bias", bc), tensor("fc1.weight", w1), tensor("fc1.bias", b1),
                   tensor("fc2.weight", w2), tensor("fc2.bias", b2)]


def write_png(path, image):
    """An 8-bit grey picture."""
    pixels = np.clip(image * 255, 0, 255).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", image.shape[1], image.shape[0], 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def write(name, graph, batch, x, labels, scores, accuracy):
    folder = HERE / name
    nodes, weights = graph
    model = helper.make_model(helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 1, 28, 28])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [batch, 10])], weights),
        opset_imports=[helper.make_opsetid("", 17)], producer_name="samples/make_models.py", ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    folder.mkdir(exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    for index in range(2):
        data = folder / f"test_data_set_{index}"
        data.mkdir(exist_ok=True)
        part = slice(index * batch, (index + 1) * batch)
        (data / "input_0.pb").write_bytes(tensor("x", x[part].reshape(batch, 1, 28, 28)).SerializeToString())
        (data / "output_0.pb").write_bytes(tensor("scores", scores[part]).SerializeToString())
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    for index in range(6):
        write_png(pictures / f"{index}-is-{labels[index]}.png", x[index])
    print(f"{name}: {accuracy:.1%} of the held-out digits, {(folder / 'model.onnx').stat().st_size} bytes")


def main():
    digits = load_digits()
    images = enlarge(digits.images)
    train_x, test_x, train_y, test_y = train_test_split(images, digits.target, test_size=360, random_state=1)
    for name, net, epochs, rate, graph, batch in (("mlp", Mlp(np.random.RandomState(1)), 30, 1e-3, mlp_graph, 1),
                                                  ("cnn", Cnn(np.random.RandomState(2)), 8, 1e-3, cnn_graph, 4)):
        train(net, train_x, train_y, epochs, rate)
        net.parameters = [p.astype(np.float32).astype(np.float64) for p in net.parameters]     # what the file holds
        scores = net.forward(test_x)[-1]
        accuracy = (scores.argmax(1) == test_y).mean()
        write(name, graph(net), batch, test_x, test_y, scores, accuracy)


if __name__ == "__main__":
    main()
