// Compiled code equals the evaluator bit for bit: every operation on every type (by zero and past the width, too),
// serial and vectorized, on every instruction set that this machine has; and programs with loops of every kind.
#include "harness.h"

#include "core/analysis/dot_product.h"
#include "core/elementary/elementary.h"
#include "core/ir/cpu.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

#include <fstream>
#include <sstream>

using namespace strata;

namespace {

constexpr std::int64_t manyElements = 45;  // vectors of 32, 16, 8 and 4, and one element that is left
constexpr std::int64_t fewElements = 13;   // functions are long: vectors of 8 and 4, and one element that is left

const DType allTypes[] = {DType::Bool,   DType::I2,       DType::I4,         DType::I8,     DType::I16,        DType::I32,
                          DType::I64,    DType::U2,       DType::U4,         DType::U8,     DType::U16,        DType::U32,
                          DType::U64,    DType::F4E2M1,   DType::F8E4M3FN,   DType::F8E4M3FNUZ, DType::F8E5M2, DType::F8E5M2FNUZ,
                          DType::F8E8M0, DType::F16,      DType::BF16,       DType::F32,    DType::F64};

ExprPtr element(const std::string& buffer, DType type) { return load(buffer, type, {var("v")}); }

ExprPtr number(std::int64_t value, DType type)
{
    return isFloat(type) ? floatConst(double(value), type) : intConst(value, type);
}

// The smallest value, by way of a buffer's element so that nothing is folded.
ExprPtr lowestOf(DType type)
{
    const std::int64_t lowest = isSigned(type) ? std::int64_t(~std::uint64_t(0) << (bitSize(type) - 1)) : 0;
    return binary(Op::Or, intConst(lowest, type), binary(Op::Xor, element("a", type), element("a", type)));
}

using Expressions = std::vector<ExprPtr>;

void addComparisons(Expressions& list, const ExprPtr& a, const ExprPtr& b)
{
    for (const Op op : {Op::Eq, Op::Ne, Op::Lt, Op::Le})
        list.push_back(binary(op, a, b));
    list.push_back(select(binary(Op::Lt, a, b), a, b));
}

void addConversions(Expressions& list, const ExprPtr& a)
{
    for (const DType type : allTypes)
        list.push_back(cast(type, a));
    for (const DType type : allTypes)
        if (bitSize(type) == bitSize(a->type) && type != DType::Bool && a->type != DType::Bool)
            list.push_back(bitcast(type, a));
}

Expressions onFloats(const ExprPtr& a, const ExprPtr& b, const ExprPtr& c)
{
    Expressions list;
    for (const Op op : {Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Min, Op::Max, Op::Minimum, Op::Maximum})
        list.push_back(binary(op, a, b));
    list.push_back(binary(Op::Maximum, a, number(0, a->type)));
    list.push_back(binary(Op::Minimum, number(-1, a->type), b));
    for (const Op op : {Op::Neg, Op::Abs, Op::Sqrt, Op::Floor, Op::Ceil, Op::Trunc, Op::Round})
        list.push_back(unary(op, a));
    list.push_back(fma(a, b, c));
    list.push_back(fma(a, number(3, a->type), unary(Op::Neg, c)));
    if (a->type == DType::F32)
        for (const DType type : {DType::U8, DType::I8}) {
            const ExprPtr below = binary(Op::Max, a, number(type == DType::U8 ? 0 : -125, a->type));
            for (const ExprPtr& value : {a, binary(Op::Mul, a, number(100, a->type)), below, binary(Op::Div, a, b)})
                for (const std::int64_t zero : {-3, 117})
                    list.push_back(cast(type, binary(Op::Add, unary(Op::Round, value), number(zero, a->type))));
            list.push_back(cast(type, unary(Op::Round, binary(Op::Mul, a, number(100, a->type)))));
        }
    return list;
}

Expressions onIntegers(const ExprPtr& a, const ExprPtr& b, const ExprPtr& c)
{
    Expressions list;
    for (const Op op :
         {Op::Add, Op::Sub, Op::Mul, Op::Min, Op::Max, Op::Minimum, Op::Maximum, Op::And, Op::Or, Op::Xor})
        list.push_back(binary(op, a, b));
    for (const Op op : {Op::Div, Op::FloorDiv, Op::FloorMod}) {
        list.push_back(binary(op, a, b));  // zeros are among the divisors
        for (const std::int64_t divisor : {8, 7, 1, 0, -1, -3})
            list.push_back(binary(op, a, number(divisor, a->type)));
        list.push_back(binary(op, lowestOf(a->type), binary(Op::Or, b, number(-1, a->type))));
    }
    for (const Op op : {Op::Shl, Op::Shr}) {
        const int width = bitSize(a->type);
        list.push_back(binary(op, a, b));
        list.push_back(binary(op, a, binary(Op::And, b, number(width - 1, a->type))));
        for (const std::int64_t amount : {1, width - 1, width, -1})
            list.push_back(binary(op, a, number(amount, a->type)));
    }
    list.push_back(unary(Op::Not, a));
    list.push_back(unary(Op::Neg, a));
    if (isSigned(a->type))
        list.push_back(unary(Op::Abs, a));
    list.push_back(fma(a, b, c));
    // The side that is not taken divides by zero.
    list.push_back(select(binary(Op::Ne, b, number(0, b->type)), binary(Op::FloorDiv, a, b), c));
    return list;
}

Expressions onBools(const ExprPtr& a, const ExprPtr& b)
{
    return {binary(Op::And, a, b), binary(Op::Or, a, b), binary(Op::Xor, a, b),
            unary(Op::Not, a),     binary(Op::Eq, a, b), binary(Op::Ne, a, b)};
}

Expressions elementary(const ExprPtr& a, const ExprPtr& b)
{
    Expressions list;
    for (const auto& function : elementaryFunctions()) {
        const ExprPtr one = call(function.name, a->type, function.arity == 1 ? Expressions{a} : Expressions{a, b});
        if (expandElementary(one))
            list.push_back(one);
    }
    return list;
}

Expressions expressions(DType type, bool functions)
{
    const ExprPtr a = element("a", type), b = element("b", type), c = element("c", type);
    if (functions)
        return elementary(a, b);
    Expressions list = type == DType::Bool ? onBools(a, b) : isFloat(type) ? onFloats(a, b, c) : onIntegers(a, b, c);
    if (type != DType::Bool)
        addComparisons(list, a, b);
    addConversions(list, a);
    list.push_back(let("t", a, select(binary(Op::Eq, var("t", type), b), var("t", type), c)));
    return list;
}

// y0[v] = e0, y1[v] = e1, ... for v in the loop.
// Those of this machine's architecture.
std::vector<Target::Isa> ownIsas()
{
    std::vector<Target::Isa> isas = knownIsas();
    std::erase_if(isas, [](Target::Isa isa) { return cpuOf(isa).architecture != cpuOf(Target{}.isa).architecture; });
    return isas;
}

ModulePtr program(DType type, const Expressions& list, std::int64_t count, LoopKind kind, Target::Isa isa)
{
    Function function;
    function.name = "main";
    const Shape shape = toShape({count});
    for (const char* name : {"a", "b", "c"})
        function.params.push_back({name, {ValueType::Kind::Tensor, {type, shape}}});
    Block block;
    block.name = "block";
    block.iters.push_back({"v", IterKind::Spatial, intConst(count), var("i")});
    for (std::size_t n = 0; n < list.size(); ++n) {
        const std::string name = "y" + std::to_string(n);
        function.results.push_back({name, {ValueType::Kind::Tensor, {list[n]->type, shape}}});
        block.body.push_back(makeStmt(Store{name, {var("v")}, list[n]}));
    }
    function.body = LoopsBody{{makeStmt(Loop{"i", intConst(count), kind, "", {makeStmt(block)}, {}})}};
    auto module = std::make_shared<Module>();
    module->name = "test";
    module->entry = "main";
    module->target.isa = isa;
    module->functions = {std::make_shared<const Function>(function)};
    return module;
}

std::string readFile(const std::string& path)
{
    std::ifstream stream(path);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace

class TestCodegen : public QObject {
    Q_OBJECT

private slots:
    void operations_data();
    void operations();
    void programs_data();
    void programs();
    void manyNests_data();
    void manyNests();
    void dotProducts_data();
    void dotProducts();
    void windows_data();
    void windows();
    void planes_data();
    void planes();

private:
    Harness m_harness;
};

void TestCodegen::operations_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("isa");
    QTest::addColumn<bool>("functions");
    for (const Target::Isa isa : ownIsas())
        for (const DType type : allTypes)
            for (const LoopKind kind : {LoopKind::Serial, LoopKind::Vectorized})
                for (const bool functions : {false, true}) {
                    // f16 and bf16 compute in f32; the levels differ in their vectors and in fma.
                    const bool wide = type == DType::F32 || type == DType::F64;
                    if (cpuOf(isa).level == 2 && (isPacked(type) || (isShortFloat(type) && bitSize(type) == 8)))
                        continue;
                    if (functions && (!isFloat(type) || cpuOf(isa).level == 2 || (!wide && isa != Target{}.isa)))
                        continue;
                    const std::string row = std::string(functions ? "functions on " : "") + name(type) + " "
                                            + name(kind) + " " + name(isa);
                    QTest::newRow(row.c_str()) << int(type) << int(kind) << QString(name(isa)) << functions;
                }
}

void TestCodegen::operations()
{
    QFETCH(int, type);
    QFETCH(int, kind);
    QFETCH(QString, isa);
    QFETCH(bool, functions);
    if (!runsHere(*isaByName(isa.toStdString())))
        QSKIP("This machine lacks the instruction set.");
    const Expressions list = expressions(DType(type), functions);
    if (list.empty())
        return;
    const std::string difference = m_harness.difference(
        *program(DType(type), list, functions ? fewElements : manyElements, LoopKind(kind),
                 *isaByName(isa.toStdString())),
        type * 100);
    if (difference.empty())
        return;
    // Which expression is which result.
    std::string text = difference;
    for (std::size_t n = 0; n < list.size(); ++n)
        if (difference.find("y" + std::to_string(n) + "[") != std::string::npos)
            text += "y" + std::to_string(n) + " = " + print(list[n]) + "\n";
    QFAIL(text.c_str());
}

void TestCodegen::programs_data()
{
    QTest::addColumn<QString>("path");
    const QDir programs(STRATA_SOURCE_DIR "/tests/backends/llvm/programs"), samples(STRATA_SOURCE_DIR "/samples");
    for (const auto& file : programs.entryList({"*.strata"}, QDir::Files, QDir::Name))
        QTest::newRow(file.toUtf8().constData()) << programs.filePath(file);
    for (const char* file : {"bmm_relu.strata", "mm_relu.strata", "stencil.strata", "vector_add.strata"})
        QTest::newRow(file) << samples.filePath(file);
}

void TestCodegen::programs()
{
    QFETCH(QString, path);
    const auto module = parseModule(readFile(path.toStdString()), {}, path.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    for (int threads : {1, 3}) {
        const std::string difference = m_harness.difference(**module, 7, threads);
        QVERIFY2(difference.empty(), difference.c_str());
    }
}

// Long bodies are compiled in parts; what one part leaves in a buffer the next finds.
void TestCodegen::manyNests_data()
{
    QTest::addColumn<QString>("loop");
    QTest::addColumn<int>("nests");
    for (const int nests : {128, 129, 300})
        for (const char* loop : {"range", "parallel", "vectorized"})
            QTest::addRow("%d %s", nests, loop) << QString::fromLatin1(loop) << nests;
}

void TestCodegen::manyNests()
{
    QFETCH(QString, loop);
    QFETCH(int, nests);
    QString text = QStringLiteral("module m(entry=f):\n\n@loops\ndef f(x: f32[8]) -> (y: f32[%1, 8]):\n"
                                  "    a = alloc f32[8]\n    b = alloc f32[8]\n")
                       .arg(nests);
    for (int n = 0; n < nests; ++n)
        text += QStringLiteral("    for i%1 in %2(8):\n"
                               "        with block(\"s%1\") as (v: spatial(8) = i%1):\n"
                               "            %3[v] = %4[v] * 0.5 + 1.0\n"
                               "            y[%1, v] = %3[v]\n")
                    .arg(n)
                    .arg(loop, n % 2 ? "a" : "b",
                         n == 0  ? "x"
                         : n % 2 ? "b"
                                 : "a");
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    for (int threads : {1, 3}) {
        const std::string difference = m_harness.difference(**module, 7, threads);
        QVERIFY2(difference.empty(), difference.c_str());
    }
}

// Dot products of bytes by whatever instructions the level and the machine have: extremes, columns that are no whole
// register, one row, and rows of a larger buffer.
void TestCodegen::dotProducts_data()
{
    QTest::addColumn<QString>("isa");
    QTest::addColumn<QString>("left");
    QTest::addColumn<QString>("tile");
    for (const Target::Isa isa : ownIsas())
        for (const char* left : {"u8", "i8"})
            for (const char* tile : {"1x4x4", "7x32x16", "3x24x64", "5x60x20", "2x6x8", "3x16x8x2"})
                QTest::addRow("%s %s %s", name(isa), left, tile) << QString(name(isa)) << QString(left) << QString(tile);
}

void TestCodegen::dotProducts()
{
    QFETCH(QString, isa);
    QFETCH(QString, left);
    QFETCH(QString, tile);
    if (!runsHere(*isaByName(isa.toStdString())))
        QSKIP("this machine lacks the instructions");
    const QStringList sides = tile.split('x');
    const int m = sides[0].toInt(), n = sides[1].toInt(), k = sides[2].toInt(),
              stride = sides.size() > 3 ? sides[3].toInt() : 1, rows = (m - 1) * stride + 1;
    const QString text = QStringLiteral(R"(module m(entry=f, isa=%1):

intrinsic tile:
    @loops
    def tile(a: %2[%8, %5], b: i8[%6, %4, 4]) -> (c: i32[%3, %4]):
        for m in range(%3):
            for n in range(%4):
                for k0 in range(%6):
                    for k1 in range(4):
                        with block("dot") as (vm: spatial(%3) = m, vn: spatial(%4) = n, vk: reduce(%5) = k0 * 4 + k1):
                            c[vm, vn] = fma(cast(i32, a[%9, vk]), cast(i32, b[vk // 4, vn, vk % 4]), c[vm, vn])

@loops
def f(a: %2[2, %8, %7], b: i8[3, %6, %4, 4], d: i32[2, %3, %4]) -> (c: i32[2, %3, %4]):
    for z, i, j in grid(2, %3, %4):
        with block("start") as (vz: spatial(2) = z, vi: spatial(%3) = i, vj: spatial(%4) = j):
            c[vz, vi, vj] = d[vz, vi, vj]
    for q, p in grid(2, 3):
        with block("tile") as (vq: spatial(2) = q, vp: reduce(3) = p):
            tile(a[vq, 0, 8], b[vp, 0, 0, 0], c[vq, 0, 0])
)")
                             .arg(isa, left)
                             .arg(m)
                             .arg(n)
                             .arg(k)
                             .arg(k / 4)
                             .arg(k + 8)
                             .arg(rows)
                             .arg(stride == 1 ? QStringLiteral("vm") : QStringLiteral("vm * %1").arg(stride));
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const auto dot = dotProductOf(*(*module)->intrinsic("tile")->description);
    QVERIFY(dot && dot->n == n && dot->k == k && dot->stride == stride);
    for (int seed : {3, 8}) {
        const std::string difference = m_harness.difference(**module, seed);
        QVERIFY2(difference.empty(), difference.c_str());
    }
}

// Windows of bytes over each channel by itself: registers that are full, half full and none, windows of several rows of
// four and of one, strides beyond the window, a single result.
void TestCodegen::windows_data()
{
    QTest::addColumn<QString>("isa");
    QTest::addColumn<QString>("left");
    QTest::addColumn<QList<int>>("sides");
    const QList<QList<int>> all{{3, 64, 3, 3, 1}, {4, 112, 3, 3, 2}, {2, 32, 5, 2, 1},
                                {1, 16, 9, 1, 1}, {2, 16, 1, 2, 3},  {3, 24, 3, 3, 1}};
    for (const Target::Isa isa : ownIsas())
        for (const char* left : {"u8", "i8"})
            for (const QList<int>& sides : left == std::string("u8") ? all : all.first(2))
                QTest::addRow("%s %s %dx%dx%dx%dx%d", name(isa), left, sides[0], sides[1], sides[2], sides[3], sides[4])
                    << QString(name(isa)) << QString(left) << sides;
}

void TestCodegen::windows()
{
    QFETCH(QString, isa);
    QFETCH(QString, left);
    QFETCH(QList<int>, sides);
    if (!runsHere(*isaByName(isa.toStdString())))
        QSKIP("this machine lacks the instructions");
    const int m = sides[0], n = sides[1], height = sides[2], width = sides[3], stride = sides[4],
              columns = (m - 1) * stride + width;
    const QString text = QStringLiteral(R"(module m(entry=f, isa=%1):

intrinsic window:
    @loops
    def window(a: %2[%5, %8, %4], b: i8[%5, %6, %4]) -> (c: i32[%3, %4]):
        for m, n, h, w in grid(%3, %4, %5, %6):
            with block("depthwise") as (vm: spatial(%3) = m, vn: spatial(%4) = n, vh: reduce(%5) = h, vw: reduce(%6) = w):
                c[vm, vn] = fma(cast(i32, a[vh, %7 + vw, vn]), cast(i32, b[vh, vw, vn]), c[vm, vn])

@loops
def f(a: %2[2, %9, %8, %10], b: i8[2, %5, %6, %4], d: i32[2, %3, %4]) -> (c: i32[2, %3, %4]):
    for z, i, j in grid(2, %3, %4):
        with block("start") as (vz: spatial(2) = z, vi: spatial(%3) = i, vj: spatial(%4) = j):
            c[vz, vi, vj] = d[vz, vi, vj]
    for q, p in grid(2, 2):
        with block("window") as (vq: spatial(2) = q, vp: reduce(2) = p):
            window(a[vq, vp, 0, 5], b[vp, 0, 0, 0], c[vq, 0, 0])
)")
                             .arg(isa, left)
                             .arg(m)
                             .arg(n)
                             .arg(height)
                             .arg(width)
                             .arg(stride == 1 ? QStringLiteral("vm") : QStringLiteral("vm * %1").arg(stride))
                             .arg(columns)
                             .arg(height + 1)
                             .arg(n + 7);
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const auto product = depthwiseProductOf(*(*module)->intrinsic("window")->description);
    QVERIFY(product && product->n == n && product->height == height && product->stride == (m == 1 ? 1 : stride));
    for (int seed : {3, 8}) {
        const std::string difference = m_harness.difference(**module, seed);
        QVERIFY2(difference.empty(), difference.c_str());
    }
}

// Windows of bytes over planes: one to four of them, registers that are full and half full, columns that are no whole
// registers, results that share no divisor with the registers, and planes of a larger buffer.
void TestCodegen::planes_data()
{
    QTest::addColumn<QString>("isa");
    QTest::addColumn<QString>("left");
    QTest::addColumn<QList<int>>("sides");
    const QList<QList<int>> all{{9, 64, 3, 3, 3, 2}, {35, 48, 4, 2, 5, 2}, {16, 16, 1, 1, 1, 1}, {7, 24, 3, 2, 3, 2}};
    for (const Target::Isa isa : ownIsas())
        for (const char* left : {"u8", "i8"})
            for (const QList<int>& sides : left == std::string("u8") ? all : all.first(1))
                QTest::addRow("%s %s %dx%dx%d", name(isa), left, sides[0], sides[1], sides[2])
                    << QString(name(isa)) << QString(left) << sides;
}

void TestCodegen::planes()
{
    QFETCH(QString, isa);
    QFETCH(QString, left);
    QFETCH(QList<int>, sides);
    if (!runsHere(*isaByName(isa.toStdString())))
        QSKIP("this machine lacks the instructions");
    const PlanesProduct product{left == "u8" ? DType::U8 : DType::I8, sides[0], sides[1], sides[2], sides[3], sides[4],
                                sides[5]};
    const std::string type = left.toStdString(), m = std::to_string(product.m), n = std::to_string(product.n),
                      q = std::to_string(product.planes), h = std::to_string(product.height),
                      w = std::to_string(product.width);
    const std::string text = "module m(entry=f, isa=" + isa.toStdString() + R"():

@loops
def f(a: )" + type + "[2, " + q + ", " + h + ", " + std::to_string(product.columns() + 3) + "], b: i8[2, " + q + ", " + h
                             + ", " + w + ", " + n + "], d: i32[2, " + m + ", " + n + "]) -> (c: i32[2, " + m + ", " + n
                             + R"(]):
    for z, i, j in grid(2, )" + m + ", " + n + R"():
        with block("start") as (vz: spatial(2) = z, vi: spatial()" + m + ") = i, vj: spatial(" + n + R"() = j):
            c[vz, vi, vj] = d[vz, vi, vj]
    for z, p in grid(2, 2):
        with block("planes") as (vz: spatial(2) = z, vp: reduce(2) = p):
            planes(a[vz, 0, 0, vp], b[vp, 0, 0, 0, 0], c[vz, 0, 0])
)";
    std::istringstream described(print(*describe(product, "planes")));
    std::string intrinsic = "intrinsic planes:\n";
    for (std::string line; std::getline(described, line);)
        intrinsic += "    " + line + "\n";
    const std::size_t head = text.find("@loops");
    const auto module = parseModule(text.substr(0, head) + intrinsic + "\n" + text.substr(head));
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    QVERIFY(planesProductOf(*(*module)->intrinsic("planes")->description) == product);
    for (int seed : {3, 8}) {
        const std::string difference = m_harness.difference(**module, seed);
        QVERIFY2(difference.empty(), difference.c_str());
    }
}

STRATA_TEST_IN(QCoreApplication, TestCodegen)
#include "tst_codegen.moc"
