// The recipes in samples/ give the course's target programs, structurally equal, and the loop nests that the fast
// kernels are made of.
#include "core/session/recipe.h"
#include "core/text/text.h"
#include "passes/registry.h"
#include "tests/program.h"

#include <QDir>
#include <QTest>

using namespace strata;

class TestCourse : public QObject {
    Q_OBJECT

private slots:
    void target_data();
    void target();
};

void TestCourse::target_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QString>("recipe");
    const QDir targets(QStringLiteral(STRATA_SOURCE_DIR "/tests/passes/loops/course"));
    for (const QString& file : targets.entryList({"*.strata"}, QDir::Files, QDir::Name)) {
        const QString name = file.section('.', 0, 0);
        QTest::newRow(qPrintable(name)) << name.section('-', 0, 0) + ".strata" << name + ".recipe";
    }
}

void TestCourse::target()
{
    QFETCH(QString, program);
    QFETCH(QString, recipe);
    const std::string samples = STRATA_SOURCE_DIR "/samples/";
    const auto registry = std::make_shared<const Registry>(passTransforms());
    const auto module = loadText(samples + program.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const auto steps = loadRecipe(samples + recipe.toStdString(), *registry);
    QVERIFY2(steps.ok(), steps.ok() ? "" : steps.error().text().c_str());
    Session session(*module, registry);
    const Status replayed = replay(session, *steps);
    QVERIFY2(replayed.ok(), replayed.ok() ? "" : replayed.error().text().c_str());

    const ModulePtr actual = session.current()->module;
    const ConstantLookup constants = [&](const std::string& name, const TensorType&) {
        return Result<ConstantPtr>(actual->constants.at(name));
    };
    QFile file(QStringLiteral(STRATA_SOURCE_DIR "/tests/passes/loops/course/%1.strata")
                   .arg(QLatin1String(QTest::currentDataTag())));
    QVERIFY(file.open(QFile::ReadOnly));
    const auto expected = parseModule(file.readAll().toStdString(), constants);
    QVERIFY2(expected.ok(), expected.ok() ? "" : expected.error().text().c_str());
    QVERIFY2(equal(*actual, **expected), print(*actual).c_str());
}

STRATA_TEST(TestCourse)
#include "tst_course.moc"
