// What the operators' definitions become verifies: every node of ONNX's own tests that lowers makes loops that stay in
// bounds, read nothing unwritten and write their results wholly. The verifier refuses what it cannot prove, so this is
// the test that it proves enough.
#include "core/onnx/import.h"
#include "core/text/text.h"
#include "passes/lowering/verify_lowered.h"
#include "tests/program.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QTest>

using namespace strata;

namespace {
const QString dataFolder = QStringLiteral("/usr/share/libonnx-testdata/data/node");
}

class TestLoweredVerifies : public QObject {
    Q_OBJECT
private slots:
    void nodes();
    void models();
    void namesTheNode();
    void declaredTypes();
};

void TestLoweredVerifies::nodes()
{
    const auto cache = makeLoweringCache();
    const auto known = makeVerifiedFunctions();
    int lowered = 0;
    QStringList refusals;
    for (const QString& name : QDir(dataFolder).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const auto imported = onnx::importModel((dataFolder + '/' + name + "/model.onnx").toStdString());
        if (!imported)
            continue;
        const auto low = lowerByDefault(*imported->module, cache.get());
        if (!low)
            continue;
        ++lowered;
        if (const Status status = verifyLowered(*imported->module, *low, *known); !status)
            refusals << name + ": " + QString::fromStdString(status.error().text());
    }
    QVERIFY2(refusals.isEmpty(), qPrintable(refusals.join('\n')));
    qInfo("%d lowered", lowered);
    QVERIFY(lowered > 700 || !QDir(dataFolder).exists());
}

// STRATA_MODELS=FOLDER: the same of every .onnx file below it, with the time that it takes.
void TestLoweredVerifies::models()
{
    const QString folder = qEnvironmentVariable("STRATA_MODELS");
    if (folder.isEmpty())
        return;
    QStringList refusals;
    for (QDirIterator files(folder, {QStringLiteral("*.onnx")}, QDir::Files, QDirIterator::Subdirectories);
         files.hasNext();) {
        const std::string file = files.next().toStdString();
        const auto imported = onnx::importModel(file);
        if (!imported)
            continue;
        std::map<std::string, std::int64_t> sizes;
        for (const TypedName& param : imported->module->entryFunction()->params)
            for (const Dim& dim : param.type.tensor.shape)
                for (const std::string& symbol : dim.symbols())
                    sizes[symbol] = symbol.find("seq") != std::string::npos ? 16 : 1;
        const auto bound = onnx::bindDimensions(*imported->module, sizes);
        QElapsedTimer timer;
        timer.start();
        const auto low = bound ? lowerByDefault(**bound) : Result<LoweredModule>(bound.error());
        if (!low) {
            qInfo("%s: %s", file.c_str(), low.error().message.c_str());
            continue;
        }
        const qint64 lowering = timer.restart();
        const auto known = makeVerifiedFunctions();
        const Status first = verifyLowered(**bound, *low, *known);
        const qint64 verifying = timer.restart();
        const Status second = verifyLowered(**bound, *low, *known);
        qInfo("%s: lowered in %lld ms, verified in %lld ms, again in %lld ms", file.c_str(), lowering, verifying,
              timer.elapsed());
        if (!first || !second)
            refusals << QString::fromStdString(file + ": " + first.error().text());
    }
    QVERIFY2(refusals.isEmpty(), qPrintable(refusals.join('\n')));
}

// A fault in what a node became is told as the node's.
void TestLoweredVerifies::namesTheNode()
{
    const auto module = parseModule("module m(entry=main):\n\ndef main(x: f32[4]) -> (y: f32[4]):\n"
                                    "    y: f32[4] = Relu(x, node=\"a\", version=13)\n    return y\n");
    QVERIFY2(module.ok(), module ? "" : module.error().message.c_str());
    auto low = lowerByDefault(**module);
    QVERIFY(low.ok());
    const auto known = makeVerifiedFunctions();
    QVERIFY(verifyLowered(**module, *low, *known).ok());
    for (const FunctionPtr& function : low->module->functions)
        if (function->loops()) {
            Function emptied = *function;
            emptied.body = LoopsBody{};
            low->module = low->module->withFunction(std::make_shared<const Function>(std::move(emptied)));
            break;
        }
    const Status status = verifyLowered(**module, *low, *known);
    QVERIFY(!status.ok());
    QCOMPARE(QString::fromStdString(status.error().message),
             QString("Node a (Relu) cannot be run as it stands: Nothing writes the element y[0] of a result."));
}

void TestLoweredVerifies::declaredTypes()
{
    const auto typed = [](const char* type) {
        const auto module = parseModule("module m(entry=main):\n\ndef main(x: f32[n, 4]) -> (y: f32[n, 4]):\n    y: "
                                        + std::string(type) + " = Relu(x, node=\"a\", version=13)\n    return y\n");
        return module ? verifyDeclaredTypes(**module) : Status(module.error());
    };
    QVERIFY(typed("f32[n, 4]").ok());
    QVERIFY(typed("f32[...]").ok());
    QVERIFY(typed("f32[7, 4]").ok());  // n may be 7
    QCOMPARE(QString::fromStdString(typed("f32[n, 5]").error().message),
             QString("Value y is declared as f32[n, 5], but node a (Relu) makes f32[n, 4]."));
    QVERIFY(!typed("f32[4]").ok());
    QVERIFY(!typed("f64[n, 4]").ok());
}

STRATA_TEST(TestLoweredVerifies)
#include "tst_lowered_verifies.moc"
