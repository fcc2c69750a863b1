// The lessons against the course: each of its 31 examples is there, with its figures and its target programs.
#include "app/lesson/play.h"
#include "tests/program.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <map>

using namespace strata;

namespace {

std::string root() { return STRATA_SOURCE_DIR "/resources/lessons/"; }

// The course's examples, chapter by chapter, and the lessons in which they stand.
struct CourseExample {
    const char* number;
    const char* name;
    std::vector<const char*> lessons;
};

const std::vector<CourseExample> courseExamples{
    {"1.1", "two-layer classifier", {"11-two-layers"}},
    {"2.1", "vector add", {"21-vector-add"}},
    {"2.2", "mm_relu", {"22-mm-relu", "22b-two-functions"}},
    {"2.3", "exercises", {"23-add", "24-broadcast-add", "25-conv2d", "26-bmm-relu"}},
    {"3.1", "the classifier", {"31-layers"}},
    {"3.2", "destination passing, dataflow", {"32-destination-passing"}},
    {"3.3", "library, mixture", {"33-mixture"}},
    {"3.4", "assignment", {"34-conv-tiles", "35-inline-and-fuse", "36-small-cnn"}},
    {"4.1", "schedule and trace", {"41-schedule"}},
    {"4.2", "stochastic", {"42-random-search"}},
    {"4.3", "random search", {"42-random-search"}},
    {"4.4", "own space", {"42-random-search"}},
    {"4.5", "automatic space", {"43-automatic"}},
    {"4.6", "back to the model", {"44-tuned-layer"}},
    {"5.1", "intermediates", {"51-intermediates"}},
    {"5.2", "a builder's graph", {"51-intermediates"}},
    {"5.3", "from a framework", {"52-node-by-node", "53-three-exporters"}},
    {"5.4", "the classifier by primitive operators", {"52-node-by-node", "73-patterns"}},
    {"5.5", "the same by operators, then lowered", {"52-node-by-node"}},
    {"6.1", "vector add", {"61-vector-add-gpu"}},
    {"6.2", "window sum", {"62-window-sum"}},
    {"6.3", "blocking", {"63-matmul-gpu"}},
    {"6.4", "shared memory", {"64-shared-memory"}},
    {"6.5", "tuned", {"64-shared-memory"}},
    {"6.6", "tensorization", {"65-accelerator"}},
    {"6.7", "tensor core", {"66-tensor-core"}},
    {"7.1", "ewise_fma", {"72-ewise-fma"}},
    {"7.2", "fusor", {"71-fusion", "73-patterns"}},
    {"7.3", "lowering", {"73-patterns"}},
    {"7.4", "merging", {"73-patterns"}},
    {"7.5", "build and run", {"73-patterns"}},
};

}  // namespace

class TestCourse : public QObject {
    Q_OBJECT

private slots:
    void examples_data();
    void examples();
    void allOfThem();
    void figures_data();
    void figures();
    void inTheText_data();
    void inTheText();
    void targets_data();
    void targets();
    void everyFigureHasItsSourceAndWhyItDiffers();
    void threeExporters_data();
    void threeExporters();
    void isPlayable();

private:
    Lesson read(const QString& name, const char* language = "en")
    {
        const auto lesson = readLesson(root() + name.toStdString(), language, *m_registry);
        if (!lesson)
            qFatal("%s", lesson.error().text().c_str());
        return *lesson;
    }

    std::shared_ptr<const Registry> m_registry = makeRegistry();
};

void TestCourse::examples_data()
{
    QTest::addColumn<std::vector<const char*>>("lessons");
    for (const CourseExample& example : courseExamples)
        QTest::newRow((std::string(example.number) + ' ' + example.name).c_str()) << example.lessons;
}

void TestCourse::examples()
{
    QFETCH(std::vector<const char*>, lessons);
    for (const char* name : lessons)
        for (const char* language : {"en", "zh"})
            QVERIFY(!read(name, language).steps.empty());
}

