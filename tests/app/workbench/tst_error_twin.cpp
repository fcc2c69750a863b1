// Bounds of errors: never too narrow, whatever the order and the types, and narrow enough to see what is wrong.
#include "app/workbench/error_twin.h"
#include "app/workbench/roundoff.h"
#include "core/analysis/update.h"
#include "core/onnx/import.h"
#include "core/operators/operator.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "core/transform/plan.h"
#include "core/transform/step.h"
#include "core/verify/verify.h"
#include "passes/lowering/lower.h"
#include "passes/registry.h"
#include "tests/passes/random/random_modules.h"
#include "tests/passes/random/random_steps.h"
#include "tests/program.h"

#include <QDir>
#include <QTest>

#include <cmath>
#include <set>

using namespace strata;

namespace {

ModulePtr parse(const std::string& text)
{
    auto module = parseModule(text);
    if (!module)
        qFatal("%s\n%s", module.error().text().c_str(), text.c_str());
    return *module;
}

std::vector<Tensor> inputsOf(const Function& function, unsigned seed, int integers)
{
    Random random(seed);
    std::vector<Tensor> inputs;
    for (const TypedName& param : function.params) {
        const TensorType& type = param.type.tensor;
        Tensor tensor = makeTensor(type.dtype, constants(type.shape));
        for (std::string& text : tensor.strings)
            text = std::to_string(random.below(9));
        for (std::int64_t i = 0; i < tensor.count(); ++i)
            tensor.set(i, isFloat(type.dtype) ? double(random.below(2001)) / 1000.0 - 1.0
                                              : double(random.below(integers)));
        inputs.push_back(std::move(tensor));
    }
    return inputs;
}

struct Judged {
    int beyond = 0, undecided = 0, differing = 0;
    double worst = 0;  // error over bound
    std::string where;
};

// What `actual` gives, element by element, against the bounds of `definition`.
Result<Judged> judge(const Module& module, const Function& definition, const Module& of, const Function& actual,
                     unsigned seed = 7, int integers = 100)
{
    const std::vector<Tensor> inputs = inputsOf(definition, seed, integers);
    STRATA_TRY(const ErrorTwin twin, errorTwin(definition));
    STRATA_TRY(const std::vector<Tensor> outputs, evaluate(module, *twin.function, inputs));
    STRATA_TRY(const std::vector<Tensor> plain, evaluate(module, definition, inputs));
    STRATA_TRY(const std::vector<Tensor> is, evaluate(of, actual, inputs));
    const std::vector<BoundedResult> results = boundedResults(twin, outputs);
    Judged judged;
    for (std::size_t r = 0; r < results.size(); ++r)
        for (std::int64_t i = 0; i < is[r].count(); ++i) {
            const double value = results[r].value.at(i), own = distance(plain[r].at(i), value);
            // Short floats add up to where nothing more counts: that the definition is off by itself.
            const double bound = std::max(results[r].bound[std::size_t(i)], std::isfinite(own) ? 4 * own : 0);
            judged.differing += distance(is[r].at(i), plain[r].at(i)) != 0;
            if (distance(is[r].at(i), plain[r].at(i)) == 0 && !std::isfinite(value))
                continue;
            if (!std::isfinite(bound)) {
                ++judged.undecided;
                continue;
            }
            const double error = distance(is[r].at(i), value);
            judged.worst = std::max(judged.worst, error == 0 ? 0 : error / bound);
            if (error > bound) {
                ++judged.beyond;
                judged.where = definition.results[r].name + " " + std::to_string(i) + ": " + std::to_string(is[r].at(i))
                               + " for " + std::to_string(value) + " +- " + std::to_string(bound);
            }
        }
    return judged;
}

// A definition of one result over x: f32[4, 64] and w: f32[64, 4].
std::string program(const std::string& body)
{
    return "module m(entry=f):\n\n@loops\ndef f(x: f32[4, 64], w: f32[64, 4], b: f32[4]) -> (y: f32[4, 4]):\n" + body;
}

constexpr const char* inOrder = "fma(x[vi, vk], w[vk, vj], y[vi, vj])";

std::string dense(const std::string& extent, const std::string& end, const std::string& update = inOrder)
{
    return program("    for i, j, k in grid(4, 4, " + extent + R"():
        with block("dense") as (vi: spatial(4) = i, vj: spatial(4) = j, vk: reduce()"
                   + extent + R"() = k):
            with init(): y[vi, vj] = 0.0
            y[vi, vj] = )"
                   + update + R"(
    for i1, j1 in grid(4, 4):
        with block("end") as (vi: spatial(4) = i1, vj: spatial(4) = j1):
            y[vi, vj] = )"
                   + end + "\n");
}

