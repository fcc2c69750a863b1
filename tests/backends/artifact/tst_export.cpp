// Exports as their receiver meets them: a C compiler, Python's ctypes, readelf; and library routines in artifacts,
// against the evaluator.
#include "backends/artifact/export.h"
#include "backends/artifact/weights.h"
#include "backends/runtime/runtime.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

#include <dlfcn.h>
#include <nlohmann/json.hpp>

using namespace strata;

namespace {

Tensor filled(const TensorType& type, int seed)
{
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    std::uint32_t state = std::uint32_t(seed) * 2654435761u + 12345u;
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
        state = state * 1664525u + 1013904223u;
        tensor.set(i, double(std::int32_t(state)) / (1ll << 33));
    }
    return tensor;
}

ModulePtr parse(const QString& text)
{
    const auto lookup = [](const std::string& name, const TensorType& type) {
        return toConstant(filled(type, int(name.back())));
    };
    const Result<ModulePtr> module = parseModule(text.toStdString(), lookup);
    if (!module)
        qFatal("%s", module.error().message.c_str());
    return *module;
}

std::vector<Tensor> inputsOf(const Module& module)
{
    std::vector<Tensor> inputs;
    for (const TypedName& param : module.entryFunction()->params)
        inputs.push_back(filled(param.type.tensor, int(inputs.size())));
    return inputs;
}

const char* const mlp = R"(module mlp(entry=main):

const @w0: f32[200, 784]
const @b1: f32[200]
const @w2: f32[10, 200]
const @b3: f32[10]

@library
def main(x: f32[1, 784]) -> (y: f32[1, 10]):
    h = alloc f32[1, 200]
    hidden(x, @w0, @b1, out=h)
    output(h, @w2, @b3, out=y)

@loops
def hidden(x: f32[1, 784], w: f32[200, 784], b: f32[200]) -> (y: f32[1, 200]):
    for j in parallel(200):
        for k in range(784):
            with block("dense") as (vj: spatial(200) = j, vk: reduce(784) = k):
                with init(): y[0, vj] = 0.0
                y[0, vj] = fma(x[0, vk], w[vj, vk], y[0, vj])
    for j_relu in range(200):
        with block("relu") as (vj: spatial(200) = j_relu):
            y[0, vj] = max(0.0, y[0, vj] + b[vj])

@loops
def output(x: f32[1, 200], w: f32[10, 200], b: f32[10]) -> (y: f32[1, 10]):
    for j in range(10):
        for k in range(200):
            with block("dense") as (vj: spatial(10) = j, vk: reduce(200) = k):
                with init(): y[0, vj] = 0.0
                y[0, vj] = fma(x[0, vk], w[vj, vk], y[0, vj])
    for j_exp in range(10):
        with block("exp") as (vj: spatial(10) = j_exp):
            y[0, vj] = exp(y[0, vj] + b[vj])
)";

struct Ran {
    int code;
    QString out;
};
Ran runProgram(const QString& folder, const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    process.waitForFinished(60000);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
            QString::fromUtf8(process.readAll())};
}

QString printed(const std::string& name, const Tensor& tensor)
{
    QString text = QString::fromStdString(name) + ":";
    for (std::int64_t i = 0; i < tensor.count(); ++i)
        text += QString::asprintf(" %.9g", tensor.data<float>()[i]);
    return text;
}

#define VERIFY_OK(result) QVERIFY2((result).ok(), (result).ok() ? "" : (result).error().text().c_str())

}  // namespace

class TestExport : public QObject {
    Q_OBJECT

private slots:
    void exports_data();
    void exports();
    void failuresNameTheirNode();
    void wordsThereAndBack();
    void textsOfManyThreads();
    void oneLibraryForAnySize();
    void storagesForAnySize();
    void variantsBySize();
    void replacesOnlyExports();
    void nothingIsLeftOfAFailure();
    void deploymentNamesItsParts();
    void routines_data();
    void routines();

private:
    Result<Exported> exportTo(const QString& folder, WeightsMode mode, const QString& text = mlp);

    Compiler m_compiler;
    Runner m_runner;
};