// Each chapter has as many as the course: 31 in all.
void TestCourse::allOfThem()
{
    std::map<char, int> chapters;
    for (const CourseExample& example : courseExamples) {
        const int number = ++chapters[example.number[0]];
        QVERIFY2(example.number[2] == char('0' + number), example.number);
    }
    QCOMPARE(chapters, (std::map<char, int>{{'1', 1}, {'2', 3}, {'3', 4}, {'4', 6}, {'5', 5}, {'6', 7}, {'7', 5}}));
    QCOMPARE(courseExamples.size(), std::size_t(31));
}

// What the course, its website and its students published, and where a reader finds it: beside the time of their own.
void TestCourse::figures_data()
{
    QTest::addColumn<QString>("lesson");
    QTest::addColumn<QString>("step");
    QTest::addColumn<QList<double>>("values");
    const auto row = [](const char* lesson, const char* step, const QList<double>& values) {
        QTest::newRow((std::string(lesson) + " " + step).c_str()) << QString(lesson) << QString(step) << values;
    };
    row("22-mm-relu", "program", {1.9874, 3.970, 3.307, 2.293, 6.641, 2.529});
    row("22-mm-relu", "start", {0.2469, 0.687, 1.139, 1.582, 0.835, 0.658});
    row("22b-two-functions", "ladder", {0.4450, 1.347});
    row("41-schedule", "program", {11.586, 4.912});
    row("41-schedule", "start", {5.248, 1.969});
    row("42-random-search", "rest", {1.963, 0.538, 0.932, 4.713, 1.053, 1.930, 1.674, 1.636, 2.144, 3.435, 1.301});
    row("42-random-search", "lanes", {0.395});
    row("43-automatic", "lanes", {0.229, 0.203});
    row("44-tuned-layer", "model", {0.4336, 0.2685});
    row("44-tuned-layer", "update", {0.2694, 0.1039, 26.24});
    row("63-matmul-gpu", "start", {3459, 869.5});
    row("64-shared-memory", "write", {3459, 5260, 9552, 1336.6});
    row("66-tensor-core", "load", {23493});
    row("81-matmul-ladder", "baseline", {18.4, 3336});
    row("81-matmul-ladder", "blocking", {307.3});
    row("81-matmul-ladder", "vectors", {349.4});
    row("81-matmul-ladder", "permute", {115.4});
    row("81-matmul-ladder", "packing", {109.5});
    row("81-matmul-ladder", "cache", {110.8});
    row("81-matmul-ladder", "threads", {144.9});
}

void TestCourse::figures()
{
    QFETCH(QString, lesson);
    QFETCH(QString, step);
    QFETCH(QList<double>, values);
    for (const char* language : {"en", "zh"}) {
        const Lesson read = this->read(lesson, language);
        const auto found = std::find_if(read.steps.begin(), read.steps.end(),
                                        [&](const LessonStep& one) { return one.name == step.toStdString(); });
        QVERIFY(found != read.steps.end());
        QList<double> published;
        for (const PublishedTime& time : found->published)
            published << time.value;
        std::sort(published.begin(), published.end());
        std::sort(values.begin(), values.end());
        QCOMPARE(published, values);
    }
}

// Figures that no run has beside it: how long the searches took, how often the network is right.
void TestCourse::inTheText_data()
{
    QTest::addColumn<QString>("lesson");
    QTest::addColumn<QString>("figure");
    QTest::newRow("accuracy") << "36-small-cnn"
                              << "83.3";
    QTest::newRow("search of the product") << "43-automatic"
                                           << "78";
    QTest::newRow("search of the layer") << "44-tuned-layer"
                                         << "154";
    QTest::newRow("search on a GPU") << "64-shared-memory"
                                     << "57";
    QTest::newRow("what a tensor core might reach") << "66-tensor-core"
                                                    << "50,000";
}

void TestCourse::inTheText()
{
    QFETCH(QString, lesson);
    QFETCH(QString, figure);
    for (const char* language : {"en", "zh"}) {
        const Lesson read = this->read(lesson, language);
        std::string text = read.text;
        for (const auto& [name, source] : read.sources)
            text += source;
        for (const LessonStep& step : read.steps)
            text += step.text + step.changed;
        QVERIFY2(text.find(figure.toStdString()) != std::string::npos, language);
    }
}

