// Random legal steps on small programs. Whatever is applied, the module verifies, prints and parses, forwards its
// nodes, and computes what it computed: bit for bit where the steps say that they are exact. A refusal is a refusal and
// never a bug. Seeds are fixed.
#include "core/session/session.h"
#include "core/text/text.h"
#include "passes/registry.h"
#include "tests/passes/transform_checks.h"
#include "tests/program.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace strata;

namespace {

const char* const programs[][2] = {
    {"mm_relu", R"(module m(entry=mm_relu):
@loops
def mm_relu(a: f32[6, 5], b: f32[5, 8]) -> (c: f32[6, 8]):
    y = alloc f32[6, 8]
    for i, j, k in grid(6, 8, 5):
        with block("y") as (vi: spatial(6) = i, vj: spatial(8) = j, vk: reduce(5) = k):
            with init(): y[vi, vj] = 0.0
            y[vi, vj] = fma(a[vi, vk], b[vk, vj], y[vi, vj])
    for i1, j1 in grid(6, 8):
        with block("c") as (vi: spatial(6) = i1, vj: spatial(8) = j1):
            c[vi, vj] = max(0.0, y[vi, vj])
)"},
    {"chain", R"(module m(entry=chain):
@loops
def chain(x: f32[4, 12]) -> (z: f32[4, 12]):
    y = alloc f32[4, 12]
    w = alloc f32[4, 12]
    for i, j in grid(4, 12):
        with block("y") as (vi: spatial(4) = i, vj: spatial(12) = j):
            y[vi, vj] = x[vi, vj] * 2.0
    for i1, j1 in grid(4, 12):
        with block("w") as (vi: spatial(4) = i1, vj: spatial(12) = j1):
            w[vi, vj] = y[vi, vj] + x[vi, 11 - vj]
    for i2, j2 in grid(4, 12):
        with block("z") as (vi: spatial(4) = i2, vj: spatial(12) = j2):
            z[vi, vj] = exp(w[vi, vj])
)"},
    {"window", R"(module m(entry=window):
@loops
def window(a: f32[18]) -> (b: f32[16]):
    for i in range(16):
        with block("b") as (vi: spatial(16) = i):
            b[vi] = a[vi] + a[vi + 1] + a[vi + 2]
)"},
    {"row_sums", R"(module m(entry=row_sums):
@loops
def row_sums(a: f32[6, 10]) -> (mean: f32[6], d: f32[6, 10]):
    s = alloc f32[6]
    for i, k in grid(6, 10):
        with block("s") as (vi: spatial(6) = i, vk: reduce(10) = k):
            with init(): s[vi] = 0.0
            s[vi] = s[vi] + a[vi, vk]
    for i1 in range(6):
        with block("mean") as (vi: spatial(6) = i1):
            mean[vi] = s[vi] / 10.0
    for i2, j2 in grid(6, 10):
        with block("d") as (vi: spatial(6) = i2, vj: spatial(10) = j2):
            d[vi, vj] = a[vi, vj] - mean[vi]
)"},
    {"scan", R"(module m(entry=scan):
@loops
def scan(a: f32[3, 8]) -> (y: f32[3, 8]):
    for i, t in grid(3, 8):
        with block("y") as (vi: spatial(3) = i, vt: ordered(8) = t):
            y[vi, vt] = a[vi, vt] + select(0 < vt, y[vi, vt - 1], 0.0)
)"},
    {"conv", R"(module m(entry=conv):
@loops
def conv(x: f32[2, 6, 6], w: f32[4, 2, 3, 3]) -> (y: f32[4, 4, 4]):
    for o, p, q, c, r, s in grid(4, 4, 4, 2, 3, 3):
        with block("y") as (vo: spatial(4) = o, vp: spatial(4) = p, vq: spatial(4) = q, vc: reduce(2) = c, vr: reduce(3) = r, vs: reduce(3) = s):
            with init(): y[vo, vp, vq] = 0.0
            y[vo, vp, vq] = fma(x[vc, vp + vr, vq + vs], w[vo, vc, vr, vs], y[vo, vp, vq])
)"},
    {"graph", R"(module m(entry=main):
const @w: f32[3, 4] = [1.0, 2.0, -1.0, 0.5, 0.25, 1.5, -2.0, 1.0, 0.5, -0.5, 1.0, 2.0]
const @b: f32[3] = [0.5, -0.5, 1.0]
const @one: f32[] = [1.0]

def main(x: f32[2, 4]) -> (y: f32[2, 3], z: f32[3, 2]):
    i: f32[2, 4] = Identity(x, node="same", version=13)
    g: f32[2, 3] = Gemm(i, @w, @b, transB=1, node="fc", version=13)
    r: f32[2, 3] = Relu(g, node="relu", version=14)
    o: f32[] = Add(@one, @one, node="two", version=14)
    m: f32[2, 3] = Mul(r, o, node="scale", version=14)
    y: f32[2, 3] = Softmax(m, axis=1, node="soft", version=13)
    t: f32[3, 2] = Transpose(m, perm=[1, 0], node="turn", version=13)
    dead: f32[3, 2] = Exp(t, node="dead", version=13)
    z: f32[3, 2] = Tanh(t, node="tanh", version=13)
    return y, z
)"},
    {"batched", R"(module m(entry=main):
def main(x: f32[2, 3, 4], w: f32[4, 5], s: f32[5], c: f32[5]) -> (y: f32[2, 3, 5]):
    h: f32[2, 3, 5] = MatMul(x, w, node="mm", version=13)
    n: f32[2, 3, 5] = LayerNormalization(h, s, c, node="norm", version=17)
    y: f32[2, 3, 5] = Relu(n, node="relu", version=14)
    return y
)"},
};

// Draws arguments for a transform from the names that are there; most are refused, which is part of the test.
class Drawer {
public:
    Drawer(const Module& module, std::mt19937& random)
        : m_random(random)
    {
        const FunctionPtr function = module.functions[draw(module.functions.size())];
        m_function = function->name;
        for (const Cursor& cursor : cursors(*function))
            m_names[cursor.kind].push_back(cursor.name);
        for (const Buffer& buffer : buffers(*function))
            m_ranks[buffer.name] = buffer.type.shape.size();
    }