Result<Exported> TestExport::exportTo(const QString& folder, WeightsMode mode, const QString& text)
{
    const ModulePtr module = parse(text);
    const std::vector<Tensor> inputs = inputsOf(*module);
    STRATA_TRY(const std::vector<Tensor> expected, evaluate(*module, *module->entryFunction(), inputs));
    ExportOptions options;
    options.folder = folder.toStdString();
    options.name = "my mlp.v2";
    options.weights = mode;
    options.recipe = "loops.parallel(hidden, j)\n";
    return exportModule(*module, options, m_compiler, m_runner, inputs, expected);
}

void TestExport::exports_data()
{
    QTest::addColumn<bool>("embedded");
    QTest::newRow("embedded") << true;
    QTest::newRow("file") << false;
}

void TestExport::exports()
{
    QFETCH(bool, embedded);
    const QTemporaryDir folder;
    const QString path = folder.filePath("out");
    const Result<Exported> exported = exportTo(path, embedded ? WeightsMode::Embedded : WeightsMode::File);
    VERIFY_OK(exported);
    QVERIFY(exported->verified);
    const QString library = "libmy_mlp_v2.so";
    QStringList files = {"example.c", "example.py", library, "manifest.json", "my_mlp_v2.h"};
    if (!embedded)
        files << "my_mlp_v2.weights";
    QCOMPARE(QDir(path).entryList(QDir::Files, QDir::Name), files);

    const qint64 weights = 784 * 200 * 4 + 200 * 10 * 4 + 832 + 64;
    QVERIFY(QFileInfo(path + "/" + library).size() - (embedded ? weights : 0) < 64 << 10);
    const QString dynamic = runProgram(path, "readelf", {"-dW", library}).out;
    for (const QString& line : dynamic.split('\n'))
        if (line.contains("(NEEDED)"))
            QVERIFY2(line.contains("[libc.so.6]") || line.contains("[libm.so.6]"), qPrintable(line));
    const QString symbols = runProgram(path, "nm", {"-D", "--defined-only", library}).out;
    for (const QString& line : symbols.split('\n', Qt::SkipEmptyParts))
        QVERIFY2(line.split(' ').last().startsWith("my_mlp_v2_"), qPrintable(line));

    // The header's one line builds the example, and both it and Python say what the application says.
    const ModulePtr module = parse(mlp);
    const std::vector<Tensor> inputs = inputsOf(*module);
    QFile raw(path + "/x.bin");
    QVERIFY(raw.open(QIODevice::WriteOnly));
    raw.write(reinterpret_cast<const char*>(inputs[0].bytes.data()), qint64(inputs[0].bytes.size()));
    raw.close();
    const auto expected = evaluate(*module, *module->entryFunction(), inputs);
    VERIFY_OK(expected);
    const QString line = printed("y", (*expected)[0]) + "\n";
    const Ran built = runProgram(path, "sh",
                                 {"-c", QString::fromStdString(exported->buildCommand) + " -Wall -Wextra -Werror"});
    QVERIFY2(built.code == 0, qPrintable(built.out));
    QCOMPARE(runProgram(path, "./example", {"x.bin"}).out, line);
    QCOMPARE(runProgram(path, "python3", {"example.py", "x.bin"}).out, line);
    const Ran cxx = runProgram(
        path, "sh", {"-c", "echo '#include \"my_mlp_v2.h\"' | g++ -x c++ -Wall -Wextra -Werror -fsyntax-only -I. -"});
    QVERIFY2(cxx.code == 0, qPrintable(cxx.out));

    QFile file(path + "/manifest.json");
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto manifest = nlohmann::json::parse(file.readAll().toStdString());
    QCOMPARE(manifest["inputs"][0]["shape"].dump().c_str(), "[1,784]");
    QCOMPARE(manifest["recipe"].get<std::string>(), std::string("loops.parallel(hidden, j)\n"));
    QCOMPARE(manifest["checked"]["equal_bits"].get<bool>(), true);
    QFile so(path + "/" + library);
    QVERIFY(so.open(QIODevice::ReadOnly));
    for (const auto& entry : manifest["files"])
        if (entry["path"] == library.toStdString())
            QCOMPARE(entry["sha256"].get<std::string>(),
                     QCryptographicHash::hash(so.readAll(), QCryptographicHash::Sha256).toHex().toStdString());
}

