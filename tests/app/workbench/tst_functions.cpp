// Judging function by function: what a hand or a step did to a function is seen where it is, though it drowns end to
// end.
#include "app/workbench/judge.h"
#include "app/workbench/judge_functions.h"
#include "core/ir/implementations.h"
#include "tests/program.h"

#include <QTest>

#include <cmath>

using namespace strata;
using Outcome = FunctionVerdict::Outcome;

namespace {

// A layer, a convolution, and a softmax, whose ends forget most of what came before.
constexpr const char* model = R"(module m(entry=main):

const @k: f32[6, 4, 3, 3]
const @c: f32[6]
const @w: f32[40, 216]
const @b: f32[40]
const @v: f32[40, 10]

def main(x: f32[2, 4, 8, 8]) -> (p: f32[2, 10]):
    c: f32[2, 6, 6, 6] = Conv(x, @k, @c, node="conv", version=11)
    f: f32[2, 216] = Flatten(c, node="flat", version=13)
    h: f32[2, 40] = Gemm(f, @w, @b, transB=1, node="gemm", version=13)
    r: f32[2, 40] = Relu(h, node="relu", version=14)
    o: f32[2, 10] = MatMul(r, @v, node="last", version=13)
    p: f32[2, 10] = Softmax(o, node="soft", version=13)
    return p
)";

ConstantPtr constant(const std::vector<std::int64_t>& shape, unsigned seed, double scale)
{
    Tensor tensor = makeTensor(DType::F32, shape);
    unsigned state = seed;
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
        state = state * 1664525u + 1013904223u;
        tensor.set(i, (double(state >> 8) / double(1 << 24) - 0.5) * scale);
    }
    return *toConstant(std::move(tensor));
}

Result<ConstantPtr> drawn(const std::string& name, const TensorType& type)
{
    return constant(constants(type.shape), unsigned(name[0]) * 7919u, 0.5);
}

// The model with a function for each of its layers, lowered.
class Study {
public:
    explicit Study(const std::string& text = model)
        : root(*parseModule(text, drawn))
        , session(root, makeRegistry(), makeContext(toolchain))
    {
    }

    void take(const std::string& line)
    {
        const auto step = parseStep(line, session.registry());
        const auto taken = step ? session.apply(*step) : Result<StatePtr>(step.error());
        if (!taken)
            qFatal("%s: %s", line.c_str(), taken.error().text().c_str());
    }
    // The function with `from` in its text replaced.
    void edit(const std::string& function, const std::string& from, const std::string& to)
    {
        std::string text = print(*session.current()->module->find(function));
        const std::size_t at = text.find(from);
        if (at == std::string::npos)
            qFatal("There is no %s in\n%s", from.c_str(), text.c_str());
        for (std::size_t next = at; next != std::string::npos; next = text.find(from, next + to.size()))
            text.replace(next, from.size(), to);
        Step step;
        step.transform = "any.replace_text";
        step.arguments.values = {{"function", function}, {"text", text}};
        if (const auto taken = session.apply(step); !taken)
            qFatal("%s\n%s", taken.error().text().c_str(), text.c_str());
    }
    FunctionsReport judge(RunTarget target = RunTarget::Cpu)
    {
        FunctionsRequest request;
        request.path = session.path();
        request.inputs = *inputsFor(*root);
        request.target = target;
        const auto report = checkFunctions(toolchain, request);
        if (!report)
            qFatal("%s", report.error().text().c_str());
        return *report;
    }

    Toolchain toolchain;
    ModulePtr root;
    Session session;
};

const char* said(const FunctionVerdict& v)
{
    static std::string text;
    text = v.function + " " + v.until + " " + name(v.outcome) + " " + std::to_string(v.error) + "/"
           + std::to_string(v.bound) + " " + v.place + " " + v.reason;
    return text.c_str();
}

}  // namespace