struct Counts {
    int programs = 0, steps = 0, reassociated = 0, bounded = 0, differing = 0, mutants = 0, harmless = 0, caught = 0;
};

// One constant, operation or extent of the function is another.
FunctionPtr mutant(const Function& function, Random& random)
{
    int stores = 0;
    walk(function.loops()->body, [&](const StmtPtr& stmt) { stores += as<Store>(stmt) != nullptr; });
    if (stores == 0)
        return nullptr;
    const int chosen = random.below(stores), kind = random.below(4);
    int at = 0;
    bool changed = false;
    Function copy = function;
    copy.body = LoopsBody{transform(function.loops()->body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Store* store = as<Store>(stmt);
        if (!store || at++ != chosen)
            return std::nullopt;
        Store other = *store;
        int seen = 0;
        other.value = transform(store->value, [&](const ExprPtr& e) -> ExprPtr {
            if (!isFloat(e->type) || seen > 0)
                return nullptr;
            ExprPtr made;
            if (kind == 0 && e->op == Op::Const)
                made = floatConst(e->f + 0.5, e->type);
            else if (kind == 1 && e->op == Op::Add)
                made = binary(Op::Sub, e->args[0], e->args[1]);
            else if (kind == 2 && (e->op == Op::Max || e->op == Op::Maximum))
                made = binary(Op::Min, e->args[0], e->args[1]);
            else if (kind == 3 && e->op == Op::Mul)
                made = binary(Op::Mul, e->args[0], binary(Op::Mul, floatConst(1.001, e->type), e->args[1]));
            seen += made != nullptr;
            return made;
        });
        changed = seen > 0;
        return Body{makeStmt(std::move(other))};
    })};
    return changed ? std::make_shared<const Function>(std::move(copy)) : nullptr;
}

// Whether the block's reduction writes each element in its own instances of the other iterators.
bool isPlainReduction(const Block& block)
{
    const Store* store = block.body.size() == 1 ? as<Store>(block.body[0]) : nullptr;
    if (!store || !updateOf(nullptr, block))
        return false;
    std::set<std::string> indexed;
    for (const ExprPtr& index : store->indices)
        for (const std::string& name : freeVariables(index))
            indexed.insert(name);
    return std::all_of(block.iters.begin(), block.iters.end(), [&](const BlockIter& iter) {
        return iter.kind == IterKind::Reduce || indexed.count(iter.name);
    });
}

// Reductions without their last term.
FunctionPtr withoutTheLast(const Function& function)
{
    Function copy = function;
    copy.body = LoopsBody{transform(function.loops()->body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Block* block = as<Block>(stmt);
        if (!block || !isPlainReduction(*block))
            return std::nullopt;
        Block other = *block;
        Store store = *as<Store>(block->body[0]);
        for (const BlockIter& iter : block->iters)
            if (iter.kind == IterKind::Reduce)
                store.value = select(binary(Op::Lt, var(iter.name), iter.extent - 1), store.value,
                                     load(store.buffer, store.value->type, store.indices));
        other.body = {makeStmt(std::move(store))};
        return Body{makeStmt(std::move(other))};
    })};
    return std::make_shared<const Function>(std::move(copy));
}

// Reductions from their ends, fused multiply-adds apart and what is apart fused: another legal rounding of the same.
FunctionPtr roundedOtherwise(const Function& function)
{
    Function copy = function;
    const auto fused = [](const ExprPtr& e) -> ExprPtr {
        if (!isFloat(e->type))
            return nullptr;
        if (e->op == Op::Fma)
            return binary(Op::Add, binary(Op::Mul, e->args[0], e->args[1]), e->args[2]);
        if (e->op == Op::Add && e->args[0]->op == Op::Mul)
            return fma(e->args[0]->args[0], e->args[0]->args[1], e->args[1]);
        return nullptr;
    };
    copy.body = LoopsBody{transform(function.loops()->body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Block* block = as<Block>(stmt);
        if (!block)
            return std::nullopt;
        Block other = *block;
        std::vector<Substitution> backwards;
        for (const BlockIter& iter : block->iters)
            if (iter.kind == IterKind::Reduce && isPlainReduction(*block))
                backwards.push_back({iter.name, iter.extent - intConst(1) - var(iter.name)});
        other.body = transformExprs(block->body,
                                    [&](const ExprPtr& e) { return transform(substitute(e, backwards), fused); });
        return Body{makeStmt(std::move(other))};
    })};
    return std::make_shared<const Function>(std::move(copy));
}

}  // namespace

