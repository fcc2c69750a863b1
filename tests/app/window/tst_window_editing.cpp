// A function's text, typed where it stands: a double click into it, what is wrong under its line, Enter and Escape.
#include "tests/app/window/window_test.h"

#include "app/window/parts/text_part.h"
#include "app/window/views/text_editor.h"
#include "app/window/views/text_view.h"
#include "tests/program.h"

#include <QAction>
#include <QClipboard>
#include <QDialog>
#include <QMimeData>
#include <QTextBlock>

using namespace strata;

namespace {

TextEditor* editor(const MainWindow& window) { return window.findChild<TextEditor*>(); }

// Of the line in the pane that holds a text; -1: none does.
int lineWith(const MainWindow& window, const QString& text)
{
    const LineDocumentPtr& document = window.parts().textView(Level::Loops)->document();
    for (std::size_t i = 0; i < document->lines.size(); ++i)
        if (document->lines[i].number > 0 && document->lines[i].text.contains(text))
            return static_cast<int>(i);
    return -1;
}

void doubleClick(const MainWindow& window, int line)
{
    TextView* view = window.parts().textView(Level::Loops);
    const QPoint at = view->lineRect(line).center();
    QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, at);
    QTest::mouseDClick(view->viewport(), Qt::LeftButton, {}, at);
}

void replace(TextEditor* edit, const QString& from, const QString& to)
{
    QString text = edit->toPlainText();
    QVERIFY(text.contains(from));
    edit->setPlainText(text.replace(from, to));
}

std::size_t steps(MainWindow& window) { return window.workspace().session().path().size() - 1; }

}  // namespace

