// The compiler as its users meet it: assembly with its places, nothing that the schedule did not ask for, LLVM IR as
// text, and every way to go wrong.
#include "harness.h"

#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

using namespace strata;

namespace {

ModulePtr parsed(const std::string& text)
{
    const auto module = parseModule(text);
    if (!module)
        qFatal("%s", module.error().text().c_str());
    return *module;
}

// mm_relu with one loop of its nest of the given kind.
ModulePtr matmul(const std::string& inner)
{
    return parsed(R"(module mm(entry=mm):

def mm(A: f32[32, 32], B: f32[32, 32]) -> (C: f32[32, 32]):
    for i in range(32):
        for k in range(32):
            for j in )"
                  + inner + R"(:
                with block("C") as (vi: spatial(32) = i, vj: spatial(32) = j, vk: reduce(32) = k):
                    with init():
                        C[vi, vj] = 0.0
                    C[vi, vj] = fma(A[vi, vk], B[vk, vj], C[vi, vj])
)");
}

const char* const doubled = R"(define void @f(ptr noalias %x, ptr noalias %y) {
  %a = load float, ptr %x
  %b = fadd float %a, %a
  store float %b, ptr %y
  ret void
}
)";

ModulePtr hardware(const std::string& llvm)
{
    auto function = std::make_shared<Function>();
    function->name = "f";
    const ValueType type{ValueType::Kind::Tensor, {DType::F32, toShape({1})}};
    function->params = {{"x", type}};
    function->results = {{"y", type}};
    function->body = HardwareBody{llvm};
    auto module = std::make_shared<Module>();
    module->name = "m";
    module->entry = "f";
    module->functions = {function};
    return module;
}

std::string assembly(const FunctionCode& code)
{
    std::string text;
    for (const auto& line : code.assembly)
        text += line.text + "\n";
    return text;
}

int countOf(const std::string& text, const std::string& word)
{
    int n = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
        ++n;
    return n;
}

Tensor one(float value)
{
    Tensor tensor = makeTensor(DType::F32, {1});
    tensor.set(0, value);
    return tensor;
}

#define QVERIFY_OK(result) QVERIFY2((result).ok(), (result).ok() ? "" : (result).error().text().c_str())

}  // namespace

class TestCompiler : public QObject {
    Q_OBJECT

private slots:
    void naiveStaysScalar();
    void vectorizeIsWhatItSays();
    void linesKnowTheirLoops();
    void instructionsHavePlacesAndBytes_data();
    void instructionsHavePlacesAndBytes();
    void tileBecomesRegisters();
    void tileThatIsCutOffBecomesRegisters();
    void tileThatStaysInMemoryIsSaid();
    void emittedTextIsCompiledAlike();
    void passesAreSteps();
    void refusals_data();
    void refusals();
    void abortIsAMessage();
    void endlessLoopInACompile();
    void killedWorkerComesBack();
    void artifactNeedsLittle();
    void functionNamesAreNobodysBusiness();
    void namesAreNoContent();

private:
    Harness m_harness;
};

// No vector instruction and one multiply-add: LLVM neither vectorizes nor unrolls on its own.
void TestCompiler::naiveStaysScalar()
{
    const auto code = m_harness.compiler().code(*matmul("range(32)"), "mm");
    QVERIFY_OK(code);
    const std::string text = assembly(*code);
    QCOMPARE(countOf(text, "ymm"), 0);
    QCOMPARE(countOf(text, "vfmadd"), 1);
    QCOMPARE(countOf(text, "ss "), countOf(text, "vfmadd") + countOf(text, "vmovss"));
}

void TestCompiler::vectorizeIsWhatItSays()
{
    const auto code = m_harness.compiler().code(*matmul("vectorized(32)"), "mm");
    QVERIFY_OK(code);
    const std::string text = assembly(*code);
    QCOMPARE(countOf(text, "vfmadd"), 4);
    QCOMPARE(countOf(text, "vbroadcastss"), 1);
    QVERIFY(countOf(text, "ymmword") >= 8);
}

void TestCompiler::linesKnowTheirLoops()
{
    const auto code = m_harness.compiler().code(*matmul("range(32)"), "mm");
    QVERIFY_OK(code);
    const std::vector<Cursor> expected{{"mm", NodeKind::Block, "C"},
                                       {"mm", NodeKind::Loop, "j"},
                                       {"mm", NodeKind::Loop, "k"},
                                       {"mm", NodeKind::Loop, "i"}};
    for (const auto& line : code->assembly)
        if (line.text.find("vfmadd") != std::string::npos)
            QVERIFY(line.cursors == expected);
    QVERIFY(code->codeBytes > 50 && code->codeBytes < 400);
}