class TestFunctions : public QObject {
    Q_OBJECT
private slots:
    void handEdits_data()
    {
        QTest::addColumn<QString>("function");
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<Outcome>("outcome");
        QTest::newRow("max(0.5, ...)") << "dense"
                                       << "max(0.0,"
                                       << "max(0.5," << Outcome::Wrong;
        QTest::newRow("the last iteration is missing") << "dense"
                                                       << "w[vj, vk]"
                                                       << "select(vk < 215, w[vj, vk], 0.0)" << Outcome::Wrong;
        QTest::newRow("the bias of a neighbour") << "dense"
                                                 << "b[vj]"
                                                 << "b[(vj + 1) % 40]" << Outcome::Wrong;
        QTest::newRow("a product and a sum") << "dense"
                                             << "fma(x[vi, vk], w[vj, vk], y_gemm_dense[vi, vj])"
                                             << "x[vi, vk] * w[vj, vk] + y_gemm_dense[vi, vj]" << Outcome::Within;
        QTest::newRow("from the end") << "dense"
                                      << "fma(x[vi, vk], w[vj, vk]"
                                      << "fma(x[vi, 215 - vk], w[vj, 215 - vk]" << Outcome::Within;
        QTest::newRow("the same by other words") << "dense"
                                                 << "max(0.0,"
                                                 << "max(0.0 * 2.0," << Outcome::Exact;
        QTest::newRow("the last column of the kernel is missing")
            << "filter"
            << "w[vo, vic, vky, vkx]"
            << "select(vkx < 2, w[vo, vic, vky, vkx], 0.0)" << Outcome::Wrong;
        QTest::newRow("the bias of a neighbouring channel") << "filter"
                                                            << "b[vo]"
                                                            << "b[(vo + 1) % 6]" << Outcome::Wrong;
        QTest::newRow("channels from the end") << "filter"
                                               << "vic, vy + vky, vx + vkx], w[vo, vic,"
                                               << "3 - vic, vy + vky, vx + vkx], w[vo, 3 - vic," << Outcome::Within;
        QTest::newRow("a softmax by another formula") << "soft"
                                                      << "exp(x[vi, vj] - y_max[vi])"
                                                      << "exp(x[vi, vj])" << Outcome::Within;
        QTest::newRow("the softmax of half") << "soft"
                                             << "exp("
                                             << "exp(0.5 * " << Outcome::Wrong;
    }
    void handEdits()
    {
        QFETCH(QString, function);
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(Outcome, outcome);
        Study study;
        layers(study);
        study.edit(function.toStdString(), from.toStdString(), to.toStdString());
        const FunctionsReport report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(1));
        const FunctionVerdict& verdict = report.verdicts[0];
        QCOMPARE(verdict.function, function.toStdString() + "_edited");
        QCOMPARE(verdict.against, "its definition " + function.toStdString());
        QVERIFY2(verdict.outcome == outcome, said(verdict));
        QCOMPARE(verdict.claim, Effect::Unsafe);
        QCOMPARE(report.untouched.value_or(-1), 4);
    }

    // A softmax leaves nothing of what shifts all of a row.
    void drownsEndToEnd()
    {
        Study study;
        study.take("graph.lower_to_loops(main, last, name=last)");
        study.edit("last", "= 0.0", "= 0.5");
        const auto whole = checkState(study.toolchain, *study.root, *study.session.current(), *inputsFor(*study.root));
        QVERIFY(whole.ok());
        QVERIFY((*whole)[0].passed);
        const FunctionsReport report = study.judge();
        QVERIFY2(report.wrong(), said(report.verdicts[0]));
    }

    // Long sums in another order: what sampled bounds end to end cannot settle, the proved ones of the functions do.
    void longSums_data()
    {
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("right");
        QTest::newRow("from the end") << "x[vi, 2999 - vk] * w[vj, 2999 - vk]" << true;
        QTest::newRow("without the last") << "select(vk < 2999, x[vi, vk] * w[vj, vk], 0.0)" << false;
        QTest::newRow("by a thousandth") << "x[vi, vk] * w[vj, vk] * 1.001" << false;
    }
    void longSums()
    {
        QFETCH(QString, value);
        QFETCH(bool, right);
        const auto product = [](const char* name, const QString& term) {
            return QStringLiteral(R"(def %1(x: f32[256, 3000], w: f32[64, 3000]) -> (y: f32[256, 64]):
    for i, j, k in grid(256, 64, 3000):
        with block("y") as (vi: spatial(256) = i, vj: spatial(64) = j, vk: reduce(3000) = k):
            with init(): y[vi, vj] = 0.0
            y[vi, vj] = y[vi, vj] + %2

)")
                .arg(QLatin1String(name), term);
        };
        const QString text = "module m(entry=mm):\n\n@loops\n@choose(other)\n" + product("mm", "x[vi, vk] * w[vj, vk]")
                             + "@loops\n@implements(mm, derived=reassociated)\n" + product("other", value);
        Study study(text.toStdString());
        const State& state = *study.session.current();
        auto outputs = checkState(study.toolchain, *study.root, state, *inputsFor(*study.root));
        QVERIFY2(outputs.ok(), outputs ? "" : outputs.error().text().c_str());
        const FunctionsReport report = study.judge();
        QVERIFY2(report.wrong() != right, said(report.verdicts[0]));
        settle(*outputs, state, report);
        QCOMPARE((*outputs)[0].passed, right);
        QCOMPARE(functionsToCheck(state, *outputs).has_value(), !right);
    }

    // Steps that schedule are judged bit for bit; those that add in another order within the bound.
    void scheduledFunctions()
    {
        Study study;
        layers(study);
        QVERIFY(study.judge().verdicts.empty());
        study.take("loops.split(dense, j, factors=[_, 8])");
        study.take("loops.reorder(dense, [j0, k, j1])");
        study.take("loops.vectorize(dense, j1)");
        FunctionsReport report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(1));
        QVERIFY2(report.verdicts[0].outcome == Outcome::Exact, said(report.verdicts[0]));
        QCOMPARE(report.verdicts[0].claim, Effect::Exact);
        study.take("loops.split(filter, ic, factors=[_, 2])");
        study.take("loops.rfactor(filter, ic1)");
        report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(2));
        QVERIFY2(report.verdicts[1].outcome == Outcome::Within, said(report.verdicts[1]));
        QCOMPARE(report.verdicts[1].claim, Effect::Reassociated);
        QVERIFY(report.verdicts[1].error <= report.verdicts[1].bound);
    }

    // What claims to be exact has to be.
    void claims_data()
    {
        QTest::addColumn<QString>("claim");
        QTest::addColumn<Outcome>("outcome");
        QTest::newRow("exact") << ", derived=exact" << Outcome::Wrong;
        QTest::newRow("reassociated") << ", derived=reassociated" << Outcome::Within;
        QTest::newRow("asserted") << "" << Outcome::Within;
    }
    void claims()
    {
        QFETCH(QString, claim);
        QFETCH(Outcome, outcome);
        const auto sum = [](const char* name, const char* index) {
            return QStringLiteral(R"(def %1(a: f32[8, 64]) -> (b: f32[8]):
    for i, k in grid(8, 64):
        with block("b") as (vi: spatial(8) = i, vk: reduce(64) = k):
            with init(): b[vi] = 0.0
            b[vi] = b[vi] + a[vi, %2]

)")
                .arg(QLatin1String(name), QLatin1String(index));
        };
        const QString text = "module m(entry=sum):\n\n@loops\n@choose(back)\n" + sum("sum", "vk")
                             + "@loops\n@implements(sum" + claim + ")\n" + sum("back", "63 - vk");
        Study study(text.toStdString());
        for (const RunTarget target : {RunTarget::Cpu, RunTarget::Reference}) {
            const FunctionsReport report = study.judge(target);
            QCOMPARE(report.verdicts.size(), std::size_t(1));
            QVERIFY2(report.verdicts[0].outcome == outcome, said(report.verdicts[0]));
        }
        // What the entry chooses runs wherever it runs.
        const std::vector<Tensor> inputs = *inputsFor(*study.root);
        const auto compiled = runModule(study.toolchain, *study.root, RunTarget::Cpu, inputs);
        const auto evaluated = runModule(study.toolchain, *study.root, RunTarget::Reference, inputs);
        const auto meant = runModule(study.toolchain, *definitionsOf(*study.root), RunTarget::Reference, inputs);
        QVERIFY(compiled.ok() && evaluated.ok() && meant.ok());
        QVERIFY(compare((*compiled)[0], (*evaluated)[0], 0, 0).equalBits);
        QVERIFY(!compare((*meant)[0], (*evaluated)[0], 0, 0).equalBits);
    }

    // A change is not lost where a later step makes another function of the changed one.
    void changesBeforeALaterStep()
    {
        Study study;
        study.take("graph.fuse(main, [gemm, relu], name=dense)");
        study.edit("dense", "Relu(", "Abs(");
        study.take("graph.lower_to_loops(dense)");
        study.take("loops.transform_layout(dense, w, (j, k) -> (j // 8, k, j % 8))");
        const FunctionsReport report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(1));
        QVERIFY2(report.wrong(), said(report.verdicts[0]));
        QCOMPARE(report.verdicts[0].until, std::string("before step 4"));
    }

    // A copy for one caller is judged against what it was copied from, as the original is.
    void copies()
    {
        Study study(R"(module m(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    h: f32[4] = call twice(x, node="first")
    y: f32[4] = call twice(h, node="second")
    return y

@loops
def twice(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)");
        study.take("any.clone_function(main, second, name=again)");
        study.edit("again", "a[vi] + a[vi]", "a[vi] * 2.0");
        study.edit("twice", "a[vi] + a[vi]", "a[vi] * 2.5");
        const FunctionsReport report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(2));
        for (const FunctionVerdict& verdict : report.verdicts) {
            const bool again = verdict.function == "again_edited";
            QVERIFY2(verdict.outcome == (again ? Outcome::Exact : Outcome::Wrong), said(verdict));
            QCOMPARE(verdict.against, std::string("its definition ") + (again ? "again" : "twice"));
            QCOMPARE(verdict.calls, 1);
        }
    }

    // Every implementation against its definition, chosen or not.
    void implementations()
    {
        Study study;
        study.take("graph.fuse(main, [gemm, relu], name=dense)");
        study.take("any.add_implementation(dense, name=plain)");
        study.take("any.add_implementation(dense, name=tiled, copy=plain)");
        study.take("loops.split(tiled, j, factors=[_, 8])");
        study.take("loops.reorder(tiled, [j0, k, j1])");
        study.take("any.add_implementation(dense, name=summed, copy=plain)");
        study.take("loops.split(summed, k, factors=[_, 8])");
        study.take("loops.rfactor(summed, k1)");
        study.take("any.add_implementation(dense, name=library, routine=onednn.matmul)");
        study.take("any.add_implementation(dense, name=wrong, copy=plain)");
        study.edit("wrong", "max(0.0,", "max(0.5,");
        study.take("any.choose_implementation(dense, tiled)");
        const FunctionsReport report = study.judge();
        std::map<std::string, const FunctionVerdict*> verdicts;
        for (const FunctionVerdict& verdict : report.verdicts) {
            verdicts[verdict.function] = &verdict;
            QCOMPARE(verdict.against, std::string("its definition dense"));
            QCOMPARE(verdict.calls, 1);
        }
        QCOMPARE(verdicts.size(), std::size_t(5));
        QVERIFY2(verdicts.at("plain")->outcome == Outcome::Exact, said(*verdicts.at("plain")));
        QVERIFY2(verdicts.at("tiled")->outcome == Outcome::Exact, said(*verdicts.at("tiled")));
        QVERIFY2(verdicts.at("summed")->outcome == Outcome::Within, said(*verdicts.at("summed")));
        QVERIFY2(verdicts.at("library")->outcome <= Outcome::Within, said(*verdicts.at("library")));
        QVERIFY2(verdicts.at("wrong")->outcome == Outcome::Wrong, said(*verdicts.at("wrong")));
        QCOMPARE(verdicts.at("summed")->claim, Effect::Reassociated);
        QCOMPARE(verdicts.at("wrong")->claim, Effect::Unsafe);
        QCOMPARE(report.untouched.value_or(-1), 4);
    }

    // The model is a definition like any other: the runtime program implements it, and is as exact as what it calls.
    void theModelItself()
    {
        Study study;
        study.take("any.add_implementation(main, name=program)");
        study.take("any.choose_implementation(main, program)");
        FunctionsReport report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(1));
        QCOMPARE(report.verdicts[0].function, std::string("program"));
        QCOMPARE(report.verdicts[0].against, std::string("its definition main"));
        QVERIFY2(report.verdicts[0].outcome == Outcome::Exact, said(report.verdicts[0]));
        study.take("loops.split(gemm_2x40, k, factors=[_, 8])");
        study.take("loops.rfactor(gemm_2x40, k1)");
        report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(2));  // what only the program calls is seen, too
        for (const FunctionVerdict& verdict : report.verdicts)
            QVERIFY2(verdict.outcome == Outcome::Within, said(verdict));
        QCOMPARE(study.session.current()->module->find("program")->implements->effect, Effect::Reassociated);
    }

    // In the session, and in a file that was saved and opened; the model itself is exact again.
    void aWrongProgram()
    {
        Study study;
        study.take("any.add_implementation(main, name=program)");
        study.take("any.choose_implementation(main, program)");
        study.edit("program", "relu_2x40(h, out=r, node=\"relu\")", "copy(h, out=r)");
        Study opened(print(*study.session.current()->module));
        for (Study* one : {&study, &opened}) {
            QCOMPARE(one->session.effect(*one->session.current()), Effect::Unsafe);
            const FunctionsReport report = one->judge();
            QCOMPARE(report.verdicts.size(), std::size_t(1));
            QVERIFY2(report.verdicts[0].outcome == Outcome::Wrong, said(report.verdicts[0]));
            one->take("any.choose_implementation(main, main)");
            QCOMPARE(one->session.effect(*one->session.current()), Effect::Exact);
        }
    }

    // A file alone holds what is needed to judge it; unasked, only what is chosen on somebody's word.
    void implementationsOfAFile_data()
    {
        QTest::addColumn<QString>("choice");
        QTest::addColumn<int>("asked");
        QTest::addColumn<int>("unasked");
        QTest::newRow("chosen") << "@choose(edited)\n" << 1 << 1;
        QTest::newRow("not chosen") << "" << 1 << 0;
    }
    void implementationsOfAFile()
    {
        QFETCH(QString, choice);
        QFETCH(int, asked);
        QFETCH(int, unasked);
        const std::string text = R"(module m(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    h: f32[4] = call half(x, node="first")
    y: f32[4] = Relu(h, node="relu", version=14)
    return y

@loops
)" + choice.toStdString() + R"(def half(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] / 2.0

@loops
@implements(half)
def edited(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] * 0.501
)";
        for (const Effect least : {Effect::Exact, Effect::Unsafe}) {
            Study study(text);
            FunctionsRequest request;
            request.path = study.session.path();
            request.inputs = *inputsFor(*study.root);
            request.least = least;
            const auto report = checkFunctions(study.toolchain, request);
            QVERIFY2(report.ok(), report ? "" : report.error().text().c_str());
            QCOMPARE(int(report->verdicts.size()), least == Effect::Exact ? asked : unasked);
            QCOMPARE(report->wrong(), !report->verdicts.empty());
        }
    }

    // LLVM IR that was edited, and a function that crashes.
    void hardware_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<Outcome>("outcome");
        QTest::newRow("as it was emitted") << ""
                                           << "" << Outcome::Exact;
        QTest::newRow("another operation") << "fadd"
                                           << "fsub" << Outcome::Wrong;
        QTest::newRow("it crashes") << "  ret i32"
                                    << "  store volatile i32 0, ptr null\n  ret i32" << Outcome::Wrong;
    }
    void hardware()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(Outcome, outcome);
        Study study;
        layers(study);
        study.take("hardware.lower_to_llvm(dense)");
        if (!from.isEmpty())
            study.edit("dense", from.toStdString(), to.toStdString());
        const FunctionsReport report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(from.isEmpty() ? 1 : 2));
        QVERIFY2(report.verdicts[0].outcome == Outcome::Exact, said(report.verdicts[0]));  // as it was emitted
        QVERIFY2(report.verdicts.back().outcome == outcome, said(report.verdicts.back()));
    }

    // A routine of a library against the operators that it stands for; equal calls are judged once.
    void routines()
    {
        Study study;
        study.take("library.call_library(main, [gemm, relu], onednn.matmul)");
        study.take("library.call_library(main, [conv], onednn.conv)");
        const FunctionsReport report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(2));
        for (const FunctionVerdict& verdict : report.verdicts) {
            QVERIFY2(verdict.outcome == Outcome::Within || verdict.outcome == Outcome::Exact, said(verdict));
            QVERIFY(verdict.function.starts_with("onednn."));
        }
        QCOMPARE(report.untouched.value_or(-1), 2);
    }

    // What the calls get is what the untouched functions hand on, not what the edited one does.
    void inputsAreTheReferences()
    {
        Study study;
        layers(study);
        study.edit("filter", "+ b[vo]", "+ 100.0 * b[vo]");
        study.edit("dense", "max(0.0,", "max(0.0 * 2.0,");
        const FunctionsReport report = study.judge();
        QCOMPARE(report.verdicts.size(), std::size_t(2));
        for (const FunctionVerdict& verdict : report.verdicts)
            QVERIFY2(verdict.outcome == (verdict.function == "dense_edited" ? Outcome::Exact : Outcome::Wrong),
                     said(verdict));
    }

    void inputsAtTheCalls()
    {
        Study study;
        const std::vector<Tensor> inputs = *inputsFor(*study.root);
        const auto lowered = lowerByDefault(*study.root);
        QVERIFY(lowered.ok());
        for (const RunTarget target : {RunTarget::Cpu, RunTarget::Reference}) {
            std::vector<std::string> functions;
            std::vector<Tensor> softmax;
            for (const FunctionPtr& function : lowered->module->functions)
                if (function->loops())
                    functions.push_back(function->name);
            const auto take = [&](const std::string& function, const CallsSeen& calls) -> Status {
                if (calls.calls != 1 || calls.seen.size() != 1)
                    return bug("calls of " + function);
                if (function.starts_with("softmax"))
                    softmax = calls.seen[0].inputs;
                return {};
            };
            BorderLimits limits;
            limits.bytesPerRun = 2000;  // so that it takes several runs
            const Status status = inputsAtCalls(study.toolchain, *lowered->module, inputs, target, functions, take, {},
                                                {}, limits);
            QVERIFY2(status.ok(), status ? "" : status.error().text().c_str());
            QCOMPARE(softmax.size(), std::size_t(1));
            Tensor* row = &softmax[0];
            double most[2] = {-1e9, -1e9}, sum[2] = {0, 0};
            for (std::int64_t i = 0; i < 20; ++i)
                most[i / 10] = std::max(most[i / 10], row->at(i));
            for (std::int64_t i = 0; i < 20; ++i)
                sum[i / 10] += std::exp(row->at(i) - most[i / 10]);
            const auto outputs = runModule(study.toolchain, *study.root, target, inputs);
            QVERIFY(outputs.ok());
            for (std::int64_t i = 0; i < 20; ++i)
                QVERIFY(std::abs((*outputs)[0].at(i) - std::exp(row->at(i) - most[i / 10]) / sum[i / 10]) < 1e-6);
        }
    }

private:
    static void layers(Study& study)
    {
        study.take("graph.fuse(main, [gemm, relu], name=dense)");
        study.take("graph.lower_to_loops(main, conv, name=filter)");
        study.take("graph.lower_to_loops(main, soft, name=soft)");
        study.take("graph.lower_to_loops(dense)");
    }
};

STRATA_TEST_IN(QCoreApplication, TestFunctions)
#include "tst_functions.moc"
