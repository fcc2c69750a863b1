// The list of steps as a person uses it: steps and groups are dragged, folded, named and noted, and each of it is taken
// back.
#include "tests/app/window/window_test.h"

#include "app/window/views/step_view.h"
#include "core/session/branches.h"
#include "tests/program.h"

#include <QInputDialog>
#include <QLineEdit>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QStatusBar>

using namespace strata;

class StepListTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_window_step_list"));
    }

    void init()
    {
        QTest::failOnWarning(windowWarnings);
        m_window = std::make_unique<MainWindow>();
        m_window->resize(1400, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(*m_window));
        for (const char* step : {"loops.split(mm_relu, j, factors=[_, 8])", "loops.split(mm_relu, i, factors=[_, 4])",
                                 "loops.unroll(mm_relu, i1)", "loops.unroll(mm_relu, j1)"}) {
            m_window->workspace().apply(QString::fromLatin1(step));
            QVERIFY(settle(*m_window));
        }
        QCOMPARE(path(), QStringLiteral("split j, split i, unroll i1, unroll j1"));
    }
    void cleanup() { m_window.reset(); }

    void aStepIsDraggedAndTheMoveTakenBack()
    {
        drag(2, 1);
        QCOMPARE(path(), QStringLiteral("split i, split j, unroll i1, unroll j1"));
        trigger("edit.undo");
        QCOMPARE(path(), QStringLiteral("split j, split i, unroll i1, unroll j1"));
        QCOMPARE(session().all().size(), std::size_t(5));  // nothing of it is left
        trigger("edit.redo");
        QCOMPARE(path(), QStringLiteral("split i, split j, unroll i1, unroll j1"));
        trigger("edit.undo");
        trigger("edit.undo");  // now the last step
        QCOMPARE(session().path().size(), std::size_t(4));
        QSignalSpy said(&m_window->workspace(), &Workspace::said);
        drag(1, 5);  // to the end; what it passes and no longer applies stays, struck through
        QCOMPARE(path(), QStringLiteral("split i, unroll i1, !unroll j1, split j"));
        QCOMPARE(said.size(), 1);
        QVERIFY(said[0][0].toString().startsWith(QStringLiteral("A step no longer applies")));
        trigger("edit.undo");
        drag(4, 2);
        QCOMPARE(path(), QStringLiteral("split j, unroll j1, split i, unroll i1"));
        QCOMPARE(title(*session().current()), QStringLiteral("unroll i1"));
    }

    void thePlaceIsShownWhileDragging()
    {
        StepView* view = list();
        press(2);
        QVERIFY(!view->isDragging());
        move(gap(1));
        QVERIFY(view->isDragging());
        QCOMPARE(view->dropRow(), 1);
        QCOMPARE(view->viewport()->cursor().shape(), Qt::ClosedHandCursor);
        move(gap(2));
        QCOMPARE(view->dropRow(), -1);  // it stands there
        move(gap(5));
        QCOMPARE(view->dropRow(), 5);
        const QImage shown = view->viewport()->grab().toImage();
        QTest::keyClick(view, Qt::Key_Escape);
        QVERIFY(!view->isDragging());
        QVERIFY(view->viewport()->grab().toImage() != shown);
        release(gap(5));
        QVERIFY(settle(*m_window));
        QCOMPARE(path(), QStringLiteral("split j, split i, unroll i1, unroll j1"));
    }

    void whereAStepDoesNotApplyItIsNotPut()
    {
        drag(3, 1);  // unroll i1 before the split that makes i1
        QCOMPARE(path(), QStringLiteral("split j, split i, unroll i1, unroll j1"));
        QCOMPARE(session().all().size(), std::size_t(5));
        QVERIFY(m_window->workspace().scene()->refusal.has_value());
        QVERIFY(m_window->workspace().scene()->refusal->text.contains(QStringLiteral("i1")));
    }

    void anotherBranchIsNoPlace()
    {
        m_window->workspace().select(1);
        m_window->workspace().apply(QStringLiteral("loops.unroll(mm_relu, j1)"));
        QVERIFY(settle(*m_window));  // rows: model, split j, unroll j1, | split i, unroll i1, unroll j1
        QSignalSpy said(list(), &StepView::said);
        QVERIFY(list()->model()->rowCount() == 6);
        int first = -1;  // of the branch
        for (int row = 0; row < 6; ++row)
            if (model().row(row).branch)
                first = row;
        QVERIFY(first > 0);
        press(first);
        move(gap(0));
        QCOMPARE(list()->viewport()->cursor().shape(), Qt::ForbiddenCursor);
        release(gap(0));
        QCOMPARE(said.size(), 1);
    }

    void aClickIsNoDrag()
    {
        QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, middle(1));
        QVERIFY(settle(*m_window));
        QCOMPARE(session().current()->id, 1);
        QCOMPARE(path(), QStringLiteral("split j, split i, unroll i1, unroll j1"));
    }

    void selectedStepsBecomeAGroupThatFolds()
    {
        group(2, 3, QStringLiteral("rows"));
        QCOMPARE(*session().state(2)->group, std::string("rows"));
        QVERIFY(session().state(2)->group == session().state(3)->group);
        QCOMPARE(model().rowCount(), 6);  // what was seen stays seen
        QVERIFY(model().row(2).group && !model().row(2).folded);
        QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, mark(2));
        QCOMPARE(model().rowCount(), 4);
        QVERIFY(model().row(2).folded);
        QCOMPARE(model().row(2).delta, QStringLiteral("2 steps"));
        QTest::keyClick(list(), Qt::Key_Home);
        QTest::keyClick(list(), Qt::Key_Down);
        QTest::keyClick(list(), Qt::Key_Down);
        QTest::keyClick(list(), Qt::Key_Right);
        QCOMPARE(model().rowCount(), 6);
        trigger("edit.undo");
        QVERIFY(!session().state(2)->group);
        QCOMPARE(model().rowCount(), 5);
        trigger("edit.redo");
        QVERIFY(session().state(2)->group);
        list()->setCurrentIndex(model().index(3));
        trigger("step.ungroup");
        QVERIFY(!session().state(3)->group);
    }

    void aGroupIsEditedAsOne()
    {
        const QString rows = QStringLiteral("rows");
        group(2, 3, rows);
        QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, mark(2));
        drag(2, 1);
        QCOMPARE(path(), QStringLiteral("split i, unroll i1, split j, unroll j1"));
        QVERIFY(model().row(rowOf(rows)).group && model().row(rowOf(rows)).folded);
        choose(rows);
        trigger("step.down");
        QCOMPARE(path(), QStringLiteral("split j, split i, unroll i1, unroll j1"));
        trigger("edit.undo");
        choose(rows);
        trigger("step.leaveOut");
        QCOMPARE(path(), QStringLiteral("-split i, -unroll i1, split j, unroll j1"));
        QVERIFY(model().row(rowOf(rows)).disabled);
        choose(rows);
        trigger("step.leaveOut");
        choose(rows);
        QTest::keyClick(list(), Qt::Key_Delete);
        QVERIFY(settle(*m_window));
        QCOMPARE(path(), QStringLiteral("split j, unroll j1"));
        trigger("edit.undo");
        QCOMPARE(path(), QStringLiteral("split i, unroll i1, split j, unroll j1"));
        QVERIFY(m_window->workspace().documentText().contains(QStringLiteral("#{ rows\n")));
    }

    void stepsAreDraggedIntoAGroupAndOutOfIt()
    {
        group(2, 3, QStringLiteral("rows"));
        drag(rowOf(QStringLiteral("unroll j1")), rowOf(QStringLiteral("unroll i1")));
        QCOMPARE(path(), QStringLiteral("split j, split i, unroll j1, unroll i1"));
        QCOMPARE(groups(), QStringLiteral("-, rows, rows, rows"));
        drag(rowOf(QStringLiteral("unroll j1")), rowOf(QStringLiteral("rows")));
        QCOMPARE(path(), QStringLiteral("split j, unroll j1, split i, unroll i1"));
        QCOMPARE(groups(), QStringLiteral("-, rows, rows, rows"));                   // at its edge it is still in it
        drag(rowOf(QStringLiteral("unroll i1")), rowOf(QStringLiteral("split j")));  // where it does not apply
        QCOMPARE(groups(), QStringLiteral("-, rows, rows, rows"));
        choose(QStringLiteral("unroll j1"));
        trigger("step.ungroup");
        QCOMPARE(groups(), QStringLiteral("-, -, -, -"));  // a step means its group
    }

    void aNoteIsWrittenInItsPlace()
    {
        m_window->workspace().select(2);
        QVERIFY(settle(*m_window));
        const int before = list()->visualRect(model().index(2)).height();
        m_window->action(QStringLiteral("step.note"))->trigger();
        auto* editor = list()->viewport()->findChild<QLineEdit*>();
        QVERIFY(editor && editor->isVisible());
        QVERIFY(list()->visualRect(model().index(2)).contains(editor->geometry()));
        QTest::keyClicks(editor, QStringLiteral("four rows"));
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_COMPARE(session().state(2)->step.comment, std::string("four rows"));
        QTRY_VERIFY(!list()->viewport()->findChild<QLineEdit*>());
        QTRY_VERIFY(list()->visualRect(model().index(2)).height() > before);
        QCOMPARE(model().row(2).note, QStringLiteral("four rows"));
        QVERIFY(model().row(2).detail.contains(QStringLiteral("# four rows")));
        QVERIFY(m_window->workspace().documentText().contains(QStringLiteral("[_, 4])  # four rows\n")));
        QVERIFY(m_window->isWindowModified());
        m_window->action(QStringLiteral("step.note"))->trigger();
        editor = list()->viewport()->findChild<QLineEdit*>();
        QCOMPARE(editor->text(), QStringLiteral("four rows"));
        QTest::keyClicks(editor, QStringLiteral("other"));
        QTest::keyClick(editor, Qt::Key_Escape);
        QTRY_VERIFY(!list()->viewport()->findChild<QLineEdit*>());
        QCOMPARE(session().state(2)->step.comment, std::string("four rows"));
        trigger("edit.undo");
        QCOMPARE(session().state(2)->step.comment, std::string());
        QCOMPARE(session().current()->id, 2);
    }

    // A branch has a name where it begins: by F2 on its first row, or by the menu from any of its steps; it is saved.
    void aBranchIsNamed()
    {
        m_window->workspace().select(1);
        m_window->workspace().apply(QStringLiteral("loops.split(mm_relu, i, factors=[_, 16])"));
        QVERIFY(settle(*m_window));
        m_window->workspace().select(4);  // the first path is gone on with
        m_window->workspace().select(1);
        m_window->workspace().select(4);
        QVERIFY(settle(*m_window));
        int row = -1;
        for (int i = 0; i < model().rowCount(); ++i)
            if (model().row(i).branch)
                row = i;
        QVERIFY(row > 0);
        const int first = model().row(row).state;
        const auto name = [](const QString& name) {
            whenAsked<QInputDialog>([name](QInputDialog& dialog) {
                dialog.setTextValue(name);
                dialog.accept();
            });
        };
        list()->setFocus();
        list()->selectionModel()->setCurrentIndex(model().index(row), QItemSelectionModel::ClearAndSelect);
        name(QStringLiteral("wide tiles"));
        trigger("step.change");  // what F2 is
        QCOMPARE(model().row(row).name, QStringLiteral("wide tiles"));
        QVERIFY(plain(model().row(row).title).startsWith(QStringLiteral("wide tiles · ")));
        QVERIFY2(m_window->workspace().documentText().contains(QStringLiteral("# branch: wide tiles\n")),
                 qPrintable(m_window->workspace().documentText()));
        QVERIFY(m_window->isWindowModified());
        QCOMPARE(branchOf(session(), first), first);
        trigger("edit.undo");
        QCOMPARE(model().row(row).name, QString());
        list()->selectionModel()->setCurrentIndex(model().index(row), QItemSelectionModel::ClearAndSelect);
        name(QStringLiteral("tall tiles"));
        trigger("step.branch");
        QCOMPARE(model().row(row).name, QStringLiteral("tall tiles"));
        list()->selectionModel()->setCurrentIndex(model().index(1), QItemSelectionModel::ClearAndSelect);
        trigger("step.branch");  // it is on the path: nothing is asked
        QVERIFY(!QApplication::activeModalWidget());
        Session copy = session();
        QVERIFY(!nameBranch(copy, 1, "the path").ok());  // it is no branch
    }

    // What was typed in one row is kept when the note of another is asked for.
    void aSecondNoteEndsTheFirst()
    {
        m_window->workspace().select(2);
        QVERIFY(settle(*m_window));
        m_window->action(QStringLiteral("step.note"))->trigger();
        auto* editor = list()->viewport()->findChild<QLineEdit*>();
        QVERIFY(editor);
        QTest::keyClicks(editor, QStringLiteral("first"));
        list()->selectionModel()->setCurrentIndex(model().index(1), QItemSelectionModel::NoUpdate);
        m_window->action(QStringLiteral("step.note"))->trigger();  // a view that cannot edit would warn
        QTRY_VERIFY(!editor->isVisible() || list()->viewport()->findChildren<QLineEdit*>().size() == 1);
    }

