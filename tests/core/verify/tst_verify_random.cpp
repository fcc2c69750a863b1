// Damaged programs: whatever the verifier accepts runs in the evaluator without leaving a buffer, gives results that
// are wholly written and come from nothing unwritten, and does not mind in which order parallel iterations run.
// Whatever it refuses, it refuses with a line.
//
// The programs add and multiply positive numbers, so that an element that nobody wrote, which holds a NaN, shows in the
// results.
#include "core/machine/run_loops.h"
#include "core/text/source.h"
#include "core/verify/verify.h"
#include "tests/program.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <regex>

using namespace strata;

namespace {

const char* const programs[] = {
    R"(def f(x: f32[6, 8]) -> (y: f32[6, 8]):
    t = alloc f32[6, 9]
    for i, j in grid(6, 8):
        with block("t") as (vi: spatial(6) = i, vj: spatial(8) = j):
            t[vi, vj] = x[vi, vj] * 2.0
    for i1 in range(6):
        with block("edge") as (vi: spatial(6) = i1):
            t[vi, 8] = 1.0
    for i2, j2 in grid(6, 8):
        with block("y") as (vi: spatial(6) = i2, vj: spatial(8) = j2):
            y[vi, vj] = t[vi, vj] + t[vi, vj + 1]
)",
    R"(def f(x: f32[8, 6], w: f32[6, 8]) -> (y: f32[8, 8]):
    for i0 in parallel(4):
        for j0 in range(2):
            acc = alloc f32[2, 4] in local
            for i1 in unrolled(2):
                for j1 in vectorized(4):
                    with block("zero") as (vi: spatial(8) = i0 * 2 + i1, vj: spatial(8) = j0 * 4 + j1):
                        acc[vi % 2, vj % 4] = 0.0
            for k in range(6):
                for i2 in unrolled(2):
                    for j2 in vectorized(4):
                        with block("mm") as (vi: spatial(8) = i0 * 2 + i2, vj: spatial(8) = j0 * 4 + j2, vk: reduce(6) = k):
                            acc[vi % 2, vj % 4] = fma(x[vi, vk], w[vk, vj], acc[vi % 2, vj % 4])
            for i3 in unrolled(2):
                for j3 in vectorized(4):
                    with block("store") as (vi: spatial(8) = i0 * 2 + i3, vj: spatial(8) = j0 * 4 + j3):
                        y[vi, vj] = acc[vi % 2, vj % 4]
)",
    R"(def f(x: f32[10], z: f32[6]) -> (y: f32[10], s: f32[1]):
    t = alloc f32[10]
    for i0 in range(3):
        for i1 in vectorized(4):
            with block("double") as (v: spatial(10) = i0 * 4 + i1):
                where(i0 * 4 + i1 < 10)
                t[v] = x[v] * 2.0
    for j in parallel(10):
        with block("pad") as (v: spatial(10) = j):
            y[v] = select((0 <= v - 1) & (v - 1 < 9), t[v - 1], 1.0)
    for k in range(6):
        with block("sum") as (v: spatial(1) = 0, r: reduce(6) = k):
            with init(): s[v] = 0.0
            s[v] = s[v] + z[r]
)",
    R"(def f(x: f32[9], a: f32[4], b: f32[5]) -> (y: f32[9], c: f32[9]):
    with block("first"):
        y[0] = x[0]
    for i in range(8):
        with block("scan") as (v: ordered(8) = i):
            y[v + 1] = y[v] + x[v + 1]
    for p in range(4):
        with block("a") as (v: spatial(4) = p):
            c[v] = a[v]
    for q in parallel(5):
        with block("b") as (v: spatial(5) = q):
            c[v + 4] = b[v]
)",
    R"(def f(x: f32[8], p: i64[6]) -> (y: f32[6], z: f32[6]):
    for i in parallel(6):
        with block("take") as (v: spatial(6) = i):
            y[v] = x[checked(p[v] + v, 8)]
    for j in vectorized(6):
        with block("ask") as (v: spatial(6) = j):
            z[v] = select((0 <= p[v]) & (p[v] < 7), x[p[v] + 1], 1.0)
)",
    R"(def f(x: f32[10]) -> (y: f32[10], z: f32[10]):
    t = alloc f32[10]
    for i0 in range(3):
        acc = alloc f32[4] in local
        for i1 in range(4):
            with block("fill") as (v: spatial(10) = i0 * 4 + i1, l: spatial(4) = i1):
                where(i0 * 4 + i1 < 10)
                acc[l] = x[v] + 1.0
        for i2 in range(4):
            with block("twice") as (v: spatial(10) = i0 * 4 + i2, l: spatial(4) = i2):
                where(i0 * 4 + i2 < 10)
                t[v] = acc[l] * 2.0
        for i3 in range(4):
            with block("y") as (v: spatial(10) = i0 * 4 + i3, l: spatial(4) = i3):
                where(i0 * 4 + i3 < 9)
                y[v] = acc[l]
    for j in range(10):
        with block("z") as (v: spatial(10) = j):
            z[v] = t[9 - v]
    for e in range(1):
        with block("last") as (v: spatial(1) = e):
            y[v + 9] = z[v]
)",
};

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

class Damage {
public:
    explicit Damage(unsigned seed)
        : m_random(seed)
    {
    }

