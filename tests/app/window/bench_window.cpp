// What a person waits for in the window: from a click until the panes show what came of it.
//
//   strata-bench-window [--times N] [--first N] [--only SCENARIO] [--models FOLDER]
//
// Of the lessons (or one: --lesson NAME), --only lessons opens each in a program of its own, --only lecture plays each
// by keys.
//
// Prints a line a row: what was done, a tab, and each time in milliseconds. On the offscreen platform unless
// QT_QPA_PLATFORM says another. scripts/bench window runs it and makes the table, also in turn with that of another
// build: it uses no more of the window than what all its states have had.
#include "app/lesson/lesson.h"
#include "app/window/commands/lecture_mode.h"
#include "app/window/commands/lesson_menu.h"
#include "app/window/graph/graph_view.h"
#include "app/window/main_window.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/presenter_view.h"
#include "app/window/views/text_view.h"

#include <QAction>
#include <QApplication>
#include <QEvent>
#include <QFileInfo>
#include <QKeyEvent>
#include <QProcess>
#include <QScrollBar>
#include <QStandardPaths>
#include <QStyleFactory>
#include <QTemporaryDir>
#include <QThread>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>

#include <unistd.h>

using namespace strata;

namespace {

double now()
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// When the panes, and the palette, were painted last.
class Painted : public QObject {
public:
    double panes = 0, palette = 0, window = 0;
    // The first time that a pane was, since that was forgotten, and the last time that one shows other levels, a
    // picture of the graph or instructions.
    double first = 0, shown = 0;

    void watch(Workspace& workspace)
    {
        connect(&workspace, &Workspace::sceneChanged, this, [this](const ScenePtr&, Aspects changed) {
            if (changed & (Aspects(Aspect::State) | Aspect::Levels | Aspect::Graph | Aspect::Hardware))
                m_due = now();
        });
    }
    double graph = 0;  // the first time that there was one

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        constexpr double sameFrameMs = 30;
        if (event->type() == QEvent::Paint)
            for (QObject* one = watched; one; one = one->parent()) {
                panes = qobject_cast<LevelPane*>(one) ? now() : panes;
                first = first == 0 && qobject_cast<LevelPane*>(one) ? now() : first;
                if (qobject_cast<LevelPane*>(one) && (shown < m_due || now() - m_due < sameFrameMs))
                    shown = now();
                palette = qobject_cast<PaletteView*>(one) ? now() : palette;
                window = qobject_cast<MainWindow*>(one) ? now() : window;
                const auto* view = qobject_cast<GraphView*>(one);
                graph = view && view->picture() && graph == 0 ? now() : graph;
            }
        return false;
    }

private:
    double m_due = 0;
};

class Bench {
public:
    Bench()
    {
        qApp->installEventFilter(&m_painted);
        m_painted.watch(m_window.workspace());
        m_window.resize(1680, 1000);
        m_window.show();
        settle();
    }

    MainWindow& window() { return m_window; }
    const Painted& painted() const { return m_painted; }
    void forgetPaints() { m_painted.first = m_painted.shown = 0; }

    // Until no job has run for a while.
    void settle()
    {
        constexpr double quietMs = 60;
        for (double last = now(); now() - last < quietMs;) {
            QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
            QThread::usleep(200);
            if (!m_window.workspace().jobs().idle())
                last = now();
        }
    }

    void open(const QString& model)
    {
        m_window.openFile(model);
        settle();
    }

    void apply(const QString& line)
    {
        const auto before = m_window.workspace().session().current();
        m_window.workspace().apply(line);
        settle();
        if (m_window.workspace().session().current() == before)
            qFatal("the step %s is not taken", qPrintable(line));
    }

    void trigger(const char* action)
    {
        m_window.action(QString::fromLatin1(action))->trigger();
        settle();
    }

private:
    MainWindow m_window;
    Painted m_painted;
};

void report(const std::string& what, const std::vector<double>& times)
{
    std::printf("%s\t", what.c_str());
    for (const double time : times)
        std::printf("%.2f ", time);
    std::printf("\n");
    std::fflush(stdout);
}

// One function of a model, prepared by some steps, on which one more is taken.
struct Scenario {
    const char* name;
    QString model;
    QStringList before;
    QString function, loop;
    int extent;
};

