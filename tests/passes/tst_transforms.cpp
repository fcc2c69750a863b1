// The generic tests: what every transform of the registry must satisfy, from its own declaration.
#include "core/text/text.h"
#include "passes/registry.h"
#include "tests/passes/transform_checks.h"

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
    void idsAreUnique();

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
    QVERIFY(transform.check && transform.apply);
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
        const Status may = arguments ? transform.check(**before, *arguments) : Status(arguments.error());
        if (may)
            continue;
        QCOMPARE(may.error().kind, ErrorKind::Refused);
        QVERIFY2(!may.error().message.empty() && may.error().message.back() == '.', may.error().message.c_str());
    }
    QVERIFY2(offered, "No node of its own example gets arguments.");
}

QTEST_APPLESS_MAIN(TestTransforms)
#include "tst_transforms.moc"
