// Settings, keys, the session that is opened again, problems that lead to their nodes, what the program says of itself.
#include "app/window/bookmark.h"
#include "app/window/commands/kept_settings.h"
#include "app/window/dialogs/keys.h"
#include "app/window/dialogs/settings.h"
#include "app/window/graph/graph_view.h"
#include "app/window/parts/table_part.h"
#include "app/window/views/text_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QInputDialog>
#include <QMessageBox>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>

using namespace strata;

class TestEveryday : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_window_everyday"));
    }
    void init()
    {
        QTest::failOnWarning(windowWarnings);
        QSettings().clear();
    }
    void cleanupTestCase() { QSettings().clear(); }
    void keysAreGivenAndKept();
    void keysOfAnotherAreRefused();
    void settingsAreTakenAndKept();
    void theSessionIsOpenedAgain();
    void viewsAreKept();
    void problemsLeadToTheirNodes();
    void aboutSaysVersions();
};

void TestEveryday::keysAreGivenAndKept()
{
    {
        MainWindow window;
        window.settings().restore();
        KeysDialog dialog(window.findChildren<QAction*>(QRegularExpression(QStringLiteral("\\."))));
        QVERIFY(dialog.give(QStringLiteral("run.run"), QKeySequence(QStringLiteral("Ctrl+Alt+R"))));
        QVERIFY(dialog.give(QStringLiteral("edit.find"), QKeySequence()));
        QCOMPARE(window.action(QStringLiteral("run.run"))->shortcut(), QKeySequence(QStringLiteral("Ctrl+Alt+R")));
    }
    MainWindow window;
    window.settings().restore();
    QCOMPARE(window.action(QStringLiteral("run.run"))->shortcut(), QKeySequence(QStringLiteral("Ctrl+Alt+R")));
    QVERIFY(window.action(QStringLiteral("edit.find"))->shortcut().isEmpty());
    KeysDialog dialog(window.findChildren<QAction*>(QRegularExpression(QStringLiteral("\\."))));
    QVERIFY(dialog.give(QStringLiteral("run.run"), QKeySequence(Qt::Key_F5)));
    QVERIFY(!QSettings().contains(QStringLiteral("keys/run.run")));  // as it comes: nothing to keep
}

void TestEveryday::keysOfAnotherAreRefused()
{
    MainWindow window;
    window.settings().restore();
    KeysDialog dialog(window.findChildren<QAction*>(QRegularExpression(QStringLiteral("\\."))));
    QVERIFY(!dialog.give(QStringLiteral("run.run"), QKeySequence(Qt::Key_F11)));
    QVERIFY2(dialog.said().contains(QStringLiteral("Lecture mode")), qPrintable(dialog.said()));
    QCOMPARE(window.action(QStringLiteral("run.run"))->shortcut(), QKeySequence(Qt::Key_F5));
    QVERIFY(!dialog.give(QStringLiteral("no.command"), QKeySequence(Qt::Key_F12)));
}

void TestEveryday::settingsAreTakenAndKept()
{
    {
        MainWindow window;
        window.settings().restore();
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        whenAsked<SettingsDialog>([](SettingsDialog& dialog) {
            dialog.findChild<QComboBox*>()->setCurrentIndex(2);
            dialog.findChild<QDoubleSpinBox*>()->setValue(14);
            dialog.findChildren<QCheckBox*>().first()->setChecked(true);
            dialog.accept();
        });
        window.action(QStringLiteral("graph.leftToRight"))->setChecked(true);
        window.action(QStringLiteral("file.settings"))->trigger();
    }
    MainWindow window;
    window.settings().restore();
    QVERIFY(window.action(QStringLiteral("graph.leftToRight"))->isChecked());
    QVERIFY(QApplication::palette().color(QPalette::Window).lightness() < 128);
    QVERIFY(window.action(QStringLiteral("view.fullForm"))->isChecked());
    QCOMPARE(window.workspace().scene()->form, Form::Full);
    QCOMPARE(QSettings().value(QStringLiteral("codeSize")).toDouble(), 14.0);
}

void TestEveryday::theSessionIsOpenedAgain()
{
    const QString model = samplesFolder + QStringLiteral("mlp"),
                  recipe = samplesFolder + QStringLiteral("mlp/mlp.recipe");
    {
        MainWindow window;
        window.settings().restore();
        window.show();
        window.openFile(model, recipe);
        QVERIFY(settle(window));
        window.workspace().select(window.workspace().session().path()[5]->id);
        QVERIFY(settle(window));
        QVERIFY(window.close());
    }
    {
        MainWindow window;
        window.settings().restore();
        QVERIFY(!window.settings().openLast());  // nobody asked for it
    }
    QSettings().setValue(QStringLiteral("opensAgain"), true);
    MainWindow window;
    window.settings().restore();
    window.show();
    QVERIFY(window.settings().openLast());
    QVERIFY(settle(window));
    QVERIFY(window.workspace().scene()->recipePath.endsWith(QStringLiteral("mlp.recipe")));
    QCOMPARE(window.workspace().session().path().size(), std::size_t(6));
    QCOMPARE(window.workspace().session().all().size(), std::size_t(13));
    QSettings().setValue(QStringLiteral("session/model"), QStringLiteral("/nowhere/a.onnx"));
    QVERIFY(!window.settings().openLast());
}