std::vector<Scenario> scenarios(const QString& models)
{
    const QString samples = QStringLiteral(STRATA_SOURCE_DIR "/samples/");
    std::vector<Scenario> all{
        {"mm_relu", samples + "mm_relu.strata", {}, "mm_relu", "j", 128},
        {"MLP",
         samples + "mlp/model.onnx",
         {"graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)", "graph.lower_to_loops(linear_relu)"},
         "linear_relu",
         "j",
         200}};
    if (const QString resnet = models + "/resnet50/model.onnx"; QFileInfo::exists(resnet))
        all.push_back({"resnet50",
                       resnet,
                       {"graph.fuse(main, [`/layer1/layer1.0/conv2/Conv`, `/layer1/layer1.0/relu_1/Relu`], name=block)",
                        "graph.lower_to_loops(block)"},
                       "block",
                       "o",
                       64});
    return all;
}

// Factors that divide an extent, each once: nobody has planned the step or compiled its function before.
QStringList factors(int extent)
{
    QStringList all;
    for (int inner = 2; inner <= extent; ++inner) {
        if (extent % inner == 0)
            all << QStringLiteral("[_, %1]").arg(inner);
        for (int middle = 2; middle * inner <= extent; ++middle)
            if (extent % (middle * inner) == 0)
                all << QStringLiteral("[_, %1, %2]").arg(middle).arg(inner);
    }
    return all;
}

void clickToDiff(const Scenario& scenario, int times, int first)
{
    Bench bench;
    bench.open(scenario.model);
    for (const QString& line : scenario.before)
        bench.apply(line);
    const QString step = QStringLiteral("loops.split(%1, %2, factors=%3)").arg(scenario.function, scenario.loop);
    std::vector<double> select, palette, shown, undone;
    for (int i = 0; i < times; ++i) {
        const double begin = now();
        bench.window().selectNode(i % 2 ? scenario.function : scenario.loop);
        bench.settle();
        select.push_back(bench.painted().panes - begin);
        palette.push_back(bench.painted().palette - begin);
    }
    const QStringList all = factors(scenario.extent);
    for (int i = 0; i < times; ++i) {
        const QString line = step.arg(all[(first + i) % all.size()]);
        const double begin = now();
        bench.apply(line);
        shown.push_back(bench.painted().panes - begin);
        const double taken = now();
        bench.trigger("edit.undo");
        undone.push_back(bench.painted().panes - taken);
    }
    const std::string name = scenario.name;
    report(name + ": select to linked panes", select);
    report(name + ": select to palette", palette);
    report(name + ": step on one function to all panes", shown);
    report(name + ": undo", undone);
}

// A program of its own each time: from its start to the first picture of the window, and of the panes.
void starts(const QString& model, int times)
{
    std::vector<double> first, panes;
    for (int i = 0; i < times; ++i) {
        QProcess process;
        process.start(QCoreApplication::applicationFilePath(),
                      {"--start", model, "--since", QString::number(now(), 'f', 3)});
        process.waitForFinished(-1);
        const QList<QByteArray> parts = process.readAllStandardOutput().trimmed().split(' ');
        if (parts.size() != 2)
            qFatal("%s", process.readAllStandardError().constData());
        first.push_back(parts[0].toDouble());
        panes.push_back(parts[1].toDouble());
    }
    report("start with the sample: first paint", first);
    report("start with the sample: all panes", panes);
}

void startOnce(const QString& model, double since)
{
    Painted painted;
    qApp->installEventFilter(&painted);
    MainWindow window;
    window.resize(1680, 1000);
    window.show();
    window.openFile(model);
    while (painted.window == 0)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    const double first = painted.window;
    for (double last = now(); now() - last < 60;) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
        if (!window.workspace().jobs().idle())
            last = now();
    }
    std::printf("%.2f %.2f\n", first - since, painted.panes - since);
}

// From the start of a program to the beginning of its first run, of what another one scheduled, ran and saved.
void runOnce(const QString& model, const QString& recipe, double since)
{
    MainWindow window;
    window.resize(1680, 1000);
    window.show();
    window.openFile(model, recipe);
    Workspace& workspace = window.workspace();
    while (!workspace.isOpen())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    workspace.runs().run({workspace.session().current()->id});
    const auto times = [&workspace] {
        const auto running = workspace.jobs().running();
        return std::none_of(running.begin(), running.end(),
                            [](const auto& job) { return job.topic == QLatin1String("run") && job.fraction < 0.5; });
    };
    while (!times()) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
        QThread::usleep(200);
    }
    std::printf("%.2f\n", now() - since);
    std::fflush(stdout);
    std::_Exit(0);  // nobody waits for what the run says
}

