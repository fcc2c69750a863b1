// A newcomer's hour: from the start page through chapter 2, by mouse alone. Whatever the mouse cannot reach, or the
// lesson does not say, stops it. With STRATA_PICTURES=FOLDER a picture of each stop is left there (scripts/newcomer).
#include "app/lesson/lesson.h"
#include "app/window/models/palette_model.h"
#include "app/window/parts/lesson_part.h"
#include "app/window/start/start_page.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/parameter_form.h"
#include "app/window/views/text_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QAbstractTextDocumentLayout>
#include <QDir>
#include <QMenu>
#include <QScrollBar>
#include <QSettings>
#include <QStandardPaths>
#include <QTextBlock>
#include <QTextBrowser>
#include <QToolButton>
#include <QWheelEvent>

using namespace strata;

namespace {

// A hand on the mouse, and eyes: it clicks what is seen, and scrolls by the wheel where it is not.
class Hand {
public:
    explicit Hand(MainWindow& window)
        : m_window(window)
        , m_folder(qEnvironmentVariable("STRATA_PICTURES"))
    {
        if (!m_folder.isEmpty())
            QDir().mkpath(m_folder);
    }

    void picture(const QString& name)
    {
        if (!m_folder.isEmpty())
            m_window.grab().save(
                QStringLiteral("%1/%2-%3.png").arg(m_folder).arg(++m_pictures, 3, 10, QLatin1Char('0')).arg(name));
    }
    int pictures() const { return m_pictures; }

    LessonPart* part() const
    {
        for (Part* part : m_window.parts().inLayout())
            if (auto* lesson = qobject_cast<LessonPart*>(part))
                return lesson;
        return nullptr;
    }
    QTextBrowser* page() const { return part()->page(); }
    bool has(const QString& link) const { return place(link).isValid(); }

    bool click(QWidget* widget, const QPoint& at = {})
    {
        if (!widget || !widget->isVisible() || !widget->isEnabled())
            return false;
        QTest::mouseClick(widget, Qt::LeftButton, {}, at.isNull() ? widget->rect().center() : at);
        return settle(m_window);
    }

    // A link of the lesson's page, wherever on it.
    bool follow(const QString& link)
    {
        for (int turns = 0; turns < 60; ++turns) {
            const QRect at = place(link);
            if (!at.isValid())
                return false;
            if (page()->viewport()->rect().contains(at.center()))
                return click(page()->viewport(), at.center());
            wheel(page()->viewport(), at.top() < 0 ? 120 : -120);
        }
        return false;
    }

    bool next()
    {
        for (QToolButton* button : part()->widget()->findChildren<QToolButton*>())
            if (button->text().startsWith(QLatin1String("Next")))
                return click(button);
        return false;
    }

    // A name in the loops, as a person aims at it.
    bool name(const Cursor& cursor)
    {
        auto* view = m_window.parts().pane(Level::Loops)->findChild<TextView*>();
        for (std::size_t line = 0; view && line < view->document()->lines.size(); ++line) {
            const QRect at = view->nameRect(static_cast<int>(line), cursor);
            if (!at.isNull() && view->document()->lines[line].number > 0
                && view->viewport()->rect().contains(at.center()))
                return click(view->viewport(), at.center());
        }
        return false;
    }

    bool transform(const char* id)
    {
        const int row = m_window.parts().paletteModel()->rowOf(id);
        QListView* list = m_window.parts().paletteView()->list();
        for (int turns = 0; row >= 0 && turns < 60; ++turns) {
            const QRect at = list->visualRect(m_window.parts().paletteModel()->index(row));
            if (list->viewport()->rect().contains(at.center())) {
                QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, at.center());
                return m_window.parts().form() != nullptr;
            }
            wheel(list->viewport(), at.top() < 0 ? 120 : -120);
        }
        return false;
    }

