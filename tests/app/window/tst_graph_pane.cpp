// The graph from the picture to the pane: open groups as frames, what stays where it is, keys, finding, overlays.
#include "app/window/graph/find.h"
#include "app/window/graph/graph_pane.h"
#include "app/window/parts/graph_part.h"
#include "app/window/parts/table_part.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTableView>

using namespace strata;

namespace {

constexpr int layers = 8, nodesInLayer = 8;

// Layers alike, each with two branches that join, and one value (the mask) that all of them read.
ModulePtr layered()
{
    std::string text =
        "module m(entry=main, isa=x86-64-v3):\n\nconst @w: f32[4] = [1.0, 2.0, 3.0, 4.0]\n\n"
        "def main(x: f32[4], m: f32[4]) -> (y: f32[4]):\n    mask: f32[4] = Abs(m, node=\"mask\", version=13)\n";
    std::string before = "x";
    for (int i = 0; i < layers; ++i) {
        const std::string n = std::to_string(i);
        const auto add = [&](const std::string& value, const std::string& call, int version) {
            text += "    " + value + n + ": f32[4] = " + call + ", node=\"" + value + n
                    + "\", version=" + std::to_string(version) + ")\n";
        };
        add("a", "Mul(" + before + ", @w", 14);
        add("b", "Relu(a" + n, 14);
        add("c", "Tanh(" + before, 13);
        add("d", "Add(b" + n + ", c" + n, 14);
        add("e", "Mul(d" + n + ", mask", 14);
        add("f", "Sigmoid(e" + n, 13);
        add("g", "Add(f" + n + ", " + before, 14);
        add("h", "Relu(g" + n, 14);
        before = "h" + n;
    }
    const auto module = parseModule(text + "    y: f32[4] = Neg(" + before
                                    + ", node=\"last\", version=13)\n    return y\n");
    if (!module)
        qFatal("%s", module.error().text().c_str());
    return *module;
}

GraphPicturePtr drawn(const Module& module, const GraphArrangement& arrangement,
                      GraphDirection direction = GraphDirection::Down)
{
    auto picture = std::make_shared<GraphPicture>(
        makePicture(module, {{}, arrangement, {}, 40, direction}, nullptr, {}, {}));
    place(*picture, [](const LayoutRequest& request) { return layeredLayout(request); });
    return picture;
}

int boxNamed(const GraphPicture& picture, const char* node)
{
    for (std::size_t i = 0; i < picture.boxes.size(); ++i)
        if (picture.boxes[i].cursor.name == node && picture.boxes[i].kind == GraphBox::Kind::Operator)
            return static_cast<int>(i);
    return -1;
}

int boxOf(const GraphPicture& picture, GraphBox::Kind kind)
{
    for (std::size_t i = 0; i < picture.boxes.size(); ++i)
        if (picture.boxes[i].kind == kind)
            return static_cast<int>(i);
    return -1;
}

Cursor node(const std::string& name) { return {"main", NodeKind::Operator, name}; }

GraphArrangement opened(const GraphPicture& closed, int instance = 0)
{
    const std::string key = closed.groups.front().first.toStdString();
    return {{key}, {{key, instance}}};
}

}  // namespace

class GraphPaneTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_graph_pane"));
    }
    void init() { QTest::failOnWarning(windowWarnings); }

    void aRepeatIsOneStack()
    {
        const GraphPicturePtr picture = drawn(*layered(), {});
        const int group = boxOf(*picture, GraphBox::Kind::Group);
        QVERIFY(group >= 0);
        QCOMPARE(picture->boxes[group].instances, layers);
        QVERIFY(picture->boxes[group].title.startsWith(QStringLiteral("8 × ")));
        QCOMPARE(picture->boxes.size(), std::size_t(6));  // two inputs, the mask, the stack, the last node, the output
        QCOMPARE(picture->edges.size(), std::size_t(5));
        QCOMPARE(picture->boxes[group].members.size(), std::size_t(layers * nodesInLayer));
    }

    void oneInstanceIsOpenInPlace_data()
    {
        QTest::addColumn<int>("instance");
        for (const int instance : {0, 3, layers - 1})
            QTest::addRow("%d", instance) << instance;
    }
    void oneInstanceIsOpenInPlace()
    {
        QFETCH(int, instance);
        const ModulePtr module = layered();
        const GraphPicturePtr picture = drawn(*module, opened(*drawn(*module, {}), instance));
        const int frame = boxOf(*picture, GraphBox::Kind::Frame);
        QVERIFY(frame >= 0);
        QCOMPARE(picture->boxes[frame].shown, instance);
        int inside = 0;
        for (const GraphBox& box : picture->boxes)
            if (box.frame == frame) {
                ++inside;
                QVERIFY(picture->boxes[frame].rect.contains(box.rect));
                QVERIFY(QString::fromStdString(box.cursor.name).endsWith(QString::number(instance)));
            }
        QCOMPARE(inside, nodesInLayer);
        // Two values come in and one goes out, whichever instance is open, and each of them is drawn to the frame.
        int entering = 0, leaving = 0;
        for (const GraphLine& line : picture->lines) {
            QVERIFY(line.curve.size() >= 4 && line.curve.size() % 3 == 1);
            entering += line.curve.front().y == picture->boxes[frame].rect.top();
            leaving += line.curve.back().y == picture->boxes[frame].rect.bottom();
        }
        QVERIFY2(entering >= 4 && entering <= 5, qPrintable(QString::number(entering)));  // the layer's value to three
        QCOMPARE(leaving, 1);
        // What is in the frame is lit there, what is in a sheet below lights the frame.
        QCOMPARE(picture->boxesOf({node("b" + std::to_string(instance))}),
                 std::set<int>{boxNamed(*picture, ("b" + std::to_string(instance)).c_str())});
        QCOMPARE(picture->boxesOf({node("b" + std::to_string((instance + 1) % layers))}), std::set<int>{frame});
        // The instances are drawn alike.
        QCOMPARE(picture->boxes[frame].rect.size(),
                 drawn(*module, opened(*drawn(*module, {})))->boxes[frame].rect.size());
    }

    void boxesOfALevelDoNotOverlap()
    {
        const ModulePtr module = layered();
        const GraphPicturePtr picture = drawn(*module, opened(*drawn(*module, {})));
        for (const GraphBox& a : picture->boxes)
            for (const GraphBox& b : picture->boxes)
                if (&a != &b && a.frame == b.frame)
                    QVERIFY2(!a.rect.intersects(b.rect), qPrintable(a.title + QStringLiteral(" over ") + b.title));
    }

    // Of an operator with two results, in frames, of what was fused; downwards and to the right.
    void labelsMeetNeitherBoxesNorEachOther_data()
    {
        QTest::addColumn<bool>("frames");
        QTest::newRow("in frames") << true;
        QTest::newRow("two results") << false;
    }
    void labelsMeetNeitherBoxesNorEachOther()
    {
        QFETCH(bool, frames);
        const auto two = parseModule(
            "module m(entry=main, isa=x86-64-v3):\n\nconst @k: i64[1] = [3]\n\n"
            "def main(x: f32[128, 1000]) -> (y: f32[128, 3], i: i64[128, 3]):\n"
            "    y: f32[128, 3], i: i64[128, 3] = TopK(x, @k, axis=-1, node=\"top\", version=11)\n    return y, i\n");
        QVERIFY2(two.ok(), two ? "" : two.error().text().c_str());
        const ModulePtr module = frames ? layered() : *two;
        for (const GraphDirection direction : {GraphDirection::Down, GraphDirection::Right}) {
            const GraphPicturePtr closed = drawn(*module, {}, direction);
            const GraphPicturePtr picture = frames ? drawn(*module, opened(*closed), direction) : closed;
            int written = 0;
            for (const GraphLine& line : picture->lines) {
                written += !line.labelRect.isNull();
                for (const GraphBox& box : picture->boxes)
                    QVERIFY2(box.kind == GraphBox::Kind::Frame || !line.labelRect.intersects(box.rect),
                             qPrintable(line.label + QStringLiteral(" over ") + box.title));
                for (const GraphLine& other : picture->lines)
                    QVERIFY(&other == &line || !line.labelRect.intersects(other.labelRect));
            }
            const int labels = static_cast<int>(std::count_if(picture->lines.begin(), picture->lines.end(),
                                                              [](const GraphLine& l) { return !l.label.isEmpty(); }));
            QVERIFY(labels >= (frames ? 10 : 3));
            QCOMPARE(written, labels);
        }
    }

    // Edges, frames and keys are turned; what is in a box is not.
    void aGraphRunsToTheRight()
    {
        const ModulePtr module = layered();
        const GraphArrangement open = opened(*drawn(*module, {}));
        const GraphPicturePtr picture = drawn(*module, open, GraphDirection::Right), downwards = drawn(*module, open);
        QVERIFY(picture->bounds.width() > picture->bounds.height());
        QVERIFY(downwards->bounds.width() < downwards->bounds.height());
        const QRectF frame = picture->boxes[boxOf(*picture, GraphBox::Kind::Frame)].rect;
        int entering = 0, leaving = 0;
        for (const GraphLine& line : picture->lines) {
            entering += line.curve.front().x == frame.left();
            leaving += line.curve.back().x == frame.right();
        }
        QVERIFY2(entering >= 4 && leaving == 1, qPrintable(QString::number(entering)));
        for (const GraphEdge& edge : picture->edges)
            if (const GraphBox& a = picture->boxes[edge.from], &b = picture->boxes[edge.to]; a.frame == b.frame)
                QVERIFY2(a.rect.right() < b.rect.left(), qPrintable(a.title + QStringLiteral(" to ") + b.title));
        for (std::size_t i = 0; i < picture->boxes.size(); ++i)
            if (picture->boxes[i].kind == GraphBox::Kind::Operator)
                QCOMPARE(picture->boxes[i].rect.size(), downwards->boxes[i].rect.size());
        GraphPane pane;
        pane.resize(900, 600);
        pane.show();
        pane.setPicture(picture);
        GraphView& view = *pane.view();
        const auto now = [&] { return view.picture()->boxes[view.current()].cursor.name; };
        view.goTo(boxNamed(*picture, "a0"));
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(now(), std::string("b0"));
        QTest::keyClick(&view, Qt::Key_Left);
        QCOMPARE(now(), std::string("a0"));
        const bool below = picture->boxes[boxNamed(*picture, "c0")].rect.top()
                           > picture->boxes[view.current()].rect.top();
        QTest::keyClick(&view, below ? Qt::Key_Down : Qt::Key_Up);
        QCOMPARE(now(), std::string("c0"));
        QTest::keyClick(&view, Qt::Key_BracketRight);
        QVERIFY(now() != "c0");
        // A long one is first seen from where it begins.
        pane.resize(300, 300);
        pane.setPicture(drawn(*module, open));
        pane.setPicture(picture);
        QVERIFY(view.seen().left() <= picture->bounds.left() && view.seen().right() < picture->bounds.right());
    }

    // Its value is selected, and the edges that carry it are strong.
    void anEdgeIsSelected()
    {
        const ModulePtr module = layered();
        GraphPane pane;
        pane.resize(900, 600);
        pane.show();
        pane.setPicture(drawn(*module, opened(*drawn(*module, {}))));
        GraphView& view = *pane.view();
        view.zoom(1 / view.transform().m11());
        QSignalSpy pointed(&view, &GraphView::pointed), cleared(&view, &GraphView::cleared);
        const GraphLine* edge = nullptr;
        for (const GraphLine& line : view.picture()->lines)
            if (line.value == "a0")
                edge = &line;
        QVERIFY(edge);
        const auto& c = edge->curve;
        const QPointF at(QPointF(c[0].x + 3 * c[1].x, c[0].y + 3 * c[1].y) / 8
                         + QPointF(3 * c[2].x + c[3].x, 3 * c[2].y + c[3].y) / 8);  // half of its first piece
        view.centreOn(at);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.mapFromScene(at));
        QCOMPARE(pointed.size(), 1);
        QVERIFY(cleared.isEmpty());
        const auto cursor = pointed.front().front().value<Cursor>();
        QCOMPARE(cursor.name, std::string("a0"));
        QVERIFY(cursor.kind == NodeKind::Value);
        view.setLit({cursor});
        QCOMPARE(view.litValues(), std::vector<std::string>{"a0"});
        view.setLit({});
        QVERIFY(view.litValues().empty());
    }

    void finding_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("isPattern");
        QTest::addColumn<int>("count");
        QTest::newRow("operator") << "tanh" << false << layers;
        QTest::newRow("name") << "g7" << false << 2;  // and its reader
        QTest::newRow("shape") << "f32[4]" << false << layers * nodesInLayer + 4;
        QTest::newRow("constant") << "w" << false << layers;
        QTest::newRow("expression") << "^[ac][0-3]$" << true << 16;  // eight, and what reads them
        QTest::newRow("no expression as text") << "^a" << false << 0;
        QTest::newRow("nothing") << "" << false << 0;
        QTest::newRow("no such thing") << "LSTM" << false << 0;
        QTest::newRow("broken expression") << "(" << true << 0;
    }
    void finding()
    {
        QFETCH(QString, text);
        QFETCH(bool, isPattern);
        QFETCH(int, count);
        const ModulePtr module = layered();
        FindQuery query{text, isPattern};
        const auto found = findInGraph(*module, *module->entryFunction(), query);
        QCOMPARE(static_cast<int>(found.size()), count);
        QCOMPARE(query.fault().isEmpty(), text != QLatin1String("("));
    }

    void attributesAreFound()
    {
        const auto module = parseModule(
            "module m(entry=main, isa=x86-64-v3):\n\n"
            "def main(x: f32[2, 3]) -> (y: f32[2, 3]):\n"
            "    y: f32[2, 3] = Softmax(x, axis=1, node=\"s\", version=13)\n    return y\n");
        QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
        for (const char* text : {"axis=1", "2×3", "[2, 3]"})
            QVERIFY(!findInGraph(**module, *(*module)->entryFunction(), {QString::fromUtf8(text), false}).empty());
        QVERIFY(findInGraph(**module, *(*module)->entryFunction(), {QStringLiteral("axis=2"), false}).empty());
    }

    // A group and the frames around it have what their nodes have, whether these are seen or not.
    void framesHaveTheSum()
    {
        const ModulePtr module = layered();
        const GraphPicturePtr closed = drawn(*module, {}), open = drawn(*module, opened(*closed, 2));
        std::vector<CallFigure> calls;
        for (int i = 0; i < layers; ++i)
            calls.push_back(
                {"call" + std::to_string(i), 10, {node("a" + std::to_string(i)), node("b" + std::to_string(i))}});
        const Heat ofClosed = heatOf(*closed, calls, Overlay::Flops), ofOpen = heatOf(*open, calls, Overlay::Flops);
        QCOMPARE(ofClosed.boxes.at(boxOf(*closed, GraphBox::Kind::Group)).amount, 80.0);
        QCOMPARE(ofOpen.boxes.at(boxOf(*open, GraphBox::Kind::Frame)).amount, 80.0);
        QCOMPARE(ofOpen.boxes.at(boxNamed(*open, "a2")).amount, 10.0);
        QCOMPARE(ofOpen.boxes.size(), std::size_t(3));
        QCOMPARE(ofOpen.known, ofClosed.known);
        QVERIFY2(ofOpen.known.startsWith(QStringLiteral("16 of 66")), qPrintable(ofOpen.known));
        QCOMPARE(ofOpen.boxes.at(boxNamed(*open, "a2")).share, 0.125);
        QCOMPARE(ofOpen.title, QStringLiteral("operations"));
    }

    void theTopOfAGroupStaysWhereItIs()
    {
        const ModulePtr module = layered();
        GraphPane pane;
        pane.resize(900, 600);
        pane.show();
        pane.setPicture(drawn(*module, {}));
        connect(pane.view(), &GraphView::arranged, &pane,
                [&](const GraphArrangement& wanted) { pane.setPicture(drawn(*module, wanted)); });
        const int group = boxOf(*pane.view()->picture(), GraphBox::Kind::Group);
        const auto topOf = [&](int box) {
            const QRectF rect = pane.view()->picture()->boxes[box].rect;
            return pane.view()->mapFromScene(QPointF(rect.center().x(), rect.top()));
        };
        const QPoint before = topOf(group);
        QTest::mouseDClick(pane.view()->viewport(), Qt::LeftButton, {}, pane.view()->boxPosition(group).toPoint());
        QCOMPARE(boxOf(*pane.view()->picture(), GraphBox::Kind::Frame), group);
        QVERIFY2((topOf(group) - before).manhattanLength() <= 2,
                 qPrintable(QString::number((topOf(group) - before).y())));
        QTest::keyClick(pane.view(), Qt::Key_Backspace);  // nothing is selected in it
        pane.view()->goTo(boxNamed(*pane.view()->picture(), "c0"));
        QVERIFY(pane.path().contains(QStringLiteral("8 × ")));
        const QPoint open = topOf(group);
        QTest::keyClick(pane.view(), Qt::Key_Backspace);
        QCOMPARE(boxOf(*pane.view()->picture(), GraphBox::Kind::Group), group);
        QVERIFY((topOf(group) - open).manhattanLength() <= 2);
    }

    void keysGoAlongEdgesAndOpenGroups()
    {
        const ModulePtr module = layered();
        GraphPane pane;
        pane.resize(900, 600);
        pane.show();
        pane.setPicture(drawn(*module, {}));
        connect(pane.view(), &GraphView::arranged, &pane,
                [&](const GraphArrangement& wanted) { pane.setPicture(drawn(*module, wanted)); });
        GraphView& view = *pane.view();
        const int group = boxOf(*view.picture(), GraphBox::Kind::Group);
        view.goTo(group);
        QTest::keyClick(&view, Qt::Key_Return);
        QVERIFY(boxNamed(*view.picture(), "a0") >= 0);
        view.goTo(boxNamed(*view.picture(), "a0"));
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(view.picture()->boxes[view.current()].cursor.name, std::string("b0"));
        QTest::keyClick(&view, Qt::Key_Up);
        QCOMPARE(view.picture()->boxes[view.current()].cursor.name, std::string("a0"));
        const bool right = view.picture()->boxes[boxNamed(*view.picture(), "c0")].rect.left()
                           > view.picture()->boxes[view.current()].rect.left();
        view.goTo(boxNamed(*view.picture(), "a0"));
        QTest::keyClick(&view, right ? Qt::Key_Right : Qt::Key_Left);
        QCOMPARE(view.picture()->boxes[view.current()].cursor.name, std::string("c0"));
        view.openLevels(0);
        QCOMPARE(view.openDepth(), 0);
        view.openLevels(1);
        QCOMPARE(view.openDepth(), 1);
        const QString key = view.picture()->groups.front().first;
        view.showInstance(key, 5);
        QVERIFY(boxNamed(*view.picture(), "a5") >= 0 && boxNamed(*view.picture(), "a0") < 0);
    }

    void theFitFits()
    {
        const ModulePtr module = layered();
        GraphPane pane;
        pane.show();
        pane.setPicture(drawn(*module, opened(*drawn(*module, {}))));
        for (const QSize size : {QSize(300, 300), QSize(1600, 200), QSize(200, 900)}) {  // with and without scroll bars
            pane.resize(size);
            pane.view()->fit();
            QCoreApplication::processEvents();
            QVERIFY(pane.view()->seen().adjusted(-1, -1, 1, 1).contains(pane.view()->picture()->bounds));
        }
    }

    void whatIsFoundIsCounted()
    {
        const ModulePtr module = layered();
        GraphPane pane;
        pane.resize(900, 600);
        pane.show();
        pane.setPicture(drawn(*module, {}));
        connect(&pane, &GraphPane::queried, &pane,
                [&](const FindQuery& query) { pane.setFound(findInGraph(*module, *module->entryFunction(), query)); });
        pane.openFind();
        auto* line = pane.findChild<QLineEdit*>();
        QTest::keyClicks(line, QStringLiteral("Relu"));
        QCOMPARE(pane.findStatus(), QStringLiteral("16 found"));
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE(pane.findStatus(), QStringLiteral("1 of 16"));
        QCOMPARE(pane.view()->current(), boxOf(*pane.view()->picture(), GraphBox::Kind::Group));
        QTest::keyClick(line, Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(pane.findStatus(), QStringLiteral("16 of 16"));
        QTest::keyClicks(line, QStringLiteral("x"));
        QCOMPARE(pane.findStatus(), QStringLiteral("not found"));
        QTest::keyClick(line, Qt::Key_Escape);
        QVERIFY(!line->isVisible());
        QCOMPARE(pane.findStatus(), QString());
    }

    // Errors do not add up: a group has the worst of its members, as part of what is allowed there.
    void errorsOfAGroupAreItsWorst()
    {
        GraphPicture picture;
        picture.function = "main";
        GraphBox group;
        group.kind = GraphBox::Kind::Group;
        group.members = {{"main", NodeKind::Operator, "a"}, {"main", NodeKind::Operator, "b"}};
        GraphBox one;
        one.cursor = {"main", NodeKind::Operator, "c"};
        picture.boxes = {group, one};
        const std::vector<CallFigure> calls{
            {"a", 0.25, {group.members[0]}}, {"b", 0.5, {group.members[1]}}, {"c", 0, {one.cursor}}};
        const Heat heat = heatOf(picture, calls, Overlay::Error);
        QCOMPARE(heat.boxes.at(0).amount, 0.5);
        QCOMPARE(heat.boxes.at(0).value, QStringLiteral("50 %"));
        QCOMPARE(heat.boxes.at(1).value, QStringLiteral("exact"));
        QCOMPARE(heat.boxes.at(1).shade, 0.0);
        const Heat exact = heatOf(picture, {{"c", 0, {one.cursor}}}, Overlay::Error);
        QCOMPARE(exact.boxes.size(), std::size_t(1));
        QVERIFY(exact.known.contains(QStringLiteral("1 of 3")));
    }

    void overlaysInTheWindow()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mlp"));
        QVERIFY(settle(window));
        auto* pane = window.findChild<GraphPane*>();
        QVERIFY(pane);
        QVERIFY(pane->legendText().contains(QStringLiteral("matrix products")));
        QVERIFY(pane->legendText().contains(QStringLiteral("no time yet")));
        pane->setOverlay(Overlay::Flops);
        QVERIFY2(pane->legendText().contains(QStringLiteral("FLOP")), qPrintable(pane->legendText()));
        QVERIFY2(pane->legendText().contains(QStringLiteral("nodes have data")), qPrintable(pane->legendText()));
        pane->setOverlay(Overlay::Bytes);
        QVERIFY2(pane->legendText().contains(QStringLiteral("KB")), qPrintable(pane->legendText()));
        window.workspace().apply(QStringLiteral("graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)"));
        QVERIFY(settle(window));
        pane->setOverlay(Overlay::Error);
        QVERIFY2(pane->legendText().contains(QStringLiteral("none judged yet")), qPrintable(pane->legendText()));
        pane->setOverlay(Overlay::Changed);
        QVERIFY2(pane->legendText().contains(QStringLiteral("1 of ")), qPrintable(pane->legendText()));
    }

    // The graphs of a branch are opened from its node, which is no operator without a definition.
    void controlFlowIsOpened()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("branch.strata")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("module m(entry=main, isa=x86-64-v3):\n\n"
                   "def main(c: bool[1], x: f32[5]) -> (y: f32[5]):\n"
                   "    y: f32[5] = If(c, x, captures=1, then_branch=function(f), else_branch=function(g), "
                   "node=\"If_0\", version=16)\n    return y\n\n"
                   "def f(x: f32[5]) -> (y: f32[5]):\n    y: f32[5] = Exp(x, node=\"Exp_0\", version=13)\n"
                   "    return y\n\n"
                   "def g(x: f32[5]) -> (y: f32[5]):\n    y: f32[5] = Neg(x, node=\"Neg_0\", version=13)\n"
                   "    return y\n");
        file.close();
        MainWindow window;
        window.show();
        window.openFile(file.fileName());
        QVERIFY(settle(window));
        GraphView& view = *window.parts().graphView();
        const int branch = boxNamed(*view.picture(), "If_0");
        QVERIFY(branch >= 0 && !view.picture()->boxes[branch].opaque);
        view.goTo(branch);
        QTest::keyClick(&view, Qt::Key_Return);
        QVERIFY(settle(window));
        QCOMPARE(view.picture()->function, std::string("f"));
        QVERIFY(boxNamed(*view.picture(), "Exp_0") >= 0);
    }

    // A kernel is a graph of one box, which has all of it.
    void aKernelsBoxHasItsFigures()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(window));
        auto* pane = window.findChild<GraphPane*>();
        pane->setOverlay(Overlay::Flops);
        QVERIFY2(pane->legendText().contains(QStringLiteral("1 of 1")), qPrintable(pane->legendText()));
    }

    void aConstantShowsItsValues()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mlp"));
        QVERIFY(settle(window));
        const auto& constants = window.workspace().session().current()->module->constants;
        QVERIFY(!constants.empty());
        window.workspace().panes().point({{{}, NodeKind::Constant, constants.begin()->first}, false}, false);
        QVERIFY(settle(window));
        const Inspection& inspection = window.workspace().scene()->inspection;
        QStringList rows;
        for (const auto& [what, value] : inspection.rows)
            rows << what;
        QVERIFY2(rows.contains(QStringLiteral("values")) && rows.contains(QStringLiteral("range")),
                 qPrintable(rows.join(QLatin1Char(' '))));
        window.selectNode(QStringLiteral("Relu_0"));
        QVERIFY(settle(window));
        rows.clear();
        for (const auto& [what, value] : window.workspace().scene()->inspection.rows)
            rows << what;
        QVERIFY(rows.contains(QStringLiteral("does")));
    }
};

STRATA_TEST_IN(QApplication, GraphPaneTest)
#include "tst_graph_pane.moc"
