// Implementations as a person uses them: the table, a click that chooses, undo, a wrong edit that is found.
#include "tests/app/window/window_test.h"

#include "app/window/models/table_model.h"
#include "app/window/parts/table_part.h"
#include "core/ir/implementations.h"

#include <QTableView>

using namespace strata;

namespace {

using Table = ImplementationsPart;

constexpr const char* steps[] = {"graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)",
                                 "any.add_implementation(linear_relu, name=plain)",
                                 "any.add_implementation(linear_relu, name=library, routine=onednn.matmul)",
                                 "any.choose_implementation(linear_relu, plain)"};

// The row of an implementation; -1: it is not in the table.
int rowOf(const MainWindow& window, const QString& name)
{
    const QList<TableRow>& rows = window.implementationModel()->rows();
    for (int i = 0; i < rows.size(); ++i)
        if (rows[i].data.toStringList().at(1) == name)
            return i;
    return -1;
}

QString cell(const MainWindow& window, const QString& name, int column)
{
    const int row = rowOf(window, name);
    return row < 0 ? QStringLiteral("no such row") : window.implementationModel()->rows()[row].cells[column];
}

void clickOn(const MainWindow& window, const QString& name, int column)
{
    QTableView* table = window.implementationTable();
    const QRect place = table->visualRect(table->model()->index(rowOf(window, name), column));
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, place.center());
}

std::string chosenOf(MainWindow& window, const char* definition)
{
    return byDefault(*window.workspace().session().current()->module->find(definition));
}

}  // namespace

class TestWindowImplementations : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QTest::failOnWarning(windowWarnings); }

    void aClickChoosesAndUndoTakesItBack()
    {
        MainWindow window;
        open(window);
        for (const char* step : steps) {
            window.workspace().apply(QString::fromLatin1(step));
            QVERIFY(settle(window));
        }
        QCOMPARE(cell(window, QStringLiteral("plain"), Table::Chosen), QStringLiteral("●"));
        QCOMPARE(cell(window, QStringLiteral("library"), Table::Chosen), QStringLiteral("○"));
        QVERIFY(window.implementationTable()->isVisible());

        window.action(QStringLiteral("run.judge"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(cell(window, QStringLiteral("plain"), Table::Error), QStringLiteral("0"));
        for (const char* measured : {"linear_relu", "plain"}) {
            const QString time = cell(window, QString::fromLatin1(measured), Table::Time);
            QVERIFY2(!time.isEmpty() && !time.startsWith(QStringLiteral("≈")), qPrintable(time));
        }

        clickOn(window, QStringLiteral("library"), Table::Chosen);
        QVERIFY(settle(window));
        QCOMPARE(chosenOf(window, "linear_relu"), std::string("library"));
        QCOMPARE(window.workspace().session().current()->worst, Effect::Reassociated);
        QCOMPARE(cell(window, QStringLiteral("library"), Table::Chosen), QStringLiteral("●"));
        // What was found of a function holds in the next state, too.
        QCOMPARE(cell(window, QStringLiteral("plain"), Table::Error), QStringLiteral("0"));

        window.action(QStringLiteral("edit.undo"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(chosenOf(window, "linear_relu"), std::string("plain"));
        QCOMPARE(window.workspace().session().current()->worst, Effect::Exact);
    }

    // It needs room while there is something to choose from, and none else.
    void theTableComesAndGoes()
    {
        MainWindow window;
        open(window);
        QVERIFY(!window.implementationTable()->isVisible());
        for (const char* step : steps) {
            window.workspace().apply(QString::fromLatin1(step));
            QVERIFY(settle(window));
        }
        QVERIFY(window.implementationTable()->isVisible());
        window.setLecture(true);
        QVERIFY(!window.implementationTable()->isVisible());
        window.setLecture(false);
        QVERIFY(window.implementationTable()->isVisible());
        window.workspace().select(0);
        QVERIFY(settle(window));
        QVERIFY(!window.implementationTable()->isVisible());
    }

    void anImplementationIsLitWithTheNodeThatItRunsFor()
    {
        MainWindow window;
        open(window);
        for (const char* step : steps) {
            window.workspace().apply(QString::fromLatin1(step));
            QVERIFY(settle(window));
        }
        window.workspace().point({{"plain", NodeKind::Block, "relu"}, true}, false);
        QVERIFY(settle(window));
        const Cursor call{"main", NodeKind::Operator, "linear_relu"};
        QVERIFY(window.workspace().lit().inModule.count(call));
        QVERIFY(window.workspace().lit().inLowered.count(call));
    }

    void aWrongEditIsFound()
    {
        MainWindow window;
        window.resize(1400, 900);
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(window));
        QString edited = QString::fromStdString(
            print(*window.workspace().session().current()->module->find("mm_relu")));
        QVERIFY(edited.contains(QLatin1String(", 0.0)")));
        edited.replace(QLatin1String(", 0.0)"), QLatin1String(", 0.5)"));
        Step step;
        step.transform = "any.replace_text";
        step.arguments.values = {{"function", std::string("mm_relu")}, {"text", edited.toStdString()}};
        window.workspace().apply(QString::fromStdString(print(step, *window.workspace().registry())));
        QVERIFY(settle(window));
        QVERIFY(window.workspace().verdict());
        QVERIFY(!window.workspace().verdict()->passed);
        window.action(QStringLiteral("run.judge"))->trigger();
        QVERIFY(settle(window));
        QVERIFY2(cell(window, QStringLiteral("mm_relu_edited"), Table::Error).startsWith(QLatin1String("WRONG")),
                 qPrintable(cell(window, QStringLiteral("mm_relu_edited"), Table::Error)));

        clickOn(window, QStringLiteral("mm_relu"), Table::Chosen);  // the definition itself again
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().session().current()->worst, Effect::Exact);
        QVERIFY(window.workspace().verdict() && window.workspace().verdict()->passed);
    }

private:
    static void open(MainWindow& window)
    {
        window.resize(1400, 900);
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mlp/model.onnx"));
        QVERIFY(settle(window));
    }
};

QTEST_MAIN(TestWindowImplementations)
#include "tst_window_implementations.moc"
