// Random programs, random steps: whatever a step accepts must verify, print, forward, and compute the same bits where
// it says so; and the instance oracle must find the same instances in an order that keeps every dependence. Seeds are
// fixed.
#include "core/analysis/dependence.h"
#include "core/text/text.h"
#include "passes/registry.h"
#include "tests/passes/transform_checks.h"

#include <QTest>

#include <random>

using namespace strata;

namespace {

class Random {
public:
    explicit Random(unsigned seed)
        : m_engine(seed)
    {
    }
    int below(int n) { return int(m_engine() % unsigned(n)); }
    int between(int low, int high) { return low + below(high - low + 1); }
    bool chance(int percent) { return below(100) < percent; }
    template<class T>
    const T& of(const std::vector<T>& list)
    {
        return list[std::size_t(below(int(list.size())))];
    }

private:
    std::mt19937 m_engine;  // the distributions of the standard library differ by platform, so none is used
};

std::string number(int n) { return std::to_string(n); }

// A nest over the dimensions, "for i_b, j_b in grid(4, 5):" with a block whose iterators are vi, vj.
std::string nest(const std::string& block, const std::vector<std::pair<std::string, int>>& dimensions,
                 const std::string& reduce, const std::string& body)
{
    std::string names, extents, iters;
    for (const auto& [name, extent] : dimensions) {
        const std::string loop = name + "_" + block;
        names += (names.empty() ? "" : ", ") + loop;
        extents += (extents.empty() ? "" : ", ") + number(extent);
        const bool isReduce = reduce.find(name) != std::string::npos;
        iters += (iters.empty() ? "v" : ", v") + name + ": " + (isReduce ? "reduce(" : "spatial(") + number(extent)
                 + ") = " + loop;
    }
    const bool single = dimensions.size() == 1;
    return "    for " + names + " in " + (single ? "range(" : "grid(") + extents + "):\n        with block(\"" + block
           + "\") as (" + iters + "):\n" + body;
}

std::string line(const std::string& text) { return "            " + text + "\n"; }

std::string matmulRelu(Random& random)
{
    const int m = random.between(2, 7), n = random.between(2, 9), k = random.between(2, 6);
    const std::string rows = number(m), columns = number(n), depth = number(k);
    return "def f(A: f32[" + rows + ", " + depth + "], B: f32[" + depth + ", " + columns + "]) -> (C: f32[" + rows
           + ", " + columns + "]):\n" + "    Y = alloc f32[" + rows + ", " + columns + "]\n"
           + nest("mm", {{"i", m}, {"j", n}, {"k", k}}, "k",
                  line("with init(): Y[vi, vj] = 0.0") + line("Y[vi, vj] = fma(A[vi, vk], B[vk, vj], Y[vi, vj])"))
           + nest("relu", {{"i", m}, {"j", n}}, "", line("C[vi, vj] = max(Y[vi, vj], 0.0)"));
}

std::string chain(Random& random)
{
    const int n = random.between(3, 12), m = random.between(2, 6), halo = random.between(0, 2);
    const std::string inner = number(n), outer = number(m), wide = number(n + halo), shift = number(halo);
    return "def f(x: f32[" + outer + ", " + wide + "]) -> (y: f32[" + outer + ", " + inner + "]):\n"
           + "    a = alloc f32[" + outer + ", " + wide + "]\n    b = alloc f32[" + outer + ", " + inner + "]\n"
           + nest("a", {{"i", m}, {"j", n + halo}}, "", line("a[vi, vj] = x[vi, vj] * 2.0"))
           + nest("b", {{"i", m}, {"j", n}}, "", line("b[vi, vj] = a[vi, vj] + a[vi, vj + " + shift + "]"))
           + nest("y", {{"j", n}, {"i", m}}, "", line("y[vi, vj] = b[vi, vj] - x[vi, vj]"));
}

std::string pooling(Random& random)
{
    const int n = random.between(2, 4), m = random.between(2, 4), size = random.between(2, 3);
    const std::string rows = number(n), columns = number(m), s = number(size), height = number(n * size),
                      width = number(m * size);
    return "def f(x: f32[" + height + ", " + width + "]) -> (y: f32[" + rows + ", " + columns
           + "]):\n    a = alloc f32[" + height + ", " + width + "]\n"
           + nest("a", {{"i", n * size}, {"j", m * size}}, "", line("a[vi, vj] = max(x[vi, vj], 0.25)"))
           + nest("pool", {{"p", n}, {"q", m}, {"r", size}, {"s", size}}, "rs",
                  line("with init(): y[vp, vq] = 0.0")
                      + line("y[vp, vq] = y[vp, vq] + a[vp * " + s + " + vr, vq * " + s + " + vs]"));
}

std::string inPlace(Random& random)
{
    const int n = random.between(3, 9), k = random.between(2, 6);
    const std::string rows = number(n), depth = number(k);
    return "def f(x: f32[" + rows + ", " + depth + "], b: f32[" + rows + "]) -> (y: f32[" + rows + "]):\n"
           + nest("sum", {{"i", n}, {"k", k}}, "k",
                  line("with init(): y[vi] = 0.0") + line("y[vi] = y[vi] + x[vi, vk]"))
           + nest("relu", {{"i", n}}, "", line("y[vi] = max(y[vi] + b[vi], 0.0)"));
}

std::string stencil(Random& random)
{
    const int n = random.between(4, 7);
    const std::string size = number(n), less = number(n - 1), dt = number(random.between(0, 1)),
                      ds = number(random.between(0, 1));
    return "def f(x: f32[" + size + ", " + size + "]) -> (a: f32[" + size + ", " + size + "]):\n"
           + nest("start", {{"i", n}, {"j", n}}, "", line("a[vi, vj] = x[vi, vj]")) + "    for t, s in grid(" + less
           + ", " + less + "):\n        with block(\"step\") as (vt: ordered(" + less + ") = t, vs: ordered(" + less
           + ") = s):\n"
           + line("a[vt + 1, vs + " + ds + "] = a[vt + 1, vs + " + ds + "] * 0.5 + a[vt, vs + " + dt + "]");
}

std::string program(Random& random)
{
    using Make = std::string (*)(Random&);
    static const std::vector<Make> makers{matmulRelu, chain, pooling, inPlace, stencil};
    return random.of(makers)(random);
}

class Steps {
public:
    Steps(Random& random, const Function& function)
        : m_random(random)
        , m_function(function)
    {
        for (const Cursor& cursor : cursors(function)) {
            if (cursor.kind == NodeKind::Loop)
                m_loops.push_back(cursor.name);
            if (cursor.kind == NodeKind::Block)
                m_blocks.push_back(cursor.name);
            if (cursor.kind == NodeKind::Buffer)
                m_buffers.push_back(cursor.name);
        }
    }

