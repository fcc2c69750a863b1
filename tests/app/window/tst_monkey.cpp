// A monkey at the window: seeded clicks of all three buttons, keys, wheel and drags on whatever is on top. It looks for
// crashes, exceptions and Qt's warnings; afterwards the document is still one that reads back as it was written. It
// also measures the longest time for which the window answered nothing.
//
//   tst_monkey [--seed N] [--minutes N] [--model FILE ...] [--auto]      (20 seconds, and samples, without)
//
// --auto: each model is scheduled automatically first, so that there is a long path of steps.
#include "app/window/commands/appearance.h"
#include "tests/app/window/window_test.h"

#include "core/session/document.h"
#include "tests/program.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QPointer>
#include <QPushButton>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QWindow>

#include <ctime>
#include <random>

using namespace strata;

namespace {

const QStringList samples{"mm_relu.strata", "stencil.strata", "vector_add.strata", "mlp"};
const QStringList steps{"loops.split(mm_relu, j, factors=[_, 8])", "loops.reorder(mm_relu, [j, i])",
                        "loops.vectorize(mm_relu, j1)", "graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)",
                        "loops.split(stencil, s, factors=[_, 4])"};
constexpr Qt::Key keys[] = {Qt::Key_Up,       Qt::Key_Down,  Qt::Key_Left,      Qt::Key_Right,  Qt::Key_PageUp,
                            Qt::Key_PageDown, Qt::Key_Home,  Qt::Key_End,       Qt::Key_Tab,    Qt::Key_Return,
                            Qt::Key_Escape,   Qt::Key_Space, Qt::Key_Delete,    Qt::Key_F1,     Qt::Key_F2,
                            Qt::Key_F7,       Qt::Key_F11,   Qt::Key_Backspace, Qt::Key_Insert, Qt::Key_Menu};
constexpr Qt::Key letters[] = {Qt::Key_A, Qt::Key_S, Qt::Key_P, Qt::Key_L, Qt::Key_I, Qt::Key_T, Qt::Key_1, Qt::Key_8};
// With Ctrl; Q ends the window, which is shown again.
constexpr Qt::Key commands[] = {Qt::Key_Z, Qt::Key_C, Qt::Key_V, Qt::Key_A,    Qt::Key_F,     Qt::Key_K, Qt::Key_T,
                                Qt::Key_D, Qt::Key_S, Qt::Key_0, Qt::Key_Plus, Qt::Key_Minus, Qt::Key_Q, Qt::Key_E};
constexpr Qt::MouseButton buttons[] = {Qt::LeftButton, Qt::LeftButton, Qt::MiddleButton, Qt::RightButton};
constexpr Qt::KeyboardModifiers modifiers[] = {Qt::NoModifier, Qt::NoModifier, Qt::NoModifier, Qt::ShiftModifier,
                                               Qt::ControlModifier};

// How long the event loop went without turning, in the processor time of its thread: what else the machine does is no
// fault of the window. Loops of dialogs and menus turn, too.
class Pulse : public QObject {
public:
    Pulse()
    {
        m_last = now();
        startTimer(10, Qt::PreciseTimer);
    }
    qint64 longest() const { return m_longest; }
    QString during() const { return m_during; }
    void doing(const QString& what) { m_doing = what; }

protected:
    void timerEvent(QTimerEvent*) override
    {
        const qint64 at = now(), late = at - std::exchange(m_last, at);
        if (late > m_longest) {
            m_longest = late;
            m_during = m_doing;
        }
    }

private:
    static qint64 now()
    {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
    }

    qint64 m_last = 0, m_longest = 0;
    QString m_doing, m_during;
};

class Monkey : public QObject {
public:
    Monkey(MainWindow& window, unsigned seed, QString folder, QStringList models)
        : m_window(window)
        , m_random(seed)
        , m_folder(std::move(folder))
        , m_models(std::move(models))
    {
    }
    const Pulse& pulse() const { return m_pulse; }

    void run(int seconds)
    {
        QEventLoop loop;
        QTimer::singleShot(seconds * 1000, &loop, [this, &loop] {
            m_stop = true;
            leave();
            loop.quit();
        });
        next();
        loop.exec();
    }
    int acts() const { return m_acts; }

private:
    // Queued anew each time, not a repeating timer: dialogs and menus run loops inside an act.
    void next()
    {
        QTimer::singleShot(2, this, [this] {
            if (m_stop)
                return;
            next();
            act();
            ++m_acts;
        });
    }

    // What is open is closed, one after the other, so that the loops inside acts return; an act that was interrupted
    // may still open another, and closing may ask, in a loop of its own: so this, too, is queued anew each time.
    void leave()
    {
        QTimer::singleShot(20, this, [this] {
            leave();
            QWidget* modal = QApplication::activeModalWidget();
            const auto* question = qobject_cast<QMessageBox*>(modal);
            if (QWidget* popup = QApplication::activePopupWidget())
                popup->close();
            else if (QAbstractButton* discard = question ? question->button(QMessageBox::Discard) : nullptr)
                discard->click();
            else if (auto* dialog = qobject_cast<QDialog*>(modal))
                dialog->reject();
        });
    }