class TestWindowEditing : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QTest::failOnWarning(windowWarnings); }

    void aDoubleClickEditsWhereItIs_data()
    {
        QTest::addColumn<bool>("full");
        QTest::newRow("short form") << false;
        QTest::newRow("full form") << true;
    }

    // In either form; Enter takes it, undo takes it back.
    void aDoubleClickEditsWhereItIs()
    {
        QFETCH(bool, full);
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        window.action(QStringLiteral("view.fullForm"))->setChecked(full);
        QVERIFY(settle(window));
        const int line = lineWith(window, QStringLiteral("fma("));
        const int number = window.parts().textView(Level::Loops)->document()->lines[std::size_t(line)].number;
        doubleClick(window, line);
        TextEditor* edit = editor(window);
        QVERIFY(edit->isVisible());
        QCOMPARE(edit->textCursor().blockNumber() + 1, number);
        QCOMPARE(edit->textCursor().block().text(),
                 window.parts().textView(Level::Loops)->document()->lines[std::size_t(line)].text);
        replace(edit, QStringLiteral("0.0)"), QStringLiteral("1.0)"));
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(settle(window));
        QVERIFY(!edit->isVisible());
        QCOMPARE(steps(window), std::size_t(1));
        QVERIFY(lineWith(window, QStringLiteral("1.0)")) >= 0);
        window.action(QStringLiteral("edit.undo"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(steps(window), std::size_t(0));
    }

    // Another model while a dialog has the keyboard: what was typed is gone, and its editor is no place for keys
    // anymore.
    void anotherModelBelowADialogEndsIt()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        window.action(QStringLiteral("step.edit"))->trigger();
        TextEditor* edit = editor(window);
        QCOMPARE(window.focusWidget(), edit);
        QDialog dialog(&window);
        dialog.show();
        QApplication::setActiveWindow(&dialog);
        QVERIFY(QTest::qWaitForWindowActive(&dialog));
        QVERIFY(open(window, QStringLiteral("vector_add.strata")));
        QVERIFY(!edit->isVisible());
        QVERIFY(window.focusWidget() != edit);
        QTest::keyClick(edit, Qt::Key_A);
        QTest::keyClick(edit, Qt::Key_Escape);
        QCOMPARE(steps(window), std::size_t(0));
    }

    // As one types, and gone as soon as it is mended; nothing that is wrong is taken.
    void aFaultStandsUnderItsLine()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        window.action(QStringLiteral("step.edit"))->trigger();
        TextEditor* edit = editor(window);
        const QString right = edit->toPlainText();
        edit->setPlainText(QString(right).replace(QStringLiteral("fma("), QStringLiteral("fma((")));
        QVERIFY(edit->fault());
        const QTextBlock block = edit->document()->findBlockByNumber(edit->fault()->line);
        QVERIFY2(block.text().contains(QStringLiteral("fma((")), qPrintable(block.text()));
        QVERIFY(!edit->fault()->text.contains(QLatin1Char('\n')));
        QTextCursor at(block);
        const QRect below = edit->faultRect();
        QVERIFY(below.height() > 0 && below.top() >= edit->cursorRect(at).bottom() - 1);
        at.movePosition(QTextCursor::NextBlock);
        QVERIFY(at.atEnd() || edit->cursorRect(at).top() >= below.bottom() - 1);
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(settle(window));
        QVERIFY(edit->isVisible());
        QCOMPARE(steps(window), std::size_t(0));
        edit->setPlainText(right);
        QVERIFY(!edit->fault());
        QTest::keyClick(edit, Qt::Key_Escape);
        QVERIFY(!edit->isVisible());
    }

    // What parses may still be wrong: that is found when the hand rests, without a step.
    void whatDoesNotHoldIsSaidToo()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        window.action(QStringLiteral("step.edit"))->trigger();
        TextEditor* edit = editor(window);
        replace(edit, QStringLiteral("A[i, k]"), QStringLiteral("A[i + 1, k]"));
        QVERIFY(!edit->fault());
        QVERIFY(QTest::qWaitFor([&] { return edit->fault().has_value(); }, patienceMs));
        QVERIFY2(edit->fault()->text.contains(QStringLiteral("i + 1")), qPrintable(edit->fault()->text));
        const QString lines = QStringList(edit->toPlainText().split(QLatin1Char('\n')).mid(edit->fault()->line, 3))
                                  .join(QLatin1Char('\n'));  // from the block on that has it
        QVERIFY2(lines.contains(QStringLiteral("A[i + 1, k]")), qPrintable(lines));
        QVERIFY(!window.workspace().scene()->refusal);
        // Nor is what was typed thrown away unasked.
        QTest::keyClick(edit, Qt::Key_Escape);
        QVERIFY(edit->isVisible());
        QVERIFY(window.parts().pane(Level::Loops)->subtitle().contains(QStringLiteral("Esc again")));
        QTest::keyClick(edit, Qt::Key_Escape);
        QVERIFY(!edit->isVisible());
        QCOMPARE(steps(window), std::size_t(0));
    }

    // Enter before it is known whether it holds: it is taken when that is.
    void enterWaitsForTheVerdict()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        window.action(QStringLiteral("step.edit"))->trigger();
        TextEditor* edit = editor(window);
        replace(edit, QStringLiteral("A[i, k]"), QStringLiteral("A[i + 1, k]"));
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(settle(window));
        QVERIFY(edit->isVisible() && edit->fault());
        replace(edit, QStringLiteral("A[i + 1, k]"), QStringLiteral("A[k, i]"));
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(settle(window));
        QVERIFY(!edit->isVisible());
        QCOMPARE(steps(window), std::size_t(1));
    }

    // What is only a preview is lowered by a step first, as for any other step.
    void aPreviewIsLoweredFirst()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mlp/model.onnx")));
        window.action(QStringLiteral("step.edit"))->trigger();
        TextEditor* edit = editor(window);
        QVERIFY(edit->isVisible());
        QVERIFY(settle(window));
        QVERIFY(edit->isVisible());
        replace(edit, QStringLiteral("fma(x["), QStringLiteral("fma(1.0 * x["));
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(settle(window));
        QVERIFY2(!edit->isVisible(), edit->fault() ? qPrintable(edit->fault()->text) : "");
        QVERIFY(steps(window) >= 2);
        QVERIFY(lineWith(window, QStringLiteral("1.0 * x[")) >= 0);
    }

    // While another state comes, what is typed stays; what is not begun goes.
    void typedTextOutlivesAnotherState()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        window.action(QStringLiteral("step.edit"))->trigger();
        TextEditor* edit = editor(window);
        window.workspace().apply(QStringLiteral("loops.split(mm_relu, j, factors=[_, 8])"));
        QVERIFY(settle(window));
        QVERIFY(!edit->isVisible());
        window.action(QStringLiteral("step.edit"))->trigger();
        QTest::keyClicks(edit, QStringLiteral("#"));
        window.action(QStringLiteral("edit.undo"))->trigger();
        QVERIFY(settle(window));
        QVERIFY(edit->isVisible());
    }

    void newLinesAreAsFarIn()
    {
        TextEditor edit(Syntax::Strata);
        edit.begin(QStringLiteral("def f():\n    for i in 4:"), 1, 100);
        QTest::keyClick(&edit, Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClicks(&edit, QStringLiteral("x"));
        QCOMPARE(edit.toPlainText(), QStringLiteral("def f():\n    for i in 4:\n      x"));
        QTest::keyClick(&edit, Qt::Key_Tab);
        QVERIFY(edit.toPlainText().endsWith(QStringLiteral("x ")));
    }

    void faultsOfErrors_data()
    {
        QTest::addColumn<QString>("error");
        QTest::addColumn<int>("line");
        QTest::addColumn<QString>("text");
        QTest::newRow("placed") << QStringLiteral("text:3:7: Expected a name.\n    for 4:\n        ^ Write one.") << 2
                                << QStringLiteral("Expected a name. Write one.");
        QTest::newRow("of no line") << QStringLiteral("The text defines f, not g. Keep the name.") << 0
                                    << QStringLiteral("The text defines f, not g. Keep the name.");
    }
    void faultsOfErrors()
    {
        QFETCH(QString, error);
        QFETCH(int, line);
        QFETCH(QString, text);
        QCOMPARE(faultOf(error).line, line);
        QCOMPARE(faultOf(error).text, text);
    }

    // What middle click and Ctrl+V find where nothing was ever copied.
    void anEmptyClipboardIsPasted()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        QGuiApplication::clipboard()->setMimeData(new QMimeData);
        window.action(QStringLiteral("step.edit"))->trigger();
        TextEditor* edit = editor(window);
        for (const Qt::MouseButton button : {Qt::LeftButton, Qt::MiddleButton})
            QTest::mouseClick(edit->viewport(), button, {}, QPoint(40, 40));
        QTest::keyClick(edit, Qt::Key_V, Qt::ControlModifier);
        QTest::keyClick(edit, Qt::Key_Insert, Qt::ShiftModifier);
        QVERIFY(!edit->isChanged());
    }

private:
    static bool open(MainWindow& window, const QString& sample)
    {
        window.resize(1400, 900);
        window.show();
        window.openFile(samplesFolder + sample);
        return settle(window);
    }
};

STRATA_TEST_IN(QApplication, TestWindowEditing)
#include "tst_window_editing.moc"