void again(const char* name, const QString& model, int times)
{
    QTemporaryDir folder;
    const QString recipe = folder.filePath(QStringLiteral("automatic.recipe"));
    {
        Bench bench;
        bench.open(model);
        Workspace& workspace = bench.window().workspace();
        workspace.scheduleAutomatically({});
        bench.settle();
        workspace.runs().run({workspace.session().current()->id});
        bench.settle();
        if (!workspace.saveRecipe(recipe))
            qFatal("no recipe is written");
    }
    std::vector<double> begun;
    for (int i = 0; i < times; ++i) {
        QProcess process;
        process.start(QCoreApplication::applicationFilePath(),
                      {"--again", model, "--recipe", recipe, "--since", QString::number(now(), 'f', 3)});
        process.waitForFinished(-1);
        begun.push_back(process.readAllStandardOutput().trimmed().toDouble());
    }
    report(std::string(name) + ", scheduled, started again: to its first run", begun);
}

// From a file to the folded picture.
void large(const char* name, const QString& model, int times)
{
    std::vector<double> folded, opened;
    for (int i = 0; i < times; ++i) {
        Bench bench;
        const double begin = now();
        bench.open(model);
        folded.push_back(bench.painted().graph - begin);
        opened.push_back(bench.painted().panes - begin);
    }
    report(std::string(name) + ": file to folded picture", folded);
    report(std::string(name) + ": file to folded picture and all panes", opened);
}

// A model without weights: chains of a hundred operators that repeat, with nothing in them that does.
QString deepModel(int nodes, const QString& folder)
{
    constexpr const char* operators[] = {"Relu", "Sigmoid", "Tanh", "Exp", "Abs", "Neg", "Erf", "Floor", "Ceil"};
    constexpr int chain = 100;
    QString text =
        QStringLiteral("module deep(entry=main):\n\ndef main(v0: f32[1, 64]) -> (v%1: f32[1, 64]):\n").arg(nodes);
    unsigned random = 1;
    for (int i = 0; i < nodes; ++i) {
        if (i % chain == 0)
            random = 1;
        random = random * 1103515245 + 12345;
        const QString name = QStringLiteral("/layer%1/n%2").arg(i / chain).arg(i);
        text += QStringLiteral("    v%1: f32[1, 64] = %2(v%3, node=\"%4\")\n")
                    .arg(i + 1)
                    .arg(QLatin1String(operators[(random >> 16) % std::size(operators)]))
                    .arg(i)
                    .arg(name);
    }
    text += QStringLiteral("    return v%1\n").arg(nodes);
    QFile file(folder + QStringLiteral("/deep.strata"));
    if (!file.open(QIODevice::WriteOnly) || file.write(text.toUtf8()) < 0)
        qFatal("%s is not written", qPrintable(file.fileName()));
    return file.fileName();
}

