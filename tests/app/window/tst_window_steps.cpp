// Steps through the window: the palette takes what is typed, a step in the middle is changed where it stands, a refusal
// is shown whole.
#include "tests/app/window/window_test.h"

#include "app/window/jobs/show.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/parameter_form.h"
#include "app/window/views/step_view.h"
#include "app/window/views/text_view.h"
#include "passes/registry.h"
#include "tests/program.h"

#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QToolButton>

using namespace strata;

namespace {

bool open(MainWindow& window, const QString& name)
{
    window.resize(1400, 900);
    window.show();
    window.openFile(samplesFolder + name);
    return settle(window);
}

bool take(MainWindow& window, const QString& step)
{
    window.workspace().apply(step);
    return settle(window);
}

std::string line(MainWindow& window, int id)
{
    return print(window.workspace().session().state(id)->step, *window.workspace().registry());
}

PaletteEntry entry(const std::string& id, const QString& title, const QString& also, bool applies)
{
    PaletteEntry result;
    result.id = id;
    result.title = id.substr(id.find('.') + 1).c_str();
    result.summary = title + QStringLiteral(". And more of split.");
    result.keywords = QString::fromStdString(id) + QLatin1Char(' ') + title + QLatin1Char(' ') + also;
    result.applies = applies;
    return result;
}

}  // namespace

class StepsTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_window_steps"));
    }
    void init() { QTest::failOnWarning(windowWarnings); }

    void theBestMatchIsFirst_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("best");
        QTest::newRow("the name") << "split"
                                  << "loops.split";
        QTest::newRow("in capitals") << "SPLIT"
                                     << "loops.split";
        QTest::newRow("its beginning") << "spl"
                                       << "loops.split";
        QTest::newRow("the id") << "loops.spl"
                                << "loops.split";
        QTest::newRow("the title") << "factor a"
                                   << "loops.rfactor";
        QTest::newRow("another name") << "tile"
                                      << "loops.split";
        QTest::newRow("a part") << "actor"
                                << "loops.rfactor";
        QTest::newRow("a name before a title") << "fuse"
                                               << "loops.fuse";
        QTest::newRow("nothing") << "xyz"
                                 << "";
    }
    void theBestMatchIsFirst()
    {
        QFETCH(QString, typed);
        QFETCH(QString, best);
        PaletteModel model;
        model.setEntries({entry("graph.fuse_all", "Fuse", "", true), entry("loops.fuse", "Join loops", "", false),
                          entry("loops.rfactor", "Factor a reduction", "split reduction", true),
                          entry("loops.split", "Split a loop", "tile", false)});
        QCOMPARE(model.bestRow(), -1);
        model.setFilter(typed);
        const PaletteEntry* found = model.entry(model.bestRow());
        QCOMPARE(found ? QString::fromStdString(found->id) : QString(), best);
    }

    void enterTakesWhatWasTyped()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        window.workspace().panes().point({{"mm_relu", NodeKind::Loop, "k"}, true}, false);
        QVERIFY(settle(window));
        window.action(QStringLiteral("step.transform"))->trigger();
        QLineEdit* filter = window.parts().paletteView()->filter();
        QTest::keyClicks(filter, QStringLiteral("split"));
        const QModelIndex highlighted = window.parts().paletteView()->list()->currentIndex();
        QCOMPARE(window.parts().paletteModel()->entry(highlighted.row())->id, std::string("loops.split"));
        QTest::keyClick(filter, Qt::Key_Return);
        QVERIFY(window.parts().form());
        QVERIFY(window.parts().form()->line().startsWith(QStringLiteral("loops.split(mm_relu, k")));
    }

    void theArrowKeysMoveWhatEnterTakes()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        window.workspace().panes().point({{"mm_relu", NodeKind::Loop, "k"}, true}, false);
        QVERIFY(settle(window));
        QLineEdit* filter = window.parts().paletteView()->filter();
        filter->setFocus();
        QTest::keyClicks(filter, QStringLiteral("re"));
        QTest::keyClick(filter, Qt::Key_Down);
        const int row = window.parts().paletteView()->list()->currentIndex().row();
        const std::string id = window.parts().paletteModel()->entry(row)->id;
        window.parts().paletteModel()->setEntries(window.parts().paletteModel()->entries());  // they come in anew
        QTest::keyClick(filter, Qt::Key_Return);
        QVERIFY(window.parts().form());
        QVERIFY(window.parts().form()->line().startsWith(QString::fromStdString(id) + QLatin1Char('(')));
    }

    void aStepInTheMiddleIsChangedWhereItStands()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        QVERIFY(take(window, QStringLiteral("loops.split(mm_relu, j, factors=[_, 8])  # why")));
        QVERIFY(take(window, QStringLiteral("loops.reorder(mm_relu, [j0, k, j1])")));
        QVERIFY(take(window, QStringLiteral("loops.unroll(mm_relu, j1)")));
        QCOMPARE(window.workspace().session().all().size(), std::size_t(4));
        emit window.parts().stepView()->changeRequested(1);  // loop j is gone from the shown state
        QVERIFY(window.parts().form());
        auto* factors = qobject_cast<QLineEdit*>(window.parts().form()->editor(QStringLiteral("factors")));
        AspectSpy checked(window.workspace(), Aspect::Check);
        factors->setText(QStringLiteral("[_, 4]"));
        QVERIFY(checked.wait());
        const auto& found = window.workspace().scene()->checked;
        QVERIFY2(found && found->applies, qPrintable(found ? found->text : QString()));
        QTest::keyClick(factors, Qt::Key_Return);
        QVERIFY(settle(window));
        const auto path = window.workspace().session().path();
        QCOMPARE(path.size(), std::size_t(4));
        QCOMPARE(line(window, path[1]->id), std::string("loops.split(mm_relu, j, [_, 4])  # why"));
        QVERIFY(!path[2]->refusal && !path[3]->refusal);
        QCOMPARE(line(window, path[3]->id), std::string("loops.unroll(mm_relu, j1)"));
        QCOMPARE(window.workspace().session().all().size(), std::size_t(7));  // the old ones are a branch
    }

    void stepsAreLeftOutMovedAndInserted()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        QVERIFY(take(window, QStringLiteral("loops.split(mm_relu, j, factors=[_, 8])")));
        QVERIFY(take(window, QStringLiteral("loops.split(mm_relu, i, factors=[_, 4])")));
        QVERIFY(take(window, QStringLiteral("loops.unroll(mm_relu, i1)")));
        const auto lines = [&] {
            QStringList result;
            const Session& session = window.workspace().session();
            for (const StatePtr& state : session.path(session.tip(0)))
                if (state->parent >= 0)
                    result << (state->disabled  ? "-"
                               : state->refusal ? "!"
                                                : "")
                                  + QString::fromStdString(title(state->step, session.registry()));
            return result.join(QStringLiteral("; "));
        };
        window.workspace().select(2);
        window.action(QStringLiteral("step.up"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(lines(), QStringLiteral("split i [_, 4]; split j [_, 8]; unroll i1"));
        window.action(QStringLiteral("step.up"))->trigger();  // it is the first
        QVERIFY(settle(window));
        QCOMPARE(lines(), QStringLiteral("split i [_, 4]; split j [_, 8]; unroll i1"));
        window.action(QStringLiteral("step.down"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(lines(), QStringLiteral("split j [_, 8]; split i [_, 4]; unroll i1"));
        window.workspace().select(window.workspace().session().path()[1]->id);
        window.action(QStringLiteral("step.leaveOut"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(lines(), QStringLiteral("-split j [_, 8]; split i [_, 4]; unroll i1"));
        window.action(QStringLiteral("step.leaveOut"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(lines(), QStringLiteral("split j [_, 8]; split i [_, 4]; unroll i1"));
        window.action(QStringLiteral("step.insert"))->trigger();
        QVERIFY(take(window, QStringLiteral("loops.unroll(mm_relu, j1)")));
        QVERIFY(lines().startsWith(QStringLiteral("split j [_, 8]; "))
                && lines().endsWith(QStringLiteral("unroll i1")));
        QCOMPARE(lines().count(QLatin1Char(';')), 3);
        QVERIFY(!window.workspace().scene()->inserting);
    }

    void whatNoLongerAppliesStaysVisible()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        QVERIFY(take(window, QStringLiteral("loops.split(mm_relu, j, factors=[_, 8])")));
        QVERIFY(take(window, QStringLiteral("loops.reorder(mm_relu, [j0, k, j1])")));  // both would be j
        QVERIFY(take(window, QStringLiteral("loops.split(mm_relu, i, factors=[_, 4])")));
        window.workspace().dropSteps(1);
        QVERIFY(settle(window));
        const auto path = window.workspace().session().path();
        QCOMPARE(path.size(), std::size_t(3));
        QVERIFY(path[1]->refusal.has_value());
        QVERIFY(!path[2]->refusal);
        const auto* steps = qobject_cast<const StepModel*>(window.parts().stepView()->model());
        int struck = 0;
        for (int row = 0; row < steps->rowCount(); ++row)
            if (steps->row(row).state == path[1]->id) {
                QVERIFY(steps->row(row).refused);
                QVERIFY(steps->row(row).detail.contains(QString::fromStdString(path[1]->refusal->message)));
                ++struck;
            }
        QCOMPARE(struck, 1);
    }

    void aRefusalIsShownWholeWithBothInstances()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("stencil.strata")));
        QVERIFY(take(window, QStringLiteral("loops.reorder(stencil, [s, t])")));
        const auto& refusal = window.workspace().scene()->refusal;
        QVERIFY(refusal.has_value());
        QVERIFY2(refusal->instances.size() == 2, qPrintable(refusal->text));
        for (const RefusedInstance& instance : refusal->instances)
            QVERIFY2(instance.does.contains(QLatin1Char('[')), qPrintable(refusal->text));
        QVERIFY(!window.parts().textView(Level::Loops)->refusedLines().empty());
        QLabel* banner = window.parts().pane(Level::Loops)->banner();
        QVERIFY(banner->isVisible());
        for (const RefusedInstance& instance : refusal->instances)
            QVERIFY(banner->text().contains(instance.instance.toHtmlEscaped()));
        QVERIFY(banner->height() >= banner->heightForWidth(banner->width()));  // nothing is cut
        QVERIFY(banner->textInteractionFlags() & Qt::TextSelectableByMouse);
        window.workspace().refusals().clear();
        QVERIFY(!banner->isVisible());
        QVERIFY(window.parts().textView(Level::Loops)->refusedLines().empty());
    }

    // However narrow the pane: the rows under the block say all of it, and the text goes on below them.
    void theInstancesOfARefusalAreWholeInANarrowPane_data()
    {
        QTest::addColumn<int>("width");
        for (const int width : {200, 300, 420, 900})
            QTest::newRow(qPrintable(QString::number(width))) << width;
    }
    void theInstancesOfARefusalAreWholeInANarrowPane()
    {
        QFETCH(int, width);
        TextView view(Syntax::Strata);
        view.resize(width, 400);
        const Cursor block{"f", NodeKind::Block, "step"};
        view.setDocument(std::make_shared<LineDocument>(makeDocument(std::vector<TextLine>{
            {"def f(a: f32[16, 16]):", {}},
            {"    for t, s in grid(15, 15):", {}},
            {"        with block(\"step\") as (vt: ordered(15) = t, vs: ordered(15) = s):", {block}},
            {"            a[vt + 1, vs] = (a[vt + 1, vs] + a[vt, vs + 1]) * 0.5", {block}},
            {"    return", {}}})));
        view.setRefused({{block, QStringLiteral("step(vt=0, vs=1)"), QStringLiteral("writes a[1, 1]"), 0, 0},
                         {block, QStringLiteral("step(vt=1, vs=0)"), QStringLiteral("reads a[1, 1]"), 0, 0, true}});
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QCOMPARE(view.labels().size(), std::size_t(1));
        const auto& [line, labels] = *view.labels().begin();
        QCOMPARE(line, 3);
        QString said;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            said += labels[i].text.simplified() + QLatin1Char(' ');
            const QRect rect = view.labelRect(line, int(i));
            QVERIFY2(view.viewport()->rect().contains(rect), qPrintable(labels[i].text));
            QVERIFY(rect.top() > view.lineRect(line).top() && rect.bottom() < view.lineRect(line + 1).top());
        }
        QCOMPARE(said.remove(QLatin1Char(' ')),
                 QStringLiteral("■step(vt=0,vs=1)writesa[1,1]○step(vt=1,vs=0)readsa[1,1]"));
        QTest::mousePress(view.viewport(), Qt::LeftButton, {}, view.lineRect(4).center());
        QCOMPARE(view.caretLine(), 4);
        QTest::mousePress(view.viewport(), Qt::LeftButton, {}, view.labelRect(line, 0).center());
        QCOMPARE(view.caretLine(), 3);
    }

    void theFormShowsAWholeRefusal()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("stencil.strata")));
        window.workspace().panes().point({{"stencil", NodeKind::Loop, "s"}, true}, false);
        QVERIFY(settle(window));
        window.action(QStringLiteral("step.transform"))->trigger();
        QTest::keyClicks(window.parts().paletteView()->filter(), QStringLiteral("reorder"));
        QTest::keyClick(window.parts().paletteView()->filter(), Qt::Key_Return);
        QVERIFY(window.parts().form());
        AspectSpy checked(window.workspace(), Aspect::Check);
        qobject_cast<QLineEdit*>(window.parts().form()->editor(QStringLiteral("loops")))
            ->setText(QStringLiteral("[s, t]"));
        QVERIFY(checked.wait());
        QCoreApplication::processEvents();
        const QLabel* verdict = window.parts().form()->verdict();
        QVERIFY2(verdict->text().contains(QStringLiteral("vs=1")), qPrintable(verdict->text()));
        for (const QLabel* label : window.parts().form()->findChildren<QLabel*>())
            if (label->wordWrap())  // none is cut, and none lies over what is below it
                QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
        for (const QPushButton* button : window.parts().form()->findChildren<QPushButton*>())
            QTRY_VERIFY(verdict->geometry().bottom() < button->geometry().top());
        QVERIFY(verdict->textInteractionFlags() & Qt::TextSelectableByMouse);
        QVERIFY(window.workspace().scene()->refusal.has_value());
    }

    // What would make it legal stands below the refusal and is taken by a click, the refused step with it.
    void aRefusalOffersWhatWouldHelp()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("stencil.strata")));
        window.workspace().apply(QStringLiteral("loops.reorder(stencil, [s, t])"));
        QVERIFY(settle(window));
        QVERIFY(window.workspace().scene()->refusal && window.workspace().scene()->refusal->instances.size() == 2);
        LevelPane* pane = window.parts().pane(Level::Loops);
        const auto buttons = pane->banner()->parentWidget()->findChildren<QPushButton*>();
        QVERIFY(!buttons.isEmpty());
        QCOMPARE(buttons.front()->text(), QStringLiteral("skew s t first, then reorder [s_skewed, t]"));
        QTest::mouseClick(buttons.front(), Qt::LeftButton);
        QCoreApplication::processEvents();
        QVERIFY(settle(window));
        const Session& session = window.workspace().session();
        QCOMPARE(session.path().size(), std::size_t(3));
        QVERIFY(!window.workspace().scene()->refusal);
        QVERIFY(pane->banner()->parentWidget()->findChildren<QPushButton*>().isEmpty());
        const std::string text = print(*session.current()->module->find("stencil"));
        QVERIFY2(text.find("for s_skewed, t in") != std::string::npos, text.c_str());
    }

    // Both executions are found in the sentence, in its order, also where one sentence names the same one twice.
    void refusalsAreTakenApart_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("instances");
        QTest::newRow("read before written")
            << "Reordering changes what is computed: step(vi=1, vj=0) reads a[1, 1] before step(vi=0, vj=1) writes it."
            << QStringList{"step(vi=1, vj=0)|reads a[1, 1]", "step(vi=0, vj=1)|writes a[1, 1]"};
        QTest::newRow("at the same time")
            << "No: step(vi=0, vj=1) writes a[1, 1] and step(vi=1, vj=0) reads it, in different iterations of loop i."
            << QStringList{"step(vi=0, vj=1)|writes a[1, 1]", "step(vi=1, vj=0)|reads a[1, 1]"};
    }
    void refusalsAreTakenApart()
    {
        QFETCH(QString, text);
        QFETCH(QStringList, instances);
        Error error = refused(text.toStdString());
        QVERIFY(refusalOf(error, {}).instances.empty());
        error.conflict = {Conflict::Kind::Flow,
                          {"step", {{"vi", 0}, {"vj", 1}}, true, "a[1, 1]"},
                          {"step", {{"vi", 1}, {"vj", 0}}, false, "a[1, 1]"},
                          false,
                          "main"};
        const Refusal refusal = refusalOf(error, {});
        QStringList found;
        for (const RefusedInstance& instance : refusal.instances) {
            found << instance.instance + QLatin1Char('|') + instance.does;
            QCOMPARE(refusal.text.mid(instance.begin, instance.length), instance.instance);
        }
        QCOMPARE(found, instances);
        QVERIFY(refusal.why.startsWith(QStringLiteral("Flow dependence")));
    }

    void numbersOfManyStepsAreWhole()
    {
        const QFontMetrics metrics = QWidget().fontMetrics();
        for (const int rows : {1, 99, 286, 1234})
            QVERIFY(StepView::numberWidth(metrics, rows) > metrics.horizontalAdvance(QString::number(rows)));
    }

    // Before a model is opened, the tool bar offers what there is.
    void theToolBarWithoutAModel()
    {
        MainWindow window;
        window.show();
        for (const char* id : {"edit.undo", "edit.redo", "step.previous", "step.next"})
            QVERIFY2(!window.action(QLatin1String(id))->isEnabled(), id);
        for (const QToolButton* button : window.findChildren<QToolButton*>())
            QVERIFY(button->accessibleName() != QStringLiteral("Target")
                    || button->text().contains(QStringLiteral("CPU")));
    }

    // A model may come with a thousand warnings: they are taken in at once.
    void manyProblemsAtOnce()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        std::vector<Problem> many;
        for (int i = 0; i < 20'000; ++i)
            many.push_back({Problem::Kind::Warning, QStringLiteral("warning %1").arg(i % 10'000), {}, {}});
        QElapsedTimer clock;
        clock.start();
        emit window.workspace().problems(many);
        QCoreApplication::processEvents();
        window.grab();
        QVERIFY2(clock.elapsed() < 10'000, qPrintable(QString::number(clock.elapsed())));
        QCOMPARE(window.parts().problemModel()->rowCount(), 10'000);
    }

    void aBrokenFileLeavesNothingOpening()
    {
        MainWindow window;
        window.show();
        window.openFile(QStringLiteral("/nowhere/model.onnx"));
        QVERIFY(settle(window));
        QVERIFY(window.parts().pane(Level::Graph)->message().contains(QStringLiteral("/nowhere/model.onnx")));
        for (const Level level : {Level::Loops, Level::Library, Level::Hardware})
            QVERIFY2(!window.parts().pane(level)->message().contains(QStringLiteral("Opening")),
                     qPrintable(window.parts().pane(level)->message()));
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        window.workspace().jobs().cancelAll();
        for (const Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware})
            QVERIFY(!window.parts().pane(level)->message().startsWith(QStringLiteral("Opening /")));
    }

    // What was lowered, built and shown of a model goes with it.
    void reloadsLeaveNothing()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mlp")));
        const std::weak_ptr<const Module> first = window.workspace().session().state(0)->module;
        for (int i = 0; i < 2; ++i) {
            window.action(QStringLiteral("file.reload"))->trigger();
            QVERIFY(settle(window));
        }
        QTRY_VERIFY(first.expired());
    }

    // What is selected in a preview is lowered as it is shown: under its name, and with all nodes that call it.
    void aPreviewIsLoweredAsItIsShown()
    {
        const auto module = parseModule(R"(module m(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    a: f32[4] = Relu(x, node="A", version=14)
    b: f32[4] = Exp(a, node="B", version=13)
    y: f32[4] = Relu(b, node="C", version=14)
    return y
)");
        QVERIFY(module.ok());
        const auto registry = std::make_shared<const Registry>(passTransforms());
        const StatePtr state = Session(*module, registry).current();
        const LoweredState lowered(*lowerByDefault(**module));
        for (const FunctionPtr& function : lowered.module().functions)
            for (const Cursor& cursor : cursors(*function))
                if (function->loops() && cursor.kind != NodeKind::Function) {
                    const Prepared prepared = prepare(state, Place{cursor, true}, &lowered, *registry, {});
                    QVERIFY2(exists(*prepared.module, cursor), toString(cursor).c_str());
                    QCOMPARE(prepared.steps.size(), std::size_t(1));
                    QCOMPARE(print(prepared.steps[0], *registry), function->name == "exp_4"
                                                                      ? "graph.lower_to_loops(main, node=B)"
                                                                      : "graph.lower_to_loops(main, nodes=[A, C])");
                }
    }

    void whatAJobThrowsIsSaid()
    {
        MainWindow window;
        QVERIFY(open(window, QStringLiteral("mm_relu.strata")));
        QSignalSpy problems(&window.workspace(), &Workspace::problems);
        window.workspace().jobs().start(
            QStringLiteral("x"), QStringLiteral("Trying"), [](const JobSink&) -> int { throw std::bad_alloc(); },
            [](int) {});
        QVERIFY(settle(window));
        QCOMPARE(problems.size(), 1);
    }
};

STRATA_TEST_IN(QApplication, StepsTest)
#include "tst_window_steps.moc"
