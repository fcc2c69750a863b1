// The window in Chinese: what it says itself, refusals, the manual, lessons; names and code stay as they are.
#include "app/lesson/lesson.h"
#include "app/window/commands/lesson_menu.h"
#include "app/window/language.h"
#include "app/window/models/said.h"
#include "app/window/parts/lesson_part.h"
#include "app/window/parts/table_part.h"
#include "app/window/views/palette_view.h"
#include "backends/devices.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QLabel>
#include <QMenuBar>
#include <QSettings>
#include <QStandardPaths>
#include <QTabBar>
#include <QTextBrowser>

using namespace strata;

namespace {

// What is shown of a widget's own words and has a word of English: two small letters in a row that no name has.
QStringList english(const QWidget& window)
{
    QStringList texts;
    for (auto* label : window.findChildren<QLabel*>())
        texts << label->text();
    for (auto* button : window.findChildren<QAbstractButton*>())
        texts << button->text();
    for (auto* tabs : window.findChildren<QTabBar*>())
        for (int i = 0; i < tabs->count(); ++i)
            texts << tabs->tabText(i);
    for (auto* action : window.findChildren<QAction*>())
        texts << action->text();
    static const QRegularExpression known(QStringLiteral(
        "<[^>]*>|/\\S*|&nbsp;|Strata|Ctrl|Shift|Alt|Esc|Roofline|CSV|Winograd|aarch64|CPU|EPYC|AMD|Intel|Xeon|x86-64-v\\d|llvm-mca|mm_relu|im2col|main|cores|"
        "Processor|MFLOP|KB|FLOP|relu|softmax|\\.onnx|\\.strata|[A-Z][A-Z]+"));
    QStringList found;
    for (const DeviceBackend& device : devices())
        texts.replaceInStrings(QString::fromStdString(device.title), QString());
    for (QString text : texts)
        if (text.remove(known).contains(QRegularExpression(QStringLiteral("[a-z]{3}"))))
            found << text;
    found.removeDuplicates();
    return found;
}

}  // namespace

class LanguageTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QSettings().clear();  // what an earlier run opened would stand in the list
        QCOMPARE(languageFor(QStringLiteral("zh")), QStringLiteral("zh"));
        QCOMPARE(languageFor(QStringLiteral("en")), QStringLiteral("en"));
        QVERIFY(!speak(QStringLiteral("xx")));
        QVERIFY(speak(QStringLiteral("zh")));
    }

    void nothingIsLeftInEnglish()
    {
        MainWindow window;
        window.resize(1500, 950);
        window.show();
        QStringList titles;
        for (QAction* menu : window.menuBar()->actions())
            titles << menu->text();
        QCOMPARE(titles.join(QLatin1Char(' ')),
                 QStringLiteral("文件(&F) 编辑(&E) 视图(&V) 步骤(&S) 运行(&R) 课程(&L) 帮助(&H)"));
        QCOMPARE(english(window).join(QLatin1Char('|')), QString());
        const auto folder = findLesson("mm-relu");
        QVERIFY(folder.ok());
        window.lessons().open(QString::fromStdString(*folder));
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
        QCOMPARE(english(window).join(QLatin1Char('|')), QString());
        QCOMPARE(window.workspace().scene()->title, QStringLiteral("矩阵乘与 relu"));
        QVERIFY(window.action(QStringLiteral("view.loops")));  // ids are the same in any language
    }

    void implementations()
    {
        MainWindow window;
        window.show();
        const auto folder = findLesson("im2col");
        QVERIFY(folder.ok());
        window.lessons().open(QString::fromStdString(*folder));
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
        for (Part* part : window.parts().inLayout())
            if (auto* table = qobject_cast<ImplementationsPart*>(part)) {
                QCOMPARE(table->model()->rowCount(), 2);
                QCOMPARE(table->model()->rows()[0].cells[ImplementationsPart::Effect], QStringLiteral("定义"));
                QCOMPARE(table->model()->rows()[1].cells[ImplementationsPart::Effect], QStringLiteral("人工断言"));
                QCOMPARE(table->model()->rows()[1].cells[ImplementationsPart::Needs], QStringLiteral("无"));
                return;
            }
        QFAIL("no table of implementations");
    }

    void refusals()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
        window.workspace().apply(QStringLiteral("loops.parallel(mm_relu, k)"));
        QVERIFY(settle(window));
        QVERIFY(window.workspace().scene()->refusal);
        QCOMPARE(
            window.workspace().scene()->refusal->text,
            QStringLiteral(
                "循环 k 走过归约：各次迭代更新同样的元素，所以不能并行。 换一个循环，或用 rfactor 给每次迭代自己的部分结果。"));
    }

    void manual()
    {
        QCOMPARE(translated("Split a loop"), QStringLiteral("拆分循环"));
        QCOMPARE(translated("no such text"), QStringLiteral("no such text"));
    }
};

STRATA_TEST_IN(QApplication, LanguageTest)
#include "tst_window_language.moc"