    template<class Range>
    auto pick(const Range& range)
    {
        return range[std::uniform_int_distribution<std::size_t>(0, std::size(range) - 1)(m_random)];
    }
    int below(int n) { return std::uniform_int_distribution<int>(0, std::max(0, n - 1))(m_random); }

    QWidget* top() const
    {
        if (QWidget* popup = QApplication::activePopupWidget())
            return popup;
        if (QWidget* modal = QApplication::activeModalWidget())
            return modal;
        return &m_window;
    }

    // A point of some visible part, so that small parts are met as often as large ones.
    QPoint somewhere(QWidget* top)
    {
        QList<QWidget*> parts{top};
        for (QWidget* part : top->findChildren<QWidget*>())
            if (part->isVisibleTo(top) && !part->size().isEmpty() && part->window() == top)
                parts << part;
        QWidget* part = pick(parts);
        const QPoint point = part->mapTo(top, QPoint(below(part->width()), below(part->height())));
        return {std::clamp(point.x(), 0, top->width() - 1), std::clamp(point.y(), 0, top->height() - 1)};
    }

    void act()
    {
        if (!m_window.isVisible())
            m_window.show();
        if (auto* files = qobject_cast<QFileDialog*>(QApplication::activeModalWidget()))
            return chooseFile(*files);
        QWidget* target = top();
        const QPointer<QWindow> window = target->windowHandle();
        if (!window)
            return target == &m_window ? void() : target->hide();
        const int what = below(100);
        m_pulse.doing(QStringLiteral("act %1 of kind %2 on %3 with %4")
                          .arg(m_acts)
                          .arg(what)
                          .arg(target->objectName(), m_window.workspace().scene()->title));
        if (what < 45)
            click(window, somewhere(target));
        else if (what < 55)
            drag(window, somewhere(target), somewhere(target));
        else if (what < 62)
            wheel(window, somewhere(target));
        else if (what < 80)
            type(window, pick(keys), pick(modifiers));
        else if (what < 88)
            type(window, pick(letters), Qt::NoModifier);
        else if (what < 95)
            type(window, pick(commands), Qt::ControlModifier);
        else if (target == &m_window)
            rare(below(8));
    }

    // The window may have gone, or become small, by what came before.
    static bool holds(const QPointer<QWindow>& window, const QPoint& point)
    {
        return window && QRect(QPoint(), window->size()).contains(point);
    }

    // The parts of QTest::keyPress, which sends the modifiers' own keys first and handles events after each: the window
    // may have gone before the key itself.
    void type(const QPointer<QWindow>& window, Qt::Key key, Qt::KeyboardModifiers held)
    {
        m_pulse.doing(QStringLiteral("act %1, %2 with %3")
                          .arg(m_acts)
                          .arg(QKeySequence(held | key).toString(), m_window.workspace().scene()->title));
        const char ascii = QTest::keyToAscii(key);
        const QString text = ascii ? QString(QLatin1Char(ascii)) : QString();
        for (const bool pressed : {true, false})
            if (window)
                QTest::simulateEvent(window, pressed, key, held, text, false);
    }

    void click(const QPointer<QWindow>& window, const QPoint& point)
    {
        const Qt::MouseButton button = pick(buttons);
        const Qt::KeyboardModifiers held = pick(modifiers);
        if (holds(window, point))
            QTest::mousePress(window, button, held, point);
        if (holds(window, point))
            QTest::mouseRelease(window, button, held, point);
        if (holds(window, point) && below(6) == 0)
            QTest::mouseDClick(window, button, held, point);
    }

    void drag(const QPointer<QWindow>& window, const QPoint& from, const QPoint& to)
    {
        if (holds(window, from))
            QTest::mousePress(window, Qt::LeftButton, {}, from);
        for (int i = 1; i <= 4; ++i)
            if (const QPoint at = from + (to - from) * i / 4; holds(window, at))
                QTest::mouseMove(window, at);
        if (holds(window, to))
            QTest::mouseRelease(window, Qt::LeftButton, {}, to);
    }

