// ONNX's own node tests, run by the evaluator: the only authority on what an operator means.
//
// Each folder of Debian's libonnx-testdata passes, or stands in onnx_nodes_exceptions.txt with its reason; a folder
// that stands there and passes fails the test, so that the list only shrinks.
#include "core/onnx/import.h"
#include "core/reference/evaluate.h"
#include "tests/core/operators/onnx_nodes.h"
#include "tests/program.h"

#include <QDir>
#include <QTest>

using namespace strata;

namespace {

// numpy has no bf16: the files hold its bits as u16.
Tensor asDeclared(Tensor tensor, DType declared)
{
    if (tensor.type.dtype == DType::U16 && declared == DType::BF16)
        tensor.type.dtype = DType::BF16;
    return tensor;
}

Status checkOutputs(const onnx::TestData& data, const std::vector<Tensor>& results)
{
    if (results.size() != data.outputs.size())
        return bug("gives " + std::to_string(results.size()) + " outputs, expected are "
                   + std::to_string(data.outputs.size()));
    for (std::size_t i = 0; i < results.size(); ++i) {
        // ONNX's bound, wider for the type whose rounding alone is larger (its data are cut, not rounded).
        const double relative = results[i].type.dtype == DType::BF16 ? 8e-3 : 1e-3;
        const Comparison comparison = compare(results[i], asDeclared(data.outputs[i].second, results[i].type.dtype),
                                              1e-7, relative);
        if (!comparison.within)
            return bug("output " + std::to_string(i) + " is wrong by " + std::to_string(comparison.maxAbsolute) + " "
                       + comparison.reason);
    }
    return {};
}

Status runFolder(const std::string& folder)
{
    STRATA_TRY(const std::vector<onnx::TestData> sets, onnx::readTestData(folder));
    onnx::ImportOptions options;
    if (!sets.empty()) {
        options.lists = sets[0].lists;
        for (const auto& [name, tensor] : sets[0].inputs)
            if (!isFloat(tensor.type.dtype) && tensor.count() <= 64)
                options.values.emplace(name, tensor);
    }
    STRATA_TRY(const onnx::Imported imported, onnx::importModel(folder + "/model.onnx", options));
    const FunctionPtr main = imported.module->entryFunction();
    for (const onnx::TestData& data : sets) {
        std::vector<Tensor> inputs;
        for (std::size_t i = 0; i < std::min(data.inputs.size(), main->params.size()); ++i)
            inputs.push_back(asDeclared(data.inputs[i].second, main->params[i].type.tensor.dtype));
        STRATA_TRY(const std::vector<Tensor> results, evaluate(*imported.module, *main, inputs));
        STRATA_CHECK(checkOutputs(data, results));
    }
    return {};
}

}  // namespace

class TestOnnxNodes : public QObject {
    Q_OBJECT

private slots:
    void nodes_data();
    void nodes();
};

void TestOnnxNodes::nodes_data()
{
    QTest::addColumn<QString>("exception");
    const QMap<QString, QString> listed = onnxNodesExceptions(
        QStringLiteral("tests/core/operators/onnx_nodes_exceptions.txt"));
    for (const QString& folder : QDir(onnxNodesFolder).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        QTest::newRow(qPrintable(folder)) << listed.value(folder);
    if (!QDir(onnxNodesFolder).exists())
        QTest::newRow("none") << QString();
}

void TestOnnxNodes::nodes()
{
    if (!QDir(onnxNodesFolder).exists())
        QSKIP("Debian's libonnx-testdata is not installed.");
    QFETCH(QString, exception);
    const QString folder = onnxNodesFolder + QLatin1Char('/') + QString::fromLatin1(QTest::currentDataTag());
    const Status status = runFolder(folder.toStdString());
    if (exception.isEmpty())
        QVERIFY2(status.ok(), status ? "" : status.error().text().c_str());
    else
        QVERIFY2(!status.ok(), "passes: take it off the list of exceptions");
}

STRATA_TEST_IN(QCoreApplication, TestOnnxNodes)
#include "tst_onnx_nodes.moc"