void TestCompiler::instructionsHavePlacesAndBytes_data()
{
    QTest::addColumn<int>("isa");
    QTest::addColumn<QString>("firstOfRet");
    QTest::newRow("x86-64-v3") << int(*isaByName("x86-64-v3")) << "c3";
    QTest::newRow("x86-64-v4") << int(*isaByName("x86-64-v4")) << "c3";
    QTest::newRow("aarch64") << int(*isaByName("aarch64")) << "c0";
}

// Each stands behind the one before, where nothing is filled up to a multiple of 16, and all of them are known.
void TestCompiler::instructionsHavePlacesAndBytes()
{
    QFETCH(int, isa);
    QFETCH(QString, firstOfRet);
    Module module = *matmul("vectorized(32)");
    module.target.isa = Target::Isa(isa);
    const auto code = m_harness.compiler().code(module, "mm");
    QVERIFY_OK(code);
    std::int64_t end = 0, known = 0;
    QString ret;
    for (const AssemblyLine& line : code->assembly) {
        const bool isInstruction = line.text[0] == ' ' && line.text[line.text.find_first_not_of(' ')] != '.';
        QCOMPARE(line.address >= 0, isInstruction);
        if (line.address < 0)
            continue;
        ++known;
        QVERIFY(line.address >= end && line.address < end + 16);
        end = line.address + (std::int64_t(line.bytes.size()) + 1) / 3;
        if (line.text.find(" ret") != std::string::npos)
            ret = QString::fromStdString(line.bytes);
    }
    QVERIFY(known > 10 && end <= code->codeBytes);
    QVERIFY2(ret.startsWith(firstOfRet), qPrintable(ret));
}

const char* const tiled = R"(module t(entry=t):

def t(A: f32[4, 64], B: f32[64, 16]) -> (C: f32[4, 16]):
    acc = alloc f32[4, 16] in local
    for i in unrolled(4):
        for j in vectorized(16):
            with block("init") as (vi: spatial(4) = i, vj: spatial(16) = j):
                acc[vi, vj] = 0.0
    for k in range(64):
        for i1 in KIND(4):
            for j1 in vectorized(16):
                with block("mm") as (vi: spatial(4) = i1, vj: spatial(16) = j1, vk: reduce(64) = k):
                    acc[vi, vj] = fma(A[vi, vk], B[vk, vj], acc[vi, vj])
    for i2 in unrolled(4):
        for j2 in vectorized(16):
            with block("out") as (vi: spatial(4) = i2, vj: spatial(16) = j2):
                C[vi, vj] = acc[vi, vj]
)";

ModulePtr tile(const char* kind) { return parsed(QString(tiled).replace("KIND", kind).toStdString()); }

void TestCompiler::tileBecomesRegisters()
{
    const auto code = m_harness.compiler().code(*tile("unrolled"), "t");
    QVERIFY_OK(code);
    QVERIFY(code->remarks.empty());
    const std::string text = assembly(*code);
    QCOMPARE(countOf(text, "vfmadd"), 8);
    QCOMPARE(countOf(text, "rsp"), 0);
}