// A run that fails names the node of the model, in C and in Python.
void TestExport::failuresNameTheirNode()
{
    const QString text = R"(module picks(entry=main):

@library
def main(x: f32[4], i: i64[1]) -> (y: f32[1]):
    h = alloc f32[4]
    same(x, out=h, node="first")
    pick(h, i, out=y, node="second")

@loops
def same(x: f32[4]) -> (y: f32[4]):
    for i in range(4):
        with block("y") as (vi: spatial(4) = i):
            y[vi] = x[vi]

@loops
def pick(x: f32[4], i: i64[1]) -> (y: f32[1]):
    for k in range(1):
        with block("pick") as (vk: spatial(1) = k):
            y[vk] = x[checked(i[vk], 4)]
)";
    const QTemporaryDir folder;
    const QString path = folder.filePath("out");
    const ModulePtr module = parse(text);
    const std::vector<Tensor> inputs{filled({DType::F32, toShape({4})}, 1), makeTensor(DType::I64, {1})};
    const auto expected = evaluate(*module, *module->entryFunction(), inputs);
    VERIFY_OK(expected);
    ExportOptions options;
    options.folder = path.toStdString();
    options.name = "picks";
    const Result<Exported> exported = exportModule(*module, options, m_compiler, m_runner, inputs, *expected);
    VERIFY_OK(exported);
    QFile index(path + "/i.bin"), numbers(path + "/x.bin");
    QVERIFY(index.open(QIODevice::WriteOnly) && numbers.open(QIODevice::WriteOnly));
    index.write(QByteArray("\x07\0\0\0\0\0\0\0", 8));
    numbers.write(QByteArray(16, '\0'));
    index.close();
    numbers.close();
    const QString sentence = "second: Index 7 of x is outside 0..3 in block \"pick\" of pick at vk = 0.\n";
    QCOMPARE(runProgram(path, "sh", {"-c", QString::fromStdString(exported->buildCommand)}).code, 0);
    QCOMPARE(runProgram(path, "./example", {"x.bin", "i.bin"}).out, sentence);
    QCOMPARE(runProgram(path, "python3", {"example.py", "x.bin", "i.bin"}).out, sentence);
}

// Words go in and come out, in C and in Python; constant ones lie among the weights. A text that is no number ends a
// run.
void TestExport::wordsThereAndBack()
{
    const QString text = R"(module words(entry=main):

const @labels: string[3] = ["small", "", "GRÖSSE"]

@library
def main(x: string[3], n: string[]) -> (y: string[3], z: f32[]):
    pick(x, @labels, out=y, node="labels")
    read(n, out=z, node="number")

@loops
def pick(x: string[3], labels: string[3]) -> (y: string[3]):
    for i in range(3):
        with block("pick") as (vi: spatial(3) = i):
            y[vi] = select(x[vi] == labels[vi], text_lower(text_join(x[vi], "!")), select(x[vi] == "a b", labels[2], x[vi]))

@loops
def read(n: string[]) -> (z: f32[]):
    with block("read"):
        z[] = f32_of_text(n[])
)";
    const QTemporaryDir folder;
    const QString path = folder.filePath("out");
    const ModulePtr module = parse(text);
    std::vector<Tensor> inputs{makeTensor(DType::String, {3}), makeTensor(DType::String, {})};
    inputs[0].strings = {"a b", "", "GRÖSSE"};
    inputs[1].strings = {" 2.5"};
    const auto expected = evaluate(*module, *module->entryFunction(), inputs);
    VERIFY_OK(expected);
    QCOMPARE((*expected)[0].strings, (std::vector<std::string>{"GRÖSSE", "!", "grösse!"}));
    for (const WeightsMode mode : {WeightsMode::Embedded, WeightsMode::File}) {
        ExportOptions options;
        options.folder = path.toStdString();
        options.name = "words";
        options.weights = mode;
        const Result<Exported> exported = exportModule(*module, options, m_compiler, m_runner, inputs, *expected);
        VERIFY_OK(exported);
        QVERIFY(exported->verified);
        const Ran built = runProgram(path, "sh",
                                     {"-c", QString::fromStdString(exported->buildCommand) + " -Wall -Wextra -Werror"});
        QVERIFY2(built.code == 0, qPrintable(built.out));
        for (const auto& [name, lines] :
             {std::pair("x.txt", "a b\n\nGR\xc3\x96SSE\n"), {"n.txt", " 2.5\n"}, {"o.txt", "two\n"}}) {
            QFile file(path + "/" + name);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(lines);
        }
        const QString lines = QString::fromUtf8("y: GRÖSSE ! grösse!\nz: 2.5\n"),
                      sentence = "number: The text 'two' is no real number.\n";
        QCOMPARE(runProgram(path, "./example", {"x.txt", "n.txt"}).out, lines);
        QCOMPARE(runProgram(path, "python3", {"example.py", "x.txt", "n.txt"}).out, lines);
        QCOMPARE(runProgram(path, "./example", {"x.txt", "o.txt"}).out, sentence);
        QCOMPARE(runProgram(path, "python3", {"example.py", "x.txt", "o.txt"}).out, sentence);
    }
}