private:
    const Session& session() const { return m_window->workspace().session(); }
    StepView* list() const { return m_window->parts().stepView(); }
    const StepModel& model() const { return *static_cast<const StepModel*>(list()->model()); }

    QString title(const State& state) const
    {
        return QString::fromStdString(strata::title(state.step, session().registry())).section(QLatin1Char(' '), 0, 1);
    }
    QString path() const
    {
        QStringList titles;
        for (const StatePtr& state : session().path(session().tip(0)))
            if (state->parent >= 0)
                titles << (state->disabled ? "-" : state->refusal ? "!" : "") + title(*state);
        return titles.join(QStringLiteral(", "));
    }
    QString groups() const
    {
        QStringList titles;
        for (const StatePtr& state : session().path(session().tip(0)))
            if (state->parent >= 0)
                titles << (state->group ? QString::fromStdString(*state->group) : QStringLiteral("-"));
        return titles.join(QStringLiteral(", "));
    }
    void choose(const QString& name) { list()->setCurrentIndex(model().index(rowOf(name))); }
    void trigger(const char* action)
    {
        m_window->action(QString::fromLatin1(action))->trigger();
        QVERIFY(settle(*m_window));
    }

    // Of the path; branches stand between its rows.
    int rowOf(const QString& name) const
    {
        for (int row = 0; row < model().rowCount(); ++row)
            if (model().row(row).chain == 0 && plain(model().row(row).title).startsWith(name))
                return row;
        return -1;
    }
    QPoint middle(int row) const { return list()->visualRect(model().index(row)).center(); }
    QPoint mark(int row) const { return {12, middle(row).y()}; }
    // Right above a row, or below the last.
    QPoint gap(int row) const
    {
        return row < list()->model()->rowCount() ? QPoint(120, list()->visualRect(model().index(row)).top() + 1)
                                                 : QPoint(120, list()->visualRect(model().index(row - 1)).bottom() - 1);
    }
    void press(int row) { QTest::mousePress(list()->viewport(), Qt::LeftButton, {}, middle(row)); }
    void move(const QPoint& to)
    {
        QMouseEvent event(QEvent::MouseMove, to, list()->viewport()->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, {});
        QCoreApplication::sendEvent(list()->viewport(), &event);
    }
    void release(const QPoint& at) { QTest::mouseRelease(list()->viewport(), Qt::LeftButton, {}, at); }
    void drag(int row, int above)
    {
        press(row);
        const QPoint to = gap(above);
        move((middle(row) + to) / 2 + QPoint(30, 0));
        move(to);
        release(to);
        QVERIFY(settle(*m_window));
    }
    // Rows are selected by a click and a click with Shift.
    void group(int from, int to, const QString& name)
    {
        QTest::mouseClick(list()->viewport(), Qt::LeftButton, {}, middle(from));
        QVERIFY(settle(*m_window));
        QTest::mouseClick(list()->viewport(), Qt::LeftButton, Qt::ShiftModifier, middle(to));
        whenAsked<QInputDialog>([&](QInputDialog& dialog) {
            dialog.setTextValue(name);
            dialog.accept();
        });
        trigger("step.group");
    }

    std::unique_ptr<MainWindow> m_window;
};

STRATA_TEST_IN(QApplication, StepListTest)
#include "tst_window_step_list.moc"