class TestErrorTwin : public QObject {
    Q_OBJECT
private slots:
    // What a definition computes itself, and what it computes in another way.
    void within_data()
    {
        QTest::addColumn<QString>("definition");
        QTest::addColumn<QString>("other");
        QTest::addColumn<bool>("right");
        const auto row = [](const char* name, const std::string& definition, const std::string& other, bool right) {
            QTest::newRow(name) << QString::fromStdString(definition) << QString::fromStdString(other) << right;
        };
        const std::string end = "max(0.0, y[vi, vj] + b[vj])", relu = dense("64", end);
        row("itself", relu, relu, true);
        row("a product and a sum", relu, dense("64", end, "x[vi, vk] * w[vk, vj] + y[vi, vj]"), true);
        row("from the end", relu, dense("64", end, "fma(x[vi, 63 - vk], w[63 - vk, vj], y[vi, vj])"), true);
        row("max(0.5, ...)", relu, dense("64", "max(0.5, y[vi, vj] + b[vj])"), false);
        row("the last iteration is missing", relu, dense("63", end), false);
        row("another bias", relu, dense("64", "max(0.0, y[vi, vj] + b[(vj + 1) % 4])"), false);
        row("no bias", relu, dense("64", "max(0.0, y[vi, vj])"), false);
        const std::string sigmoid = dense("64", "exp(y[vi, vj]) / (1.0 + exp(y[vi, vj]))");
        row("sigmoid by exp", sigmoid, dense("64", "1.0 / (1.0 + exp(-y[vi, vj]))"), true);
        row("a sigmoid that is off", sigmoid, dense("64", "1.0001 / (1.0 + exp(-y[vi, vj]))"), false);
        const std::string leaky = dense("64", "select(y[vi, vj] < 0.0, 0.01 * y[vi, vj], y[vi, vj])");
        row("a choice that may flip", leaky,
            dense("64", "select(y[vi, vj] + 0.0000001 < 0.0, 0.01 * y[vi, vj], y[vi, vj])"), true);
        row("another slope", leaky, dense("64", "select(y[vi, vj] < 0.0, 0.02 * y[vi, vj], y[vi, vj])"), false);
        const std::string floored = dense("64", "floor(8.0 * y[vi, vj])");
        row("floor", floored, floored, true);
        const std::string masked = dense("64", "exp(select(vj <= vi, y[vi, vj], -inf))");
        row("what is masked is 0 and nothing else", masked, masked, true);
        row("a mask that is off by one", masked, dense("64", "exp(select(vj < vi, y[vi, vj], -inf))"), false);
        const std::string thirds = dense("64", "y[vi, vj] / 3.0");
        row("a product for a quotient", thirds, dense("64", "y[vi, vj] * 0.33333334"), true);
        row("floor by one", floored, dense("64", "floor(8.0 * y[vi, vj]) + 1.0"), false);
    }
    void within()
    {
        QFETCH(QString, definition);
        QFETCH(QString, other);
        QFETCH(bool, right);
        const ModulePtr a = parse(definition.toStdString()), b = parse(other.toStdString());
        const auto judged = judge(*a, *a->functions[0], *b, *b->functions[0]);
        QVERIFY2(judged.ok(), judged ? "" : judged.error().text().c_str());
        QCOMPARE(judged->undecided, 0);
        QVERIFY2((judged->beyond == 0) == right,
                 qPrintable(QString::fromStdString(judged->where) + " " + QString::number(judged->worst)));
    }

