// What there is beside the panes: why a function takes its time, steps taken on other functions, steps that are found,
// the outline of the graph.
#include "app/window/graph/graph_pane.h"
#include "app/window/graph/legend.h"
#include "app/window/graph/outline.h"
#include "app/window/parts/steps_part.h"
#include "app/window/parts/table_part.h"
#include "app/window/parts/why_part.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/step_view.h"
#include "app/window/views/text_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QAbstractItemModelTester>
#include <QDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QToolButton>

using namespace strata;

namespace {

template<class P>
P* partOf(const MainWindow& window)
{
    for (Part* part : window.parts().inLayout())
        if (auto* one = qobject_cast<P*>(part))
            return one;
    return nullptr;
}

// The tab that a part's widget is in comes to the front.
void see(const MainWindow& window, QWidget* widget)
{
    for (auto* tabs : window.findChildren<QTabWidget*>())
        if (tabs->indexOf(widget) >= 0)
            tabs->setCurrentWidget(widget);
}

QStringList steps(const MainWindow& window)
{
    QStringList lines;
    for (const StatePtr& state : const_cast<MainWindow&>(window).workspace().session().path())
        if (state->id != 0)
            lines << QString::fromStdString(
                print(state->step, *const_cast<MainWindow&>(window).workspace().registry()));
    return lines;
}

}  // namespace

class OthersTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_window_others"));
        QVERIFY(m_folder.isValid());
        // Two functions with the same loops, and one with others.
        QFile sample(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(sample.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(sample.readAll());
        const QString body = text.mid(text.indexOf(QLatin1String("def ")));
        const QString again = QString(body).replace(QLatin1String("mm_relu"), QLatin1String("second"));
        QString other = QString(body).replace(QLatin1String("mm_relu"), QLatin1String("third"));
        other.replace(QLatin1String("for i, j, k"), QLatin1String("for a, b, k"))
            .replace(QLatin1String("= i,"), QLatin1String("= a,"))
            .replace(QLatin1String("= j,"), QLatin1String("= b,"));
        QFile file(m_folder.filePath(QStringLiteral("three.strata")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QString main = QStringLiteral("module three(entry=main):\n\n"
                                      "def main(A: f32[128, 128], B: f32[128, 128]) -> (z: f32[128, 128]):\n"
                                      "    x: f32[128, 128] = call mm_relu(A, B, node=\"a\")\n"
                                      "    y: f32[128, 128] = call second(x, B, node=\"b\")\n"
                                      "    z: f32[128, 128] = call third(y, B, node=\"c\")\n"
                                      "    return z\n\n");
        file.write((main + body + QLatin1Char('\n') + again + QLatin1Char('\n') + other).toUtf8());
    }
    void init()
    {
        QTest::failOnWarning(windowWarnings);
        m_window = std::make_unique<MainWindow>();
        m_window->resize(1400, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }
    void cleanup() { m_window.reset(); }

    // As while a large model is still being read.
    void nothingIsDoneToWhatIsNotOpen()
    {
        Workspace& w = workspace();
        w.apply(QStringLiteral("loops.split(mm_relu, j, [_, 8])"));
        w.apply(QStringLiteral("no step"));
        w.replaceStep(1, Step{});
        w.dropSteps(1);
        w.leaveOut(1, true);
        w.moveSteps(1, -1);
        w.moveBehind(1, 0);
        w.applyTo(1, {"f"});
        w.setNote(1, QStringLiteral("n"));
        w.setGroup(1, QStringLiteral("g"));
        w.offers().preview(QStringLiteral("loops.split(mm_relu, j, [_, 8])"));
        w.offers().tryPromising();
        w.offers().checkLine(QStringLiteral("loops.split(mm_relu, j, [_, 8])"));
        w.scheduleAutomatically({});
        w.runs().run();
        w.runs().runEverywhere();
        w.runs().judgeFunctions();
        w.runs().computeOutputs();
        w.runs().readValue();
        w.runs().sizeDeployment();
        w.panes().watchCauses(true);
        w.undo();
        w.redo();
        w.stepBy(1);
        w.select(1);
        w.reload();
        w.bind({});
        QVERIFY(settle(*m_window));
        QVERIFY(!w.isOpen());
        QVERIFY(w.othersFor(1).empty());
    }

    void causesAreRankedAndLeadToSteps()
    {
        auto* why = partOf<WhyPart>(*m_window);
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(*m_window));
        m_window->action(QStringLiteral("run.run"))->trigger();
        QVERIFY(settle(*m_window));
        QVERIFY(!workspace().scene()->causes);  // nobody asks
        see(*m_window, why->widget());
        QTRY_VERIFY_WITH_TIMEOUT(workspace().scene()->causes, patienceMs);
        QVERIFY(settle(*m_window));
        const FunctionCost cost = *workspace().scene()->causes;
        QCOMPARE(cost.function, std::string("mm_relu"));
        QVERIFY(cost.ms > 0 && cost.predictedMs > 0);
        QVERIFY(!cost.causes.empty());
        for (std::size_t i = 1; i < cost.causes.size(); ++i)
            QVERIFY(cost.causes[i - 1].gainMs >= cost.causes[i].gainMs);
        const QString page = why->page()->toPlainText();
        QVERIFY2(page.contains(QString::fromStdString(cost.causes[0].text)), qPrintable(page));
        // A link takes the step.
        QVERIFY(why->page()->toHtml().contains(QStringLiteral("href=\"auto:")));
        emit why->page()->anchorClicked(QUrl(QStringLiteral("auto:")));
        QTRY_VERIFY_WITH_TIMEOUT(workspace().session().path().size() > 3, patienceMs);
        QVERIFY(settle(*m_window));
        QVERIFY(workspace().scene()->causes);
        const auto& now = workspace().scene()->causes->causes;
        QVERIFY(now.empty() || now[0].id != "not scheduled");
    }

    void causesWithAStepTakeIt()
    {
        auto* why = partOf<WhyPart>(*m_window);
        see(*m_window, why->widget());
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(*m_window));
        QVERIFY(why->page()->toPlainText().contains(QStringLiteral("F5")));
        for (const char* step :
             {"loops.split(mm_relu, j, [_, 8])", "loops.reorder(mm_relu, [j0, k, j1])", "loops.parallel(mm_relu, i)"}) {
            workspace().apply(QString::fromLatin1(step));
            QVERIFY(settle(*m_window));
        }
        m_window->action(QStringLiteral("run.run"))->trigger();
        QVERIFY(settle(*m_window));
        QTRY_VERIFY_WITH_TIMEOUT(workspace().scene()->causes, patienceMs);
        const auto causes = workspace().scene()->causes->causes;
        const auto with = std::find_if(causes.begin(), causes.end(), [](const Cause& c) { return !c.step.empty(); });
        QVERIFY(with != causes.end());
        const std::size_t before = workspace().session().path().size();
        emit why->page()->anchorClicked(QUrl(QStringLiteral("step:%1").arg(with - causes.begin())));
        QTRY_COMPARE_WITH_TIMEOUT(workspace().session().path().size(), before + 1, patienceMs);
        QCOMPARE(steps(*m_window).last(), QString::fromStdString(with->step));
    }

    void stepsAreTakenOnOtherFunctions()
    {
        openThree();
        QCOMPARE(workspace().othersFor({1, 2}),
                 (std::vector<std::pair<std::string, bool>>{{"second", true}, {"third", false}}));
        partOf<StepsPart>(*m_window)->view()->selectAll();
        whenAsked<QDialog>([](QDialog& dialog) {
            auto* list = dialog.findChild<QListWidget*>();
            QVERIFY(list && list->count() == 2);
            QCOMPARE(list->item(0)->checkState(), Qt::Checked);
            QCOMPARE(list->item(1)->checkState(), Qt::Unchecked);
            list->item(1)->setCheckState(Qt::Checked);  // which they do not fit
            dialog.accept();
        });
        QSignalSpy said(&workspace(), &Workspace::said);
        m_window->action(QStringLiteral("step.others"))->trigger();
        QVERIFY(settle(*m_window));
        QCOMPARE(steps(*m_window).mid(2), QStringList({QStringLiteral("loops.split(second, j, [_, 8])"),
                                                       QStringLiteral("loops.unroll(second, j1)")}));
        bool told = false;
        for (const QList<QVariant>& one : said)
            told = told || one[0].toString().contains(QStringLiteral("third"));
        QVERIFY(told);
        for (int i = 0; i < 2; ++i) {
            m_window->action(QStringLiteral("edit.undo"))->trigger();
            QVERIFY(settle(*m_window));
        }
        QCOMPARE(workspace().session().path().size(), std::size_t(3));
        workspace().applyTo({1, 2}, {"third"});  // it fits none: refused, and nothing is taken
        QVERIFY(settle(*m_window));
        QCOMPARE(workspace().session().path().size(), std::size_t(3));
        QVERIFY(workspace().scene()->refusal.has_value());
    }

    void aStepIsDraggedOntoAnotherFunction()
    {
        openThree();
        workspace().panes().setFunction("second");
        QVERIFY(settle(*m_window));
        StepView* view = partOf<StepsPart>(*m_window)->view();
        int row = -1;
        for (int i = 0; i < view->model()->rowCount(); ++i)
            if (qobject_cast<StepModel*>(view->model())->row(i).state == 1)
                row = i;
        const QPoint from = view->visualRect(view->model()->index(row, 0)).center();
        QWidget* const loops = m_window->parts().pane(Level::Loops);
        const QPoint to = view->viewport()->mapFromGlobal(loops->mapToGlobal(loops->rect().center()));
        QTest::mousePress(view->viewport(), Qt::LeftButton, {}, from);
        for (const QPoint& at : {from + QPoint(30, 0), to})
            QTest::mouseEvent(QTest::MouseMove, view->viewport(), Qt::LeftButton, {}, at);
        QMouseEvent move(QEvent::MouseMove, to, view->viewport()->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, {});
        QCoreApplication::sendEvent(view->viewport(), &move);
        QVERIFY(view->isDragging());
        QCOMPARE(view->dropRow(), -1);
        QTest::mouseRelease(view->viewport(), Qt::LeftButton, {}, to);
        QVERIFY(settle(*m_window));
        QCOMPARE(steps(*m_window).last(), QStringLiteral("loops.split(second, j, [_, 8])"));
    }

    void differencesStandSideBySide()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"),
                           samplesFolder + QStringLiteral("mm_relu-jfactor4.recipe"));
        QVERIFY(settle(*m_window));
        TextView& view = *m_window->parts().textView(Level::Loops);
        QVERIFY(!view.before());
        m_window->action(QStringLiteral("view.sideBySide"))->trigger();
        TextView* before = view.before();
        QVERIFY(before && before->isVisible() && before->width() < view.width() / 2 + 2);
        QCOMPARE(before->document()->lines.size(), view.document()->lines.size());
        int gone = 0, come = 0;
        for (std::size_t i = 0; i < before->document()->lines.size(); ++i) {
            const PaneLine &left = before->document()->lines[i], &right = view.document()->lines[i];
            gone += left.change == DiffKind::Removed && !left.text.isEmpty();
            come += right.change == DiffKind::Added && !right.text.isEmpty();
            QVERIFY(right.change != DiffKind::Removed || right.text.isEmpty());
            QVERIFY(left.change != DiffKind::Added || left.text.isEmpty());
            QVERIFY(left.change != DiffKind::Same || left.text == right.text);
            // However many rows a line takes on either side, they begin at the same height.
            QCOMPARE(before->lineRect(static_cast<int>(i)).top(), view.lineRect(static_cast<int>(i)).top());
        }
        QVERIFY(gone > 0 && come > 0);
        QTest::keyClick(&view, Qt::Key_End);
        QCOMPARE(before->verticalScrollBar()->value(), view.verticalScrollBar()->value());
        workspace().select(0);  // nothing to compare with
        QVERIFY(settle(*m_window));
        QVERIFY(!view.before());
        m_window->action(QStringLiteral("view.sideBySide"))->trigger();
        m_window->action(QStringLiteral("step.next"))->trigger();
        QVERIFY(settle(*m_window));
        QVERIFY(!view.before() && view.document()->differs());
    }

    void theHardwarePaneShowsLlvmIr()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(*m_window));
        const auto shown = [&] { return m_window->parts().textView(Level::Hardware)->document()->text(0, 10000); };
        QVERIFY(!shown().contains(QStringLiteral("define ")));
        m_window->action(QStringLiteral("view.ir"))->trigger();
        QVERIFY(settle(*m_window));
        QVERIFY(shown().contains(QStringLiteral("define ")) && shown().contains(QStringLiteral("@llvm.fma")));
        QVERIFY2(!shown().contains(QStringLiteral("!dbg")), qPrintable(shown()));
        workspace().apply(QStringLiteral("loops.split(mm_relu, j, [_, 8])"));
        QVERIFY(settle(*m_window));
        QVERIFY(shown().contains(QStringLiteral("define ")));
        QVERIFY(m_window->parts().textView(Level::Hardware)->document()->differs());
        // Before the passes, loop variables stand in memory; a loop lights up its lines either way.
        m_window->action(QStringLiteral("view.irBefore"))->trigger();
        QVERIFY(settle(*m_window));
        QVERIFY(!m_window->action(QStringLiteral("view.ir"))->isChecked());
        QVERIFY(m_window->parts().pane(Level::Hardware)->subtitle().contains(QStringLiteral("before the passes")));
        const QString before = shown();
        QVERIFY(before.contains(QStringLiteral("define ")));
        m_window->selectNode(QStringLiteral("j1"));
        QVERIFY(settle(*m_window));
        QVERIFY(!m_window->parts().textView(Level::Hardware)->litLines().empty());
        m_window->action(QStringLiteral("view.ir"))->trigger();
        QVERIFY(settle(*m_window));
        QVERIFY(shown() != before);
        QVERIFY(!m_window->parts().textView(Level::Hardware)->litLines().empty());
        m_window->action(QStringLiteral("view.ir"))->trigger();
        QVERIFY(!shown().contains(QStringLiteral("define ")));
    }

    // What wrote the model, for which operators, and what goes in and comes out, until something of it is selected.
    void theModelIsInspectedWhileNothingIsSelected()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mlp"));
        QVERIFY(settle(*m_window));
        const auto rows = [&] { return partOf<InspectorPart>(*m_window)->model()->toText(); };
        workspace().panes().clearSelection();
        QVERIFY(settle(*m_window));
        for (const char* said : {"operator sets\tai.onnx ", "inputs\t", "f32[1, 1, 28, 28]", "Gemm 2"})
            QVERIFY2(rows().contains(QString::fromLatin1(said)), qPrintable(rows()));
        m_window->selectNode(QStringLiteral("Gemm_0"));
        QVERIFY(settle(*m_window));
        QVERIFY(!rows().contains(QStringLiteral("operator sets")));
    }

    // Mnemonics are read down a column: a narrow pane scrolls, unless it is asked to break lines.
    void instructionsAreScrolledTo()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(*m_window));
        TextView& view = *m_window->parts().textView(Level::Hardware);
        view.setCodeSize(24);
        QVERIFY(view.horizontalScrollBar()->maximum() > 0);
        for (int line = 0; line < 20; ++line)
            QCOMPARE(view.lineRect(line).height(), view.lineRect(0).height());
        m_window->action(QStringLiteral("view.wrapInstructions"))->trigger();
        QCOMPARE(view.horizontalScrollBar()->maximum(), 0);
        m_window->action(QStringLiteral("view.wrapInstructions"))->trigger();
        view.setCodeSize(10);
    }

    // Addresses and bytes on request; arrows from jumps, the selected loop's strong; to the target by Enter; help.
    void instructionsHaveAMargin()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(*m_window));
        TextView& view = *m_window->parts().textView(Level::Hardware);
        const auto lineOf = [&](const char* start) {
            for (int i = 0; i < int(view.document()->lines.size()); ++i)
                if (view.document()->lines[std::size_t(i)].text.trimmed().startsWith(QLatin1String(start)))
                    return i;
            return -1;
        };
        QVERIFY(view.margin().column().empty());
        m_window->action(QStringLiteral("view.bytes"))->trigger();
        QCOMPARE(view.margin().column().size(),
                 std::size_t(
                     std::count_if(view.document()->lines.begin(), view.document()->lines.end(),
                                   [](const PaneLine& line) { return !instructionOf(line.text).mnemonic.isEmpty(); })));
        QVERIFY(view.margin().column().begin()->second.startsWith(QStringLiteral("0000  ")));
        const int fma = lineOf("vfmadd");
        QVERIFY(fma >= 0);
        QVERIFY2(view.helpOn(fma).contains(QStringLiteral("rounded once")), qPrintable(view.helpOn(fma)));
        QVERIFY2(view.helpOn(fma).contains(QStringLiteral("\n1 × f32")), qPrintable(view.helpOn(fma)));
        QVERIFY2(view.helpOn(fma).contains(QStringLiteral("from the start of its section: c4 ")),
                 qPrintable(view.helpOn(fma)));
        QVERIFY(view.helpOn(0).isEmpty());  // a label
        m_window->action(QStringLiteral("view.bytes"))->trigger();
        QVERIFY(view.margin().column().empty());
        QCOMPARE(int(std::count_if(view.margin().arrows().begin(), view.margin().arrows().end(),
                                   [](const JumpArrow& arrow) { return arrow.back; })),
                 5);  // i, j, k of the product, i and j of the maximum
        view.setFocus();
        view.setCaretLine(fma);
        QCOMPARE(view.margin().lit().size(), std::size_t(1));
        const JumpArrow inner = view.margin().arrows()[std::size_t(*view.margin().lit().begin())];
        QVERIFY(inner.back && inner.target < fma && fma < inner.last);
        view.setCaretLine(inner.last);
        QTest::keyClick(&view, Qt::Key_Return);
        QCOMPARE(view.caretLine(), inner.target);
        m_window->action(QStringLiteral("view.jumps"))->trigger();
        QVERIFY(view.margin().arrows().empty());
        m_window->action(QStringLiteral("view.jumps"))->trigger();
    }

    // Tiled and vectorized, for each instruction set: no instruction is without a text.
    void ourInstructionsAreExplained()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"),
                           samplesFolder + QStringLiteral("mm_relu.recipe"));
        QVERIFY(settle(*m_window));
        for (const char* isa : {"x86-64-v2", "x86-64-v4", "aarch64"}) {
            workspace().apply(QStringLiteral("hardware.choose_isa(%1)").arg(QLatin1String(isa)));
            QVERIFY(settle(*m_window));
            const TextView& view = *m_window->parts().textView(Level::Hardware);
            int explained = 0;
            for (int i = 0; i < int(view.document()->lines.size()); ++i)
                if (const QString help = view.helpOn(i); !help.isEmpty()) {
                    ++explained;
                    QVERIFY2(!help.contains(QStringLiteral("no text")), qPrintable(help));
                }
            QVERIFY2(explained > 20, isa);
        }
    }

    // Next change goes on in the pane behind, the graph among them, and back.
    void changesAreFoundInAllPanes()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mlp"));
        QVERIFY(settle(*m_window));
        QAction *next = m_window->action(QStringLiteral("view.nextChange")),
                *previous = m_window->action(QStringLiteral("view.previousChange"));
        workspace().apply(QStringLiteral("graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)"));
        QVERIFY(settle(*m_window));
        m_window->parts().paletteView()->setFocus();
        GraphView& graph = *m_window->parts().graphView();
        next->trigger();
        QVERIFY(settle(*m_window));
        QVERIFY(graph.hasFocus());
        QVERIFY(graph.picture()->boxes[std::size_t(graph.current())].change != DiffKind::Same);
        std::vector<Level> seen;
        for (int i = 0; i < 60 && seen.size() < 3; ++i) {
            next->trigger();
            QVERIFY(settle(*m_window));
            for (const Level level : {Level::Loops, Level::Library, Level::Hardware})
                if (m_window->parts().textView(level)->hasFocus() && (seen.empty() || seen.back() != level))
                    seen.push_back(level);
        }
        QVERIFY((seen == std::vector<Level>{Level::Loops, Level::Library, Level::Hardware}));
        m_window->parts().textView(Level::Library)->setFocus();
        m_window->parts().textView(Level::Library)->setCaretLine(0);
        previous->trigger();
        QVERIFY(settle(*m_window));
        QVERIFY(m_window->parts().textView(Level::Loops)->hasFocus());
    }

    void stepsAreFound()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"),
                           samplesFolder + QStringLiteral("mm_relu.recipe"));
        QVERIFY(settle(*m_window));
        auto* part = partOf<StepsPart>(*m_window);
        auto* line = part->widget()->findChild<QLineEdit*>();
        QVERIFY(line && line->isVisible());
        QTest::keyClicks(line, QStringLiteral("vectorize"));
        int seen = 0;
        for (int row = 0; row < part->view()->model()->rowCount(); ++row)
            seen += !part->view()->isRowHidden(row);
        QCOMPARE(seen, 3);
        line->clear();
        QVERIFY(!part->view()->isRowHidden(1));
    }

    // A narrow graph has its legend below it, as high as it needs; a wide one beside it.
    void theLegendIsThereHoweverNarrow()
    {
        m_window->openFile(samplesFolder + QStringLiteral("cnn"));
        QVERIFY(settle(*m_window));
        auto* pane = static_cast<GraphPane*>(m_window->parts().pane(Level::Graph)->view());
        auto* legend = pane->findChild<GraphLegend*>();
        QVERIFY(legend->isVisible() && legend->isFlat());
        QVERIFY(legend->y() >= pane->view()->height() && legend->width() > pane->width() - 20);
        QVERIFY(legend->height() >= 19 && legend->height() < 100);
        QVERIFY(legend->accessibleName().contains(QStringLiteral("convolutions")));
        m_window->parts().pane(Level::Graph)->setMaximized(true);
        QTRY_VERIFY(pane->width() > 640);
        QVERIFY(legend->isVisible() && !legend->isFlat());
        QVERIFY(legend->height() > 300 && legend->width() < 200);
    }

    // No head of a pane is wider than the pane: what has no room there is in the menus.
    void headsFitTheirPanes()
    {
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(*m_window));
        LevelPane pane(Level::Hardware, new QWidget);
        pane.addTool(m_window->action(QStringLiteral("view.interleaved")), QStringLiteral("Interleaved"));
        pane.addTool(m_window->action(QStringLiteral("view.ir")), QStringLiteral("IR"));
        pane.show();
        for (const int width : {600, 200, 130, 600}) {
            pane.resize(width, 300);
            QCoreApplication::processEvents();
            QRect before;
            for (QToolButton* button : pane.findChildren<QToolButton*>()) {
                if (!button->isVisible())
                    continue;
                const QRect rect(button->mapTo(&pane, QPoint()), button->size());
                QVERIFY2(pane.rect().contains(rect) && !rect.intersects(before), qPrintable(button->text()));
                before = rect;
            }
            for (QToolButton* button : pane.findChildren<QToolButton*>())
                if (button->text() == QLatin1String("IR"))
                    QCOMPARE(button->isVisible(), width == 600);
        }
    }

    void theOutlineLeadsToBoxes()
    {
        m_window->openFile(samplesFolder + QStringLiteral("cnn"));
        QVERIFY(settle(*m_window));
        auto* pane = static_cast<GraphPane*>(m_window->parts().pane(Level::Graph)->view());
        GraphOutline* outline = pane->outline();
        QVERIFY(!outline->isVisible());
        m_window->action(QStringLiteral("graph.outline"))->trigger();
        QTRY_VERIFY(outline->isVisible());
        const QAbstractItemModelTester tester(outline->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        const GraphPicturePtr& picture = pane->view()->picture();
        int top = 0, conv = -1;
        for (std::size_t i = 0; i < picture->boxes.size(); ++i) {
            top += picture->boxes[i].frame < 0;
            if (conv < 0 && picture->boxes[i].title == QLatin1String("Conv"))
                conv = static_cast<int>(i);
        }
        QCOMPARE(outline->model()->rowCount(), top);
        QVERIFY(conv >= 0);
        outline->setCurrentIndex(outline->model()->index(conv, 0));
        QVERIFY(settle(*m_window));
        QCOMPARE(pane->view()->current(), conv);
        QTest::keyClick(outline, Qt::Key_Down);
        QVERIFY(settle(*m_window));
        QVERIFY(pane->view()->current() != conv);
        QCOMPARE(outline->currentIndex().data(Qt::UserRole).toInt(), pane->view()->current());
    }

private:
    Workspace& workspace() { return m_window->workspace(); }
    void openThree()
    {
        m_window->openFile(m_folder.filePath(QStringLiteral("three.strata")));
        QVERIFY(settle(*m_window));
        QVERIFY(workspace().isOpen());
        for (const char* step : {"loops.split(mm_relu, j, [_, 8])", "loops.unroll(mm_relu, j1)"}) {
            workspace().apply(QString::fromLatin1(step));
            QVERIFY(settle(*m_window));
        }
        QCOMPARE(workspace().session().path().size(), std::size_t(3));
    }

    QTemporaryDir m_folder;
    std::unique_ptr<MainWindow> m_window;
};

STRATA_TEST_IN(QApplication, OthersTest)
#include "tst_window_others.moc"