// The group that repeats, with all that stands in it, opened down to its hundred nodes, then closed.
void openGroup(int times)
{
    const QTemporaryDir folder;
    Bench bench;
    bench.open(deepModel(10'398, folder.path()));
    GraphView* view = bench.window().parts().graphView();
    std::vector<double> opened;
    for (int i = 0; i < times; ++i) {
        const double begin = now();
        view->openLevels(8);
        bench.settle();
        opened.push_back(bench.painted().panes - begin);
        if (view->picture()->boxes.size() < 100)
            return std::fprintf(stderr, "opened, it shows %zu boxes\n", view->picture()->boxes.size()), void();
        view->openLevels(0);
        bench.settle();
    }
    report("a group of 100 opened", opened);
}

// Of this thread: what other programs do on a busy machine does not count.
double processorTime()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e3 * double(time.tv_sec) + 1e-6 * double(time.tv_nsec);
}

// 2,000 boxes and as many edges, none folded.
GraphPicturePtr manyBoxes()
{
    constexpr int items = 2000, columns = 40;
    auto picture = std::make_shared<GraphPicture>();
    picture->function = "main";
    for (int i = 0; i < items; ++i) {
        GraphBox box;
        box.cursor = {"main", NodeKind::Operator, "n" + std::to_string(i)};
        box.title = QStringLiteral("MatMul");
        box.detail = QStringLiteral("layer %1").arg(i);
        box.chips = {{QStringLiteral("w 768×768"), "w"}};
        box.rect = QRectF(180.0 * (i % columns), 90.0 * (i / columns), 140, 46);
        picture->boxes.push_back(box);
        if (i < columns)
            continue;
        const QRectF& above = picture->boxes[i - columns].rect;
        const double x = above.center().x(), from = above.bottom(), to = box.rect.top(), third = (to - from) / 3;
        picture->edges.push_back({i - columns, i, QStringLiteral("f32[1, 768]"), {}, {}, {}, {}});
        picture->lines.push_back(
            {{{x, from}, {x, from + third}, {x, to - third}, {x, to}}, QStringLiteral("f32[1, 768]"), {}, true});
    }
    picture->bounds = QRectF(0, 0, 180.0 * columns, 90.0 * items / columns);
    return picture;
}

// What a frame costs while the view moves: as it is first seen, as far away as all boxes are in sight, and near enough
// that all is written.
void pan(int times)
{
    GraphView view;
    view.resize(1200, 800);
    view.show();
    view.setPicture(manyBoxes());
    QCoreApplication::processEvents();  // it is exposed
    const std::pair<const char*, std::function<void()>> ways[] = {
        {"panning over 2,000 boxes", [] {}},
        {"panning with 2,000 boxes in sight", [&] { view.fit(); }},
        {"panning over 2,000 boxes, near", [&] { view.zoom(0.6 / view.transform().m11()); }}};
    for (const auto& [name, look] : ways) {
        look();
        std::vector<double> frames;
        for (int i = 0; i < times * 10; ++i) {
            view.horizontalScrollBar()->setValue(i * 37 % std::max(1, view.horizontalScrollBar()->maximum()));
            const double begin = processorTime();
            view.viewport()->repaint();
            frames.push_back(processorTime() - begin);
        }
        std::sort(frames.begin(), frames.end());
        report(name + std::string(": 95 % of frames within"), {frames[frames.size() * 95 / 100]});
    }
}

void longListing(int times)
{
    constexpr int count = 200'000;
    std::vector<TextLine> lines;
    for (int i = 0; i < count; ++i)
        lines.push_back({i % 16 == 0 ? ".LBB0_" + std::to_string(i) + ":"
                         : i % 16 == 15
                             ? "  jb .LBB0_" + std::to_string(i - 15)
                             : "  vfmadd231ps ymm" + std::to_string(i % 16) + ", ymm0, ymmword ptr [rsi + 4*rax]",
                         {{"f", NodeKind::Block, "b" + std::to_string(i / 1000)}}});
    lines.back().text = "  needle";
    std::vector<double> opened, scrolled, found;
    for (int i = 0; i < times; ++i) {
        TextView view(Syntax::Assembly);
        view.setJumps(true);
        view.resize(500, 700);
        view.show();
        QCoreApplication::processEvents();  // it is exposed
        double begin = processorTime();
        view.setDocument(std::make_shared<const LineDocument>(makeDocument(lines)), QStringLiteral("f"));
        view.viewport()->repaint();
        opened.push_back(processorTime() - begin);
        for (int k = 0; k < 10; ++k) {
            view.verticalScrollBar()->setValue((i * 10 + k) * 7919 % view.verticalScrollBar()->maximum());
            begin = processorTime();
            view.viewport()->repaint();
            scrolled.push_back(processorTime() - begin);
        }
        view.setCaretLine(0);
        begin = processorTime();
        if (!view.find(QStringLiteral("needle"), true))
            qFatal("the needle is not found");
        view.viewport()->repaint();
        found.push_back(processorTime() - begin);
    }
    report("200,000 lines of assembly: open", opened);
    report("200,000 lines of assembly: a frame while scrolling", scrolled);
    report("200,000 lines of assembly: find", found);
}

double residentMegabytes()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ').value(1).toDouble() * double(sysconf(_SC_PAGESIZE)) / 1e6;
}

