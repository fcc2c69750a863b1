// The page of a session, opened again as a program reads it, against the session.
#include "app/report/graph_svg.h"
#include "app/report/report.h"
#include "core/session/document.h"
#include "tests/program.h"

#include <QXmlStreamReader>
#include <QtTest>

using namespace strata;

namespace {

// What stands on a page: the text of each element that has a class or an id, by that; lines of a <pre> one by one.
struct ReadPage {
    QString problem;
    std::map<QString, QStringList> texts;
    QStringList sections, links;
};

ReadPage readPage(const std::string& html)
{
    ReadPage page;
    QXmlStreamReader xml(QByteArray::fromStdString(html));
    QStringList open;
    QList<QString> texts;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isStartElement()) {
            const auto attributes = xml.attributes();
            const QString name = attributes.hasAttribute(QStringLiteral("id"))
                                     ? QStringLiteral("#") + attributes.value(QStringLiteral("id")).toString()
                                     : attributes.value(QStringLiteral("class")).toString();
            open << name;
            texts << QString();
            if (xml.name() == QLatin1String("section"))
                page.sections << name;
            for (const char* link : {"href", "src", "action", "data"})
                if (attributes.hasAttribute(QLatin1String(link)))
                    page.links << attributes.value(QLatin1String(link)).toString();
        } else if (xml.isCharacters()) {
            for (QString& text : texts)
                text += xml.text();
        } else if (xml.isEndElement()) {
            page.texts[open.takeLast()] << texts.takeLast();
        }
    }
    page.problem = xml.hasError() ? xml.errorString() + QStringLiteral(" in line %1").arg(xml.lineNumber()) : QString();
    return page;
}

std::string readFile(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

}  // namespace

class TestReport : public QObject {
    Q_OBJECT

private slots:
    void opensAgain_data();
    void opensAgain();
    void measuredStepsHaveTheirTimes();
    void refusedStepsAndNotesStand();
    void namesAreNoMarkup();
    void largeGraphsAreFolded();

private:
    Toolchain m_toolchain;
    std::unique_ptr<Session> session(const std::string& model, const std::string& recipe)
    {
        Result<OpenedModel> opened = openModel(STRATA_SOURCE_DIR "/samples/" + model);
        if (!opened)
            return nullptr;
        auto session = std::make_unique<Session>(opened->module, makeRegistry(), makeContext(m_toolchain));
        const auto parsed = parseRecipe(recipe, session->registry());
        if (!parsed)
            return nullptr;
        restore(*session, *parsed);
        return session;
    }
};

void TestReport::opensAgain_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("recipe");
    QTest::newRow("loops") << "mm_relu.strata"
                           << "mm_relu.recipe";
    QTest::newRow("graph") << "mlp"
                           << "mlp/mlp.recipe";
    QTest::newRow("implementations") << "mlp"
                                     << "mlp/implementations.recipe";
}

// Every step with its line; what it changed, line by line; and a recipe that leads to the same module.
void TestReport::opensAgain()
{
    QFETCH(QString, model);
    QFETCH(QString, recipe);
    const auto made = session(model.toStdString(), readFile(QStringLiteral(STRATA_SOURCE_DIR "/samples/") + recipe));
    QVERIFY(made);
    const Result<Report> report = reportOn(m_toolchain, *made, "m");
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("page.html")).toStdString();
    QVERIFY(savePage(page(*report), path).ok());
    const ReadPage read = readPage(readFile(QString::fromStdString(path)));
    QCOMPARE(read.problem, QString());

    const std::vector<StatePtr> states = made->path();
    QCOMPARE(std::size_t(read.sections.size()), states.size() + 1);
    QStringList lines, added, removed;
    for (std::size_t i = 1; i < states.size(); ++i)
        lines << QString::fromStdString(print(states[i]->step, made->registry()));
    QCOMPARE(read.texts.at(QStringLiteral("step")), lines);
    for (std::size_t i = 1; i < report->steps.size(); ++i)
        for (const ReportedFunction& function : report->steps[i].functions)
            for (const DiffLine& line : function.diff.lines) {
                if (line.change == DiffKind::Removed || line.change == DiffKind::Changed)
                    removed << QStringLiteral("− ") + QString::fromStdString(function.before[std::size_t(line.before)]);
                if (line.change == DiffKind::Added || line.change == DiffKind::Changed)
                    added << QStringLiteral("+ ") + QString::fromStdString(function.after[std::size_t(line.after)]);
            }
    QVERIFY(!added.isEmpty());
    QCOMPARE(read.texts.at(QStringLiteral("a")), added);
    QCOMPARE(read.texts.at(QStringLiteral("r")), removed);
    for (const QString& link : read.links)
        QVERIFY2(link.startsWith(QLatin1Char('#')), qPrintable(link));

    Session again(states.front()->module, makeRegistry(), makeContext(m_toolchain));
    const auto parsed = parseRecipe(read.texts.at(QStringLiteral("#recipe")).value(0).toStdString(), again.registry());
    QVERIFY2(parsed.ok(), parsed.ok() ? "" : parsed.error().text().c_str());
    QVERIFY(replay(again, *parsed).ok());
    QVERIFY(equal(*again.current()->module, *made->current()->module));
}

