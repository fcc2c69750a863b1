// A lesson in the window: opened, read step by step, taken by the reader or shown, checked, asked.
#include "app/lesson/lesson.h"
#include "app/window/commands/lesson_menu.h"
#include "app/window/jobs/page_pdf.h"
#include "app/window/parts/lesson_part.h"
#include "app/window/start/start_page.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QInputDialog>
#include <QLineEdit>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTextBrowser>

using namespace strata;

namespace {

LessonPart* partOf(const MainWindow& window)
{
    for (Part* part : window.parts().inLayout())
        if (auto* lesson = qobject_cast<LessonPart*>(part))
            return lesson;
    return nullptr;
}

QString textOf(const MainWindow& window) { return partOf(window)->page()->toPlainText(); }

// A click on a link of the page.
void follow(const MainWindow& window, const QString& link)
{
    QVERIFY2(partOf(window)->page()->toHtml().contains(QStringLiteral("strata:") + link), qPrintable(link));
    emit partOf(window)->page()->anchorClicked(QUrl(QStringLiteral("strata:") + link));
}

}  // namespace

class LessonTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QTest::failOnWarning(windowWarnings);
    }

    void isOpenedFromTheStartPage()
    {
        MainWindow window;
        window.show();
        QVERIFY(!partOf(window)->widget()->isVisible());
        QVERIFY(!window.action(QStringLiteral("lesson.next"))->isEnabled());
        StartCard* card = nullptr;
        for (auto* one : window.startPage()->findChildren<StartCard*>())
            if (one->accessibleName() == QLatin1String("Lesson: Matmul and relu"))
                card = one;
        QVERIFY(card);
        QTest::mouseClick(card, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
        QVERIFY(partOf(window)->widget()->isVisible());
        QVERIFY(window.action(QStringLiteral("lesson.next"))->isEnabled());
        QCOMPARE(window.workspace().session().current()->id, 0);
        QVERIFY(window.workspace().scene()->recipePath.isEmpty());  // nothing is written over the lesson
        QVERIFY(!window.workspace().isModified());
        QVERIFY(textOf(window).contains(QStringLiteral("Cut j into pieces of eight")));
    }

    // Another instruction set, and the model read anew: the reader is where they were, on a branch of their own, too.
    void goesOnForAnotherInstructionSet()
    {
        MainWindow window;
        open(window, "mm-relu");
        Workspace& workspace = window.workspace();
        for (int i = 0; i < 4; ++i) {
            workspace.lesson().next();
            QVERIFY(settle(window));
        }
        const int step = workspace.scene()->lesson->step;
        QVERIFY(step >= 1);
        workspace.select(0);
        workspace.apply(QStringLiteral("loops.split(mm_relu, i, factors=[_, 16])"));
        QVERIFY(settle(window));
        const auto transforms = [&] {
            QStringList names;
            for (const int state : workspace.scene()->lesson->states)
                names << QString::fromStdString(print(workspace.session().state(state)->step, *workspace.registry()));
            return names;
        };
        const QStringList before = transforms();
        for (const char* action : {"run.isa.x86-64-v2", "file.reload"}) {
            window.action(QLatin1String(action))->trigger();
            QVERIFY(settle(window));
            QVERIFY(workspace.scene()->lesson);
            QCOMPARE(workspace.scene()->lesson->step, step);
            QCOMPARE(transforms(), before);
            QCOMPARE(QString::fromStdString(print(workspace.session().current()->step, *workspace.registry())),
                     QStringLiteral("loops.split(mm_relu, i, [_, 16])"));
            QVERIFY(partOf(window)->widget()->isVisible());
        }
        workspace.lesson().next();
        QVERIFY(settle(window));
        QVERIFY(workspace.scene()->lesson->step >= step);
    }

    // Next shows what a step does before it goes on; back undoes what was shown.
    void isPlayedByKeys()
    {
        MainWindow window;
        open(window, "mm-relu");
        const LessonShown* lesson = window.workspace().scene()->lesson.get();
        QAction* next = window.action(QStringLiteral("lesson.next"));
        QVector<int> steps, states;
        for (int i = 0; i < 11; ++i) {
            next->trigger();
            QVERIFY(settle(window));
            lesson = window.workspace().scene()->lesson.get();
            steps << lesson->step;
            states << window.workspace().session().current()->id;
        }
        QCOMPARE(steps, (QVector<int>{0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}));
        QCOMPARE(states, (QVector<int>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 7}));
        QVERIFY(lesson->done());
        QVERIFY(textOf(window).contains(QStringLiteral("It is the program of this step")));
        next->trigger();
        QCOMPARE(window.workspace().scene()->lesson->step, 5);
        window.action(QStringLiteral("lesson.previous"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().session().current()->id, 4);
        QCOMPARE(window.workspace().scene()->lesson->step, 5);
        window.action(QStringLiteral("lesson.contents"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().session().current()->id, 0);
        QCOMPARE(window.workspace().scene()->lesson->step, -1);
    }

    void saysWhatDiffersAndHelps()
    {
        MainWindow window;
        open(window, "mm-relu");
        Workspace& workspace = window.workspace();
        workspace.lesson().goToStep(1);
        QVERIFY(settle(window));
        window.action(QStringLiteral("lesson.check"))->trigger();
        QVERIFY(textOf(window).contains(QStringLiteral("No step is taken yet")));
        workspace.apply(QStringLiteral("loops.split(mm_relu, j, [_, 4])"));
        QVERIFY(settle(window));
        follow(window, QStringLiteral("check"));
        QVERIFY2(
            textOf(window).contains(QStringLiteral("Your step 1 is split j [_, 4]; the target takes split j [_, 8].")),
            qPrintable(textOf(window)));
        QVERIFY(textOf(window).contains(QStringLiteral("Loop j0 turns 32 times; in the target, j0 turns 16 times.")));
        QVERIFY((workspace.place()->cursor == Cursor{"mm_relu", NodeKind::Loop, "j0"}));
        QVERIFY(!workspace.scene()->lesson->done());
        for (const char* hint :
             {"Which loop goes along a row of B?", "The transform is Split", "loops.split(mm_relu, j, [_, 8])"}) {
            QVERIFY(!textOf(window).contains(QLatin1String(hint)));
            follow(window, QStringLiteral("hint"));
            QVERIFY2(textOf(window).contains(QLatin1String(hint)), hint);
        }
        // Their own way, with names of their own; the next step goes on from there.
        workspace.undo();
        workspace.apply(QStringLiteral("loops.split(mm_relu, j, [_, 8], names=[outer, inner])"));
        QVERIFY(settle(window));
        QVERIFY(workspace.scene()->lesson->done());
        const int own = workspace.session().current()->id;
        window.action(QStringLiteral("lesson.next"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(workspace.scene()->lesson->step, 2);
        QCOMPARE(workspace.session().current()->id, own);
    }

    // What there is to look at lights up in its own function, also when nothing is shown yet.
    void theFunctionToLookAtIsShown()
    {
        MainWindow window;
        open(window, "im2col");
        Workspace& workspace = window.workspace();
        workspace.lesson().goToStep(1);
        workspace.lesson().next();
        QVERIFY(settle(window));
        QVERIFY((workspace.place()->cursor == Cursor{"im2col", NodeKind::Block, "y"}));
        QCOMPARE(workspace.scene()->shown->function, std::string("im2col"));
        workspace.lesson().goToStep(0);
        QVERIFY(settle(window));
        QCOMPARE(workspace.scene()->shown->function, std::string("conv"));
        workspace.lesson().goToStep(2);  // block y_init is what the step makes
        QVERIFY(settle(window));
        QCOMPARE(workspace.scene()->shown->function, std::string("im2col"));
    }

    void whatIf()
    {
        MainWindow window;
        open(window, "mm-relu");
        Workspace& workspace = window.workspace();
        workspace.lesson().goToStep(2);
        QVERIFY(settle(window));
        follow(window, QStringLiteral("whatif/parallel"));
        QVERIFY(settle(window));
        QVERIFY(workspace.scene()->refusal);
        QCOMPARE(workspace.session().current()->id, 1);
        follow(window, QStringLiteral("whatif/other"));
        QVERIFY(settle(window));
        QVERIFY(!workspace.scene()->refusal);
        QCOMPARE(workspace.session().current()->parent, 1);
        QVERIFY(!workspace.scene()->lesson->done());
        window.action(QStringLiteral("lesson.next"))->trigger();  // shows the lesson's own
        QVERIFY(settle(window));
        QCOMPARE(workspace.session().current()->id, 2);
    }

    void questions()
    {
        MainWindow window;
        open(window, "mm-relu");
        Workspace& workspace = window.workspace();
        workspace.lesson().goToStep(0);
        QVERIFY(settle(window));
        for (const char* answer : {"12", "65,536"}) {
            whenAsked<QInputDialog>([answer](QInputDialog& dialog) {
                dialog.setTextValue(QLatin1String(answer));
                dialog.accept();
            });
            follow(window, QStringLiteral("answer/bytes"));
        }
        QVERIFY(textOf(window).contains(QStringLiteral("right: 65,536")));
        workspace.lesson().goToStep(2);
        follow(window, QStringLiteral("no/swap"));
        QVERIFY(textOf(window).contains(QStringLiteral("not no")));
        follow(window, QStringLiteral("yes/swap"));
        QVERIFY(textOf(window).contains(QStringLiteral("right: yes")));
        workspace.lesson().goToStep(4);
        window.action(QStringLiteral("lesson.next"))->trigger();
        QVERIFY(settle(window));
        workspace.panes().point({{"mm_relu", NodeKind::Block, "Y_init"}, false}, false);
        follow(window, QStringLiteral("this/where"));
        QVERIFY(textOf(window).contains(QStringLiteral("right: block Y_init")));
        QVERIFY(textOf(window).contains(QStringLiteral("0.2469 ms")));
        QVERIFY(textOf(window).contains(QStringLiteral("not measured yet")));
    }

    // What the reader did is there again the next time, until it is reset; what is handed in says so.
    void progressIsKept()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("report.json"));
        {
            MainWindow window;
            open(window, "mm-relu");
            Workspace& workspace = window.workspace();
            workspace.lesson().startAfresh();
            workspace.lesson().goToStep(0);
            workspace.lesson().answer("bytes", "65536");
            workspace.lesson().goToStep(1);
            QVERIFY(settle(window));
            workspace.apply(QStringLiteral("loops.split(mm_relu, j, [_, 8], names=[outer, inner])"));
            QVERIFY(settle(window));
            window.action(QStringLiteral("lesson.next"))->trigger();
            QVERIFY(settle(window));
            window.action(QStringLiteral("lesson.next"))->trigger();  // shows the lesson's own
            QVERIFY(settle(window));
        }
        MainWindow window;
        open(window, "mm-relu");
        Workspace& workspace = window.workspace();
        const LessonProgress& progress = workspace.scene()->lesson->progress;
        QVERIFY(!progress.exercises.at("split").shown);
        QVERIFY(progress.exercises.at("split").recipe.find("names=[outer, inner]") != std::string::npos);
        QVERIFY(progress.exercises.at("reorder").shown);
        QCOMPARE(progress.answers.at("program/bytes"), std::string("65536"));
        QVERIFY2(textOf(window).contains(QStringLiteral("1 of 5 exercises")), qPrintable(textOf(window)));
        QVERIFY(textOf(window).contains(QStringLiteral("1 of 6 questions")));
        workspace.lesson().handIn(file);
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        QVERIFY(written.readAll().contains("names=[outer, inner]"));
        workspace.lesson().startAfresh();
        QVERIFY(settle(window));
        QVERIFY(workspace.scene()->lesson->progress.empty());
        QVERIFY(textOf(window).contains(QStringLiteral("0 of 5 exercises")));
    }

    void isHandedOut()
    {
        QTemporaryDir folder;
        MainWindow window;
        open(window, "mm-relu");
        for (const char* name : {"page.html", "page.pdf"}) {
            const QString path = folder.filePath(QLatin1String(name));
            window.workspace().lesson().handOut(path);
            QVERIFY(settle(window));
            QFile file(path);
            QVERIFY2(file.open(QIODevice::ReadOnly), name);
            const QByteArray content = file.readAll();
            QVERIFY(content.startsWith(path.endsWith(QLatin1String(".pdf")) ? "%PDF" : "<!DOCTYPE html>"));
            QVERIFY(content.size() > 8000);
            if (content.startsWith("%PDF"))
                continue;
            const QString paper = onPaper(content.toStdString());
            QCOMPARE(paper.count(QStringLiteral(">Matmul and relu</h")), 1);
            QVERIFY(paper.indexOf(QStringLiteral("answer 1: 2097152")) > paper.lastIndexOf(QStringLiteral("<h2>")));
        }
    }

    void inputsAreTheLessons()
    {
        MainWindow window;
        open(window, "add");
        QCOMPARE(window.workspace().scene()->given.size(), std::size_t(2));
    }

    void inChinese()
    {
        MainWindow window;
        window.setLocale(QLocale(QLocale::Chinese));
        open(window, "mm-relu");
        QVERIFY(textOf(window).contains(QStringLiteral("矩阵乘与 relu")));
    }

    void anotherModelEndsIt()
    {
        MainWindow window;
        open(window, "mm-relu");
        window.openFile(samplesFolder + QStringLiteral("stencil.strata"));
        QVERIFY(settle(window));
        QVERIFY(!window.workspace().scene()->lesson);
        QVERIFY(!partOf(window)->widget()->isVisible());
        QVERIFY(!window.action(QStringLiteral("lesson.next"))->isEnabled());
    }

private:
    static void open(MainWindow& window, const char* name)
    {
        window.resize(1400, 900);
        window.show();
        const auto folder = findLesson(name);
        QVERIFY(folder.ok());
        window.lessons().open(QString::fromStdString(*folder));
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
    }
};

STRATA_TEST_IN(QApplication, LessonTest)
#include "tst_window_lesson.moc"