// Splits of many loops of one function, so that few of a thousand are the same.
QStringList manySplits(const Scenario& scenario)
{
    const std::pair<QStringList, int> loops[] = {{{"o", "ic", "c", "o_bias", "c_pad"}, 64},
                                                 {{"y_conv_1", "x_conv", "y_bias", "x_bias", "y_relu", "x_relu"}, 56}};
    QStringList all;
    for (const auto& [names, extent] : loops)
        for (const QString& name : names)
            for (const QString& factor : factors(extent))
                all << QStringLiteral("loops.split(%1, %2, factors=%3)").arg(scenario.function, name, factor);
    return all;
}

// Steps that are taken and taken back stay in the document, with their states.
void manySteps(const Scenario& scenario)
{
    constexpr int steps = 1000;
    Bench bench;
    bench.open(scenario.model);
    for (const QString& line : scenario.before)
        bench.apply(line);
    const QStringList all = manySplits(scenario);
    double first = 0;
    for (int i = 0; i < steps; ++i) {
        bench.apply(all[i % all.size()]);
        bench.trigger("edit.undo");
        first = i == 0 ? residentMegabytes() : first;
    }
    report("resnet50: memory after 1,000 steps, in % of that after one", {100 * residentMegabytes() / first});
}

// One lesson, from the start of its program to its first picture: the window has painted its page and its program.
void startLesson(const QString& folder, double since)
{
    Painted painted;
    qApp->installEventFilter(&painted);
    MainWindow window;
    window.resize(1680, 1000);
    window.show();
    window.lessons().open(folder);
    while (!window.workspace().isOpen() || !window.workspace().shown())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    painted.panes = 0;
    while (painted.panes == 0)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    const double first = painted.panes, used = 1e3 * double(std::clock()) / CLOCKS_PER_SEC;
    for (double last = now(); now() - last < 60;) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
        if (!window.workspace().jobs().idle())
            last = now();
    }
    std::printf("%.2f %.2f %.2f\n", first - since, used, painted.panes - since);
    std::fflush(stdout);
    std::_Exit(0);
}

std::vector<QString> lessons(const QString& only)
{
    std::vector<QString> all;
    for (const std::string& folder : lessonFolders())
        if (const QString path = QString::fromStdString(folder); only.isEmpty() || path.endsWith(only))
            all.push_back(path);
    return all;
}

// A program of its own for each, which finds nothing that was made before.
void openLessons(const QString& only)
{
    std::vector<double> first, used, panes;
    for (const QString& folder : lessons(only)) {
        const QTemporaryDir store;
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("STRATA_CACHE"), store.path());
        process.setProcessEnvironment(environment);
        process.start(QCoreApplication::applicationFilePath(),
                      {"--start-lesson", folder, "--since", QString::number(now(), 'f', 3)});
        process.waitForFinished(-1);
        const QList<QByteArray> parts = process.readAllStandardOutput().trimmed().split(' ');
        if (parts.size() != 3)
            qFatal("%s: %s", qPrintable(folder), process.readAllStandardError().constData());
        first.push_back(parts[0].toDouble());
        used.push_back(parts[1].toDouble());
        panes.push_back(parts[2].toDouble());
        report("lesson " + QFileInfo(folder).fileName().toStdString() + ": opened", {first.back()});
    }
    report("a lesson opened: from its program's start to its first picture", first);
    report("a lesson opened: from its program's start to its first picture, in its own processor time", used);
    report("a lesson opened: from its program's start to all panes", panes);
}

// A lecturer talks for some seconds before each next step; what the window does meanwhile has that long.
void talk(Bench& bench)
{
    constexpr double patienceMs = 10'000, quietMs = 500;
    const double begin = now();
    for (double last = begin; now() - last < quietMs && now() - begin < patienceMs;) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
        QThread::usleep(200);
        if (!bench.window().workspace().jobs().idle())
            last = now();
    }
}

