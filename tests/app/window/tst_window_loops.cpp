// The loops pane: what stands beside loops, folding, and what a click selects.
#include "app/window/models/loop_notes.h"
#include "app/window/views/text_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

using namespace strata;

namespace {

int lineWith(const TextView& view, const QString& text)
{
    for (std::size_t i = 0; i < view.document()->lines.size(); ++i)
        if (view.document()->lines[i].number > 0 && view.document()->lines[i].text.contains(text))
            return int(i);
    return -1;
}

}  // namespace

class TestWindowLoops : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        QTest::failOnWarning(windowWarnings);
        m_window = std::make_unique<MainWindow>();
        m_window->resize(1500, 900);
        m_window->show();
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"),
                           samplesFolder + QStringLiteral("mm_relu.recipe"));
        QVERIFY(settle(*m_window));
        m_view = m_window->parts().textView(Level::Loops);
    }
    void cleanup() { m_window.reset(); }

    // Columns where there is room for them beside all loops, else in short, else nothing: never over the text.
    void notesStandBesideLoops()
    {
        m_window->parts().pane(Level::Loops)->setMaximized(true);
        QVERIFY(settle(*m_window));
        const int outer = lineWith(*m_view, QStringLiteral("for j0, i0"));
        QVERIFY(outer >= 0);
        QVERIFY2(m_view->noteOf(outer).contains(QStringLiteral("A 64.0 KB, B 64.0 KB, C 64.0 KB")),
                 qPrintable(m_view->noteOf(outer)));
        QVERIFY(m_view->noteOf(0).contains(QStringLiteral("reuse")));  // heads the columns
        m_window->parts().pane(Level::Loops)->setMaximized(false);
        QVERIFY(settle(*m_window));
        QVERIFY2(m_view->noteOf(outer).isEmpty() || m_view->noteOf(outer).size() < 20,
                 qPrintable(m_view->noteOf(outer)));
    }

    void aLoopFoldsByItsMarkAndByKey()
    {
        const int before = int(m_view->document()->lines.size());
        const int loop = lineWith(*m_view, QStringLiteral("for k"));
        const QRect mark = m_view->foldMark(loop);
        QVERIFY(!mark.isNull());
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, mark.center());
        QVERIFY(int(m_view->document()->lines.size()) < before);
        QVERIFY(m_view->document()->lines[loop].text.contains(QStringLiteral("…")));
        QVERIFY(lineWith(*m_view, QStringLiteral("fma(")) < 0);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, m_view->foldMark(loop).center());
        QCOMPARE(int(m_view->document()->lines.size()), before);
        m_view->setCaretLine(lineWith(*m_view, QStringLiteral("fma(")));
        QTest::keyClick(m_view, Qt::Key_Minus);
        QVERIFY(lineWith(*m_view, QStringLiteral("fma(")) < 0);
        QCOMPARE(m_view->caretLine(), loop);
        QTest::keyClick(m_view, Qt::Key_Plus);
        QCOMPARE(int(m_view->document()->lines.size()), before);
        QTest::keyClick(m_view, Qt::Key_Minus);
        m_window->action(QStringLiteral("edit.undo"))->trigger();  // another text of the same loops
        QVERIFY(settle(*m_window));
        QVERIFY(m_view->foldedLoops().size() == 1 && lineWith(*m_view, QStringLiteral("fma(")) < 0);
    }

    void aClickOnAnAccessSelectsTheBuffer()
    {
        const int line = lineWith(*m_view, QStringLiteral("fma("));
        const auto point = [&](const char* name, NodeKind kind) {
            const QRect rect = m_view->nameRect(line, {"mm_relu", kind, name});
            QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, rect.center());
            return settle(*m_window) && m_window->workspace().place()
                   && m_window->workspace().place()->cursor == Cursor{"mm_relu", kind, name};
        };
        QVERIFY(point("A", NodeKind::Buffer));
        QVERIFY(point("Y", NodeKind::Block));
        QVERIFY(point("B", NodeKind::Buffer));
        QVERIFY(m_view->litLines().size() >= 1);
    }

private:
    std::unique_ptr<MainWindow> m_window;
    TextView* m_view = nullptr;
};

STRATA_TEST_IN(QApplication, TestWindowLoops)
#include "tst_window_loops.moc"