    std::optional<Arguments> arguments(const Transform& transform)
    {
        Arguments result;
        for (const Parameter& parameter : transform.parameters) {
            if (parameter.optional && draw(3) != 0)
                continue;
            std::optional<Argument> value = argument(parameter);
            if (!value)
                return std::nullopt;
            result.values[parameter.name] = std::move(*value);
        }
        return result;
    }

private:
    std::size_t draw(std::size_t below) { return below ? m_random() % below : 0; }

    std::optional<Argument> name(NodeKind kind)
    {
        const std::vector<std::string>& names = m_names[kind];
        return names.empty() ? std::nullopt : std::optional<Argument>(names[draw(names.size())]);
    }

    // Neighbours in program order, now and then out of order.
    std::optional<Argument> names(NodeKind kind)
    {
        const std::vector<std::string>& all = m_names[kind];
        if (all.empty())
            return std::nullopt;
        const std::size_t begin = draw(all.size()), count = std::min(all.size() - begin, 1 + draw(4));
        std::vector<std::string> some(all.begin() + std::ptrdiff_t(begin), all.begin() + std::ptrdiff_t(begin + count));
        if (draw(2))
            std::shuffle(some.begin(), some.end(), m_random);
        return Argument(std::move(some));
    }

    Argument integers()
    {
        std::vector<std::int64_t> values;
        for (std::size_t i = 0, count = 2 + draw(2); i < count; ++i)
            values.push_back(std::int64_t(1 + draw(5)));
        values[draw(values.size())] = inferred;
        return values;
    }

    Argument indexMap()
    {
        static const char* const maps[] = {"(i) -> (i // 2, i % 2)",
                                           "(i, j) -> (j, i)",
                                           "(i, j) -> (i, j // 4, j % 4)",
                                           "(i, j) -> (j // 3, i, j % 3)",
                                           "(i, j, k) -> (k, i, j)",
                                           "(i, j) -> (i + j)",
                                           "(i, j, k) -> (i, j, k // 2, k % 2)"};
        return std::string(maps[draw(std::size(maps))]);
    }

