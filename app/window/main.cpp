// strata-explorer [MODEL] [--recipe R] [--screenshot FILE.png] [--size WxH] [--theme light|dark]
#include "app/lesson/lesson.h"
#include "app/window/application.h"
#include "app/window/commands/appearance.h"
#include "app/window/commands/kept_settings.h"
#include "app/window/commands/lecture_mode.h"
#include "app/window/commands/lesson_menu.h"
#include "app/window/commands/target_menu.h"
#include "app/window/documents/documents.h"
#include "app/window/language.h"
#include "app/window/main_window.h"
#include "app/window/models/said.h"
#include "app/window/views/presenter_view.h"
#include "backends/process/temporary.h"

#include <QAction>
#include <QCommandLineParser>
#include <QIcon>
#include <QSettings>
#include <QStyleFactory>
#include <QTimer>

#include <cstdio>

namespace {

constexpr int quietMs = 400;  // no job for as long: everything is shown

struct Options {
    QString model, recipe, lesson, handout, screenshot, select;
    std::optional<strata::ChosenTarget> target;
    int lessonStep = -1;
    bool lessonTaken = false;
    QSize size;
    QString theme, show;
    double codeSize = 0;  // 0: as it is set
    bool run = false, lecture = false, presenter = false;
};

int usage(const QString& what)
{
    std::fprintf(stderr, "strata-explorer: %s\n", qPrintable(what));
    return 2;
}

// Of the command line, else of the settings: asked before anything is said, the help of the command line included.
QString askedLanguage(int argc, char** argv)
{
    const QString name = QStringLiteral("--language");
    for (int i = 1; i < argc; ++i) {
        const QString argument = QString::fromLocal8Bit(argv[i]);
        if (argument == name && i + 1 < argc)
            return QString::fromLocal8Bit(argv[i + 1]);
        if (argument.startsWith(name + QLatin1Char('=')))
            return argument.mid(name.size() + 1);
    }
    return QSettings().value(QStringLiteral("language")).toString();
}

int parse(const QApplication& application, Options& options)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QObject::tr("Explores machine-learning compilation: a model at four levels, one visible step at a time."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("model"),
                                 QObject::tr(".onnx, .strata, or a folder in ONNX's test layout"),
                                 QStringLiteral("[MODEL]"));
    const QCommandLineOption recipe(QStringLiteral("recipe"), QObject::tr("Steps to replay."), QStringLiteral("FILE"));
    const QCommandLineOption lesson(QStringLiteral("lesson"), QObject::tr("Open a lesson: its name, or its folder."),
                                    QStringLiteral("NAME"));
    const QCommandLineOption handout(
        QStringLiteral("handout"),
        QObject::tr("Write the lesson as a page, .html or .pdf, and exit; with --run, with times."),
        QStringLiteral("file"));
    const QCommandLineOption lessonTaken(QStringLiteral("lesson-taken"), QObject::tr("The lesson's step is taken."));
    const QCommandLineOption lessonStep(QStringLiteral("lesson-step"), QObject::tr("Of the lesson, from 1."),
                                        QStringLiteral("N"));
    const QCommandLineOption screenshot(QStringLiteral("screenshot"),
                                        QObject::tr("Save a picture when all is shown, and exit."),
                                        QStringLiteral("FILE.png"));
    const QCommandLineOption size(QStringLiteral("size"), QObject::tr("Size of the window."), QStringLiteral("WxH"));
    const QCommandLineOption theme(QStringLiteral("theme"), QObject::tr("light or dark."), QStringLiteral("THEME"));
    const QCommandLineOption run(QStringLiteral("run"), QObject::tr("Run and time once opened."));
    const QCommandLineOption select(QStringLiteral("select"), QObject::tr("Select a node by name."),
                                    QStringLiteral("NODE"));
    const QCommandLineOption lecture(QStringLiteral("lecture"), QObject::tr("Start in lecture mode."));
    const QCommandLineOption presenter(
        QStringLiteral("presenter"),
        QObject::tr("Start in lecture mode, with the presenter view; a picture is of that."));
    const QCommandLineOption codeSize(QStringLiteral("code-size"), QObject::tr("Size of code, 6 to 30 points."),
                                      QStringLiteral("POINTS"));
    const QCommandLineOption show(
        QStringLiteral("show"),
        QObject::tr("Choose a command by its id (\"file.settings\"); a picture is of its dialogue."),
        QStringLiteral("COMMAND"));
    const QCommandLineOption target(
        QStringLiteral("target"),
        QObject::tr("Where code runs: cpu, cpu:ISA, native, reference, or a device (as strata --help run says)."),
        QStringLiteral("TARGET"));
    const QCommandLineOption language(QStringLiteral("language"),
                                      QObject::tr("en or zh; else that of the settings, else the system's."),
                                      QStringLiteral("LANGUAGE"));
    parser.addOptions({language, recipe, lesson, lessonStep, lessonTaken, handout, screenshot, size, theme, run, select,
                       lecture, presenter, codeSize, show, target});
    parser.process(application);
    if (const QString asked = parser.value(language); parser.isSet(language) && strata::languageFor(asked) != asked)
        return usage(QObject::tr("--language is en or zh, not %1").arg(asked));
    if (parser.positionalArguments().size() > 1)
        return usage(QObject::tr("one model at a time"));
    options.model = parser.positionalArguments().value(0);
    options.recipe = parser.value(recipe);
    options.lesson = parser.value(lesson);
    options.handout = parser.value(handout);
    options.lessonStep = parser.value(lessonStep).toInt() - 1;
    options.lessonTaken = parser.isSet(lessonTaken);
    options.screenshot = parser.value(screenshot);
    options.select = parser.value(select);
    options.theme = parser.value(theme);
    if (parser.isSet(target)) {
        const auto chosen = strata::targetByName(parser.value(target).toStdString());
        if (!chosen)
            return usage(strata::saidText(chosen.error()));
        options.target = *chosen;
    }
    options.run = parser.isSet(run);
    options.lecture = parser.isSet(lecture);
    options.presenter = parser.isSet(presenter);
    options.codeSize = parser.value(codeSize).toDouble();
    options.show = parser.value(show);
    if (parser.isSet(codeSize) && !(options.codeSize >= 6 && options.codeSize <= 30))
        return usage(QObject::tr("--code-size is a number from 6 to 30"));
    if (!options.theme.isEmpty() && options.theme != QLatin1String("light") && options.theme != QLatin1String("dark"))
        return usage(QObject::tr("--theme is light or dark, not %1").arg(options.theme));
    if (parser.isSet(size)) {
        const QStringList sides = parser.value(size).split(QLatin1Char('x'));
        options.size = sides.size() == 2 ? QSize(sides[0].toInt(), sides[1].toInt()) : QSize();
        if (options.size.width() < 400 || options.size.height() < 300)
            return usage(QObject::tr("--size is WIDTHxHEIGHT, at least 400x300"));
    }
    return 0;
}