    // The buttons beside a field of the form.
    bool press(const QString& parameter, const QString& button)
    {
        QWidget* editor = m_window.parts().form() ? m_window.parts().form()->editor(parameter) : nullptr;
        for (QToolButton* one : editor ? editor->parentWidget()->findChildren<QToolButton*>() : QList<QToolButton*>())
            if (one->text() == button) {
                QTest::mouseClick(one, Qt::LeftButton);
                return true;
            }
        return false;
    }
    bool choose(const QString& parameter, const QString& name)
    {
        QTimer::singleShot(50, qApp, [name] {
            auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
            for (QAction* action : menu ? menu->actions() : QList<QAction*>())
                if (action->text() == name)
                    return QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(action).center());
            if (menu)
                menu->close();
        });
        return press(parameter, QStringLiteral("▾"));
    }

    bool applyForm()
    {
        for (QPushButton* button :
             m_window.parts().form() ? m_window.parts().form()->findChildren<QPushButton*>() : QList<QPushButton*>())
            if (button->text() == QLatin1String("Apply"))
                return QTest::qWaitFor([&] { return button->isEnabled(); }, patienceMs) && click(button);
        return false;
    }

    QString text() const { return page()->toPlainText(); }

private:
    // Where a link stands in the page's viewport; invalid, if it has none such.
    QRect place(const QString& link) const
    {
        const QString href = QStringLiteral("strata:") + link;
        for (QTextBlock block = page()->document()->begin(); block.isValid(); block = block.next())
            for (auto it = block.begin(); !it.atEnd(); ++it)
                if (it.fragment().charFormat().anchorHref() == href) {
                    QTextCursor cursor(page()->document());
                    cursor.setPosition(it.fragment().position());
                    const QRect first = page()->cursorRect(cursor);
                    return {first.left() + 3, first.top(), 4, first.height()};
                }
        return {};
    }

    void wheel(QWidget* widget, int by)
    {
        const QPoint at = widget->rect().center();
        QWheelEvent event(at, widget->mapToGlobal(at), {}, {0, by}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                          false);
        QCoreApplication::sendEvent(widget, &event);
        QTest::qWait(5);
    }

    MainWindow& m_window;
    QString m_folder;
    int m_pictures = 0;
};

}  // namespace

class NewcomerTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_window_newcomer"));
        QSettings().clear();
        QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).removeRecursively();
        QTest::failOnWarning(windowWarnings);
    }

    // The first exercise as its text says: the loop, the transform, the factor, the order; no hint, no key.
    void byTheWordsOfTheTask()
    {
        MainWindow window;
        start(window);
        Hand hand(window);
        open(window, hand, "Lesson: Matmul and relu");
        QVERIFY(hand.next() && hand.next());
        QVERIFY(hand.name({"mm_relu", NodeKind::Loop, "j"}));
        QVERIFY(hand.transform("loops.split"));
        QCOMPARE(factors(window), QStringLiteral("[_, 16]"));
        QVERIFY(hand.press(QStringLiteral("factors"), QStringLiteral("÷2")));
        QCOMPARE(factors(window), QStringLiteral("[_, 8]"));
        QVERIFY(hand.applyForm());
        QVERIFY(window.workspace().scene()->lesson->done());
        QVERIFY(hand.next());
        QVERIFY(hand.name({"mm_relu", NodeKind::Loop, "j0"}));
        QVERIFY(hand.transform("loops.reorder"));
        for (const char* loop : {"None", "j0", "k", "j1"})
            QVERIFY(hand.choose(QStringLiteral("loops"), QString::fromLatin1(loop)));
        QVERIFY(hand.applyForm());
        QVERIFY2(window.workspace().scene()->lesson->done(), qPrintable(hand.text()));
    }

    // All of chapter 2, lesson by lesson, as somebody goes through it who asks for every hint.
    void chapterTwo()
    {
        MainWindow window;
        start(window);
        Hand hand(window);
        hand.picture(QStringLiteral("start"));
        open(window, hand, "Lesson: Vector add");
        QStringList seen;
        int exercises = 0, questions = 0;
        while (window.workspace().scene()->lesson->lesson->chapter.starts_with("2")) {
            const Lesson& lesson = *window.workspace().scene()->lesson->lesson;
            seen << QString::fromStdString(lesson.name);
            hand.picture(seen.last());
            QVERIFY(hand.follow(QStringLiteral("step/0")));
            for (std::size_t i = 0; i < lesson.steps.size(); ++i) {
                const QString where = seen.last() + QLatin1Char('-') + QString::fromStdString(lesson.steps[i].name);
                QCOMPARE(window.workspace().scene()->lesson->step, int(i));
                tryWhatIfs(window, hand, lesson.steps[i]);
                if (lesson.steps[i].count > 0) {
                    takeExercise(window, hand, lesson.steps[i], where);
                    ++exercises;
                }
                questions += answer(window, hand, lesson.steps[i]);
                hand.picture(where);
                if (i + 1 < lesson.steps.size())
                    QVERIFY2(hand.next(), qPrintable(where));
            }
            const QString folder = QString::fromStdString(lesson.folder);
            QVERIFY2(hand.follow(QStringLiteral("lesson")), qPrintable(folder));
            QTRY_VERIFY_WITH_TIMEOUT(
                QString::fromStdString(window.workspace().scene()->lesson->lesson->folder) != folder, patienceMs);
            QVERIFY(settle(window));
        }
        QCOMPARE(seen, (QStringList{"21-vector-add", "22-mm-relu", "22b-two-functions", "23-add", "24-broadcast-add",
                                    "25-conv2d", "26-bmm-relu"}));
        QVERIFY(exercises >= 20 && questions >= 5);
        qInfo("%d exercises, %d questions by mouse, %d pictures", exercises, questions, hand.pictures());
    }