    // A sum has one bound however its terms are put together.
    void orderOfASum()
    {
        const auto text = [](const std::string& index) {
            return "module m(entry=f):\n\n@loops\ndef f(x: f32[64]) -> (y: f32[1]):\n    for k in range(64):\n"
                   "        with block(\"s\") as (vk: reduce(64) = k):\n            with init(): y[0] = 0.0\n"
                   "            y[0] = y[0] + x["
                   + index + "]\n";
        };
        Tensor x = makeTensor(DType::F32, {64});
        for (std::int64_t i = 0; i < 64; ++i)
            x.set(i, std::ldexp(1, int(i) / 4));
        std::vector<double> bounds;
        for (const char* index : {"vk", "63 - vk"}) {
            const ModulePtr module = parse(text(index));
            const auto twin = errorTwin(*module->functions[0]);
            QVERIFY(twin.ok());
            const auto outputs = evaluate(*module, *twin->function, {x});
            QVERIFY2(outputs.ok(), outputs ? "" : outputs.error().text().c_str());
            bounds.push_back(boundedResults(*twin, *outputs)[0].bound[0]);
        }
        QCOMPARE(bounds[0], bounds[1]);
        QVERIFY(bounds[0] > 0);
    }

    // A product for a quotient is one rounding more, also of what was exact.
    void aRoundingMore()
    {
        const auto text = [](const std::string& value) {
            return "module m(entry=f):\n\n@loops\ndef f(x: f32[64]) -> (y: f32[64]):\n    for i in range(64):\n"
                   "        with block(\"y\") as (vi: spatial(64) = i):\n            y[vi] = "
                   + value + "\n";
        };
        const ModulePtr a = parse(text("x[vi] / 3.0")), b = parse(text("x[vi] * 0.33333334"));
        const ModulePtr c = parse(text("x[vi] * 0.333333"));
        QCOMPARE(judge(*a, *a->functions[0], *b, *b->functions[0])->beyond, 0);
        QVERIFY(judge(*a, *a->functions[0], *b, *b->functions[0])->differing > 0);
        QVERIFY(judge(*a, *a->functions[0], *c, *c->functions[0])->beyond > 32);
    }

    // What rounding may turn over: an index follows, and its bound reaches both; what lies at it has none.
    void choicesThatFlip()
    {
        const ModulePtr module = parse(R"(module m(entry=f):

@loops
def f(x: f32[4], t: f32[4]) -> (y: i64[1], z: f32[1]):
    s = alloc f32[4]
    for i in range(4):
        with block("s") as (vi: spatial(4) = i):
            s[vi] = x[vi] * 1.1
    for o0 in range(1):
        with block("first") as (vo: spatial(1) = o0):
            y[vo] = 0
    for k in range(4):
        with block("arg") as (vk: ordered(4) = k):
            y[0] = select(s[y[0]] < s[vk], vk, y[0])
    for o in range(1):
        with block("z") as (vo: spatial(1) = o):
            z[vo] = t[checked(y[vo], 4)]
)");
        const FunctionPtr f = module->functions[0];
        const auto twin = errorTwin(*f);
        QVERIFY2(twin.ok(), twin ? "" : twin.error().text().c_str());
        const auto bounds = [&](double third) {
            Tensor x = makeTensor(DType::F32, {4}), t = makeTensor(DType::F32, {4});
            for (std::int64_t i = 0; i < 4; ++i)
                x.set(i, i == 1 ? 1 : i == 3 ? third : 0);
            const auto outputs = evaluate(*module, *twin->function, {x, t});
            if (!outputs)
                qFatal("%s", outputs.error().text().c_str());
            const std::vector<BoundedResult> results = boundedResults(*twin, *outputs);
            return std::pair(results[0].bound[0], results[1].bound[0]);
        };
        QCOMPARE(bounds(0.5).first, 0.0);
        QCOMPARE(bounds(0.5).second, 0.0);
        QVERIFY(bounds(std::nextafter(1.0f, 0.0f)).first >= 2);
        QVERIFY(!std::isfinite(bounds(std::nextafter(1.0f, 0.0f)).second));
    }

