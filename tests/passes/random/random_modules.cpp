#include "tests/passes/random/random_modules.h"

namespace strata {

namespace {

using Dimensions = std::vector<std::pair<std::string, int>>;

std::string number(int n) { return std::to_string(n); }
std::string line(const std::string& text) { return "            " + text + "\n"; }

enum class Family { Float, Integer, Logic };

struct Element {
    std::string type;
    Family family;

    std::string constant(const std::string& value) const
    {
        const std::string text = family == Family::Float ? value + ".0" : value;
        return family == Family::Logic          ? (value == "0" ? "False" : "True")
               : type == "f32" || type == "i64" ? text
                                                : type + "(" + text + ")";
    }
};

Element element(Random& random)
{
    static const std::vector<Element> all{
        {"f32", Family::Float},   {"f32", Family::Float},  {"f64", Family::Float},   {"f16", Family::Float},
        {"bf16", Family::Float},  {"i8", Family::Integer}, {"i16", Family::Integer}, {"i32", Family::Integer},
        {"i64", Family::Integer}, {"u8", Family::Integer}, {"u16", Family::Integer}, {"u32", Family::Integer},
        {"u64", Family::Integer}, {"bool", Family::Logic},
    };
    return random.of(all);
}

// "for i_b, j_b in grid(4, 5):" with a block whose iterators are vi, vj, of kind `kind` where `special` names them.
std::string nest(const std::string& block, const Dimensions& dimensions, const std::string& special,
                 const std::string& kind, const std::string& body, const std::string& indent = "    ")
{
    std::string names, extents, iters;
    for (const auto& [name, extent] : dimensions) {
        const std::string loop = name + "_" + block;
        names += (names.empty() ? "" : ", ") + loop;
        extents += (extents.empty() ? "" : ", ") + number(extent);
        iters += (iters.empty() ? "v" : ", v") + name + ": "
                 + (special.find(name) != std::string::npos ? kind : std::string("spatial")) + "(" + number(extent)
                 + ") = " + loop;
    }
    std::string text = "    for " + names + " in " + (dimensions.size() == 1 ? "range(" : "grid(") + extents
                       + "):\n        with block(\"" + block + "\") as (" + iters + "):\n" + body;
    std::string moved;
    for (std::size_t at = 0; at < text.size(); ++at)
        moved += (at == 0 || text[at - 1] == '\n' ? indent.substr(4) : "") + text[at];
    return moved;
}

struct Accumulation {
    bool ordered;
    std::string value;
};

// What is stored into `self`, from the terms a and b.
Accumulation accumulation(Random& random, const Element& element, const std::string& self, const std::string& a,
                          const std::string& b, const std::string& inner)
{
    const std::string plus = self + " + " + a;
    std::vector<Accumulation> all;
    switch (element.family) {
    case Family::Float:
        all = {{false, plus},
               {false, a + " * " + b + " + " + self},
               {false, "fma(" + a + ", " + b + ", " + self + ")"},
               {false, self + " * " + a},
               {false, self + " - " + a},
               {false, plus + " + " + b},
               {false, "select(" + inner + " < 2, " + plus + ", " + self + ")"},
               {true, self + " * " + a + " + " + b},
               {true, a + " - " + self},
               {true, self + " + " + self + " * " + a},
               {false, "maximum(" + self + ", " + a + ")"},
               {false, "minimum(" + a + ", " + self + ")"},
               {true, "max(" + self + ", " + a + ")"},
               {true, "select(" + self + " < " + a + ", " + a + ", " + self + ")"},
               {true, "fma(" + self + ", " + a + ", " + b + ")"}};
        break;
    case Family::Integer:
        all = {{false, plus},
               {false, self + " * " + a},
               {false, b + " + (" + self + " - " + a + ")"},
               {false, "max(" + self + ", " + a + ")"},
               {false, "min(" + a + ", " + self + ")"},
               {false, self + " & " + a},
               {false, a + " | " + self},
               {false, self + " ^ " + b},
               {true, a + " - " + self},
               {true, self + " * " + a + " + " + b},
               {true, self + " + " + self + " * " + a}};
        break;
    case Family::Logic:
        all = {{false, self + " & " + a},
               {false, a + " | " + self},
               {false, self + " ^ " + a},
               {true, "select(" + a + ", " + b + ", " + self + ")"},
               {true, "~" + self + " & " + a}};
        break;
    }
    return random.of(all);
}

std::string plus(const Element& element, const std::string& a, const std::string& b)
{
    return a + (element.family == Family::Logic ? " ^ " : " + ") + b;
}

std::string accumulated(Random& random, const Element& element, const std::string& block, const Dimensions& dimensions,
                        const std::string& inner, const std::string& self, const std::string& a, const std::string& b)
{
    const std::string start = element.constant(number(random.below(2)));
    const Accumulation step = accumulation(random, element, self, a, b, "v" + inner.substr(0, 1));
    if (!step.ordered)
        return nest(block, dimensions, inner, "reduce",
                    line("with init(): " + self + " = " + start) + line(self + " = " + step.value));
    Dimensions outer;
    for (const auto& dimension : dimensions)
        if (inner.find(dimension.first) == std::string::npos)
            outer.push_back(dimension);
    return nest(block + "_start", outer, "", "", line(self + " = " + start))
           + nest(block, dimensions, inner, "ordered", line(self + " = " + step.value));
}

std::string header(const std::string& name, const std::string& params, const std::string& results)
{
    return "@loops\ndef " + name + "(" + params + ") -> (" + results + "):\n";
}

std::string product(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int m = random.between(2, 7), n = random.between(2, 9), k = random.between(2, 6);
    const std::string rows = number(m), columns = number(n), depth = number(k), t = e.type;
    return header(name, "A: " + t + "[" + rows + ", " + depth + "], B: " + t + "[" + depth + ", " + columns + "]",
                  "C: " + t + "[" + rows + ", " + columns + "]")
           + "    Y = alloc " + t + "[" + rows + ", " + columns + "]\n"
           + accumulated(random, e, "mm", {{"i", m}, {"j", n}, {"k", k}}, "k", "Y[vi, vj]", "A[vi, vk]", "B[vk, vj]")
           + nest("post", {{"i", m}, {"j", n}}, "", "", line("C[vi, vj] = " + plus(e, "Y[vi, vj]", e.constant("1"))));
}

std::string chain(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int n = random.between(3, 12), m = random.between(2, 6), halo = random.between(0, 2);
    const std::string inner = number(n), outer = number(m), wide = number(n + halo), shift = number(halo), t = e.type;
    return header(name, "x: " + t + "[" + outer + ", " + wide + "]", "y: " + t + "[" + outer + ", " + inner + "]")
           + "    a = alloc " + t + "[" + outer + ", " + wide + "]\n    b = alloc " + t + "[" + outer + ", " + inner
           + "]\n"
           + nest("a", {{"i", m}, {"j", n + halo}}, "", "",
                  line("a[vi, vj] = " + plus(e, "x[vi, vj]", e.constant("1"))))
           + nest("b", {{"i", m}, {"j", n}}, "", "",
                  line("b[vi, vj] = " + plus(e, "a[vi, vj]", "a[vi, vj + " + shift + "]")))
           + nest("y", {{"j", n}, {"i", m}}, "", "", line("y[vi, vj] = " + plus(e, "b[vi, vj]", "x[vi, vj]")));
}

std::string pooling(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int n = random.between(2, 4), m = random.between(2, 4), size = random.between(2, 3);
    const std::string rows = number(n), columns = number(m), s = number(size), height = number(n * size),
                      width = number(m * size), t = e.type;
    return header(name, "x: " + t + "[" + height + ", " + width + "]", "y: " + t + "[" + rows + ", " + columns + "]")
           + "    a = alloc " + t + "[" + height + ", " + width + "]\n"
           + nest("a", {{"i", n * size}, {"j", m * size}}, "", "",
                  line("a[vi, vj] = " + plus(e, "x[vi, vj]", "x[" + number(n * size - 1) + " - vi, vj]")))
           + accumulated(random, e, "pool", {{"p", n}, {"q", m}, {"r", size}, {"s", size}}, "rs", "y[vp, vq]",
                         "a[vp * " + s + " + vr, vq * " + s + " + vs]", "x[vp * " + s + " + vr, vq * " + s + " + vs]");
}

std::string inPlace(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int n = random.between(3, 9), k = random.between(2, 6);
    const std::string rows = number(n), depth = number(k), t = e.type;
    return header(name, "x: " + t + "[" + rows + ", " + depth + "], b: " + t + "[" + rows + "]",
                  "y: " + t + "[" + rows + "]")
           + accumulated(random, e, "sum", {{"i", n}, {"k", k}}, "k", "y[vi]", "x[vi, vk]", "b[vi]")
           + nest("post", {{"i", n}}, "", "", line("y[vi] = " + plus(e, "y[vi]", "b[vi]")));
}

std::string stencil(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int n = random.between(4, 7);
    const std::string size = number(n), less = number(n - 1), t = e.type, dt = number(random.between(0, 1)),
                      ds = number(random.between(0, 1)),
                      back = random.chance(30) ? number(n - 1) + " - vs" : "vs + " + dt;
    return header(name, "x: " + t + "[" + size + ", " + size + "]", "a: " + t + "[" + size + ", " + size + "]")
           + nest("start", {{"i", n}, {"j", n}}, "", "", line("a[vi, vj] = x[vi, vj]"))
           + nest("step", {{"t", n - 1}, {"s", n - 1}}, "ts", "ordered",
                  line("a[vt + 1, vs + " + ds + "] = " + plus(e, "a[vt + 1, vs + " + ds + "]", "a[vt, " + back + "]")));
}

// Two nests under one serial loop; the second reads what the first made, here or elsewhere.
std::string underOneLoop(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int r = random.between(2, 4), n = random.between(4, 9);
    const std::string rows = number(r), columns = number(n), t = e.type;
    const std::string read = random.of(
        std::vector<std::string>{"vj", "vj", number(n - 1) + " - vj", "(vj + 1) % " + columns});
    const std::string first = random.chance(50) ? "x[vr, vi]"
                                                : plus(e, "x[vr, vi]", "x[" + number(r - 1) + " - vr, vi]");
    const std::string more = "vr: spatial(" + rows + ") = r, ";
    std::string text = header(name, "x: " + t + "[" + rows + ", " + columns + "]",
                              "y: " + t + "[" + rows + ", " + columns + "]")
                       + "    t = alloc " + t + "[" + columns + "]\n    for r in range(" + rows + "):\n";
    text += nest("t", {{"i", n}}, "", "", line("t[vi] = " + first), "        ");
    text += nest("y", {{"j", n}}, "", "", line("y[vr, vj] = " + plus(e, "t[" + read + "]", e.constant("1"))),
                 "        ");
    for (std::size_t at = 0; (at = text.find("as (v", at)) != std::string::npos; at += more.size())
        text.insert(at + 4, more);
    return text;
}

// A sum that begins anew in every step of an iterator that its element does not tell, the loops in any order.
std::string begunAnew(Random& random, const std::string& name)
{
    const Element e = element(random);
    Dimensions dimensions{{"i", random.between(2, 4)}, {"t", random.between(2, 4)}, {"k", random.between(2, 4)}};
    const std::string shape = number(dimensions[0].second) + ", " + number(dimensions[1].second) + ", "
                              + number(dimensions[2].second);
    std::string result = number(dimensions[0].second);
    for (std::size_t i = dimensions.size(); i > 1; --i)
        std::swap(dimensions[i - 1], dimensions[std::size_t(random.below(int(i)))]);
    std::string text = nest("sum", dimensions, "k", "reduce",
                            line("with init(): y[vi] = " + e.constant("0"))
                                + line("y[vi] = " + plus(e, "y[vi]", "x[vi, vt, vk]")));
    if (random.chance(50))
        text.replace(text.find("vt: spatial"), 11, "vt: ordered");
    return header(name, "x: " + e.type + "[" + shape + "]", "y: " + e.type + "[" + result + "]") + text;
}

// A transposition by one fused loop, then a recurrence along a row.
std::string fusedScan(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int n = random.between(2, 5), m = random.between(2, 6);
    const std::string rows = number(n), columns = number(m), all = number(n * m), t = e.type;
    return header(name, "x: " + t + "[" + rows + ", " + columns + "]", "y: " + t + "[" + rows + ", " + columns + "]")
           + "    a = alloc " + t + "[" + columns + ", " + rows + "]\n    for f in range(" + all
           + "):\n        with block(\"turn\") as (vi: spatial(" + rows + ") = f // " + columns + ", vj: spatial("
           + columns + ") = f % " + columns + "):\n" + line("a[vj, vi] = x[vi, vj]")
           + nest(
               "scan", {{"i", n}, {"j", m}}, "j", "ordered",
               line("y[vi, vj] = " + plus(e, "a[vj, vi]", "select(0 < vj, y[vi, vj - 1], " + e.constant("0") + ")")));
}

// An index of `size` elements that is data: the integers that are drawn lie below 100.
std::string dataIndex(Random& random, const std::string& data, int size)
{
    const std::string n = number(size);
    const std::vector<std::string> all{"checked(" + data + " % " + n + ", " + n + ")",
                                       "checked(min(" + data + ", " + number(size - 1) + "), " + n + ")",
                                       "checked(select(" + data + " < " + n + ", " + data + ", 0), " + n + ")",
                                       "checked(checked(" + data + ", 100) * " + n + " // 100, " + n + ")"};
    return random.of(all);
}

// Rows of what a block before made, picked by data.
std::string picked(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int n = random.between(2, 6), m = random.between(2, 6), k = random.between(2, 8);
    const std::string rows = number(n), columns = number(m), count = number(k), t = e.type;
    const std::string row = dataIndex(random, "c[vi]", n);
    const std::string column = random.chance(40) ? dataIndex(random, "c[vi]", m) : "vj";
    return header(name, "x: " + t + "[" + rows + ", " + columns + "], c: i64[" + count + "]",
                  "y: " + t + "[" + count + ", " + columns + "]")
           + "    a = alloc " + t + "[" + rows + ", " + columns + "]\n"
           + nest("a", {{"i", n}, {"j", m}}, "", "", line("a[vi, vj] = " + plus(e, "x[vi, vj]", e.constant("1"))))
           + nest("y", {{"i", k}, {"j", m}}, "", "",
                  line("y[vi, vj] = " + plus(e, "a[" + row + ", " + column + "]", "x[0, vj]")));
}

// Updates of elements that data name: several may be the same, so they run in order.
std::string scattered(Random& random, const std::string& name)
{
    const Element e = element(random);
    const int n = random.between(2, 6), k = random.between(2, 8);
    const std::string size = number(n), count = number(k), t = e.type;
    const std::string self = "a[" + dataIndex(random, "c[vi]", n) + "]";
    const std::string value = random.chance(50) ? plus(e, self, "x[vi]") : "x[vi]";
    return header(name, "x: " + t + "[" + count + "], c: i64[" + count + "]", "y: " + t + "[" + size + "]")
           + "    a = alloc " + t + "[" + size + "]\n"
           + nest("start", {{"i", n}}, "", "", line("a[vi] = " + e.constant("1")))
           + nest("put", {{"i", k}}, "i", "ordered", line(self + " = " + value))
           + nest("y", {{"i", n}}, "", "", line("y[vi] = " + plus(e, "a[" + number(n - 1) + " - vi]", "a[vi]")));
}

}  // namespace

std::string randomModule(Random& random)
{
    using Make = std::string (*)(Random&, const std::string&);
    static const std::vector<Make> makers{product,      product,   chain,  pooling,   inPlace,  stencil,
                                          underOneLoop, fusedScan, picked, scattered, begunAnew};
    std::string text = "module m():\n\n";
    for (int f = 0, count = random.chance(70) ? 1 : random.between(2, 3); f < count; ++f)
        text += random.of(makers)(random, "f" + number(f)) + "\n";
    return text;
}

}  // namespace strata
