// Tuning from the window: what was found shows while it goes on, the result is steps, and it ends when it is told to.
#include "app/window/dialogs/ask.h"
#include "app/window/dialogs/tune_dialog.h"
#include "app/window/views/search_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QDoubleSpinBox>
#include <QLabel>
#include <QPushButton>
#include <QTreeWidget>

using namespace strata;

namespace {

QPushButton* button(const QDialog& dialog, const QString& text)
{
    for (QPushButton* each : dialog.findChildren<QPushButton*>())
        if (each->text().remove('&') == text)
            return each;
    return nullptr;
}

}  // namespace

class TestWindowTune : public QObject {
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(windowWarnings); }
    void listsWhatWasFound();
    void stepsOfTheBest();
    void nothingIsTakenIfCancelled();

private:
    std::unique_ptr<MainWindow> open()
    {
        auto window = std::make_unique<MainWindow>();
        window->show();
        window->openFile(samplesFolder + QStringLiteral("cnn"));
        return settle(*window) ? std::move(window) : nullptr;
    }
};

// The functions that have a choice and take time, the better ones in bold.
void TestWindowTune::listsWhatWasFound()
{
    TuneDialog dialog(2);
    QCOMPARE(dialog.threads(), 2);
    dialog.showFunctions({{"slow", 3.0, 0.75, 12, 4, 1.5, {{"matmul", "vectors of 32 along j"}}, {4.0, 2.0, 2.5}},
                          {"fast", 1.0, 0.25, 8, 2, 1.0, {}},
                          {"small", 0.001, 0.0003, 8, 2, 1.0, {}},
                          {"plain", 1.0, 0.25, 0, 0, 1.0, {}}});
    const auto* list = dialog.findChild<QTreeWidget*>();
    QCOMPARE(list->topLevelItemCount(), 2);
    const QTreeWidgetItem* slow = list->topLevelItem(0);
    QCOMPARE(slow->text(0), QStringLiteral("slow"));
    QCOMPARE(slow->text(2), QStringLiteral("2.00 ms"));
    QCOMPARE(slow->text(4), QStringLiteral("4 of 12"));
    QCOMPARE(slow->text(5), QStringLiteral("matmul: vectors of 32 along j"));
    QVERIFY(slow->font(0).bold());
    QVERIFY(!list->topLevelItem(1)->font(0).bold());
    // Its trials as points, faster ones lower; another function is chosen, and has none yet.
    const auto* picture = dialog.findChild<SearchView*>();
    QCOMPARE(picture->sentence(), QStringLiteral("slow: 3 measured, best 2.00 ms, by the rules 3.00 ms"));
    QVERIFY(picture->pointOf(1).y() > picture->pointOf(2).y() && picture->pointOf(2).y() > picture->pointOf(0).y());
    QVERIFY(picture->pointOf(0).x() < picture->pointOf(1).x());
    dialog.findChild<QTreeWidget*>()->setCurrentItem(list->topLevelItem(1));
    QVERIFY(!picture->sentence().contains(QStringLiteral("measured, best")));
}

void TestWindowTune::stepsOfTheBest()
{
    const auto window = open();
    QVERIFY(window);
    const std::size_t before = window->workspace().session().path().size();
    QString sentence;
    int rows = 0;
    whenAsked<TuneDialog>([&](TuneDialog& dialog) {
        dialog.findChild<QDoubleSpinBox*>()->setValue(600);
        QPushButton* enough = button(dialog, QStringLiteral("Stop, and take the best"));
        QVERIFY(!enough->isEnabled());
        button(dialog, QStringLiteral("Tune"))->click();
        QVERIFY(QTest::qWaitFor([&] { return dialog.findChild<QTreeWidget*>()->topLevelItemCount() > 0; }, patienceMs));
        rows = dialog.findChild<QTreeWidget*>()->topLevelItemCount();
        enough->click();
        QVERIFY(QTest::qWaitFor([&] { return !dialog.isSearching(); }, patienceMs));
        for (const QLabel* label : dialog.findChildren<QLabel*>())
            sentence = label->text().contains(QStringLiteral("as fast")) ? label->text() : sentence;
        dialog.reject();
    });
    askTuning(window->workspace(), window.get());
    QVERIFY(settle(*window));
    QVERIFY(rows > 0);
    QVERIFY(!sentence.isEmpty());
    QVERIFY(window->workspace().session().path().size() > before + 3);
}

void TestWindowTune::nothingIsTakenIfCancelled()
{
    const auto window = open();
    QVERIFY(window);
    const StatePtr before = window->workspace().session().current();
    whenAsked<TuneDialog>([&](TuneDialog& dialog) {
        button(dialog, QStringLiteral("Tune"))->click();
        QVERIFY(dialog.isSearching());
        dialog.reject();
    });
    askTuning(window->workspace(), window.get());
    QVERIFY(settle(*window));
    QCOMPARE(window->workspace().session().current(), before);
}

STRATA_TEST_IN(QApplication, TestWindowTune)
#include "tst_window_tune.moc"
