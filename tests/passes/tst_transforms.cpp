// The generic tests: what every transform of the registry must satisfy, from its own declaration.
#include "core/text/text.h"
#include "passes/registry.h"
#include "tests/passes/transform_checks.h"
#include "tests/program.h"

#include <QTest>

#include <set>

using namespace strata;

class TestTransforms : public QObject {
    Q_OBJECT

private slots:
    void declaration_data() { rows(); }
    void declaration();
    void example_data() { rows(); }
    void example();
    void suggestion_data() { rows(); }
    void suggestion();
    void suggestionRefused_data();
    void suggestionRefused();
    void idsAreUnique();
    void refusesWhatNoLineHolds_data();
    void refusesWhatNoLineHolds();

private:
    void rows();
    const Transform& current();

    Registry m_registry{passTransforms()};
};

void TestTransforms::rows()
{
    QTest::addColumn<QString>("id");
    for (const Transform& transform : m_registry.all())
        QTest::newRow(transform.id.c_str()) << QString::fromStdString(transform.id);
}

const Transform& TestTransforms::current()
{
    return **m_registry.find(QByteArray(QTest::currentDataTag()).toStdString());
}

void TestTransforms::idsAreUnique()
{
    std::set<std::string> ids;
    for (const Transform& transform : m_registry.all())
        QVERIFY2(ids.insert(transform.id).second, transform.id.c_str());
}

// Whatever the manual, the form and the palette show is there.
void TestTransforms::declaration()
{
    const Transform& transform = current();
    QVERIFY(transform.id.find('.') != std::string::npos);
    QVERIFY(!transform.title.empty() && transform.title.back() != '.');
    QVERIFY(!transform.summary.empty() && transform.summary.back() == '.');
    QVERIFY2(transform.documentation.size() > 100,
             "The documentation says what it does, when it is legal and where it comes from.");
    QVERIFY(transform.plan);
    std::set<std::string> names;
    for (const Parameter& parameter : transform.parameters) {
        QVERIFY2(names.insert(parameter.name).second, parameter.name.c_str());
        QVERIFY2(!parameter.summary.empty() && parameter.summary.back() == '.', parameter.name.c_str());
        QCOMPARE(parameter.kind == ParameterKind::Choice, !parameter.choices.empty());
    }
}

void TestTransforms::example()
{
    const Example& example = current().example;
    const auto before = parseModule(example.before), after = parseModule(example.after);
    QVERIFY2(before.ok(), before.ok() ? "" : before.error().text().c_str());
    QVERIFY2(after.ok(), after.ok() ? "" : after.error().text().c_str());
    const auto applied = applyChecked(*before, example.step, m_registry);
    QVERIFY2(applied.ok(), applied.ok() ? "" : applied.error().text().c_str());
    const Status same = sameModule(*applied->module, **after);
    QVERIFY2(same.ok(), same.ok() ? "" : same.error().text().c_str());
    const auto step = parseStep(example.step, m_registry);
    QCOMPARE(step->transform, current().id);
    QVERIFY(!equal(**before, **after));
}

namespace {

Status planned(const Transform& transform, const Module& module, const Arguments& arguments)
{
    STRATA_CHECK(planStep(transform, module, arguments, {}));
    return {};
}

}  // namespace

// Whatever is selected in the example, suggesting arguments and asking whether they are legal ends with a yes or with a
// sentence.
void TestTransforms::suggestion()
{
    const Transform& transform = current();
    const auto before = parseModule(transform.example.before);
    QVERIFY(before.ok());
    bool offered = transform.appliesTo.empty();
    for (const Cursor& cursor : cursors(**before)) {
        const auto arguments = suggestArguments(transform, **before, cursor);
        offered = offered || arguments.ok();
        const Status may = arguments ? planned(transform, **before, *arguments) : Status(arguments.error());
        if (may)
            continue;
        QCOMPARE(may.error().kind, ErrorKind::Refused);
        QVERIFY2(!may.error().message.empty() && may.error().message.back() == '.', may.error().message.c_str());
    }
    QVERIFY2(offered, "No node of its own example gets arguments.");
}

void TestTransforms::suggestionRefused_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* id, const char* text, NodeKind kind, const char* name, const char* sentence) {
        QTest::newRow(sentence) << id << text << int(kind) << name << sentence;
    };
    const char* const graph =
        "def f(x: f32[2]) -> (y: f32[2]):\n    y: f32[2] = Relu(x, node=\"a\", version=13)\n    return y\n";
    const char* const loop = "@loops\ndef f(x: f32[2]) -> (y: f32[2]):\n    for i in range(2):\n"
                             "        with block(\"y\") as (vi: spatial(2) = i):\n            y[vi] = x[vi]\n";
    row("loops.reorder", graph, NodeKind::Loop, "i", "This needs a loop of a function held as loops.");
    row("loops.reorder", loop, NodeKind::Loop, "i", "Loop i holds no single loop.");
    row("loops.compute_at", "@loops\ndef f(x: f32[1]) -> (y: f32[1]):\n    with block(\"y\"):\n        y[0] = x[0]\n",
        NodeKind::Block, "y", "f has no loop.");
    row("loops.cache_read", "@loops\ndef f(x: f32[1]) -> (y: f32[1]):\n    y[0] = x[0]\n", NodeKind::Buffer, "x",
        "f has no block.");
    row("loops.transform_layout",
        "@loops\ndef f(x: f32[]) -> (y: f32[1]):\n    with block(\"y\"):\n        y[0] = x[]\n", NodeKind::Buffer, "x",
        "Buffer x is a scalar.");
}

void TestTransforms::suggestionRefused()
{
    QFETCH(QString, id);
    QFETCH(QString, text);
    QFETCH(int, kind);
    QFETCH(QString, name);
    QFETCH(QString, sentence);
    const auto module = parseModule("module m():\n\n" + text.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const auto arguments = suggestArguments(**m_registry.find(id.toStdString()), **module,
                                            {"f", NodeKind(kind), name.toStdString()});
    QVERIFY(!arguments.ok());
    QCOMPARE(QString::fromStdString(arguments.error().message), sentence);
}

// Arguments that a recipe line cannot hold, but a form can make.
void TestTransforms::refusesWhatNoLineHolds_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("parameter");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("an instruction set that is not there") << "hardware.choose_isa"
                                                          << "isa"
                                                          << "There is no instruction set 'sse9'.";
    QTest::newRow("two factors left open") << "loops.split"
                                           << "factors"
                                           << "Only one factor can be inferred, 2 are left open.";
}

void TestTransforms::refusesWhatNoLineHolds()
{
    QFETCH(QString, id);
    QFETCH(QString, parameter);
    QFETCH(QString, sentence);
    const Result<const Transform*> transform = m_registry.find(id.toStdString());
    QVERIFY(transform.ok());
    const auto module = parseModule((*transform)->example.before);
    const auto step = parseStep((*transform)->example.step, m_registry);
    QVERIFY(module.ok() && step.ok());
    Arguments arguments = step->arguments;
    Argument& argument = arguments.values.at(parameter.toStdString());
    if (std::holds_alternative<std::string>(argument))
        argument = std::string("sse9");
    else
        argument = std::vector<std::int64_t>{inferred, inferred};
    const Status status = planned(**transform, **module, arguments);
    QCOMPARE(QString::fromStdString(status ? "" : status.error().message), sentence);
}

STRATA_TEST(TestTransforms)
#include "tst_transforms.moc"
