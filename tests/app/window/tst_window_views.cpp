// Views one by one: what they are given they show, what is done to them they say. A Qt warning fails a test.
#include "app/window/jobs/job_runner.h"
#include "app/window/main_window.h"
#include "app/window/views/command_palette.h"
#include "app/window/views/graph_view.h"
#include "app/window/views/parameter_form.h"
#include "app/window/views/text_view.h"
#include "app/workbench/workbench.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QImage>
#include <QLineEdit>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <latch>
#include <thread>

using namespace strata;

namespace {

const QRegularExpression warnings(QStringLiteral("^(?!This plugin does not support|QStandardPaths: )"));

LineDocumentPtr document(int lines)
{
    std::vector<TextLine> text;
    for (int i = 0; i < lines; ++i)
        text.push_back({"line " + std::to_string(i), {Cursor{"f", NodeKind::Loop, "i" + std::to_string(i)}}});
    return std::make_shared<const LineDocument>(makeDocument(text));
}

std::shared_ptr<GraphPicture> picture(const std::vector<std::string>& names)
{
    auto result = std::make_shared<GraphPicture>();
    result->function = "main";
    for (std::size_t i = 0; i < names.size(); ++i) {
        GraphBox box;
        box.cursor = {"main", NodeKind::Operator, names[i]};
        box.title = QString::fromStdString(names[i]);
        box.rect = QRectF(0, 80.0 * i, 100, 30);
        result->boxes.push_back(box);
    }
    result->bounds = QRectF(0, 0, 100, 80.0 * names.size());
    return result;
}

}  // namespace

class ViewsTest : public QObject {
    Q_OBJECT
private slots:
    void init() { QTest::failOnWarning(warnings); }

    // --- text
    // ---------------------------------------------------------------------------------------------------------------------------

