// A proposal is shown before it is taken: its difference in the panes, and nothing applied.
#include "app/window/jobs/ghost.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/text_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QAction>

using namespace strata;

class TestWindowPreview : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        QTest::failOnWarning(windowWarnings);
        m_window = std::make_unique<MainWindow>();
        m_window->resize(1500, 900);
        m_window->show();
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(*m_window));
        m_window->workspace().panes().point({{"mm_relu", NodeKind::Loop, "j"}, true}, false);
        QVERIFY(settle(*m_window));
        m_before = text();
    }
    void cleanup() { m_window.reset(); }

    void spaceShowsAndEscTakesBack()
    {
        QVERIFY(choose("loops.split"));
        QTest::keyClick(list(), Qt::Key_Space);
        QVERIFY(settle(*m_window));
        QVERIFY2(text().contains(QStringLiteral("j0")) && text() != m_before, qPrintable(text()));
        QVERIFY(m_window->parts().textView(Level::Loops)->document()->differs());
        QVERIFY(m_window->parts().pane(Level::Loops)->subtitle().contains(QStringLiteral("preview")));
        QCOMPARE(m_window->workspace().session().path().size(), std::size_t(1));  // nothing is taken
        QTest::keyClick(list(), Qt::Key_Escape);
        QVERIFY(settle(*m_window));
        QCOMPARE(text(), m_before);
    }

    void theArrowsShowTheNextOne()
    {
        QVERIFY(choose("loops.split"));
        QTest::keyClick(list(), Qt::Key_Space);
        QVERIFY(settle(*m_window));
        const QString first = text();
        QTest::keyClick(list(), Qt::Key_Down);
        QVERIFY(settle(*m_window));
        QVERIFY(text() != first);
    }

    void whatIsDoneEndsIt()
    {
        QVERIFY(choose("loops.split"));
        QTest::keyClick(list(), Qt::Key_Space);
        QVERIFY(settle(*m_window));
        m_window->workspace().apply(QStringLiteral("loops.split(mm_relu, k, factors=[_, 4])"));
        QVERIFY(settle(*m_window));
        QVERIFY(!m_window->workspace().scene()->ghost);
        QVERIFY(text().contains(QStringLiteral("k0")) && !text().contains(QStringLiteral("j0")));
    }

    void theMouseRestsOnIt()
    {
        QVERIFY(choose("loops.split"));
        const QPoint at = list()->visualRect(list()->currentIndex()).center();
        QTest::mouseMove(list()->viewport(), at - QPoint(3, 0));
        QTest::mouseMove(list()->viewport(), at);
        QTRY_VERIFY(m_window->workspace().scene()->ghost);
        QCoreApplication::sendEvent(list()->viewport(), std::make_unique<QEvent>(QEvent::Leave).get());
        QVERIFY(settle(*m_window));
        QCOMPARE(text(), m_before);
    }

    void gainsAreSaidAsPercent()
    {
        QCOMPARE(gainText(Gain{}), QString());
        QCOMPARE(gainText(Gain{1.001, {}, false}), QStringLiteral("predicted no change"));
        QCOMPARE(gainText(Gain{0.62, {}, false}), QStringLiteral("predicted −38 %"));
        QCOMPARE(gainText(Gain{1.5, {}, false}), QStringLiteral("predicted +50 %"));
        QCOMPARE(gainText(Gain{1.5, 0.56, false}), QStringLiteral("measured −44 %"));
        QCOMPARE(gainText(Gain{0.5, 0.97, true}), QStringLiteral("measured no change"));
    }

    // On request, in the background: what was measured stands on top, the best first, and nothing is taken.
    void theMostPromisingAreMeasured()
    {
        QVERIFY(m_window->parts().paletteView()->tryButton()->isVisible());
        QTest::mouseClick(m_window->parts().paletteView()->tryButton(), Qt::LeftButton);
        QVERIFY(m_window->workspace().scene()->tried.trying);
        QVERIFY(settle(*m_window));
        const PaletteModel& model = *m_window->parts().paletteModel();
        std::vector<double> measured;
        int predicted = 0;
        for (int row = 0; row < model.rowCount(); ++row)
            if (const Gain* gain = model.gain(row)) {
                predicted += gain->predicted && !gain->measured;
                if (gain->measured)
                    measured.push_back(gain->best());
                QVERIFY2(!gain->measured || predicted == 0, "what was measured stands on top");
            }
        QVERIFY2(measured.size() >= 2 && measured.size() <= 5, qPrintable(QString::number(measured.size())));
        QVERIFY(std::is_sorted(measured.begin(), measured.end()));
        QVERIFY(m_window->workspace().scene()->machine);
        QVERIFY(!m_window->workspace().scene()->tried.trying);
        QCOMPARE(m_window->workspace().session().path().size(), std::size_t(1));
        QCOMPARE(text(), m_before);
        // Of another state nothing is known.
        m_window->workspace().apply(QStringLiteral("loops.split(mm_relu, k, factors=[_, 4])"));
        QVERIFY(settle(*m_window));
        QVERIFY(m_window->workspace().scene()->tried.byId.empty());
    }

    void tryingIsStopped()
    {
        m_window->action(QStringLiteral("step.try"))->trigger();
        QVERIFY(m_window->workspace().scene()->tried.trying);
        m_window->action(QStringLiteral("step.try"))->trigger();
        QVERIFY(!m_window->workspace().scene()->tried.trying);
        QVERIFY(settle(*m_window));
        QVERIFY(!m_window->workspace().jobs().isRunning(QStringLiteral("try")));
    }

private:
    QListView* list() const { return m_window->parts().paletteView()->list(); }
    QString text() const
    {
        QStringList lines;
        for (const PaneLine& line : m_window->parts().textView(Level::Loops)->document()->lines)
            if (line.number > 0)
                lines << line.text;
        return lines.join(QLatin1Char('\n'));
    }
    bool choose(const char* id)
    {
        const int row = m_window->parts().paletteModel()->rowOf(id);
        if (row < 0)
            return false;
        list()->setFocus();
        list()->setCurrentIndex(m_window->parts().paletteModel()->index(row));
        list()->scrollTo(list()->currentIndex());
        return true;
    }
    std::unique_ptr<MainWindow> m_window;
    QString m_before;
};

STRATA_TEST_IN(QApplication, TestWindowPreview)
#include "tst_window_preview.moc"