void TestReport::measuredStepsHaveTheirTimes()
{
    const auto made = session("mm_relu.strata",
                              "loops.split(mm_relu, j, [_, 8])\nloops.reorder(mm_relu, [j0, k, j1])\n");
    QVERIFY(made);
    const auto inputs = inputsFor(*made->path().front()->module);
    QVERIFY(inputs.ok());
    const auto figures = measureForReport(m_toolchain, *made, *inputs, 1, 0.05);
    QVERIFY2(figures.ok(), figures.ok() ? "" : figures.error().text().c_str());
    QCOMPARE(figures->times.size(), std::size_t(3));
    const Result<Report> report = reportOn(m_toolchain, *made, "m", *figures);
    QVERIFY(report.ok());
    const ReadPage read = readPage(page(*report));
    QCOMPARE(read.texts.at(QStringLiteral("facts time")).size(), 3);
    QCOMPARE(read.texts.at(QStringLiteral("sentence verdict")).value(0),
             QStringLiteral("Equal to the untouched model, bit for bit."));
}

void TestReport::refusedStepsAndNotesStand()
{
    const auto made = session(
        "mm_relu.strata", "# Ask before you show: who reads Y?\nloops.split(mm_relu, j, [_, 8])  # eight at a time\n");
    QVERIFY(made);
    const auto step = parseStep("loops.vectorize(mm_relu, nobody)", made->registry());
    QVERIFY(step.ok());
    made->skip(*step, refused("There is no loop nobody."));
    const Result<Report> report = reportOn(m_toolchain, *made, "m");
    QVERIFY(report.ok());
    const ReadPage read = readPage(page(*report));
    QCOMPARE(read.problem, QString());
    QCOMPARE(read.texts.at(QStringLiteral("note")),
             QStringList({QStringLiteral("Ask before you show: who reads Y?"), QStringLiteral("eight at a time")}));
    QCOMPARE(read.texts.at(QStringLiteral("refusal")),
             QStringList({QStringLiteral("Not taken: There is no loop nobody.")}));
}

// Names in models are bytes of somebody else.
void TestReport::namesAreNoMarkup()
{
    QCOMPARE(escapeXml("<b>&\"\x01"), std::string("&lt;b&gt;&amp;&quot;?"));
    QVERIFY(escapeXml("\xff").size() > 1);
    const auto made = session("mm_relu.strata", "");
    QVERIFY(made);
    const Result<Report> report = reportOn(m_toolchain, *made, "<script>alert(1)</script>\xfe");
    QVERIFY(report.ok());
    QCOMPARE(readPage(page(*report)).problem, QString());
    QVERIFY(page(*report).find("<script>alert") == std::string::npos);
}

void TestReport::largeGraphsAreFolded()
{
    std::string text = "module t(entry=f):\n\ndef f(x0: f32[4, 4]) -> (y: f32[4, 4]):\n";
    int value = 0;
    for (int layer = 0; layer < 30; ++layer)
        for (const char* op : {"Relu", "Sigmoid", "Tanh"}) {
            text += "    x" + std::to_string(value + 1) + ": f32[4, 4] = " + op + "(x" + std::to_string(value)
                    + ", node=\"n" + std::to_string(value) + "\", version=13)\n";
            ++value;
        }
    text += "    return x" + std::to_string(value) + "\n";
    const auto module = parseModule(text);
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const ReadPage read = readPage(graphSvg(**module, nullptr, {}));
    QCOMPARE(read.problem, QString());
    const QStringList titles = read.texts.at(QStringLiteral("title"));
    QVERIFY2(titles.size() < 12 && titles.filter(QStringLiteral("30 ×")).size() == 1, qPrintable(titles.join(u' ')));
}

STRATA_TEST(TestReport)
#include "tst_report.moc"