    // Every operator's definition, rounded otherwise.
    void operators()
    {
        const QString folder = QStringLiteral("/usr/share/libonnx-testdata/data/node/");
        if (!QDir(folder).exists())
            QSKIP("Debian's libonnx-testdata is not installed.");
        const auto cache = makeLoweringCache();
        int bounded = 0, differing = 0, undecided = 0;
        QStringList without;
        std::set<std::string> seen;
        for (const QString& node : QDir(folder).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
            const auto imported = onnx::importModel((folder + node + "/model.onnx").toStdString());
            const auto lowered = imported ? lowerByDefault(*imported->module, cache.get())
                                          : Result<LoweredModule>(imported.error());
            if (!lowered)
                continue;
            for (const FunctionPtr& f : lowered->module->functions) {
                if (!f->loops() || cost(*f).flops > 1e5 || !seen.insert(print(*f)).second)
                    continue;
                if (const auto twin = errorTwin(*f); !twin) {
                    without << node + ": " + QString::fromStdString(twin.error().message);
                    continue;
                }
                const auto judged = judge(*lowered->module, *f, *lowered->module, *roundedOtherwise(*f), 3, 2);
                if (!judged)
                    continue;  // indices that the drawn data do not fit
                ++bounded;
                differing += judged->differing > 0;
                undecided += judged->undecided > 0;
                QVERIFY2(judged->beyond == 0, qPrintable(node + ": " + QString::fromStdString(judged->where)));
            }
        }
        qInfo("%d functions, %d differ in bits, %d have no bound somewhere; no twin: %s", bounded, differing, undecided,
              qPrintable(without.join('\n')));
        QVERIFY(bounded > 400);
        QVERIFY(undecided < bounded / 10);
    }

    // Random programs by random steps: all that a legal step makes lies within the bound; what changes the program
    // shows.
    void randomPrograms()
    {
        const Registry registry(passTransforms());
        Counts counts;
        const int programs = qEnvironmentVariableIntValue("STRATA_BOUNDED_PROGRAMS");
        for (unsigned seed = 1; seed <= unsigned(programs > 0 ? programs : 150); ++seed)
            if (const std::string wrong = randomProgram(seed, registry, counts); !wrong.empty())
                QFAIL(wrong.c_str());
        qInfo(
            "%d programs, %d steps, %d of them reassociate; %d functions with a bound, %d of them differ in bits; of %d mutants %d change nothing, %d "
            "are caught",
            counts.programs, counts.steps, counts.reassociated, counts.bounded, counts.differing, counts.mutants,
            counts.harmless, counts.caught);
        QVERIFY(counts.bounded > counts.programs / 2);
        QVERIFY(counts.caught >= (counts.mutants - counts.harmless) * 9 / 10);
    }

    // Long sums, and after them whatever functions there are, in every type.
    void randomExpressions()
    {
        int differing = 0, undecided = 0, shorter = 0, caught = 0;
        double worst = 0;
        const int programs = qEnvironmentVariableIntValue("STRATA_BOUNDED_PROGRAMS");
        const int count = programs > 0 ? programs : 150;
        for (int seed = 1; seed <= count; ++seed) {
            Random random{unsigned(seed)};
            const ModulePtr module = parse(randomSum(random));
            const FunctionPtr f = module->functions[0], other = roundedOtherwise(*f);
            const auto judged = judge(*module, *f, *module, *other, unsigned(seed));
            QVERIFY2(judged.ok(), judged ? "" : (judged.error().text() + print(*module)).c_str());
            differing += judged->differing > 0;
            undecided += judged->undecided > 0;
            worst = std::max(worst, judged->worst);
            const auto missing = judge(*module, *f, *module, *withoutTheLast(*f), unsigned(seed));
            const bool fine = byteSize(f->results[0].type.tensor.dtype) >= 4;  // a short float rounds a term away
            shorter += fine && missing && missing->differing > 0 && missing->undecided == 0;
            caught += fine && missing && missing->beyond > 0 && missing->undecided == 0;
            QVERIFY2(judged->beyond == 0,
                     ("seed " + std::to_string(seed) + ", " + judged->where + "\n" + print(*module)).c_str());
        }
        qInfo(
            "%d programs, %d differ in bits, %d have no bound somewhere; at most %.2f of the bound; without their last "
            "term %d differ, %d of them are caught",
            count, differing, undecided, worst, shorter, caught);
        QVERIFY(caught > shorter * 95 / 100);
        QVERIFY(differing > count / 3);
        QVERIFY(undecided < count / 4);
    }

private:
    static std::string randomSum(Random& random)
    {
        const std::string type = random.of<std::string>({"f32", "f32", "f32", "f64", "f16", "bf16"});
        const std::string n = std::to_string(random.chance(15) ? random.between(1000, 4000) : random.between(3, 100));
        const auto number = [&](const std::string& text) { return type == "f32" ? text : type + "(" + text + ")"; };
        const std::string term = random.of<std::string>(
            {"x[vi, vk]", "x[vi, vk] * w[vk]", "exp(x[vi, vk])", "abs(x[vi, vk])", "x[vi, vk] * x[vi, vk]"});
        const std::string update = random.chance(50) ? "s[vi] + " + term : "fma(x[vi, vk], w[vk], s[vi])";
        std::string value = "s[vi]";
        for (int i = random.below(4); i > 0; --i) {
            const std::string pattern = random.of<std::string>({"exp(?)",
                                                                "tanh(?)",
                                                                "erf(?)",
                                                                "sin(?)",
                                                                "log(abs(?))",
                                                                "sqrt(abs(?))",
                                                                "(? * ?)",
                                                                "(? + w[vi])",
                                                                "(? - x[vi, 0])",
                                                                "(w[vi] / ?)",
                                                                "(? / (1 + exp(-?)))",
                                                                "max(0, ?)",
                                                                "minimum(?, w[vi])",
                                                                "select(? < 0, 0.25 * ?, ?)",
                                                                "floor(?)",
                                                                "cast(f32, cast(f16, cast(f32, ?)))",
                                                                "pow(abs(?), w[vi])",
                                                                "cosh(?)",
                                                                "cast(f32, cast(i32, ?))",
                                                                "let(u, ?, u * u)"});
            std::string made;
            for (std::size_t at = 0; at < pattern.size(); ++at)
                if (pattern[at] == '?')
                    made += value;
                else if (std::isdigit(pattern[at]) && (at == 0 || !std::isalnum(pattern[at - 1]))
                         && pattern.find("[vi, 0]") == std::string::npos) {
                    std::string digits;
                    for (; at < pattern.size() && (std::isdigit(pattern[at]) || pattern[at] == '.'); ++at)
                        digits += pattern[at];
                    made += number(digits.find('.') == std::string::npos ? digits + ".0" : digits);
                    --at;
                } else
                    made += pattern[at];
            value = made.starts_with("cast(f32") && type != "f32" ? "cast(" + type + ", " + made + ")" : made;
        }
        return "module m(entry=f):\n\n@loops\ndef f(x: " + type + "[4, " + n + "], w: " + type + "[4000]) -> (y: " + type
               + "[4]):\n    s = alloc " + type + "[4]\n    for i, k in grid(4, " + n
               + "):\n        with block(\"s\") as (vi: spatial(4) = i, vk: reduce(" + n
               + ") = k):\n            with init(): s[vi] = " + number("0.0") + "\n            s[vi] = " + update
               + "\n    for j in range(4):\n        with block(\"y\") as (vi: spatial(4) = j):\n            y[vi] = "
               + value + "\n";
    }