// Thousands of texts that four threads make at once, some of them equal, and long ones.
void TestExport::textsOfManyThreads()
{
    const ModulePtr module = parse(R"(module m(entry=main):

@loops
def main(x: i64[20000], s: string[1]) -> (y: string[20000], n: i64[20000]):
    for i in parallel(20000):
        with block("text") as (vi: spatial(20000) = i):
            y[vi] = text_join(text_of_i64(x[vi] // 3), s[0])
    for k in vectorized(8):
        for j in range(2500):
            with block("back") as (vj: spatial(20000) = j * 8 + k):
                n[vj] = i64_of_text(text_piece(y[vj], "-", -1, 0))
)");
    std::vector<Tensor> inputs{makeTensor(DType::I64, {20000}), makeTensor(DType::String, {1})};
    for (std::int64_t i = 0; i < 20000; ++i)
        inputs[0].setInteger(i, i);
    inputs[1].strings = {"-" + std::string(300, 'x')};
    const QTemporaryDir folder;
    const Result<Built> built = deployment(*module, m_compiler, folder.path().toStdString());
    VERIFY_OK(built);
    const Result<Loaded> loaded = m_runner.load(built->path, "strata", built->weightsFile, {});
    VERIFY_OK(loaded);
    for (int again = 0; again < 2; ++again) {
        const auto outputs = m_runner.run(loaded->handle, inputs, 4, {});
        VERIFY_OK(outputs);
        for (std::int64_t i = 0; i < 20000; ++i) {
            QCOMPARE((*outputs)[1].integerAt(i), i / 3);
            QCOMPARE((*outputs)[0].strings[std::size_t(i)], std::to_string(i / 3) + inputs[1].strings[0]);
        }
    }
}

void TestExport::replacesOnlyExports()
{
    const QTemporaryDir folder;
    VERIFY_OK(exportTo(folder.filePath("out"), WeightsMode::Embedded));
    VERIFY_OK(exportTo(folder.filePath("out/"), WeightsMode::Embedded));
    QVERIFY(QDir(folder.path()).mkdir("precious"));
    QFile file(folder.filePath("precious/notes"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    const Result<Exported> refusedExport = exportTo(folder.filePath("precious"), WeightsMode::Embedded);
    QVERIFY(!refusedExport.ok());
    QCOMPARE(refusedExport.error().kind, ErrorKind::Refused);
    QVERIFY(QString::fromStdString(refusedExport.error().message).endsWith("is there already and is no export."));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList({"out", "precious"}));
}

void TestExport::nothingIsLeftOfAFailure()
{
    const QTemporaryDir folder;
    const QString text = QString(mlp).replace("hidden(x, @w0, @b1, out=h)", "nobody.matmul(x, @w0, @b1, out=h)");
    const ModulePtr module = parse(text);
    ExportOptions options;
    options.folder = folder.filePath("out").toStdString();
    options.name = "broken";
    QVERIFY(!exportModule(*module, options, m_compiler, m_runner, inputsOf(*module), {}).ok());
    QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList());
}

void TestExport::deploymentNamesItsParts()
{
    const QTemporaryDir folder;
    const Result<Built> built = deployment(*parse(mlp), m_compiler, folder.path().toStdString());
    VERIFY_OK(built);
    std::map<std::string, std::int64_t> bytes;
    for (const Contribution& part : built->contributions)
        bytes[part.kind] += part.bytes;
    for (const char* kind : {"code", "runtime", "interface", "weights"})
        QVERIFY2(bytes[kind] > 0, kind);
    QCOMPARE(bytes["weights"], std::int64_t(784 * 200 + 200 + 10 * 200 + 10) * 4);
    for (const Contribution& part : built->contributions)
        if (part.name == "w2")
            QVERIFY(part.neededBy.size() == 1 && part.neededBy[0].function == "main");
    QVERIFY(!built->leftOut.empty());
    QVERIFY(built->opened.empty());
}

void TestExport::routines_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("opened");
    const QString matmul = R"(module m(entry=main):

const @w0: f32[48, 33]
const @b1: f32[48]

@library
def main(x: f32[7, 33]) -> (y: f32[7, 48]):
    PROVIDER.matmul(x, @w0, @b1, out=y, transB=1, epilogue="relu")
)";
    const QString batched = R"(module m(entry=main):

@library
def main(a: f32[3, 5, 4, 6], b: f32[3, 5, 6, 7]) -> (y: f32[3, 5, 4, 7]):
    PROVIDER.matmul(a, b, out=y)
)";
    const QString conv = R"(module m(entry=main):