// Every lesson from its first step to its last, as a lecturer plays it: by the keys of the presenter view.
void lecture(const QString& only)
{
    std::vector<double> first, shown, answers, own;
    for (const QString& path : lessons(only)) {
        Bench bench;
        bench.window().lessons().open(path);
        bench.settle();
        bench.window().lecture().setPresenter(true);
        talk(bench);
        PresenterView* presenter = bench.window().lecture().presenter();
        for (int at = -1; at != presenter->own();) {
            at = presenter->own();
            bench.forgetPaints();
            const double used = processorTime(), begin = now();
            QKeyEvent key(QEvent::KeyPress, Qt::Key_Right, Qt::NoModifier);
            QCoreApplication::sendEvent(presenter, &key);
            const double answered = processorTime() - used;
            bench.settle();
            if (presenter->own() == at)
                break;
            answers.push_back(answered);
            own.push_back(processorTime() - used);
            first.push_back(std::max(0.0, bench.painted().first - begin));
            shown.push_back(std::max(0.0, bench.painted().shown - begin));
            constexpr double slowMs = 200;
            if (shown.back() > slowMs || own.back() > slowMs)
                report("lecture: " + QFileInfo(path).fileName().toStdString() + ", step " + std::to_string(at + 1)
                           + ": to the first pane, to all panes, own processor time",
                       {first.back(), shown.back(), own.back()});
            talk(bench);
        }
    }
    report("lecture: a step by key, to the first pane that shows it", first);
    report("lecture: a step by key, to all panes", shown);
    report("lecture: a step by key, until the window takes the next one, in its own processor time", answers);
    report("lecture: a step by key, all that the window does for it, in its own processor time", own);
}

int option(const QStringList& arguments, const char* name, int otherwise)
{
    const qsizetype at = arguments.indexOf(QLatin1String(name));
    return at < 0 || at + 1 >= arguments.size() ? otherwise : arguments[at + 1].toInt();
}

QString textOption(const QStringList& arguments, const char* name, const QString& otherwise)
{
    const qsizetype at = arguments.indexOf(QLatin1String(name));
    return at < 0 || at + 1 >= arguments.size() ? otherwise : arguments[at + 1];
}

}  // namespace

int main(int argc, char** argv)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QStandardPaths::setTestModeEnabled(true);  // settings and autosaves of nobody
    QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
    QCoreApplication::setApplicationName(QStringLiteral("bench-window"));
    QApplication application(argc, argv);
    QApplication::setCursorFlashTime(0);
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    const QStringList arguments = QCoreApplication::arguments();
    if (const QString model = textOption(arguments, "--start", {}); !model.isEmpty()) {
        startOnce(model, textOption(arguments, "--since", {}).toDouble());
        return 0;
    }
    if (const QString model = textOption(arguments, "--again", {}); !model.isEmpty())
        runOnce(model, textOption(arguments, "--recipe", {}), textOption(arguments, "--since", {}).toDouble());
    if (const QString folder = textOption(arguments, "--start-lesson", {}); !folder.isEmpty())
        startLesson(folder, textOption(arguments, "--since", {}).toDouble());
    const int times = option(arguments, "--times", 20), first = option(arguments, "--first", 0);
    const QString only = textOption(arguments, "--only", {}), models = textOption(arguments, "--models", {});
    const auto wanted = [&](const char* name) { return only.isEmpty() || only == QLatin1String(name); };
    if (wanted("start"))
        starts(QStringLiteral(STRATA_SOURCE_DIR "/samples/mlp/model.onnx"), times);
    for (const Scenario& scenario : scenarios(models))
        if (wanted(scenario.name))
            clickToDiff(scenario, times, first);
    if (const QString model = models + "/deep_bert/model.onnx"; wanted("deep_bert") && QFileInfo::exists(model))
        large("7,282 nodes", model, times);
    for (const char* name : {"resnet50", "bert_base"})
        if (const QString model = models + '/' + name + "/model.onnx"; wanted("again") && QFileInfo::exists(model))
            again(name, model, times);
    if (wanted("nodes")) {
        const QTemporaryDir folder;
        large("10,398 nodes", deepModel(10'398, folder.path()), times);
    }
    if (wanted("group"))
        openGroup(times);
    if (wanted("pan"))
        pan(times);
    if (only == QLatin1String("lessons"))
        openLessons(textOption(arguments, "--lesson", {}));
    if (only == QLatin1String("lecture"))
        lecture(textOption(arguments, "--lesson", {}));
    if (wanted("assembly"))
        longListing(times);
    for (const Scenario& scenario : scenarios(models))
        if (only == QLatin1String("steps") && scenario.name == std::string("resnet50"))
            manySteps(scenario);  // minutes: only where it is asked for
    return 0;
}
