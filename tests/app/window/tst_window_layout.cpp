// Layout: what goes over the pipe comes back, boxes never overlap, edges end where their boxes are, and the same graph
// is drawn the same way. Labels of edges meet neither each other nor boxes.
#include "app/layout/labels.h"
#include "backends/process/worker.h"
#include "tests/program.h"

#include <QTest>

#include <cmath>

using namespace strata;

namespace {

LayoutRequest chain(int boxes)
{
    LayoutRequest request;
    for (int i = 0; i < boxes; ++i)
        request.boxes.push_back({80.0 + i % 5 * 20, 26});
    for (int i = 0; i + 1 < boxes; ++i)
        request.edges.push_back({i, i + 1});
    return request;
}

// Blocks of a residual network: each adds its input to its output.
LayoutRequest residual(int blocks)
{
    LayoutRequest request;
    request.boxes.push_back({90, 26});
    for (int b = 0; b < blocks; ++b) {
        const int input = static_cast<int>(request.boxes.size()) - 1;
        for (int i = 0; i < 3; ++i)
            request.boxes.push_back({120, 40});
        const int add = static_cast<int>(request.boxes.size());
        request.boxes.push_back({80, 26});
        request.edges.insert(
            request.edges.end(),
            {{input, input + 1}, {input + 1, input + 2}, {input + 2, input + 3}, {input + 3, add}, {input, add}});
    }
    return request;
}

LayoutRequest fan(int width)
{
    LayoutRequest request;
    request.boxes.assign(width + 2, {60, 26});
    for (int i = 1; i <= width; ++i) {
        request.edges.push_back({0, i});
        request.edges.push_back({i, width + 1});
    }
    return request;
}

// As the pane asks, of a label on each edge.
LabelRequest labelled(const LayoutRequest& request, const LayoutAnswer& answer, double width)
{
    LabelRequest labels;
    labels.curves = answer.edges;
    for (std::size_t i = 0; i < request.boxes.size(); ++i) {
        const auto [width, height] = request.boxes[i];
        const Point at = answer.centers[i];
        labels.taken.push_back({at.x - width / 2, at.y - height / 2, at.x + width / 2, at.y + height / 2});
    }
    for (std::size_t i = 0; i < answer.edges.size(); ++i)
        labels.labels.push_back({static_cast<int>(i), width});
    return labels;
}

void checkAnswer(const LayoutRequest& request, const LayoutAnswer& answer)
{
    QCOMPARE(answer.centers.size(), request.boxes.size());
    QCOMPARE(answer.edges.size(), request.edges.size());
    for (std::size_t a = 0; a < request.boxes.size(); ++a)
        for (std::size_t b = 0; b < a; ++b) {
            const double across = std::abs(answer.centers[a].x - answer.centers[b].x),
                         down = std::abs(answer.centers[a].y - answer.centers[b].y);
            const bool apart = across >= (request.boxes[a].width + request.boxes[b].width) / 2 - 1
                               || down >= (request.boxes[a].height + request.boxes[b].height) / 2 - 1;
            QVERIFY2(apart, qPrintable(QStringLiteral("boxes %1 and %2 overlap").arg(a).arg(b)));
        }
    for (std::size_t e = 0; e < request.edges.size(); ++e) {
        const auto& points = answer.edges[e];
        QVERIFY(points.size() >= 4);
        QCOMPARE(points.size() % 3, std::size_t(1));
        const auto near = [&](const Point& p, int box) {
            return std::abs(p.x - answer.centers[box].x) <= request.boxes[box].width / 2 + 3
                   && std::abs(p.y - answer.centers[box].y) <= request.boxes[box].height / 2 + 3;
        };
        QVERIFY(near(points.front(), request.edges[e].from));
        QVERIFY(near(points.back(), request.edges[e].to));
        QVERIFY(answer.centers[request.edges[e].from].y < answer.centers[request.edges[e].to].y);
    }
}

}  // namespace

Q_DECLARE_METATYPE(strata::LayoutRequest)

class LayoutTest : public QObject {
    Q_OBJECT
private slots:
    void wire()
    {
        const LayoutRequest request = residual(3);
        const auto back = layoutRequestFromJson(toJson(request));
        QVERIFY(back.ok());
        QCOMPARE(toJson(*back), toJson(request));
        const LayoutAnswer answer = layeredLayout(request);
        const auto answerBack = layoutAnswerFromJson(toJson(answer));
        QVERIFY(answerBack.ok());
        QCOMPARE(toJson(*answerBack), toJson(answer));
    }