// Step, selection, panes and the graph's place come back; the name stands in the menu; another window knows them, too.
void TestEveryday::viewsAreKept()
{
    const QString model = samplesFolder + QStringLiteral("mlp"),
                  recipe = samplesFolder + QStringLiteral("mlp/mlp.recipe");
    const Cursor node{"main", NodeKind::Operator, "Softmax_0"};
    double zoom = 0;
    {
        MainWindow window;
        window.resize(1500, 900);
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        window.openFile(model, recipe);
        QVERIFY(settle(window));
        QVERIFY(!window.action(QStringLiteral("view.kept1"))->isEnabled());
        window.workspace().select(0);
        window.selectNode(QStringLiteral("Softmax_0"));
        window.action(QStringLiteral("view.library"))->trigger();
        QVERIFY(settle(window));
        window.parts().graphView()->zoom(1.5);
        zoom = window.parts().graphView()->transform().m11();
        whenAsked<QInputDialog>([](QInputDialog& dialog) {
            dialog.setTextValue(QStringLiteral("softmax"));
            dialog.accept();
        });
        window.action(QStringLiteral("view.keep"))->trigger();
        QCOMPARE(window.action(QStringLiteral("view.kept1"))->text(), QStringLiteral("softmax"));
    }
    MainWindow window;
    window.resize(1500, 900);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    window.openFile(model, recipe);
    QVERIFY(settle(window));
    QVERIFY(window.workspace().session().path().size() > 1);
    QVERIFY(window.action(QStringLiteral("view.library"))->isChecked());
    QCOMPARE(window.action(QStringLiteral("view.kept1"))->shortcut(), QKeySequence(QStringLiteral("Ctrl+1")));
    QTest::keyClick(&window, Qt::Key_1, Qt::ControlModifier);
    QVERIFY(settle(window));
    QCOMPARE(window.workspace().session().path().size(), std::size_t(1));
    QVERIFY(window.workspace().place() && window.workspace().place()->cursor == node);
    QVERIFY(!window.action(QStringLiteral("view.library"))->isChecked());
    QCOMPARE(window.parts().graphView()->transform().m11(), zoom);
    whenAsked<QInputDialog>([](QInputDialog& dialog) { dialog.accept(); });
    window.action(QStringLiteral("view.forget"))->trigger();
    QVERIFY(!window.action(QStringLiteral("view.kept1"))->isEnabled());
    QVERIFY(keptBookmarks(QSettings(), window.workspace().scene()->path).empty());
}

void TestEveryday::problemsLeadToTheirNodes()
{
    MainWindow window;
    window.resize(1500, 900);
    window.show();
    window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
    QVERIFY(settle(window));
    const Cursor loop{"mm_relu", NodeKind::Loop, "k"};
    emit window.workspace().problems({{Problem::Kind::Refused,
                                       QStringLiteral("Loop k is no loop."),
                                       QStringLiteral("Step"),
                                       {{"gone", NodeKind::Loop, "x"}, loop}}});
    auto* part = window.findChild<ProblemsPart*>();
    QVERIFY(part);
    emit part->table()->clicked(part->model()->index(part->model()->rowCount() - 1, 2));
    QVERIFY(settle(window));
    QVERIFY(window.workspace().place() && window.workspace().place()->cursor == loop);
    QVERIFY(!window.parts().textView(Level::Loops)->litLines().empty());
    // It belongs to the step that was shown: where its node is gone, that is gone back to.
    window.workspace().apply(QStringLiteral("loops.split(mm_relu, j, [_, 8])"));
    QVERIFY(settle(window));
    const int split = window.workspace().session().current()->id;
    emit window.workspace().problems({{Problem::Kind::Note,
                                       QStringLiteral("j1 is short."),
                                       QStringLiteral("Step"),
                                       {{"mm_relu", NodeKind::Loop, "j1"}}}});
    const int row = part->model()->rowCount() - 1;
    QCOMPARE(part->model()->rows()[row].cells.last(), QStringLiteral("1"));
    window.action(QStringLiteral("edit.undo"))->trigger();
    QVERIFY(settle(window));
    emit part->table()->clicked(part->model()->index(row, 2));
    QVERIFY(settle(window));
    QCOMPARE(window.workspace().session().current()->id, split);
}

void TestEveryday::aboutSaysVersions()
{
    MainWindow window;
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    QString text;
    whenAsked<QMessageBox>([&](QMessageBox& box) {
        text = box.text();
        box.accept();
    });
    window.action(QStringLiteral("help.about"))->trigger();
    for (const QString& part : {QStringLiteral("Strata "), QString::fromLatin1(qVersion()), QStringLiteral("x86-64-v")})
        QVERIFY2(text.contains(part), qPrintable(text));
}

STRATA_TEST_IN(QApplication, TestEveryday)
#include "tst_window_everyday.moc"