    // A step line that may or may not be legal.
    std::string next()
    {
        static const std::vector<std::string> ids{"split",
                                                  "split",
                                                  "fuse",
                                                  "reorder",
                                                  "reorder",
                                                  "parallel",
                                                  "vectorize",
                                                  "unroll",
                                                  "serial",
                                                  "bind",
                                                  "compute_at",
                                                  "compute_at",
                                                  "reverse_compute_at",
                                                  "reverse_compute_at",
                                                  "compute_inline",
                                                  "reverse_compute_inline",
                                                  "decompose_reduction",
                                                  "cache_read",
                                                  "cache_write",
                                                  "set_scope",
                                                  "compact_buffer",
                                                  "transform_layout",
                                                  "blockize",
                                                  "rfactor"};
        const std::string id = m_random.of(ids);
        return "loops." + id + "(f, " + arguments(id) + ")";
    }

private:
    std::string arguments(const std::string& id);
    std::string chainOf(bool shuffle);
    std::string factors();
    std::string map(const std::string& buffer);
    std::string loop() { return m_random.of(m_loops); }
    std::string block() { return m_random.of(m_blocks); }
    std::string buffer() { return m_random.of(m_buffers); }

    Random& m_random;
    const Function& m_function;
    std::vector<std::string> m_loops, m_blocks, m_buffers;
};

std::string Steps::factors()
{
    const std::string factor = number(m_random.between(2, 4));
    return m_random.chance(30)   ? "[_, 2, " + factor + "]"
           : m_random.chance(50) ? "[_, " + factor + "]"
                                 : "[" + factor + ", _]";
}

// Loops of one chain, in their order or shuffled.
std::string Steps::chainOf(bool shuffle)
{
    std::vector<std::string> chain;
    for (auto located = findLoop(m_function, loop()); located;) {
        chain.push_back(located->loop()->name);
        const Body& body = located->loop()->body;
        const Loop* inner = body.size() == 1 ? as<Loop>(body[0]) : nullptr;
        located = inner ? findLoop(m_function, inner->name) : std::nullopt;
    }
    if (!shuffle)
        chain.resize(std::min<std::size_t>(chain.size(), 2));
    for (std::size_t i = chain.size(); shuffle && i > 1; --i)
        std::swap(chain[i - 1], chain[std::size_t(m_random.below(int(i)))]);
    std::string text;
    for (const std::string& name : chain)
        text += (text.empty() ? "[" : ", ") + name;
    return text + "]";
}

std::string Steps::map(const std::string& buffer)
{
    for (const Buffer& known : buffers(m_function))
        if (known.name == buffer && known.type.shape.size() == 2)
            return m_random.chance(50) ? "(a, b) -> (b, a)" : "(a, b) -> (b // 2, a, b % 2)";
    return "(a) -> (a // 2, a % 2)";
}

std::string Steps::arguments(const std::string& id)
{
    static const std::vector<std::string> axes{"blockIdx.x", "threadIdx.x", "threadIdx.y"},
        scopes{"global", "shared", "local"};
    if (id == "split")
        return loop() + ", " + factors();
    if (id == "fuse" || id == "reorder")
        return chainOf(id == "reorder");
    if (id == "parallel" || id == "vectorize" || id == "unroll" || id == "serial" || id == "blockize"
        || id == "rfactor")
        return loop();
    if (id == "bind")
        return loop() + ", \"" + m_random.of(axes) + "\"";
    if (id == "compute_inline" || id == "reverse_compute_inline")
        return block();
    if (id == "cache_read" || id == "cache_write")
        return block() + ", " + buffer() + ", scope=" + m_random.of(scopes);
    if (id == "set_scope")
        return buffer() + ", " + m_random.of(scopes);
    if (id == "compact_buffer")
        return buffer();
    if (id == "transform_layout") {
        const std::string name = buffer();
        return name + ", " + map(name);
    }
    return block() + ", " + loop();
}

// Steps that keep the blocks and run each instance once.
bool keepsInstances(const std::string& step)
{
    for (const char* id : {"split", "fuse", "reorder", "parallel", "vectorize", "unroll", "serial", "bind",
                           "reverse_compute_at", "transform_layout"})
        if (step.rfind(std::string("loops.") + id + "(", 0) == 0)
            return true;
    return false;
}

// Buffers of another shape have other elements, and those that live inside a loop have new ones in each iteration: only
// the others can be compared.
bool comparable(const Function& a, const Function& b)
{
    bool inside = false;
    for (const Function* function : {&a, &b})
        for (const StmtPtr& stmt : function->loops()->body)
            walk({stmt}, [&](const StmtPtr& inner) { inside = inside || (inner != stmt && as<Alloc>(inner)); });
    return !inside && buffers(a) == buffers(b);
}

}  // namespace