    void wheel(const QPointer<QWindow>& window, const QPoint& point)
    {
        const QPoint delta(0, below(2) ? 120 : -120);
        QWheelEvent event(point, window->mapToGlobal(point), {}, delta, Qt::NoButton,
                          below(3) ? Qt::NoModifier : Qt::ControlModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(window, &event);
    }

    void rare(int what)
    {
        switch (what) {
        case 0: return m_window.openFile(pick(m_models));
        case 1: return m_window.resize(500 + below(1400), 350 + below(800));
        case 2: return m_window.action(QStringLiteral("file.reload"))->trigger();
        case 3: return m_window.action(QStringLiteral("edit.redo"))->trigger();
        case 4: return m_window.appearance().setTheme(static_cast<Appearance::Theme>(below(3)));
        case 5: return m_window.action(QStringLiteral("run.run"))->trigger();
        default: return m_window.workspace().apply(pick(steps));
        }
    }

    // The only way to files is through here: into a folder that is thrown away.
    void chooseFile(QFileDialog& dialog)
    {
        if (below(2) == 0 || dialog.fileMode() == QFileDialog::Directory)
            return dialog.reject();
        dialog.findChild<QLineEdit*>()->setText(m_folder + QStringLiteral("/f%1.recipe").arg(below(4)));
        QTest::keyClick(&dialog, Qt::Key_Return);
    }

    MainWindow& m_window;
    std::mt19937 m_random;
    QString m_folder;
    QStringList m_models;
    Pulse m_pulse;
    bool m_stop = false;
    int m_acts = 0;
};

}  // namespace

class MonkeyTest : public QObject {
    Q_OBJECT
public:
    MonkeyTest(int seed, int seconds, QStringList models, bool automatic)
        : m_seed(seed)
        , m_seconds(seconds)
        , m_auto(automatic)
        , m_models(std::move(models))
    {
    }
private slots:
    void initTestCase()
    {
        QVERIFY(m_home.isValid());
        QVERIFY(QDir::setCurrent(m_home.path()));
        for (const char* name : {"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"})
            qputenv(name, m_home.path().toUtf8());
        QCoreApplication::setOrganizationName(QStringLiteral("strata"));
        QCoreApplication::setApplicationName(QStringLiteral("monkey"));
    }

    void playsAndNothingBreaks()
    {
        QTest::failOnWarning(windowWarnings);
        QElapsedTimer clock;
        clock.start();
        int acts = 0;
        qint64 longest = 0;
        QString during;
        for (int round = 0; clock.elapsed() < m_seconds * 1000; ++round) {
            MainWindow window;
            window.resize(1400, 900);
            window.show();
            const QString model = m_models[round % m_models.size()];
            window.openFile(model);
            Monkey monkey(window, static_cast<unsigned>(m_seed + round), m_home.path(), m_models);
            if (m_auto) {
                QVERIFY(settle(window));
                window.workspace().scheduleAutomatically({});
                QVERIFY(settle(window));
            }
            monkey.run(std::clamp<int>(1 + (m_seconds * 1000 - clock.elapsed()) / 1000, 1, 20));
            acts += monkey.acts();
            if (monkey.pulse().longest() > longest) {
                longest = monkey.pulse().longest();
                during = model + QStringLiteral(", ") + monkey.pulse().during();
            }
            window.workspace().jobs().cancelAll();
            QVERIFY(settle(window));
            readsBack(window.workspace());
        }
        qInfo("seed %d: %d acts in %d s; without an answer for %lld ms of processor time at most (%s)", m_seed, acts,
              m_seconds, longest, qPrintable(during));
    }

private:
    static void readsBack(const Workspace& workspace)
    {
        if (!workspace.isOpen())
            return;
        const QString text = workspace.documentText();
        const auto recipe = parseRecipe(text.toStdString(), *workspace.registry());
        QVERIFY2(recipe.ok(), qPrintable(text));
        QCOMPARE(QString::fromStdString(print(*recipe, *workspace.registry())), text);
    }

    int m_seed, m_seconds;
    bool m_auto;
    QStringList m_models;
    QTemporaryDir m_home;
};

namespace {

// Its values, in the order given.
QStringList takeOption(QStringList& arguments, const QString& name)
{
    QStringList values;
    for (qsizetype at = arguments.indexOf(name); at >= 0 && at + 1 < arguments.size(); at = arguments.indexOf(name)) {
        values << arguments.takeAt(at + 1);
        arguments.removeAt(at);
    }
    return values;
}

}  // namespace

static int run(int argc, char** argv)
{
    QApplication application(argc, argv);
    QStringList arguments = QApplication::arguments();
    const int seed = takeOption(arguments, QStringLiteral("--seed")).value(0, QStringLiteral("1")).toInt();
    const int minutes = takeOption(arguments, QStringLiteral("--minutes")).value(0).toInt();
    QStringList models;
    for (const QString& file : takeOption(arguments, QStringLiteral("--model")))
        models << QFileInfo(file).absoluteFilePath();
    for (const QString& sample : models.isEmpty() ? samples : QStringList())
        models << samplesFolder + sample;
    const bool automatic = arguments.removeAll(QStringLiteral("--auto")) > 0;
    const int seconds = minutes > 0 ? minutes * 60 : 20;
    qputenv("QTEST_FUNCTION_TIMEOUT", QByteArray::number((seconds + 240) * 1000));
    MonkeyTest test(seed, seconds, models, automatic);
    return QTest::qExec(&test, arguments);
}
STRATA_TEST_MAIN(run)
#include "tst_monkey.moc"
