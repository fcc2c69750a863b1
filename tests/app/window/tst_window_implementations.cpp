// Implementations as a person uses them: the table, a click that chooses, undo, a wrong edit that is found.
#include "app/window/commands/lecture_mode.h"
#include "tests/app/window/window_test.h"

#include "app/window/models/table_model.h"
#include "app/window/parts/table_part.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/text_view.h"
#include "core/ir/implementations.h"
#include "tests/program.h"

#include <QComboBox>
#include <QDialog>
#include <QTableView>
#include <QTemporaryDir>

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
    const QList<TableRow>& rows = window.parts().implementationModel()->rows();
    for (int i = 0; i < rows.size(); ++i)
        if (rows[i].data.toStringList().at(1) == name)
            return i;
    return -1;
}

QString cell(const MainWindow& window, const QString& name, int column)
{
    const int row = rowOf(window, name);
    return row < 0 ? QStringLiteral("no such row") : window.parts().implementationModel()->rows()[row].cells[column];
}

void clickOn(const MainWindow& window, const QString& name, int column)
{
    QTableView* table = window.parts().implementationTable();
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
        QVERIFY(window.parts().implementationTable()->isVisible());

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
        QVERIFY(!window.parts().implementationTable()->isVisible());
        for (const char* step : steps) {
            window.workspace().apply(QString::fromLatin1(step));
            QVERIFY(settle(window));
        }
        QVERIFY(window.parts().implementationTable()->isVisible());
        window.lecture().set(true);
        QVERIFY(!window.parts().implementationTable()->isVisible());
        window.lecture().set(false);
        QVERIFY(window.parts().implementationTable()->isVisible());
        window.workspace().select(0);
        QVERIFY(settle(window));
        QVERIFY(!window.parts().implementationTable()->isVisible());
    }

    void anImplementationIsLitWithTheNodeThatItRunsFor()
    {
        MainWindow window;
        open(window);
        for (const char* step : steps) {
            window.workspace().apply(QString::fromLatin1(step));
            QVERIFY(settle(window));
        }
        window.workspace().panes().point({{"plain", NodeKind::Block, "relu"}, true}, false);
        QVERIFY(settle(window));
        const Cursor call{"main", NodeKind::Operator, "linear_relu"};
        QVERIFY(window.workspace().scene()->lit.inModule.count(call));
        QVERIFY(window.workspace().scene()->lit.inLowered.count(call));
    }

    // The model's own program and each variant of it are shown in the library pane, one at a time.
    void theProgramIsChosen()
    {
        const QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("rows.strata")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"(module rows(entry=main):

def main(x: f32[batch, 4]) -> (y: f32[batch, 4]):
    y: f32[batch, 4] = call relu(x, node="r")
    return y

@loops
def relu(x: f32[n, 4]) -> (y: f32[n, 4]):
    for i, j in grid(n, 4):
        with block("y") as (vi: spatial(n) = i, vj: spatial(4) = j):
            y[vi, vj] = max(0.0, x[vi, vj])
)");
        file.close();
        MainWindow window;
        window.resize(1400, 900);
        window.show();
        whenAsked<QDialog>([](QDialog& dialog) { dialog.reject(); });  // which size: any
        window.openFile(file.fileName());
        QVERIFY(settle(window));
        auto* const choice = window.parts().pane(Level::Library)->findChild<QComboBox*>();
        QVERIFY(choice && !choice->isVisible());
        window.workspace().apply(QStringLiteral("graph.specialize(main, \"batch == 1\")"));
        QVERIFY(settle(window));
        QVERIFY(choice->isVisible());
        QCOMPARE(choice->count(), 2);
        const auto text = [&] {
            return window.parts().textView(Level::Library)->document()->shownLines().join(QLatin1Char('\n'));
        };
        QVERIFY2(text().contains(QStringLiteral("def main(")), qPrintable(text()));
        choice->setCurrentText(QStringLiteral("main_batch_1"));
        emit choice->textActivated(QStringLiteral("main_batch_1"));
        QVERIFY(settle(window));
        QVERIFY2(text().contains(QStringLiteral("def main_batch_1(x: f32[1, 4])")), qPrintable(text()));
        window.action(QStringLiteral("edit.undo"))->trigger();
        QVERIFY(settle(window));
        QVERIFY2(text().contains(QStringLiteral("def main(")), qPrintable(text()));
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
        QVERIFY(window.workspace().scene()->verdict);
        QVERIFY(!window.workspace().scene()->verdict->passed);
        window.action(QStringLiteral("run.judge"))->trigger();
        QVERIFY(settle(window));
        QVERIFY2(cell(window, QStringLiteral("mm_relu_edited"), Table::Error).startsWith(QLatin1String("WRONG")),
                 qPrintable(cell(window, QStringLiteral("mm_relu_edited"), Table::Error)));

        clickOn(window, QStringLiteral("mm_relu"), Table::Chosen);  // the definition itself again
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().session().current()->worst, Effect::Exact);
        QVERIFY(window.workspace().scene()->verdict && window.workspace().scene()->verdict->passed);
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

STRATA_TEST_IN(QApplication, TestWindowImplementations)
#include "tst_window_implementations.moc"