    std::optional<Argument> argument(const Parameter& parameter)
    {
        switch (parameter.kind) {
        case ParameterKind::Function: return Argument(m_function);
        case ParameterKind::Node: return name(NodeKind::Operator);
        case ParameterKind::Nodes: return names(NodeKind::Operator);
        case ParameterKind::Loop: return name(NodeKind::Loop);
        case ParameterKind::Loops: return names(NodeKind::Loop);
        case ParameterKind::Block: return name(NodeKind::Block);
        case ParameterKind::Buffer: return name(NodeKind::Buffer);
        case ParameterKind::Integer: return Argument(std::int64_t(draw(4)));
        case ParameterKind::Integers: return integers();
        case ParameterKind::Boolean: return Argument(draw(2) == 1);
        case ParameterKind::Choice: return Argument(parameter.choices[draw(parameter.choices.size())]);
        case ParameterKind::IndexMap: return indexMap();
        case ParameterKind::Name:
        case ParameterKind::Names:
        case ParameterKind::Text: break;
        }
        return std::nullopt;
    }

    std::mt19937& m_random;
    std::string m_function;
    std::map<NodeKind, std::vector<std::string>> m_names;
    std::map<std::string, std::size_t> m_ranks;
};

}  // namespace

class TestRandomTransforms : public QObject {
    Q_OBJECT

private slots:
    void steps_data();
    void steps();
    void undoGivesThePointerBack();

private:
    std::optional<Step> draw(const Module& module, std::mt19937& random);

    Registry m_registry{passTransforms()};
};

void TestRandomTransforms::steps_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<int>("seed");
    for (const auto& [name, text] : programs)
        for (int seed = 1; seed <= 8; ++seed)
            QTest::addRow("%s %d", name, seed) << text << seed;
}

std::optional<Step> TestRandomTransforms::draw(const Module& module, std::mt19937& random)
{
    const Transform& transform = m_registry.all()[random() % m_registry.all().size()];
    const std::optional<Arguments> arguments = Drawer(module, random).arguments(transform);
    return arguments ? std::optional(Step{transform.id, *arguments, {}, {}}) : std::nullopt;
}

void TestRandomTransforms::steps()
{
    QFETCH(QString, program);
    QFETCH(int, seed);
    std::mt19937 random(static_cast<std::uint32_t>(seed));
    const auto root = parseModule(program.toStdString());
    QVERIFY2(root.ok(), root.ok() ? "" : root.error().text().c_str());
    ModulePtr module = *root;
    std::string history;
    int applied = 0;
    bool exact = true;
    for (int attempt = 0; attempt < 300 && applied < 12; ++attempt) {
        const std::optional<Step> step = draw(*module, random);
        if (!step)
            continue;
        const std::string line = print(*step, m_registry);
        const auto result = applyChecked(module, line, m_registry);
        if (!result) {
            const std::string report = line + ": " + result.error().text() + "\nafter\n" + history + print(*module);
            QVERIFY2(result.error().kind == ErrorKind::Refused, report.c_str());
            continue;
        }
        history += line + "\n";
        exact = exact && result->change->effect == Effect::Exact;
        module = result->module;
        ++applied;
    }
    QVERIFY2(applied >= 3, ("Hardly anything applies:\n" + history).c_str());
    const Status same = compareByEvaluation(**root, *module, exact);
    QVERIFY2(same.ok(), same.ok() ? "" : (same.error().text() + "\nafter\n" + history).c_str());
}

void TestRandomTransforms::undoGivesThePointerBack()
{
    std::mt19937 random(3);
    const auto root = parseModule(programs[0][1]);
    Session session(*root, std::make_shared<const Registry>(passTransforms()));
    std::vector<ModulePtr> modules{session.current()->module};
    for (int attempt = 0; attempt < 300 && modules.size() < 8; ++attempt)
        if (const std::optional<Step> step = draw(*session.current()->module, random); step && session.apply(*step))
            modules.push_back(session.current()->module);
    QVERIFY(modules.size() > 3);
    for (std::size_t i = modules.size() - 1; i-- > 0;) {
        session.undo();
        QCOMPARE(session.current()->module.get(), modules[i].get());
    }
    QVERIFY(!session.canUndo());
}

STRATA_TEST(TestRandomTransforms)
#include "tst_random_transforms.moc"