const @w0: f32[12, 3, 3, 5]
const @b1: f32[12]

@library
def main(x: f32[2, 6, 17, 19]) -> (y: f32[2, 12, 8, 19]):
    onednn.conv(x, @w0, @b1, out=y, group=2, strides=[2, 1], pads=[0, 4, 1, 4], dilations=[1, 2], epilogue="relu")
)";
    QTest::newRow("onednn matmul") << QString(matmul).replace("PROVIDER", "onednn") << "libdnnl.so.2";
    QTest::newRow("openblas matmul") << QString(matmul).replace("PROVIDER", "openblas") << "libopenblas.so.0";
    QTest::newRow("onednn batched") << QString(batched).replace("PROVIDER", "onednn") << "libdnnl.so.2";
    QTest::newRow("openblas batched") << QString(batched).replace("PROVIDER", "openblas") << "libopenblas.so.0";
    QTest::newRow("onednn conv") << conv << "libdnnl.so.2";
}

void TestExport::routines()
{
    QFETCH(QString, text);
    QFETCH(QString, opened);
    const QTemporaryDir folder;
    const ModulePtr module = parse(text);
    const std::vector<Tensor> inputs = inputsOf(*module);
    const auto expected = evaluate(*module, *module->entryFunction(), inputs);
    VERIFY_OK(expected);
    const Result<Built> built = deployment(*module, m_compiler, folder.path().toStdString());
    VERIFY_OK(built);
    QVERIFY((built->opened == std::vector{opened.toStdString()}));
    const Result<Loaded> loaded = m_runner.load(built->path, "strata", built->weightsFile);
    VERIFY_OK(loaded);
    for (const int threads : {1, 2, 1}) {  // the second run uses what the first prepared
        const auto actual = m_runner.run(loaded->handle, inputs, threads);
        VERIFY_OK(actual);
        const Comparison comparison = compare((*actual)[0], (*expected)[0], 1e-6, 1e-5);
        QVERIFY2(comparison.within, qPrintable(QString::number(comparison.maxAbsolute)));
    }
}