    static std::string randomProgram(unsigned seed, const Registry& registry, Counts& counts)
    {
        Random random(seed);
        ModulePtr module = parse(randomModule(random));
        const ModulePtr first = module;
        std::string path;
        for (int tries = 0; tries < 16; ++tries) {
            const FunctionPtr function = random.of(module->functions);
            const std::string line = RandomSteps(random, *function).next();
            const auto step = parseStep(line, registry);
            const auto transform = step ? registry.find(step->transform) : Result<const Transform*>(bug("no step"));
            if (!transform)
                continue;
            if (const auto applied = applyTransform(**transform, *module, step->arguments, {})) {
                module = applied->module;
                path += line + "\n";
                ++counts.steps;
                counts.reassociated += applied->change->effect == Effect::Reassociated;
            }
        }
        ++counts.programs;
        for (const FunctionPtr& definition : first->functions) {
            const auto judged = judge(*first, *definition, *module, *module->find(definition->name));
            if (!judged)
                continue;
            ++counts.bounded;
            counts.differing += judged->differing > 0;
            if (judged->beyond > 0)
                return "seed " + std::to_string(seed) + ", " + judged->where + "\nafter\n" + path + print(*first)
                       + print(*module);
            const auto otherwise = judge(*first, *definition, *first, *roundedOtherwise(*definition));
            if (otherwise) {
                counts.differing += otherwise->differing > 0;
                if (otherwise->beyond > 0)
                    return "seed " + std::to_string(seed) + ", " + otherwise->where + "\nrounded otherwise\n"
                           + print(*roundedOtherwise(*definition));
            }
            const FunctionPtr other = mutant(*definition, random);
            const auto seen = other ? judge(*first, *definition, *first, *other) : judged;
            if (!other || !seen)
                continue;
            ++counts.mutants;
            counts.harmless += seen->differing == 0;
            counts.caught += seen->beyond > 0;
        }
        return {};
    }
};

STRATA_TEST_IN(QCoreApplication, TestErrorTwin)
#include "tst_error_twin.moc"