// Does what is asked one thing after the other, each once no job has run for a while; then takes the picture.
class Script : public QObject {
public:
    Script(strata::MainWindow& window, Options options)
        : QObject(&window)
        , m_window(window)
        , m_options(std::move(options))
    {
        connect(&m_timer, &QTimer::timeout, this, &Script::tick);
        m_timer.start(50);
    }

private:
    void tick()
    {
        m_quiet = m_window.workspace().jobs().idle() ? m_quiet + m_timer.interval() : 0;
        if (m_quiet < quietMs)
            return;
        m_quiet = 0;
        if (m_options.lessonStep >= 0)
            return m_window.workspace().lesson().goToStep(std::exchange(m_options.lessonStep, -1));
        if (std::exchange(m_options.lessonTaken, false) && m_window.workspace().scene()->lesson
            && !m_window.workspace().scene()->lesson->done())
            return m_window.workspace().lesson().next();
        if (!m_options.select.isEmpty())
            return m_window.selectNode(std::exchange(m_options.select, {}));
        if (std::exchange(m_options.run, false))
            return m_window.action(QStringLiteral("run.run"))->trigger();
        if (!m_options.handout.isEmpty())
            return m_window.workspace().lesson().handOut(m_written = std::exchange(m_options.handout, {}));
        m_timer.stop();
        if (!m_written.isEmpty())
            return QCoreApplication::exit(QFileInfo::exists(m_written) ? 0 : 3);
        if (!m_options.show.isEmpty())
            return showDialogue();
        if (!m_options.screenshot.isEmpty())
            save(m_options.presenter ? static_cast<QWidget*>(m_window.lecture().presenter()) : &m_window);
    }