// What the inputs' shapes do not tell, and shapes that do not fit, are refused by name.
void TestExport::oneLibraryForAnySize()
{
    const QString text = R"(module padded(entry=pad):

def pad(x: f32[n, m], b: f32[m]) -> (y: f32[n + 2, m]):
    for i in range(n + 2):
        for j0 in range((m + 7) // 8):
            for j1 in vectorized(8):
                with block("y") as (vi: spatial(n + 2) = i, vj: spatial(m) = j0 * 8 + j1):
                    where(j0 * 8 + j1 < m)
                    y[vi, vj] = select((1 <= vi) & (vi <= n), x[vi - 1, vj], 0.0) + b[vj]
)";
    const ModulePtr module = parse(text);
    const auto inputsAt = [](std::int64_t n, std::int64_t m, std::int64_t width) {
        return std::vector<Tensor>{filled({DType::F32, toShape({n, m})}, 1), filled({DType::F32, toShape({width})}, 2)};
    };
    const auto expectedAt = [&](const std::vector<Tensor>& inputs) {
        return evaluate(*module, *module->entryFunction(), inputs);
    };
    const QTemporaryDir folder;
    ExportOptions options;
    options.folder = folder.filePath("out").toStdString();
    options.name = "padded";
    const std::vector<Tensor> first = inputsAt(3, 5, 5);
    const auto expected = expectedAt(first);
    VERIFY_OK(expected);
    const Result<Exported> exported = exportModule(*module, options, m_compiler, m_runner, first, *expected);
    VERIFY_OK(exported);
    QVERIFY(exported->verified);
    const auto loaded = m_runner.load(exported->built.path, "padded", "");
    VERIFY_OK(loaded);
    for (const auto& [n, m] : {std::pair(1, 1), std::pair(7, 64), std::pair(2, 1000), std::pair(7, 64)}) {
        const std::vector<Tensor> inputs = inputsAt(n, m, m);
        const auto right = expectedAt(inputs), made = m_runner.run(loaded->handle, inputs, 1);
        VERIFY_OK(right);
        VERIFY_OK(made);
        QVERIFY(made->at(0).type.shape == toShape({n + 2, m}));
        QVERIFY(compare(made->at(0), right->at(0), 0, 0).equalBits);
    }
    const auto misfit = m_runner.run(loaded->handle, inputsAt(2, 5, 6), 1);
    QVERIFY(!misfit.ok());
    QCOMPARE(misfit.error().message,
             std::string("Dimension 0 of the input b is 6, by the sizes of the inputs it is 5."));
    const auto none = m_runner.run(loaded->handle, inputsAt(0, 5, 5), 1);
    QVERIFY(!none.ok());
    QCOMPARE(none.error().message, std::string("The size n is 0 by dimension 0 of the input x; it is 1 to 2147483647, "
                                               "a multiple of 1."));
    VERIFY_OK(m_runner.unload(loaded->handle));

    const QString path = folder.filePath("out");
    const Ran built = runProgram(path, "sh",
                                 {"-c", QString::fromStdString(exported->buildCommand) + " -Wall -Wextra -Werror"});
    QVERIFY2(built.code == 0, qPrintable(built.out));
    QCOMPARE(runProgram(path, "./example", {}).out, QString("y: 0 0 0\n"));
    QCOMPARE(runProgram(path, "python3", {"example.py"}).out, QString("y: 0 0 0\n"));
    for (const QStringList& example : {QStringList{"./example"}, QStringList{"python3", "example.py"}}) {
        const auto says = [&](const QStringList& words) {
            return runProgram(path, example[0], example.mid(1) + words).out;
        };
        QCOMPARE(says({"m=2", "n=2"}), QString("y: 0 0 0 0 0 0 0 0\n"));  // n + 2 rows of m
        QCOMPARE(says({"k=2"}), QString("The model has no size k to be chosen.\n"));
        QVERIFY(says({"n=0"}).contains("The size n is 0 by dimension 0 of the input x;"));
    }
    QFile file(path + "/manifest.json");
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto manifest = nlohmann::json::parse(file.readAll().toStdString());
    QCOMPARE(manifest["outputs"][0]["shape"].dump().c_str(), R"(["n + 2","m"])");
    QCOMPARE(manifest["sizes"].dump().c_str(), R"(["m","n"])");
}