// Neither the predicate nor the mask of a last tile is in the way of registers: not a test in the loop of the whole
// ones.
void TestCompiler::tileThatIsCutOffBecomesRegisters()
{
    const auto module = parseModule(R"(module m(entry=t):

def t(A: f32[8, 64], B: f32[3, 64, 16]) -> (C: f32[8, 41]):
    for j0 in range(3):
        for i0 in range(2):
            acc = alloc f32[4, 16] in local
            for i1 in unrolled(4):
                for j1 in vectorized(16):
                    with block("init") as (vi: spatial(4) = i1, vj: spatial(16) = j1):
                        where(j0*16 + j1 < 41)
                        acc[vi, vj] = 0.0
            for k in range(64):
                for i2 in unrolled(4):
                    for j2 in vectorized(16):
                        with block("sum") as (vi: spatial(8) = i0*4 + i2, vj: spatial(41) = j0*16 + j2, vk: reduce(64) = k, ti: spatial(4) = i2, tj: spatial(16) = j2):
                            where(j0*16 + j2 < 41)
                            acc[ti, tj] = fma(A[vi, vk], B[vj // 16, vk, vj % 16], acc[ti, tj])
            for i3 in unrolled(4):
                for j3 in vectorized(16):
                    with block("C") as (vi: spatial(8) = i0*4 + i3, vj: spatial(41) = j0*16 + j3, ti: spatial(4) = i3, tj: spatial(16) = j3):
                        where(j0*16 + j3 < 41)
                        C[vi, vj] = acc[ti, tj]
)");
    QVERIFY_OK(module);
    const auto code = m_harness.compiler().code(**module, "t");
    QVERIFY_OK(code);
    QVERIFY(code->remarks.empty());
    // Eight sums of the whole tile (two registers of eight lanes a row), and four or eight of the last with nine lanes.
    const int sums = countOf(assembly(*code), "vfmadd");
    QVERIFY2(sums == 12 || sums == 16, qPrintable(QString::number(sums)));
}

void TestCompiler::tileThatStaysInMemoryIsSaid()
{
    const auto code = m_harness.compiler().code(*tile("serial"), "t");
    QVERIFY_OK(code);
    QCOMPARE(int(code->remarks.size()), 1);
    QVERIFY(code->remarks[0].nodes == (std::vector<Cursor>{{"t", NodeKind::Buffer, "acc"}}));
    QVERIFY(code->remarks[0].message.find("i1") != std::string::npos);
}

void TestCompiler::emittedTextIsCompiledAlike()
{
    const ModulePtr module = tile("unrolled");
    const auto text = m_harness.compiler().emitLlvm(*module, *module->find("t"));
    QVERIFY_OK(text);
    auto function = std::make_shared<Function>(*module->find("t"));
    function->body = HardwareBody{*text};
    std::vector<Tensor> inputs;
    for (const auto& param : function->params)
        inputs.push_back(randomTensor(param.type.tensor, 3));
    const auto before = m_harness.run(*module, inputs), after = m_harness.run(*module->withFunction(function), inputs);
    QVERIFY_OK(before);
    QVERIFY_OK(after);
    QVERIFY(compare((*before)[0], (*after)[0], 0, 0).equalBits);
}

void TestCompiler::passesAreSteps()
{
    const auto text = m_harness.compiler().runPasses(doubled, "function(instcombine)", Target::usual());
    QVERIFY_OK(text);
    QVERIFY(text->find("define void @f") != std::string::npos);
    const auto code = m_harness.compiler().code(*hardware(*text), "f");
    QVERIFY_OK(code);
    const auto result = m_harness.run(*hardware(*text), {one(21)});
    QVERIFY_OK(result);
    QCOMPARE((*result)[0].at(0), 42.0);
}

void TestCompiler::refusals_data()
{
    QTest::addColumn<QString>("llvm");
    QTest::addColumn<QString>("message");
    QTest::newRow("typing error") << "define void @f(ptr %x, ptr %y) {\n  ret vodi\n}\n"
                                  << "line 2";
    QTest::newRow("wrong type")
        << "define void @f(ptr %x, ptr %y) {\n  %a = load float, ptr %x\n  %b = add float %a, %a\n  ret void\n}\n"
        << "line 3";
    QTest::newRow("another name") << "define void @g(ptr %x, ptr %y) {\n  ret void\n}\n"
                                  << "does not define @f";
    QTest::newRow("another signature") << "define void @f(ptr %x) {\n  ret void\n}\n"
                                       << "another signature";
    QTest::newRow("not dominated")
        << "define void @f(ptr %x, ptr %y) {\n  %a = fadd float %b, 1.0\n  %b = fadd float %a, 1.0\n  ret void\n}\n"
        << "does not verify";
}

void TestCompiler::refusals()
{
    QFETCH(QString, llvm);
    QFETCH(QString, message);
    const auto code = m_harness.compiler().code(*hardware(llvm.toStdString()), "f");
    QVERIFY(!code.ok());
    QVERIFY(code.error().kind == ErrorKind::Refused);
    QVERIFY2(code.error().message.find(message.toStdString()) != std::string::npos, code.error().text().c_str());
}

// Inline assembly that the code generator cannot take ends in a message, and the next request works.
void TestCompiler::abortIsAMessage()
{
    const auto code = m_harness.compiler().code(
        *hardware(
            "declare void @llvm.x86.nothing()\ndefine void @f(ptr %x, ptr %y) {\n  call void asm sideeffect \"no such instruction\", \"\"()\n  ret void\n}\n"),
        "f");
    QVERIFY(!code.ok());
    // An instruction of AVX-512 in a module for x86-64-v3: LLVM has no way out but to end the process.
    const auto aborted = m_harness.compiler().code(
        *hardware(R"(declare <16 x float> @llvm.x86.avx512.max.ps.512(<16 x float>, <16 x float>, i32)
define void @f(ptr %x, ptr %y) {
  %a = load <16 x float>, ptr %x
  %r = call <16 x float> @llvm.x86.avx512.max.ps.512(<16 x float> %a, <16 x float> %a, i32 4)
  store <16 x float> %r, ptr %y
  ret void
}
)"),
        "f");
    QVERIFY(!aborted.ok());
    QVERIFY(aborted.error().kind == ErrorKind::Environment);
    QVERIFY2(aborted.error().message.find("while compiling f") != std::string::npos, aborted.error().text().c_str());
    QVERIFY2(aborted.error().text().find("LLVM ERROR") != std::string::npos, aborted.error().text().c_str());
    QVERIFY_OK(m_harness.compiler().code(*hardware(doubled), "f"));
}

// A function that never ends compiles; a compile that is stopped ends at once.
void TestCompiler::endlessLoopInACompile()
{
    QVERIFY_OK(m_harness.compiler().code(
        *hardware("define void @f(ptr %x, ptr %y) {\n  br label %l\nl:\n  br label %l\n}\n"), "f"));
    std::string many = "define void @f(ptr %x, ptr %y) {\n  %v0 = load volatile i64, ptr %x\n";
    for (int i = 1; i < 200000; ++i)
        many += "  %v" + std::to_string(i) + " = mul i64 %v" + std::to_string(i - 1) + ", %v" + std::to_string(i / 2)
                + "\n";
    std::stop_source stop;
    std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        stop.request_stop();
    });
    const auto stopped = m_harness.compiler().code(*hardware(many + "  store i64 %v199999, ptr %y\n  ret void\n}\n"),
                                                   "f", stop.get_token());
    stopper.join();
    QVERIFY(!stopped.ok());
    QVERIFY(stopped.error().kind == ErrorKind::Environment);
    QVERIFY_OK(m_harness.compiler().code(*matmul("unrolled(32)"), "mm"));
}