    // A dialogue has an event loop of its own: its picture is taken from within.
    void showDialogue()
    {
        QAction* const action = m_window.action(m_options.show);
        if (!action) {
            std::fprintf(stderr, "strata-explorer: there is no command %s\n", qPrintable(m_options.show));
            return QCoreApplication::exit(2);
        }
        QTimer::singleShot(quietMs, this, [this] {
            QWidget* const dialogue = QApplication::activeModalWidget();
            if (!dialogue) {  // what was started is waited for
                m_options.show.clear();
                return m_timer.start(50);
            }
            if (m_options.screenshot.isEmpty())
                return;
            save(dialogue);
            dialogue->close();
        });
        action->trigger();
    }

    void save(QWidget* seen)
    {
        const bool saved = seen->grab().save(m_options.screenshot);
        if (!saved)
            std::fprintf(stderr, "strata-explorer: %s cannot be written\n", qPrintable(m_options.screenshot));
        QTimer::singleShot(0, qApp, [saved] { QCoreApplication::exit(saved ? 0 : 3); });
    }

    strata::MainWindow& m_window;
    Options m_options;
    QTimer m_timer;
    QString m_written;  // the handout
    int m_quiet = 0;
};

}  // namespace

int main(int argc, char** argv)
{
    strata::removeOnSignals();
    strata::sweepTemporaries();
    QCoreApplication::setOrganizationName(QStringLiteral("strata"));
    QCoreApplication::setApplicationName(QStringLiteral("strata-explorer"));
    QCoreApplication::setApplicationVersion(QStringLiteral(STRATA_VERSION));
    strata::Application application(argc, argv);
    QGuiApplication::setDesktopFileName(QStringLiteral("strata-explorer"));
    QApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("strata")));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    strata::speak(strata::languageFor(askedLanguage(argc, argv)));
    Options options;
    if (const int code = parse(application, options))
        return code;
    strata::MainWindow window;
    QObject::connect(&application, &strata::Application::failed, &window, &strata::MainWindow::reportFault);
    if (options.screenshot.isEmpty())
        window.settings().restore();
    if (!options.theme.isEmpty())
        window.appearance().setTheme(options.theme == QLatin1String("dark") ? strata::Appearance::Theme::Dark
                                                                            : strata::Appearance::Theme::Light);
    if (!options.screenshot.isEmpty() && !options.size.isValid())
        options.size = {1680, 1000};  // the same picture on any screen
    if (options.target)
        window.target().choose(*options.target);
    if (options.codeSize > 0)
        window.appearance().setCodeSize(options.codeSize);
    if (options.size.isValid()) {
        window.resize(options.size);
        window.action(QStringLiteral("view.reset"))->trigger();
    }
    window.show();
    if (options.lecture)
        window.lecture().set(true);
    if (options.presenter)
        window.lecture().setPresenter(true);
    if (!options.lesson.isEmpty()) {
        const auto folder = strata::findLesson(options.lesson.toStdString());
        if (!folder)
            return usage(strata::saidText(folder.error()));
        window.lessons().open(QString::fromStdString(*folder));
    } else if (!options.model.isEmpty())
        window.openFile(options.model, options.recipe);
    else if (options.screenshot.isEmpty())
        window.settings().openLast();
    if (options.screenshot.isEmpty())
        QTimer::singleShot(0, &window, [&window] { window.documents().offerRecovery(false); });
    const Script script(window, options);
    return QApplication::exec();
}