private:
    static void start(MainWindow& window)
    {
        window.resize(1680, 1000);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
    }

    static void open(MainWindow& window, Hand& hand, const char* name)
    {
        StartCard* card = nullptr;
        for (auto* one : window.startPage()->findChildren<StartCard*>())
            if (one->accessibleName() == QLatin1String(name))
                card = one;
        QVERIFY(hand.click(card));
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
    }

    static QString factors(const MainWindow& window)
    {
        auto* edit = qobject_cast<QLineEdit*>(window.parts().form()->editor(QStringLiteral("factors")));
        return edit ? edit->text() : QString();
    }

    // Hints to the last one, which fills in the form; then Apply.
    static void takeExercise(MainWindow& window, Hand& hand, const LessonStep& step, const QString& where)
    {
        while (hand.has(QStringLiteral("hint")))
            QVERIFY2(hand.follow(QStringLiteral("hint")), qPrintable(where));
        for (int i = 0; i < step.count; ++i) {
            QVERIFY2(hand.follow(QStringLiteral("fill/%1").arg(i)), qPrintable(where));
            hand.picture(where + QStringLiteral("-form%1").arg(i));
            QVERIFY2(hand.applyForm(), qPrintable(where));
        }
        QVERIFY2(window.workspace().scene()->lesson->done(), qPrintable(where));
        QVERIFY2(hand.text().contains(QStringLiteral("It is the program of this step")), qPrintable(where));
    }

    // What is refused leaves everything as it is; what is legal is taken back.
    static void tryWhatIfs(MainWindow& window, Hand& hand, const LessonStep& step)
    {
        for (const LessonChoice& choice : step.choices) {
            QVERIFY2(hand.follow(QStringLiteral("whatif/") + QString::fromStdString(choice.name)), choice.name.c_str());
            QCOMPARE(window.workspace().scene()->refusal.has_value(), !choice.refusal.empty());
            hand.picture(QString::fromStdString("whatif-" + choice.name));
            if (!choice.refusal.empty())
                continue;
            for (QToolButton* button : window.findChildren<QToolButton*>())
                if (button->defaultAction() == window.action(QStringLiteral("edit.undo")) && button->isVisible())
                    QVERIFY(hand.click(button));
            QCOMPARE(window.workspace().session().current()->id, window.workspace().scene()->lesson->before());
        }
    }

    // Those that are answered by a click: yes, no, or the node that was clicked.
    static int answer(MainWindow& window, Hand& hand, const LessonStep& step)
    {
        int answered = 0;
        for (const LessonQuestion& question : step.questions) {
            const QString name = QString::fromStdString(question.name);
            bool right = true;
            if (question.kind == LessonQuestion::Kind::Legal)
                right = hand.follow(QString::fromStdString(question.answer + "/") + name);
            else if (question.kind == LessonQuestion::Kind::Node)
                right = hand.name(question.node) && hand.follow(QStringLiteral("this/") + name);
            else
                continue;
            ++answered;
            const auto& answers = window.workspace().scene()->lesson->progress.answers;
            const auto given = answers.find(step.name + "/" + question.name);
            if (!right || given == answers.end() || given->second != question.answer)
                QTest::qFail(question.name.c_str(), __FILE__, __LINE__);
        }
        return answered;
    }
};

STRATA_TEST_IN(QApplication, NewcomerTest)
#include "tst_window_newcomer.moc"