void TestCompiler::killedWorkerComesBack()
{
    QVERIFY_OK(m_harness.compiler().code(*hardware(doubled), "f"));
    QVERIFY(test_program::signalProcess(m_harness.compiler().worker().processId(), SIGKILL));
    const ModulePtr module = matmul("unrolled(4)");
    auto code = m_harness.compiler().code(*module, "mm");
    if (!code)
        code = m_harness.compiler().code(*module, "mm");
    QVERIFY_OK(code);
}

void TestCompiler::artifactNeedsLittle()
{
    BuildOptions options;
    options.output = m_harness.file("small.so");
    options.prefix = "small";
    const auto built = m_harness.compiler().build(*matmul("vectorized(32)"), options);
    QVERIFY_OK(built);
    QVERIFY(built->needed == std::vector<std::string>{"libc.so.6"});
    QVERIFY(built->opened.empty());
    QVERIFY(built->fileBytes < 32 << 10);
    QVERIFY(std::find(built->leftOut.begin(), built->leftOut.end(), "strata_rt_onednn_matmul") != built->leftOut.end());
    std::int64_t code = 0;
    for (const auto& contribution : built->contributions)
        if (contribution.kind == "code") {
            QCOMPARE(contribution.name, std::string("mm"));
            QVERIFY(!contribution.neededBy.empty());
            code += contribution.bytes;
        }
    QVERIFY(code > 50 && code < 1000);
}

// A function may have the name of something in libc, or none that C knows.
void TestCompiler::functionNamesAreNobodysBusiness()
{
    for (const char* name : {"memcpy", "main", "/fc/Gemm"}) {
        auto function = std::make_shared<Function>(*matmul("range(32)")->find("mm"));
        function->name = name;
        auto module = std::make_shared<Module>();
        module->name = "m";
        module->entry = name;
        module->functions = {function};
        const std::string difference = m_harness.difference(*module, 5);
        QVERIFY2(difference.empty(), difference.c_str());
    }
}

// Two functions that differ in their names alone are one piece of code; a function whose checks tell its name is not.
void TestCompiler::namesAreNoContent()
{
    constexpr const char* text = R"(module m(entry=main):

@library
def main(x: f32[8], n: i64[8]) -> (y: f32[8], z: f32[8]):
    first(%1, out=y, node="one")
    second(%1, out=z, node="two")

@loops
def first(%2) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = %3

@loops
def second(%2) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = %3
)";
    const auto codes = [&](const char* passed, const char* params, const char* value) {
        const auto module = parseModule(QString(text).arg(passed, params, value).toStdString());
        if (!module)
            qFatal("%s", module.error().text().c_str());
        BuildOptions options;
        options.output = m_harness.file("names.so");
        options.prefix = "names";
        const auto built = m_harness.compiler().build(**module, options);
        return built ? std::count_if(built->contributions.begin(), built->contributions.end(),
                                     [](const Contribution& c) { return c.kind == "code"; })
                     : -1;
    };
    const auto both = parseModule(QString(text).arg("x", "a: f32[8]", "a[vi] * 2.0").toStdString());
    QVERIFY_OK(both);
    const std::string difference = m_harness.difference(**both, 5);
    QVERIFY2(difference.empty(), difference.c_str());
    QCOMPARE(codes("x", "a: f32[8]", "a[vi] * 2.0"), 1);
    QCOMPARE(codes("x, n", "a: f32[8], n: i64[8]", "a[checked(n[vi], 8)]"), 2);
}

STRATA_TEST_IN(QCoreApplication, TestCompiler)
#include "tst_compiler.moc"
