// What a model's files open as is known from their second opening on, and only as long as all of them are what they
// were: the model, its test data, its external data.
#include "app/workbench/workbench.h"
#include "backends/store/store.h"
#include "core/transform/plan.h"
#include "core/verify/memo.h"
#include "tests/program.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>

using namespace strata;

namespace {

const char modelText[] = R"(
    ir_version: 8 opset_import { version: 17 }
    graph { name: "g"
      node { op_type: "Add" input: "x" input: "w" output: "y" name: "add" }
      initializer { name: "w" dims: 3 data_type: 1 data_location: EXTERNAL
                    external_data { key: "location" value: "w.bin" } }
      input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "n" } dim { dim_value: 3 } } } } }
      output { name: "y" type { tensor_type { elem_type: 1 shape { dim { dim_param: "n" } dim { dim_value: 3 } } } } } })";

void write(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size())
        qFatal("%s cannot be written", qPrintable(path));
}

// A file that was written just now says nothing of its content.
void settle() { QTest::qWait(150); }

// A folder with a model, a weight beside it (by a link) and one set of test data.
class ModelFolder {
public:
    ModelFolder()
    {
        ::onnx::ModelProto proto;
        if (!google::protobuf::TextFormat::ParseFromString(modelText, &proto))
            qFatal("the model's text does not parse");
        write(path("model.onnx"), QByteArray::fromStdString(proto.SerializeAsString()));
        write(path("one.bin"), QByteArray(12, 1));
        write(path("two.bin"), QByteArray(12, 2));
        QFile::link("one.bin", path("w.bin"));
        QDir(m_folder.path()).mkdir("test_data_set_0");
        writeInput("input_0", 2);
        settle();
    }
    QString path(const QString& file) const { return m_folder.filePath(file); }
    std::string folder() const { return m_folder.path().toStdString(); }
    void writeInput(const QString& name, int rows) const
    {
        const Tensor tensor = makeTensor(DType::F32, {rows, 3});
        const QString file = path("test_data_set_0/" + name + ".pb");
        if (!strata::onnx::writeTensor(tensor, "x", file.toStdString()))
            qFatal("no test data");
    }

private:
    QTemporaryDir m_folder;
};

// As a run begins; what was opened, for a later one.
KnownModel open(Toolchain& toolchain, const std::string& path, const Sizes& sizes = {},
                Target::Isa isa = Target::usual())
{
    const ModelQuestion question(toolchain, path, sizes, isa);
    Result<OpenedModel> model = openModel(path, sizes);
    if (!model)
        qFatal("%s", model.error().text().c_str());
    compileFor(isa, *model);
    const KnownModel known{
        contentKeyOf(*model->module).value(), {"a note"}, inputsFor(*model->module, model->data).value()};
    question.keep(*model, known);
    return known;
}

bool isKnown(Toolchain& toolchain, const std::string& path, const Sizes& sizes = {}, Target::Isa isa = Target::usual())
{
    return ModelQuestion(toolchain, path, sizes, isa).answer().has_value();
}

}  // namespace

class TestKnown : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_store = std::make_unique<QTemporaryDir>();
        qputenv("STRATA_CACHE", m_store->path().toUtf8());
        m_toolchain = std::make_unique<Toolchain>();
        m_model = std::make_unique<ModelFolder>();
    }
    void isKnownAsItWasOpened();
    void otherFilesAreOther_data();
    void otherFilesAreOther();
    void otherQuestionsAreOther();
    void whatIsDamagedIsNoAnswer();
    void whatVerifiesIsKnownToLaterPrograms();

private:
    std::unique_ptr<QTemporaryDir> m_store;
    std::unique_ptr<Toolchain> m_toolchain;
    std::unique_ptr<ModelFolder> m_model;
};

void TestKnown::isKnownAsItWasOpened()
{
    QVERIFY(!isKnown(*m_toolchain, m_model->folder()));
    const KnownModel opened = open(*m_toolchain, m_model->folder());
    const auto known = ModelQuestion(*m_toolchain, m_model->folder(), {}, Target::usual()).answer();
    QVERIFY(known);
    QCOMPARE(known->content, opened.content);
    QCOMPARE(known->notes, std::vector<std::string>{"a note"});
    QCOMPARE(known->inputs.size(), std::size_t(1));
    QVERIFY(known->inputs[0].type == opened.inputs[0].type);
    QVERIFY(compare(known->inputs[0], opened.inputs[0], 0, 0).equalBits);
}