class TestRandomSteps : public QObject {
    Q_OBJECT

private slots:
    void steps_data();
    void steps();
    void manyAreLegal();

private:
    void take(ModulePtr& module, const std::string& step, const std::string& path);

    Registry m_registry{passTransforms()};
    int m_taken = 0, m_refused = 0;
    bool m_recomputes = false;  // some instances of the program at hand run several times
};

void TestRandomSteps::steps_data()
{
    QTest::addColumn<int>("seed");
    for (int group = 0; group < 30; ++group)
        QTest::newRow(("programs " + number(group * 10) + " and on").c_str()) << group * 10;
}

void TestRandomSteps::take(ModulePtr& module, const std::string& step, const std::string& path)
{
    if (qEnvironmentVariableIsSet("STRATA_TRACE"))
        qInfo("%s\n%s", print(*module).c_str(), step.c_str());
    const Result<Applied> applied = applyChecked(module, step, m_registry);
    if (!applied.ok()) {
        QVERIFY2(applied.error().kind == ErrorKind::Refused,
                 (applied.error().text() + "\nafter\n" + path + step + "\n" + print(*module)).c_str());
        ++m_refused;
        return;
    }
    ++m_taken;
    const FunctionPtr before = module->find("f"), after = applied->module->find("f");
    if (keepsInstances(step) && comparable(*before, *after) && applied->effect == Effect::Exact && !m_recomputes) {
        const Status same = checkInstances(*before, *after);
        QVERIFY2(same.ok(),
                 same.ok() ? "" : (same.error().text() + "\nafter\n" + path + step + "\n" + print(*module)).c_str());
    }
    for (const std::string& note : applied->notes)
        m_recomputes = m_recomputes || note.find("times instead of") != std::string::npos;
    module = applied->module;
}

void TestRandomSteps::steps()
{
    QFETCH(int, seed);
    for (int number = seed; number < seed + 10; ++number) {
        Random random{unsigned(number)};
        const auto parsed = parseModule(program(random));
        QVERIFY2(parsed.ok(), parsed.ok() ? "" : parsed.error().text().c_str());
        ModulePtr module = *parsed;
        std::string path;
        m_recomputes = false;
        for (int count = 0; count < 20; ++count) {
            const std::string step = Steps(random, *module->find("f")).next();
            const ModulePtr before = module;
            take(module, step, path);
            if (QTest::currentTestFailed())
                return;
            if (module != before)
                path += step + "\n";
        }
    }
}

// The test means something only if steps are taken.
void TestRandomSteps::manyAreLegal()
{
    if (m_taken + m_refused == 0)
        QSKIP("No programs ran.");
    QVERIFY2(m_taken > 500 && m_refused > 300, (number(m_taken) + " taken, " + number(m_refused) + " refused").c_str());
}

QTEST_APPLESS_MAIN(TestRandomSteps)
#include "tst_random_steps.moc"