// Where the course gives a program to come to, or steps that make one, the lesson ends at that program; `strata lesson
// check` compares structure.
void TestCourse::targets_data()
{
    QTest::addColumn<QString>("lesson");
    QTest::addColumn<QString>("step");
    for (const auto& [lesson, step] :
         {std::pair("22-mm-relu", "start"), std::pair("22b-two-functions", "ladder"), std::pair("23-add", "vectorize"),
          std::pair("26-bmm-relu", "kinds"), std::pair("34-conv-tiles", "lanes"),
          std::pair("35-inline-and-fuse", "fuse"), std::pair("41-schedule", "start"),
          std::pair("52-node-by-node", "second"), std::pair("53-three-exporters", "functions"),
          std::pair("61-vector-add-gpu", "bind"), std::pair("62-window-sum", "fetch"),
          std::pair("63-matmul-gpu", "start"), std::pair("64-shared-memory", "write"),
          std::pair("65-accelerator", "copy"), std::pair("72-ewise-fma", "clean"), std::pair("73-patterns", "pattern")})
        QTest::newRow(lesson) << QString(lesson) << QString(step);
}

void TestCourse::targets()
{
    QFETCH(QString, lesson);
    QFETCH(QString, step);
    for (const LessonStep& one : read(lesson).steps)
        if (one.name == step.toStdString())
            QVERIFY(!one.target.empty());
}

void TestCourse::everyFigureHasItsSourceAndWhyItDiffers()
{
    for (const std::string& folder : lessonFolders(root()))
        for (const char* language : {"en", "zh"}) {
            const auto lesson = readLesson(folder, language, *m_registry);
            QVERIFY(lesson.ok());
            for (const LessonStep& step : lesson->steps)
                for (const PublishedTime& time : step.published) {
                    QVERIFY2(!lesson->sources.at(time.source).empty(), folder.c_str());
                    QVERIFY2(!lesson->differ.empty(), folder.c_str());
                }
        }
}

// What the lesson shows of an exporter is what its file says: the same nodes, by operator and name, in the same order.
void TestCourse::threeExporters_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("nodes");
    QTest::newRow("PyTorch") << "pytorch.onnx" << 3;
    QTest::newRow("JAX") << "jax.onnx" << 5;
    QTest::newRow("TensorFlow") << "tensorflow.onnx" << 3;
}

void TestCourse::threeExporters()
{
    QFETCH(QString, file);
    QFETCH(int, nodes);
    const std::string folder = root() + "53-three-exporters/";
    const auto shown = openModel(folder + "exported.strata"), written = openModel(folder + file.toStdString());
    QVERIFY2(shown.ok() && written.ok(), written.ok() ? "" : written.error().text().c_str());
    const auto nodesOf = [](const OpenedModel& model) {
        std::vector<std::pair<std::string, std::string>> all;
        for (const GraphNodePtr& node : model.module->entryFunction()->graph()->nodes)
            all.emplace_back(node->name, node->op);
        return all;
    };
    const auto there = nodesOf(*shown), here = nodesOf(*written);
    QCOMPARE(int(here.size()), nodes);
    auto from = there.begin();
    for (const auto& node : here) {
        from = std::find(from, there.end(), node);
        QVERIFY2(from != there.end(), node.first.c_str());
    }
}

// As a whole: none needs a device, a network or a file that did not come with the program. The folder that lists the
// machine's devices is empty.
void TestCourse::isPlayable()
{
    const QTemporaryDir nothing;
    qputenv("OCL_ICD_VENDORS", nothing.path().toUtf8());
    Toolchain toolchain;
    int lessons = 0;
    for (const std::string& folder : lessonFolders(root())) {
        const auto lesson = readLesson(folder, "en", *m_registry);
        QVERIFY(lesson.ok());
        const auto here = [](const std::string& path) {
            return std::filesystem::exists(path)
                   && (path.starts_with(root()) || path.find("/samples/") != std::string::npos);
        };
        QVERIFY2(here(lesson->model), lesson->model.c_str());
        for (const auto& [name, file] : lesson->inputs)
            QVERIFY2(here(file), file.c_str());
        const auto played = playLesson(*lesson, toolchain);
        QVERIFY2(played.ok(), played.ok() ? "" : played.error().text().c_str());
        ++lessons;
    }
    QVERIFY(lessons >= 38);
}

STRATA_TEST_IN(QCoreApplication, TestCourse)
#include "tst_course_lessons.moc"