// Buffers share storages that are made for the sizes of a run: larger ones after smaller ones, and the other way round.
// A program within the program has sizes of its own.
// Each variant multiplies by another number, so that the result says which one ran.
void TestExport::variantsBySize()
{
    const QString text = R"(module m(entry=main):

@library
@choose(one if n == 1, eights if n % 8 == 0)
@assume(n <= 64)
def main(x: f32[n, 3]) -> (y: f32[n, 3]):
    by_2(x, out=y, node="any")

@library
@implements(main)
def one(x: f32[1, 3]) -> (y: f32[1, 3]):
    t = alloc f32[1, 3]
    by_3(x, out=t, node="own")
    copy(t, out=y)

@library
@implements(main)
@assume(n % 8 == 0)
def eights(x: f32[n, 3]) -> (y: f32[n, 3]):
    t = alloc f32[n, 3]
    by_5(x, out=t, node="own")
    copy(t, out=y)

@loops
@choose(by_7 if m == 40)
def by_2(x: f32[m, 3]) -> (y: f32[m, 3]):
    for i, j in grid(m, 3):
        with block("y") as (vi: spatial(m) = i, vj: spatial(3) = j):
            y[vi, vj] = x[vi, vj] * 2.0

@loops
@implements(by_2)
def by_7(x: f32[40, 3]) -> (y: f32[40, 3]):
    for i, j in grid(40, 3):
        with block("y") as (vi: spatial(40) = i, vj: spatial(3) = j):
            y[vi, vj] = x[vi, vj] * 7.0

@loops
def by_3(x: f32[1, 3]) -> (y: f32[1, 3]):
    for i, j in grid(1, 3):
        with block("y") as (vi: spatial(1) = i, vj: spatial(3) = j):
            y[vi, vj] = x[vi, vj] * 3.0

@loops
@assume(m % 8 == 0)
def by_5(x: f32[m, 3]) -> (y: f32[m, 3]):
    for i0 in range(m // 8):
        for i1, j in grid(8, 3):
            with block("y") as (vi: spatial(m) = i0 * 8 + i1, vj: spatial(3) = j):
                y[vi, vj] = x[vi, vj] * 5.0
)";
    const ModulePtr module = parse(text);
    const QTemporaryDir folder;
    const Result<Built> built = deployment(*module, m_compiler, folder.path().toStdString());
    VERIFY_OK(built);
    const Result<Loaded> loaded = m_runner.load(built->path, "strata", built->weightsFile);
    VERIFY_OK(loaded);
    for (const auto& [n, factor] : std::map<std::int64_t, double>{{1, 3}, {2, 2}, {8, 5}, {9, 2}, {64, 5}}) {
        const std::vector<Tensor> inputs{filled({DType::F32, toShape({n, 3})}, 1)};
        const auto made = m_runner.run(loaded->handle, inputs, 1);
        VERIFY_OK(made);
        for (std::size_t i = 0; i < std::size_t(3 * n); ++i)
            QCOMPARE(float(made->at(0).at(i)), float(inputs[0].at(i)) * float(factor));
    }
    const auto refused = m_runner.run(loaded->handle, {filled({DType::F32, toShape({65, 3})}, 1)}, 1);
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.find("The size n is 65 by dimension 0 of the input x; it is 1 to 64")
                 != std::string::npos,
             refused.error().message.c_str());
}

void TestExport::storagesForAnySize()
{
    const QString text = R"(module chain(entry=main):

@library
def main(x: f32[n, 3]) -> (y: f32[2*n, 3]):
    a = alloc f32[n, 3] in storage 1
    twice(x, out=a, node="first")
    b = alloc f32[2*n, 3] in storage 0
    join(a, x, out=b, node="second")
    c = alloc f32[2*n, 3] in storage 1
    inner(b, out=c, node="third")
    v = view(c, f32[n, 6])
    w = view(v, f32[2*n, 3])
    copy(w, out=y)

@library
def inner(x: f32[k, 3]) -> (y: f32[k, 3]):
    t = alloc f32[k, 3]
    twice(x, out=t, node="one")
    twice(t, out=y, node="two")

@loops
def twice(x: f32[m, 3]) -> (y: f32[m, 3]):
    for i, j in grid(m, 3):
        with block("y") as (vi: spatial(m) = i, vj: spatial(3) = j):
            y[vi, vj] = x[vi, vj] * 2.0

@loops
def join(a: f32[m, 3], b: f32[m, 3]) -> (y: f32[2*m, 3]):
    for i, j in grid(m, 3):
        with block("a") as (vi: spatial(m) = i, vj: spatial(3) = j):
            y[vi, vj] = a[vi, vj]
    for k, l in grid(m, 3):
        with block("b") as (vi: spatial(m) = k, vj: spatial(3) = l):
            y[vi + m, vj] = b[vi, vj]
)";
    const ModulePtr module = parse(text);
    const auto inputsAt = [](std::int64_t n) { return std::vector<Tensor>{filled({DType::F32, toShape({n, 3})}, 1)}; };
    const QTemporaryDir folder;
    const Result<Built> built = deployment(*module, m_compiler, folder.path().toStdString());
    VERIFY_OK(built);
    const Result<Loaded> loaded = m_runner.load(built->path, "strata", built->weightsFile);
    VERIFY_OK(loaded);
    for (const std::int64_t n : {5, 1, 4000, 2, 4001}) {
        const std::vector<Tensor> inputs = inputsAt(n);
        const auto right = evaluate(*module, *module->entryFunction(), inputs),
                   made = m_runner.run(loaded->handle, inputs, 1);
        VERIFY_OK(right);
        VERIFY_OK(made);
        QVERIFY(made->at(0).type.shape == toShape({2 * n, 3}));
        QVERIFY(compare(made->at(0), right->at(0), 0, 0).equalBits);
    }
    VERIFY_OK(m_runner.unload(loaded->handle));
}

STRATA_TEST_IN(QCoreApplication, TestExport)
#include "tst_export.moc"