    void wrongRequests_data()
    {
        QTest::addColumn<QString>("json");
        QTest::newRow("not json") << "nothing";
        QTest::newRow("no edges") << R"({"boxes": [1, 2]})";
        QTest::newRow("edge beyond") << R"({"boxes": [10, 10], "edges": [0, 1]})";
        QTest::newRow("edge before") << R"({"boxes": [10, 10], "edges": [-1, 0]})";
        QTest::newRow("words for numbers") << R"({"boxes": ["a", 10], "edges": []})";
    }
    void wrongRequests()
    {
        QFETCH(QString, json);
        QVERIFY(!layoutRequestFromJson(json.toStdString()).ok());
    }

    void graphs_data()
    {
        QTest::addColumn<LayoutRequest>("request");
        QTest::newRow("nothing") << LayoutRequest{};
        QTest::newRow("one") << chain(1);
        QTest::newRow("chain") << chain(40);
        QTest::newRow("residual") << residual(12);
        QTest::newRow("fan") << fan(25);
    }
    void graphs()
    {
        QFETCH(LayoutRequest, request);
        checkAnswer(request, layeredLayout(request));
        QCOMPARE(toJson(layeredLayout(request)), toJson(layeredLayout(request)));
    }

    void labelsMeetNothing_data() { graphs_data(); }
    void labelsMeetNothing()
    {
        QFETCH(LayoutRequest, request);
        const LabelRequest labels = labelled(request, layeredLayout(request), 60);
        const auto placed = placeLabels(labels);
        QCOMPARE(placed.size(), labels.labels.size());
        std::size_t written = 0;
        for (std::size_t i = 0; i < placed.size(); ++i) {
            if (!placed[i])
                continue;
            ++written;
            QCOMPARE(placed[i]->right - placed[i]->left, 60.0);
            for (const Area& box : labels.taken)
                QVERIFY(!placed[i]->meets(box));
            for (std::size_t j = 0; j < i; ++j)
                QVERIFY(!placed[j] || !placed[i]->meets(*placed[j]));
        }
        QVERIFY2(written * 4 >= placed.size() * 3, qPrintable(QString::number(written)));  // where there is room
    }

    // Two labels of one box, whose edges go apart: each on its outer side, clear of the other's line.
    void labelsOfOneBoxStandApart()
    {
        LabelRequest request;
        request.curves = {{{0, 0}, {0, 18}, {-70, 18}, {-70, 36}}, {{0, 0}, {0, 18}, {70, 18}, {70, 36}}};
        request.labels = {{0, 60}, {1, 60}};
        request.taken = {{-40, -30, 40, 0}, {-110, 36, -30, 60}, {30, 36, 110, 60}};
        const auto placed = placeLabels(request);
        QVERIFY(placed[0] && placed[1]);
        QVERIFY(placed[0]->left > 0 ? placed[1]->right < 0 : placed[1]->left > 0);
        QVERIFY(!placed[0]->meets(*placed[1]));
        request.taken.push_back({-500, -500, 500, 500});
        QVERIFY(!placeLabels(request)[0]);  // no room at all
    }

    void deepChainsNeedNoStack() { checkAnswer(chain(3000), layeredLayout(chain(3000))); }

    void dot_data() { graphs_data(); }
    void dot()
    {
        QFETCH(LayoutRequest, request);
        Worker worker("layout", {siblingProgram("strata-layout")});
        const auto reply = worker.call({toJson(request), {}});
        QVERIFY2(reply.ok(), reply ? "" : reply.error().message.c_str());
        const auto answer = layoutAnswerFromJson(reply->json);
        QVERIFY(answer.ok());
        QCOMPARE(answer->engine, std::string("dot"));
        checkAnswer(request, *answer);
    }

    void aWrongRequestIsAnsweredAndTheWorkerStays()
    {
        Worker worker("layout", {siblingProgram("strata-layout")});
        QVERIFY(!worker.call({R"({"boxes": [1, 1], "edges": [0, 7]})", {}}).ok());
        const int id = worker.processId();
        QVERIFY(worker.call({toJson(chain(3)), {}}).ok());
        QCOMPARE(worker.processId(), id);
    }
};

STRATA_TEST_IN(QCoreApplication, LayoutTest)
#include "tst_window_layout.moc"