    void caretByKeyboard()
    {
        TextView view(Syntax::Strata);
        view.resize(400, 300);
        view.setDocument(document(200));
        view.show();
        QSignalSpy pointed(&view, &TextView::pointed);
        QTest::keyClick(&view, Qt::Key_Down);
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(view.caretLine(), 2);
        QCOMPARE(pointed.size(), 2);
        QTest::keyClick(&view, Qt::Key_End);
        QCOMPARE(view.caretLine(), 199);
        QVERIFY(view.lineRect(199).bottom() <= view.viewport()->height());
        QTest::keyClick(&view, Qt::Key_Home);
        QCOMPARE(view.verticalScrollBar()->value(), 0);
        QTest::keyClick(&view, Qt::Key_Down, Qt::ShiftModifier);
        QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("line 0\nline 1\n"));
    }

    void litLinesComeIntoView()
    {
        TextView view(Syntax::Strata);
        view.resize(400, 300);
        view.setDocument(document(500));
        view.show();
        view.setLit({{"f", NodeKind::Loop, "i400"}});
        QCOMPARE(view.litLines(), std::set<int>({400}));
        QVERIFY(view.viewport()->rect().contains(view.lineRect(400).center()));
        const QColor band = view.grab().toImage().pixelColor(view.viewport()->width() - 30,
                                                             view.lineRect(400).center().y());
        QVERIFY(band.red() > band.blue() + 20);  // yellow, whatever the theme
    }

    void aMillionLinesAreNoWork()
    {
        TextView view(Syntax::Assembly);
        view.resize(400, 300);
        view.setDocument(document(1'000'000));
        view.show();
        view.setCaretLine(999'999);
        QVERIFY(!view.grab().isNull());
        QCOMPARE(view.caretLine(), 999'999);
    }

    void find()
    {
        TextView view(Syntax::Strata);
        view.setDocument(document(50));
        QVERIFY(view.find(QStringLiteral("LINE 3"), true));
        QCOMPARE(view.caretLine(), 3);
        QVERIFY(view.find(QStringLiteral("line 3"), true));
        QCOMPARE(view.caretLine(), 30);
        QVERIFY(view.find(QStringLiteral("line 3"), false));
        QCOMPARE(view.caretLine(), 3);
        QVERIFY(!view.find(QStringLiteral("nowhere"), true));
    }

    void theCaretStaysOnItsLineAcrossAStep()
    {
        TextView view(Syntax::Strata);
        view.setDocument(document(50), QStringLiteral("f"));
        view.setCaretLine(20);
        view.setDocument(document(60), QStringLiteral("f"));
        QCOMPARE(view.caretLine(), 20);
        view.setDocument(document(60), QStringLiteral("g"));
        QCOMPARE(view.caretLine(), 0);
    }

    // --- graph
    // --------------------------------------------------------------------------------------------------------------------------

    void aBoxStaysAtItsPixel()
    {
        GraphView view;
        view.resize(400, 300);
        view.show();
        view.setPicture(picture({"a", "b", "c", "d"}));
        view.zoom(1.3);  // from now on the person's view, not the fitted one
        view.setLit({{"main", NodeKind::Operator, "c"}});
        const QPointF before = view.boxPosition(2);
        auto next = picture({"ab", "c", "d", "e", "f", "g", "h"});
        view.setPicture(next);
        const QPointF after = view.boxPosition(1);
        QVERIFY2(QLineF(before, after).length() < 3,
                 qPrintable(QStringLiteral("moved by %1").arg(QLineF(before, after).length())));
    }

    void boxesAreChosenByMouseAndKeyboard()
    {
        GraphView view;
        view.resize(400, 400);
        view.show();
        auto p = picture({"a", "b"});
        GraphEdge edge;
        edge.from = 0;
        edge.to = 1;
        edge.curve = {{50, 30}, {50, 45}, {50, 60}, {50, 80}};
        p->edges.push_back(edge);
        view.setPicture(p);
        QSignalSpy pointed(&view, &GraphView::pointed), opened(&view, &GraphView::opened);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.boxPosition(0).toPoint());
        QCOMPARE(pointed.size(), 1);
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(pointed.size(), 2);
        QCOMPARE(pointed.last().at(0).value<Cursor>().name, std::string("b"));
        QTest::keyClick(&view, Qt::Key_Return);
        QCOMPARE(opened.size(), 1);
        QVERIFY(view.find(QStringLiteral("a"), true));
        QCOMPARE(pointed.last().at(0).value<Cursor>().name, std::string("a"));
    }

    // --- form, palette of commands, jobs
    // --------------------------------------------------------------------------------------------------

    void theFormWritesARecipeLine()
    {
        const auto module = loadText(STRATA_SOURCE_DIR "/samples/mm_relu.strata");
        QVERIFY(module.ok());
        const auto registry = makeRegistry();
        const auto split = registry->find("loops.split");
        const auto arguments = suggestArguments(**split, **module, {"mm_relu", NodeKind::Loop, "j"});
        QVERIFY(arguments.ok());
        ParameterForm form(**split, *module, *arguments);
        form.show();
        const auto step = parseStep(form.line().toStdString(), *registry);
        QVERIFY2(step.ok(), step ? "" : step.error().message.c_str());
        auto* factors = qobject_cast<QLineEdit*>(form.editor(QStringLiteral("factors")));
        QVERIFY(factors);
        QSignalSpy edited(&form, &ParameterForm::edited), accepted(&form, &ParameterForm::accepted);
        factors->setText(QStringLiteral("[_, 16]"));
        QVERIFY(edited.wait());
        QVERIFY(edited.last().at(0).toString().contains(QStringLiteral("[_, 16]")));
        QTest::keyClick(factors, Qt::Key_Return);
        QCOMPARE(accepted.size(), 0);  // not before it was checked
        form.setVerdict(QStringLiteral("another line"), true, {});
        QTest::keyClick(factors, Qt::Key_Return);
        QCOMPARE(accepted.size(), 0);
        form.setVerdict(form.line(), true, QStringLiteral("applies"));
        QTest::keyClick(factors, Qt::Key_Return);
        QCOMPARE(accepted.size(), 1);
    }

    void everyTransformHasAForm_data()
    {
        QTest::addColumn<QString>("id");
        const auto registry = makeRegistry();
        for (const Transform& transform : registry->all())
            QTest::newRow(transform.id.c_str()) << QString::fromStdString(transform.id);
    }
    void everyTransformHasAForm()
    {
        QFETCH(QString, id);
        const auto registry = makeRegistry();
        const Transform& transform = **registry->find(id.toStdString());
        const auto module = parseModule(transform.example.before);
        const auto step = parseStep(transform.example.step, *registry);
        if (!module || !step)
            QSKIP("its example needs more than text");
        ParameterForm form(transform, *module, step->arguments);
        const auto again = parseStep(form.line().toStdString(), *registry);
        QVERIFY2(again.ok(), qPrintable(form.line()));
        QCOMPARE(print(*again, *registry), print(Step{step->transform, step->arguments, {}, {}}, *registry));
    }

    void fuzzy()
    {
        QVERIFY(fuzzyScore(QStringLiteral("svr"), QStringLiteral("Save recipe")) > 0);
        QVERIFY(fuzzyScore(QStringLiteral("xyz"), QStringLiteral("Save recipe")) < 0);
        QVERIFY(fuzzyScore(QStringLiteral("run"), QStringLiteral("Run and time"))
                > fuzzyScore(QStringLiteral("run"), QStringLiteral("Bring up another node")));
    }

    void aNewerJobOvertakes()
    {
        JobRunner jobs;
        std::latch go(1);
        QStringList results;
        jobs.start(
            QStringLiteral("t"), QStringLiteral("first"),
            [&go](const JobSink&) {
                go.wait();
                return 1;
            },
            [&](int) { results << QStringLiteral("first"); });
        jobs.start(
            QStringLiteral("t"), QStringLiteral("second"), [](const JobSink&) { return 2; },
            [&](int value) { results << QString::number(value); });
        QTRY_VERIFY(jobs.idle());
        go.count_down();
        QTest::qWait(50);
        QCOMPARE(results, QStringList{QStringLiteral("2")});
    }

    void aCancelledJobIsToldToStop()
    {
        JobRunner jobs;
        QSignalSpy cancelled(&jobs, &JobRunner::cancelled), idle(&jobs, &JobRunner::becameIdle);
        std::latch ended(1);
        bool called = false;
        jobs.start(
            QStringLiteral("t"), QStringLiteral("long"),
            [&ended](const JobSink& sink) {
                while (!sink.stop.stop_requested())
                    std::this_thread::yield();
                ended.count_down();
                return 0;
            },
            [&called](int) { called = true; });
        QCOMPARE(jobs.running().size(), std::size_t(1));
        jobs.cancelAll();
        ended.wait();
        QCOMPARE(cancelled.size(), 1);
        QCOMPARE(idle.size(), 1);
        QCoreApplication::processEvents();
        QVERIFY(!called);
    }
};

QTEST_MAIN(ViewsTest)
#include "tst_window_views.moc"