void TestKnown::otherFilesAreOther_data()
{
    QTest::addColumn<std::function<void(const ModelFolder&)>>("change");
    using Change = std::function<void(const ModelFolder&)>;
    QTest::newRow("the model") << Change([](const ModelFolder& model) {
        QFile file(model.path("model.onnx"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        write(model.path("model.onnx"), file.readAll());
    });
    QTest::newRow("its external data") << Change(
        [](const ModelFolder& model) { write(model.path("one.bin"), QByteArray(12, 3)); });
    QTest::newRow("the file that a link names") << Change([](const ModelFolder& model) {
        QVERIFY(QFile::remove(model.path("w.bin")) && QFile::link("two.bin", model.path("w.bin")));
    });
    QTest::newRow("external data that are gone")
        << Change([](const ModelFolder& model) { QVERIFY(QFile::remove(model.path("one.bin"))); });
    QTest::newRow("an input") << Change([](const ModelFolder& model) { model.writeInput("input_0", 4); });
    QTest::newRow("one more input") << Change([](const ModelFolder& model) { model.writeInput("input_1", 2); });
    QTest::newRow("no test data") << Change(
        [](const ModelFolder& model) { QVERIFY(QDir(model.path("test_data_set_0")).removeRecursively()); });
}

void TestKnown::otherFilesAreOther()
{
    QFETCH(std::function<void(const ModelFolder&)>, change);
    open(*m_toolchain, m_model->folder());
    QVERIFY(isKnown(*m_toolchain, m_model->folder()));
    change(*m_model);
    QVERIFY(!isKnown(*m_toolchain, m_model->folder()));
    settle();
    QVERIFY(!isKnown(*m_toolchain, m_model->folder()));
}

void TestKnown::otherQuestionsAreOther()
{
    const std::string folder = m_model->folder();
    open(*m_toolchain, folder, {{{"n", 5}}, {}});
    QVERIFY(isKnown(*m_toolchain, folder, {{{"n", 5}}, {}}));
    QVERIFY(!isKnown(*m_toolchain, folder));
    QVERIFY(!isKnown(*m_toolchain, folder, {{{"n", 6}}, {}}));
    QVERIFY(!isKnown(*m_toolchain, folder, {{{"n", 5}}, {{"x", {5, 3}}}}));
    QVERIFY(!isKnown(*m_toolchain, folder, {{{"n", 5}}, {}}, isaByName("x86-64-v4").value()));
    QVERIFY(!isKnown(*m_toolchain, folder + "/model.onnx", {{{"n", 5}}, {}}));
    QVERIFY(!isKnown(*m_toolchain, "/nowhere/model.onnx"));
}

void TestKnown::whatIsDamagedIsNoAnswer()
{
    open(*m_toolchain, m_model->folder());
    int files = 0;
    for (const QFileInfo& build : QDir(m_store->path()).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot))
        for (const QFileInfo& answer : QDir(build.filePath() + "/known").entryInfoList(QDir::Files)) {
            QFile file(answer.filePath());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray whole = file.readAll();
            file.close();
            for (const qsizetype at : {qsizetype(0), whole.size() / 3, whole.size() / 2, whole.size() - 1}) {
                QByteArray damaged = whole;
                damaged[at] = char(damaged[at] ^ 1);
                write(answer.filePath(), damaged);
                QVERIFY(!isKnown(*m_toolchain, m_model->folder()));
            }
            for (const QByteArray& cut : {QByteArray(), whole.left(whole.size() / 2)}) {
                write(answer.filePath(), cut);
                QVERIFY(!isKnown(*m_toolchain, m_model->folder()));
            }
            write(answer.filePath(), whole);
            QVERIFY(isKnown(*m_toolchain, m_model->folder()));
            ++files;
        }
    QCOMPARE(files, 2);  // the answer, and the bytes of the input
}

// By its hash: a step on other loops, or a damaged answer, is verified again.
void TestKnown::whatVerifiesIsKnownToLaterPrograms()
{
    const ModulePtr module = parseModule(R"(module m(entry=f):

def f(x: f32[16]) -> (y: f32[16]):
    for i in range(16):
        with block("copy") as (vi: spatial(16) = i):
            y[vi] = x[vi]
)")
                                 .value();
    const std::shared_ptr<const Registry> registry = makeRegistry();
    const auto split = [&](Toolchain& toolchain, std::vector<std::int64_t> factors) {
        const Arguments arguments{{{"function", "f"}, {"loop", "i"}, {"factors", std::move(factors)}}};
        const ModulePtr after =
            applyTransform(**registry->find("loops.split"), *module, arguments, makeContext(toolchain)).value().module;
        return VerifiedFunctions::keyOf(*after, *after->find("f"));
    };
    std::string four;
    {
        Toolchain first;
        four = split(first, {4, 4});
        QVERIFY(first.verified->hashes().anyNew);
    }
    {
        Toolchain second;
        QVERIFY(second.verified->holds(four));
        split(second, {4, 4});
        QVERIFY(!second.verified->hashes().anyNew);
        split(second, {8, 2});
        QVERIFY(second.verified->hashes().anyNew);
    }
    for (const QFileInfo& build : QDir(m_store->path()).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot))
        for (const QFileInfo& answer : QDir(build.filePath() + "/known").entryInfoList(QDir::Files)) {
            QFile file(answer.filePath());
            QVERIFY(file.open(QIODevice::ReadWrite));
            QVERIFY(file.seek(file.size() / 2));
            file.write("0123456789abcdef");
        }
    QVERIFY(!Toolchain().verified->holds(four));
}

STRATA_TEST_IN(QCoreApplication, TestKnown)
#include "tst_known.moc"
