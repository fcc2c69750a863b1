// Views one by one: what they are given they show, what is done to them they say. A Qt warning fails a test.
#include "app/window/dialogs/picture_file.h"
#include "app/window/graph/graph_view.h"
#include "app/window/jobs/job_runner.h"
#include "app/window/main_window.h"
#include "app/window/views/command_palette.h"
#include "app/window/views/parameter_form.h"
#include "app/window/views/roofline_view.h"
#include "app/window/views/text_view.h"
#include "app/window/views/timings_view.h"
#include "app/workbench/workbench.h"
#include "tests/program.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QImage>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <ctime>
#include <latch>
#include <set>
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

    // No line is wider than the view: it goes on in rows below, and what is asked of it is found there.
    void longLinesGoOn()
    {
        const std::string words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
        TextView view(Syntax::Strata);
        view.resize(300, 300);
        view.setDocument(std::make_shared<const LineDocument>(makeDocument(
            {{"first", {}}, {"        for i in grid(" + words + "):", {{"f", NodeKind::Loop, "thirteen"}}}, {"last", {}}})));
        view.show();
        QCOMPARE(view.horizontalScrollBar()->maximum(), 0);
        const int row = view.lineRect(0).height();
        QVERIFY(view.lineRect(1).height() >= 3 * row);
        QCOMPARE(view.lineRect(2).top(), view.lineRect(1).bottom() + 1);
        const QString text = view.document()->lines[1].text;
        for (const char* word : {"one", "seven", "fourteen"}) {
            const QPoint at = view.characterAt(1, static_cast<int>(text.indexOf(QLatin1String(word))));
            QVERIFY2(view.lineRect(1).contains(at) && at.x() < view.viewport()->width() - 20, word);
        }
        QTest::mousePress(view.viewport(), Qt::LeftButton, {}, view.lineRect(1).bottomLeft() + QPoint(60, -3));
        QCOMPARE(view.caretLine(), 1);
        view.setWraps(false);
        QCOMPARE(view.lineRect(1).height(), row);
        QVERIFY(view.horizontalScrollBar()->maximum() > 0);
    }

    void rowsOfManyLongLinesAreScrolledThrough()
    {
        std::vector<TextLine> lines;
        for (int i = 0; i < 300; ++i)
            lines.push_back({std::string(i % 3 == 0 ? 400 : 5, 'x'), {}});
        TextView view(Syntax::Strata);
        view.resize(300, 300);
        view.setDocument(std::make_shared<const LineDocument>(makeDocument(lines)));
        view.show();
        QTest::keyClick(&view, Qt::Key_End);
        QVERIFY(view.viewport()->rect().contains(view.lineRect(299).center()));
        QCOMPARE(view.verticalScrollBar()->value(), view.verticalScrollBar()->maximum());
        for (int y = 10; y < view.viewport()->height(); y += 23) {
            QTest::mousePress(view.viewport(), Qt::LeftButton, {}, QPoint(80, y));
            QVERIFY(view.lineRect(view.caretLine()).contains(QPoint(80, y)));
        }
    }

    void charactersAreSelected()
    {
        TextView view(Syntax::Strata);
        view.resize(400, 300);
        view.setDocument(std::make_shared<const LineDocument>(
            makeDocument({{"def f(x):", {}}, {"    y[i] = x[i] + 1.0", {}}, {"    return", {}}})));
        view.show();
        const auto at = [&](int line, int character) { return view.characterAt(line, character) + QPoint(1, 5); };
        const auto drag = [&](const QPoint& from, const QPoint& to) {
            QTest::mousePress(view.viewport(), Qt::LeftButton, {}, from);
            QMouseEvent move(QEvent::MouseMove, to, view.viewport()->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, {});
            QCoreApplication::sendEvent(view.viewport(), &move);
            QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, to);
        };
        const QString shown = view.document()->lines[1].text;
        const int x = static_cast<int>(shown.indexOf(QLatin1String("x[i]")));
        drag(at(1, x), at(1, x + 4));
        QCOMPARE(view.selectedText(), QStringLiteral("x[i]"));
        drag(at(1, x + 4), at(1, x));  // towards the left
        QCOMPARE(view.selectedText(), QStringLiteral("x[i]"));
        drag(at(0, 4), at(1, x - 1));  // over lines; indented as the text is
        QCOMPARE(view.selectedText(), QStringLiteral("f(x):\n    y[i] ="));
        view.setCaretLine(2);
        for (int i = 0; i < 3; ++i)
            QTest::keyClick(&view, Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(view.selectedText(), QStringLiteral("ret"));
        QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("ret"));
        QTest::keyClick(&view, Qt::Key_Up);  // whole lines again
        QCOMPARE(view.selectedText(), QStringLiteral("    y[i] = x[i] + 1.0\n"));
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

    void eachLoopOfAGridByMouseAndKeyboard()
    {
        std::vector<Cursor> loops;
        for (const char* name : {"k", "j", "i"})
            loops.push_back({"f", NodeKind::Loop, name});
        TextView view(Syntax::Strata);
        view.resize(500, 200);
        view.setDocument(std::make_shared<const LineDocument>(
            makeDocument({{"def f():", {}}, {"        for i, j, k in grid(4, 5, 6):", loops}})));
        view.show();
        QSignalSpy pointed(&view, &TextView::pointed);
        for (const Cursor& loop : loops) {
            QTest::mousePress(view.viewport(), Qt::LeftButton, {}, view.nameRect(1, loop).center());
            QVERIFY(pointed.last().at(0).value<Cursor>() == loop);
        }
        QTest::mousePress(view.viewport(), Qt::LeftButton, {}, QPoint(450, view.lineRect(1).center().y()));
        QVERIFY(pointed.last().at(0).value<Cursor>() == loops[0]);  // beside the names: the innermost
        for (const auto& [key, loop] : {std::pair{Qt::Key_Left, 1}, {Qt::Key_Left, 2}, {Qt::Key_Right, 1}}) {
            QTest::keyClick(&view, key);
            QVERIFY(pointed.last().at(0).value<Cursor>() == loops[loop]);
        }
        // The one that is meant is marked, the others are not.
        view.setLit({loops[1]});
        const QImage seen = view.viewport()->grab().toImage();
        const auto ground = [&](const Cursor& loop) {
            return seen.pixelColor(view.nameRect(1, loop).topLeft() + QPoint(0, 2));
        };
        QVERIFY(ground(loops[1]) != ground(loops[0]));
        QCOMPARE(ground(loops[2]), ground(loops[0]));
    }

    // A style sheet that comes after the size was set, as at a start with stored settings, does not change what is
    // drawn.
    void textIsSetAsItWasMeasured_data()
    {
        QTest::addColumn<double>("size");
        for (const double size : {7.0, 10.0, 14.0, 19.0})
            QTest::newRow(qPrintable(QString::number(size))) << size;
    }
    void textIsSetAsItWasMeasured()
    {
        QFETCH(double, size);
        TextView view(Syntax::Strata);
        view.resize(900, 200);
        view.setDocument(std::make_shared<const LineDocument>(makeDocument({{"for i, j in grid(12, 34):", {}}})));
        view.show();
        view.setCodeSize(size);
        QCoreApplication::processEvents();
        const QImage before = view.viewport()->grab().toImage();
        qApp->setStyleSheet(QStringLiteral("QToolTip { padding: 4px; } QHeaderView::section { padding: 3px; }"));
        QFont other = view.font();
        other.setPointSizeF(11);
        view.setFont(other);
        QCoreApplication::processEvents();
        const QImage after = view.viewport()->grab().toImage();
        qApp->setStyleSheet({});
        QCOMPARE(after, before);
    }

    // --- pictures

    void aPictureHoldsTheWholeGraphAndLittleElse_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("png") << "graph.png";
        QTest::newRow("svg") << "graph.svg";
        QTest::newRow("pdf") << "graph.pdf";
    }
    void aPictureHoldsTheWholeGraphAndLittleElse()
    {
        QFETCH(QString, file);
        GraphView view;
        view.resize(300, 200);
        view.show();
        view.setPicture(picture({"a", "b", "c", "d", "e", "f"}));
        view.zoom(3);  // what is in sight does not matter
        QTemporaryDir folder;
        const QString path = folder.filePath(file);
        QCOMPARE(paintToFile(path, {view.fullSize(), [&](QPainter& painter) { view.renderAll(painter); }}), QString());
        QVERIFY(QFileInfo(path).size() > 500);
        QVERIFY(view.fullSize().width() < 160 && view.fullSize().height() < 520);
        if (!file.endsWith(QLatin1String("png")))
            return;
        const QImage image(path);
        QCOMPARE(image.size(), (view.fullSize() + QSize(24, 24)) * 2);
        QRect ink;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                if (image.pixelColor(x, y) != QColor(Qt::white))
                    ink |= QRect(x, y, 1, 1);
        QVERIFY2(ink.width() > 0.7 * image.width() && ink.height() > 0.8 * image.height(),
                 qPrintable(QStringLiteral("%1 x %2 of %3 x %4")
                                .arg(ink.width())
                                .arg(ink.height())
                                .arg(image.width())
                                .arg(image.height())));
        QVERIFY(image.rect().contains(ink.adjusted(-4, -4, 4, 4)));  // nothing is cut
    }

    void aPictureOfATextHoldsAllLinesWhateverIsInSight()
    {
        TextView view(Syntax::Strata);
        view.resize(120, 100);
        view.setDocument(document(40));
        view.show();
        QTemporaryDir folder;
        const auto save = [&](const char* name) {
            const QString path = folder.filePath(QString::fromLatin1(name));
            const QString problem = paintToFile(path,
                                                {view.fullSize(), [&](QPainter& painter) { view.renderAll(painter); }});
            return problem.isEmpty() ? QImage(path) : QImage();
        };
        const QImage top = save("top.png");
        QVERIFY(!top.isNull());
        view.horizontalScrollBar()->setValue(view.horizontalScrollBar()->maximum());
        view.verticalScrollBar()->setValue(20);
        QCOMPARE(save("scrolled.png"), top);
        QVERIFY(!paintToFile(folder.filePath(QStringLiteral("x.gif")), {{10, 10}, [](QPainter&) {}}).isEmpty());
        QVERIFY(!paintToFile(QStringLiteral("/nowhere/x.svg"), {{10, 10}, [](QPainter&) {}}).isEmpty());
        QVERIFY(!paintToFile(folder.filePath(QStringLiteral("x.png")), {{10, 100'000}, [](QPainter&) {}}).isEmpty());
    }

    // --- timings

    void textsOfBarsAreNeverCut()
    {
        TimingBar bar;
        bar.name = QStringLiteral("23 · bind");
        bar.text = QStringLiteral("810 µs ± 4.11   1.02 ± 0.01 × vs step 22 · 0.29 ± 0.01 × vs untouched   of it 650 µs in kernels, 160 µs "
                                  "copies and launches");
        bar.median = bar.low = bar.high = 0.81;
        TimingsView view;
        view.show();
        int narrow = 0, wide = 0;
        for (const int width : {360, 1200}) {
            view.resize(width, 80);
            view.setBars({bar, bar}, QStringLiteral("median"), {});
            (width == 360 ? narrow : wide) = view.verticalScrollBar()->maximum();
        }
        QVERIFY(narrow > 0);  // the parts of the text stand below each other
        QCOMPARE(wide, 0);
        // A click on any row of a text chooses its state.
        view.resize(360, 300);
        bar.state = 7;
        view.setBars({bar}, QStringLiteral("median"), {});
        QSignalSpy chosen(&view, &TimingsView::stateChosen);
        QTest::mousePress(view.viewport(), Qt::LeftButton, {}, QPoint(150, 40));
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0][0].toInt(), 7);
    }

    // --- roofline

    void theRooflineSaysWhichPointIsTooGoodToBeTrue()
    {
        RooflineView view;
        view.resize(400, 240);
        view.show();
        const MachineLimits machine{"x86-64-v3", 2, 1e11, {{"L1", 32768, 2e11}, {"memory", 0, 1e10}}};
        const RooflinePoint fine{QStringLiteral("dense"), QStringLiteral("dense"), 1e9, 1e7, 1e9 / 5e10, 1},
            tooFast{QStringLiteral("relu"), QStringLiteral("relu"), 1e6, 1e8, 1e6 / 2e9, 1},
            unmeasured{QStringLiteral("softmax"), QStringLiteral("softmax"), 1e7, 1e6, 0, 1};
        QVERIFY(view.textAt(QPointF(200, 100)).isEmpty());
        view.setScene({machine, {fine, tooFast, unmeasured}, QStringLiteral("dense")});
        QVERIFY(view.textAt(view.placeOf(fine)).contains(QStringLiteral("50 % of")));
        QVERIFY(view.textAt(view.placeOf(tooFast)).contains(QStringLiteral("our count")));
        QVERIFY(view.textAt(view.placeOf(unmeasured)).contains(QStringLiteral("Not measured")));
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("2 threads")));
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("x86-64-v3")));
        const QColor mark = view.grab().toImage().pixelColor(view.placeOf(tooFast).toPoint());
        QVERIFY(mark.red() > 2 * mark.green());  // red, in either theme
        QVERIFY(view.rect().contains(view.placeOf(tooFast).toPoint()));
    }

    // A model of thousands of calls: the window answers while they are named, and each function is named once.
    void manyPointsAreNoWork()
    {
        RooflineView view;
        view.resize(300, 180);
        const MachineLimits machine{"x86-64-v3", 1, 1e11, {{"L1", 32768, 2e11}, {"memory", 0, 1e10}}};
        std::vector<RooflinePoint> points;
        for (int i = 0; i < 7000; ++i) {
            const QString name = QStringLiteral("matmul_%1").arg(i % 900);
            points.push_back({QStringLiteral("call_%1").arg(i), name, 1e6 * (1 + i % 977), 1e5 * (1 + i % 311),
                              1e-3 * (1 + (i * 13) % 701), 1});
        }
        view.setScene({machine, points, {}});
        const std::clock_t before = std::clock();
        const std::vector<RooflineView::Label> labels = view.labels();
        const double seconds = double(std::clock() - before) / CLOCKS_PER_SEC;
        QVERIFY2(seconds < 0.3, qPrintable(QString::number(seconds)));
        std::set<QString> names;
        for (const RooflineView::Label& label : labels)
            QVERIFY(names.insert(label.point->function).second);
    }

    // On a model of many functions: no label stands on a point or on another label; the slowest are named first.
    void labelsOfTheRooflineCoverNothing()
    {
        RooflineView view;
        view.resize(300, 180);
        view.show();
        const MachineLimits machine{"x86-64-v3", 1, 1e11, {{"L1", 32768, 2e11}, {"memory", 0, 1e10}}};
        std::vector<RooflinePoint> points;
        for (int i = 0; i < 40; ++i) {
            const QString name = QStringLiteral("conv_1x%1x56x56_ab%1").arg(64 + i);
            points.push_back({name, name, 1e6 * (1 + i % 7), 1e5 * (1 + i % 5), 1e-3 * (1 + (i * 13) % 40), 1});
        }
        view.setScene({machine, points, {}});
        const std::vector<RooflineView::Label> labels = view.labels();
        QVERIFY2(labels.size() >= 2, qPrintable(QString::number(labels.size())));
        const std::vector<RooflineView::Slope> slopes = view.slopes();
        QVERIFY(std::any_of(slopes.begin(), slopes.end(), [](const auto& slope) { return !slope.text.isEmpty(); }));
        QVERIFY(std::is_sorted(labels.begin(), labels.end(), [](const auto& a, const auto& b) {
            return a.point->seconds > b.point->seconds;  // the slowest first
        }));
        for (const RooflineView::Label& label : labels) {
            QVERIFY(QRectF(view.rect()).contains(label.rect));
            for (const RooflinePoint& point : points)
                QVERIFY2(!label.rect.contains(view.placeOf(point)), qPrintable(label.text + " on " + point.call));
            for (const RooflineView::Label& other : labels)
                QVERIFY(&other == &label || !other.rect.intersects(label.rect));
            for (const RooflineView::Slope& slope : slopes)
                QVERIFY2(!slope.text.intersects(label.rect), qPrintable(label.text + " on " + slope.name));
        }
    }

    // However long its line is.
    void timesBesideLinesAreNeverOutOfSight()
    {
        TextView view(Syntax::Strata);
        view.resize(300, 300);
        view.show();
        const std::vector<TextLine> lines{{std::string(200, 'x'), {}}};
        view.setDocument(std::make_shared<const LineDocument>(makeDocument(lines)));
        const QImage without = view.viewport()->grab().toImage();
        view.setMarginNotes({{1, MarginNote{QStringLiteral("11.2 µs"), {}, {}, true}}});
        const QImage with = view.viewport()->grab().toImage();
        const int y = view.lineRect(0).bottom() - 8;  // of its last row
        bool differs = false;
        for (int x = view.viewport()->width() - 60; x < view.viewport()->width(); ++x)
            for (int row = y - 5; row <= y + 5; ++row)
                differs = differs || without.pixel(x, row) != with.pixel(x, row);
        QVERIFY(differs);
    }

    // Its characters are wider than those of code.
    void aChineseNoteIsInSightToItsEnd()
    {
        const auto shownOf = [](const QString& note) {
            TextView view(Syntax::Strata);
            view.resize(400, 60);
            view.show();
            view.setDocument(std::make_shared<const LineDocument>(makeDocument({{"x", {}}})));
            view.setMarginNotes({{1, MarginNote{note, note, {}, true}}});
            return view.viewport()->grab().toImage();
        };
        const QImage one = shownOf(QStringLiteral("寄存器")), other = shownOf(QStringLiteral("寄存口"));
        QCOMPARE(one.size(), other.size());
        int last = 0;  // the last column in which they differ: the whole character is seen
        for (int x = 0; x < one.width(); ++x)
            for (int y = 0; y < one.height(); ++y)
                if (one.pixel(x, y) != other.pixel(x, y))
                    last = x;
        QVERIFY2(last > 0 && last < one.width() - 3, qPrintable(QString::number(last)));
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
        p->edges.push_back(edge);
        p->lines.push_back({{{50, 30}, {50, 45}, {50, 60}, {50, 80}}, {}, {}});
        view.setPicture(p);
        QSignalSpy pointed(&view, &GraphView::pointed), opened(&view, &GraphView::opened);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.boxPosition(0).toPoint());
        QCOMPARE(pointed.size(), 1);
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(pointed.size(), 2);
        QCOMPARE(pointed.last().at(0).value<Cursor>().name, std::string("b"));
        QTest::keyClick(&view, Qt::Key_Return);
        QCOMPARE(opened.size(), 1);
        QTest::keyClick(&view, Qt::Key_Up);
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
        // Words in any order; each has to be there.
        QVERIFY(fuzzyScore(QStringLiteral("picture graph"), QStringLiteral("Save the graph pane as a picture…")) > 0);
        QVERIFY(fuzzyScore(QStringLiteral("picture grid"), QStringLiteral("Save the graph pane as a picture…")) < 0);
        CommandPalette palette({{QStringLiteral("Save recipe"), {}, [] { QFAIL("nothing was chosen"); }}});
        palette.findChild<QLineEdit*>()->setText(QStringLiteral("xyz"));
        QCOMPARE(palette.findChild<QListWidget*>()->count(), 1);  // a sentence
        QTest::keyClick(palette.findChild<QLineEdit*>(), Qt::Key_Return);
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
            QStringLiteral("topic ").repeated(9), QStringLiteral("long"),  // whose text goes with the job
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
        QCOMPARE(cancelled[0][0].toString(), QStringLiteral("topic ").repeated(9));
        QCOMPARE(idle.size(), 1);
        QCoreApplication::processEvents();
        QVERIFY(!called);
    }
};

STRATA_TEST_IN(QApplication, ViewsTest)
#include "tst_window_views.moc"