    std::string of(const std::string& program)
    {
        std::vector<std::string> lines = linesOf(program);
        for (unsigned edits = 1 + below(2); edits > 0; --edits)
            damage(lines);
        std::string text;
        for (const std::string& line : lines)
            text += line + "\n";
        return text;
    }

private:
    unsigned below(std::size_t n) { return unsigned(m_random() % n); }
    void damage(std::vector<std::string>& lines)
    {
        const std::size_t at = 1 + below(lines.size() - 1);
        switch (below(8)) {
        case 0: lines.erase(lines.begin() + long(at)); break;
        case 1: lines.insert(lines.begin() + long(at), lines[at]); break;
        case 2: std::swap(lines[at], lines[1 + below(lines.size() - 1)]); break;
        case 3: replaceSome(lines[at], std::regex("range|parallel|vectorized|unrolled"), kinds); break;
        case 4: replaceSome(lines[at], std::regex("\\b[ijkvrpq][0-3ijkr]?\\b"), names); break;
        default: changeNumber(lines[at]);
        }
        if (lines.size() < 3)
            lines.push_back("    pass");
    }
    void replaceSome(std::string& line, const std::regex& pattern, const std::vector<std::string>& by)
    {
        std::vector<std::smatch> found(std::sregex_iterator(line.begin(), line.end(), pattern), {});
        if (found.empty())
            return;
        const std::smatch& one = found[below(found.size())];
        line.replace(std::size_t(one.position()), std::size_t(one.length()), by[below(by.size())]);
    }
    void changeNumber(std::string& line)
    {
        const std::regex number("\\b[0-9]+\\b(?!\\.)");
        std::vector<std::smatch> found(std::sregex_iterator(line.begin(), line.end(), number), {});
        if (found.empty())
            return;
        const std::smatch& one = found[below(found.size())];
        const int old = std::stoi(one.str()), to[] = {old + 1, std::max(old - 1, 0), old * 2, old / 2, 0, 1};
        line.replace(std::size_t(one.position()), std::size_t(one.length()), std::to_string(to[below(6)]));
    }

    const std::vector<std::string> kinds{"range", "parallel", "vectorized", "unrolled"};
    const std::vector<std::string> names{"i", "j", "k", "vi", "vj", "vk", "v", "i0", "i1", "j1"};
    std::mt19937 m_random;
};

// Loops whose iterations have no order, run backwards.
FunctionPtr backwards(const Function& function)
{
    Function result = function;
    result.body = LoopsBody{transform(function.loops()->body, [](const StmtPtr& stmt) -> std::optional<Body> {
        const Loop* loop = as<Loop>(stmt);
        if (!loop || (loop->kind != LoopKind::Parallel && loop->kind != LoopKind::Vectorized))
            return std::nullopt;
        Loop turned = *loop;
        turned.kind = LoopKind::Serial;
        turned.body = transformExprs(loop->body, [&](const ExprPtr& e) {
            return substitute(e, {{loop->name, loop->extent - 1 - var(loop->name)}});
        });
        return Body{makeStmt(std::move(turned))};
    })};
    return std::make_shared<const Function>(std::move(result));
}

reference::Tensors inputsOf(const Function& function)
{
    reference::Tensors inputs;
    for (const TypedName& param : function.params) {
        auto tensor = std::make_shared<Tensor>(makeTensor(param.type.tensor.dtype, constants(param.type.tensor.shape)));
        for (std::int64_t i = 0; i < tensor->count(); ++i)
            tensor->set(i, 1.0 + double(i) / 16);
        inputs.push_back(std::move(tensor));
    }
    return inputs;
}

}  // namespace

class TestVerifyRandom : public QObject {
    Q_OBJECT
private slots:
    void damagedPrograms();
};

void TestVerifyRandom::damagedPrograms()
{
    const int rounds = qEnvironmentVariableIsSet("STRATA_ROUNDS") ? qEnvironmentVariableIntValue("STRATA_ROUNDS")
                                                                  : 1500;
    int accepted = 0, refusedOnes = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::string text = Damage(unsigned(round)).of(programs[std::size_t(round) % std::size(programs)]);
        const auto read = parseModuleSource(text);
        if (!read)
            continue;
        const std::vector<Error> findings = verify(*read->module);
        if (!findings.empty()) {
            const std::string told = read->source.locate(findings[0]).message;
            QVERIFY2(std::regex_search(told, std::regex("^text:[0-9]+:[0-9]+: ")), (text + told).c_str());
            ++refusedOnes;
            continue;
        }
        ++accepted;
        const Function& function = *read->module->functions.at(0);
        const reference::Tensors inputs = inputsOf(function);
        const auto forward = reference::runLoops(*read->module, function, inputs);
        if (!forward && forward.error().kind == ErrorKind::Refused)
            continue;  // a checked index that the data lead outside
        QVERIFY2(forward.ok(), (text + (forward ? "" : forward.error().text())).c_str());
        const auto back = reference::runLoops(*read->module, *backwards(function), inputs);
        QVERIFY2(back.ok(), (text + (back ? "" : back.error().text())).c_str());
        for (std::size_t i = 0; i < forward->size(); ++i) {
            for (std::int64_t e = 0; e < (*forward)[i]->count(); ++e)
                QVERIFY2(std::isfinite((*forward)[i]->at(e)), text.c_str());
            QVERIFY2((*forward)[i]->bytes == (*back)[i]->bytes, text.c_str());
        }
    }
    qInfo("%d accepted, %d refused of %d", accepted, refusedOnes, rounds);
    QVERIFY(accepted > rounds / 20 && refusedOnes > rounds / 20);
}

STRATA_TEST(TestVerifyRandom)
#include "tst_verify_random.moc"
