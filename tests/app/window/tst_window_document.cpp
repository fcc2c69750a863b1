// The recipe as a document, through the window: nothing that a person did is lost.
#include "app/window/documents/documents.h"
#include "tests/app/window/window_test.h"

#include "app/window/dialogs/recovery.h"
#include "app/window/views/level_pane.h"
#include "tests/program.h"

#include <QDropEvent>
#include <QFile>
#include <QFileDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QProcess>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace strata;

namespace {

const QString model = samplesFolder + QStringLiteral("mm_relu.strata");
const QString split = QStringLiteral("loops.split(mm_relu, j, [_, 8])\n");
const QString reorder = QStringLiteral("loops.reorder(mm_relu, [j0, k, j1])\n");
const QString vectorize = QStringLiteral("loops.vectorize(mm_relu, j1)\n");

QString contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

void write(const QString& path, const QString& text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
}

bool open(MainWindow& window, const QString& recipe = {})
{
    window.show();
    window.openFile(model, recipe);
    return settle(window);
}

bool take(MainWindow& window, const QString& step)
{
    const std::size_t before = window.workspace().session().all().size();
    window.workspace().apply(step.trimmed());
    return settle(window) && window.workspace().session().all().size() > before;
}

void press(MainWindow& window, const char* action) { window.action(QString::fromLatin1(action))->trigger(); }

void answer(QMessageBox::StandardButton button)
{
    whenAsked<QMessageBox>([button](QMessageBox& box) { QTest::mouseClick(box.button(button), Qt::LeftButton); });
}

void chooseFile(const QString& path)
{
    whenAsked<QFileDialog>([path](QFileDialog& dialog) {
        dialog.findChild<QLineEdit*>()->setText(path);
        QTest::keyClick(&dialog, Qt::Key_Return);
    });
}

}  // namespace

class DocumentTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_home.isValid());
        QStandardPaths::setTestModeEnabled(false);  // the program that is killed has no such mode
        qputenv("XDG_DATA_HOME", m_home.path().toUtf8());
        qputenv("XDG_CONFIG_HOME", m_home.path().toUtf8());
        QCoreApplication::setOrganizationName(QStringLiteral("strata"));
        QCoreApplication::setApplicationName(QStringLiteral("strata-explorer"));
    }
    void init()
    {
        QTest::failOnWarning(windowWarnings);
        for (const LostDocument& lost : lostDocuments())
            discard(lost);
    }

    void savesTheWholePathWhateverIsShown()
    {
        const QString path = file(QStringLiteral("whole.recipe"));
        const QString text = QStringLiteral("# why\n\n") + split + QStringLiteral("# then\n") + reorder
                             + QStringLiteral("# end\n");
        write(path, text);
        MainWindow window;
        QVERIFY(open(window, path));
        QVERIFY(!window.isWindowModified());
        QVERIFY(window.windowTitle().contains(QStringLiteral("whole.recipe[*]")));
        QVERIFY(take(window, vectorize));
        QVERIFY(window.isWindowModified());
        press(window, "edit.undo");
        press(window, "edit.undo");
        QVERIFY(settle(window));
        press(window, "file.saveRecipe");
        QCOMPARE(contentOf(path), text + vectorize);
        QVERIFY(!window.isWindowModified());
        QCOMPARE(window.workspace().session().path().size(), std::size_t(2));  // what was shown still is

        QVERIFY(take(window, QStringLiteral("loops.unroll(mm_relu, j1)")));  // a branch
        QVERIFY(window.isWindowModified());
        press(window, "file.saveRecipe");
        const QString branched = QStringLiteral("# why\n\n") + split + QStringLiteral("#+ # then\n#| ") + reorder
                                 + QStringLiteral("#| # end\n#| ") + vectorize
                                 + QStringLiteral("loops.unroll(mm_relu, j1)\n");
        QCOMPARE(contentOf(path), branched);

        MainWindow again;
        QVERIFY(open(again, path));
        QCOMPARE(again.workspace().session().all().size(), std::size_t(5));
        QCOMPARE(again.workspace().documentText(), branched);
    }

    // A run is kept with the steps that lead to its state: what is opened again has it, and no other state does.
    void runsAreKeptWithTheDocument()
    {
        const QString path = file(QStringLiteral("timed.recipe"));
        MainWindow window;
        QVERIFY(open(window));
        QVERIFY(take(window, split));
        const TimedRun first{{2, "cpu", "a machine"}, 1.5, 1.4, 1.75, 12, 1000},
            second{{2, "cpu", "a machine"}, 2, 2, 2, 9, 2000};
        RunHistory runs;
        runs.add(window.workspace().session(), 1, first);
        runs.add(window.workspace().session(), 1, second);
        QVERIFY(runs.save(path).ok());
        const auto kept = RunHistory::of(path);
        QVERIFY(kept.ok());
        const History history = kept->of(window.workspace().session());
        QCOMPARE(history.size(), std::size_t(1));
        QVERIFY((history.at(1) == std::vector<TimedRun>{first, second}));
        QVERIFY(take(window, reorder));
        window.workspace().setNote(1, QStringLiteral("a note changes nothing"));
        QVERIFY(kept->of(window.workspace().session()).count(1) && !kept->of(window.workspace().session()).count(2));
        // In the window: saved with the recipe, shown when that is opened again.
        window.action(QStringLiteral("edit.undo"))->trigger();
        window.workspace().saveRecipe(path);
        QVERIFY(runs.save(path).ok());
        MainWindow again;
        QVERIFY(open(again, path));
        QVERIFY((again.workspace().scene()->history->at(1) == std::vector<TimedRun>{first, second}));
        write(m_home.path() + QStringLiteral("/none.recipe"), QString());
        QVERIFY(
            RunHistory::of(m_home.path() + QStringLiteral("/none.recipe"))->of(window.workspace().session()).empty());
    }

    void aFailedSaveSaysSoAndLosesNothing()
    {
        MainWindow window;
        QVERIFY(open(window));
        QVERIFY(take(window, split));
        const QString before = window.workspace().documentText();
        QSignalSpy problems(&window.workspace(), &Workspace::problems);
        write(file(QStringLiteral("plain")), QStringLiteral("x"));
        QVERIFY(!window.workspace().saveRecipe(file(QStringLiteral("plain/below.recipe"))));
        QVERIFY(!window.workspace().saveRecipe(m_home.path()));
        QCOMPARE(problems.size(), 2);
        QVERIFY(window.isWindowModified());
        QCOMPARE(window.workspace().documentText(), before);
        QCOMPARE(contentOf(file(QStringLiteral("plain"))), QStringLiteral("x"));
    }

    void asksBeforeItLeaves_data()
    {
        QTest::addColumn<QString>("how");
        for (const char* how : {"open", "reload", "close", "recipe"})
            QTest::newRow(how) << how;
    }
    void asksBeforeItLeaves()
    {
        QFETCH(QString, how);
        const QString other = file(QStringLiteral("other.recipe"));
        write(other, QStringLiteral("loops.split(mm_relu, i, factors=[_, 4])\n"));
        const QString path = file(how + QStringLiteral(".recipe"));
        QFile::remove(path);
        MainWindow window;
        QVERIFY(open(window));
        QVERIFY(take(window, split));
        const auto leave = [&] {
            if (how == QLatin1String("open"))
                window.openFile(samplesFolder + QStringLiteral("vector_add.strata"));
            else if (how == QLatin1String("reload"))
                press(window, "file.reload");
            else if (how == QLatin1String("close"))
                window.close();
            else {
                QMimeData dragged;
                dragged.setUrls({QUrl::fromLocalFile(other)});
                QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &dragged, Qt::LeftButton, Qt::NoModifier);
                QCoreApplication::sendEvent(&window, &enter);
                QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &dragged, Qt::LeftButton, Qt::NoModifier);
                QCoreApplication::sendEvent(&window, &drop);
            }
            QVERIFY(settle(window));
        };
        const StatePtr shown = window.workspace().session().current();
        answer(QMessageBox::Cancel);
        leave();
        QCOMPARE(window.workspace().session().current(), shown);
        QVERIFY(window.isVisible());
        answer(QMessageBox::Save);
        chooseFile(path);
        leave();
        QCOMPARE(contentOf(path), split);
        QCOMPARE(window.isVisible(), how != QLatin1String("close"));
        QVERIFY(!window.workspace().isModified());
        if (how == QLatin1String("open"))
            QVERIFY(window.workspace().scene()->title == QStringLiteral("vector_add.strata"));
        if (how == QLatin1String("reload"))
            QCOMPARE(window.workspace().documentText(), split);
        if (how == QLatin1String("recipe"))
            QCOMPARE(window.workspace().scene()->recipePath, other);
    }

    void fileDialogs()
    {
        const QString path = file(QStringLiteral("dialog.recipe"));
        MainWindow window;
        QVERIFY(open(window));
        QVERIFY(take(window, split));
        chooseFile(path);
        press(window, "file.saveRecipeAs");
        QCOMPARE(contentOf(path), split);
        QVERIFY(take(window, reorder));
        press(window, "file.saveRecipe");
        QCOMPARE(contentOf(path), split + reorder);
        chooseFile(path);
        press(window, "file.openRecipe");
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().documentText(), split + reorder);
    }

    // Dialogs begin beside the recipe or the model, not where the program was started; and a model that is called as
    // most are is known by its folder.
    void dialogsBeginBesideTheDocument()
    {
        MainWindow window;
        QVERIFY(open(window));
        QString folder;
        const auto lookAndLeave = [&folder](QFileDialog& dialog) {
            folder = dialog.directory().absolutePath();
            dialog.reject();
        };
        for (const char* action : {"file.open", "file.openRecipe", "file.saveRecipeAs"}) {
            whenAsked<QFileDialog>(lookAndLeave);
            press(window, action);
            QCOMPARE(folder, QFileInfo(model).absolutePath());
        }
        QVERIFY(window.workspace().saveRecipe(file(QStringLiteral("beside.recipe"))));
        whenAsked<QFileDialog>(lookAndLeave);
        press(window, "file.open");
        QCOMPARE(folder, QFileInfo(file(QStringLiteral("beside.recipe"))).absolutePath());
        window.openFile(samplesFolder + QStringLiteral("mlp/model.onnx"));
        QTRY_COMPARE_WITH_TIMEOUT(window.workspace().scene()->title, QStringLiteral("mlp/model.onnx"), patienceMs);
        QVERIFY(settle(window));
        QVERIFY(window.windowTitle().contains(QStringLiteral("mlp/model.onnx")));
    }

    void discardedStepsAreGone()
    {
        MainWindow window;
        QVERIFY(open(window));
        QVERIFY(take(window, split));
        answer(QMessageBox::Discard);
        window.openFile(samplesFolder + QStringLiteral("vector_add.strata"));
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().scene()->title, QStringLiteral("vector_add.strata"));
        QVERIFY(lostDocuments().empty());
    }

    void revertGoesBackToTheFile()
    {
        const QString path = file(QStringLiteral("revert.recipe"));
        write(path, split);
        MainWindow window;
        QVERIFY(open(window, path));
        QVERIFY(!window.action(QStringLiteral("file.revert"))->isEnabled());
        QVERIFY(take(window, reorder));
        answer(QMessageBox::Discard);
        press(window, "file.revert");
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().documentText(), split);
        QVERIFY(!window.isWindowModified());
    }

    void aFileThatChangedOutsideIsNotWrittenOver()
    {
        const QString path = file(QStringLiteral("outside.recipe"));
        write(path, split);
        MainWindow window;
        QVERIFY(open(window, path));
        QVERIFY(take(window, reorder));
        write(path, QStringLiteral("# by another hand\n"));
        answer(QMessageBox::Cancel);
        press(window, "file.saveRecipe");
        QCOMPARE(contentOf(path), QStringLiteral("# by another hand\n"));
        QVERIFY(window.isWindowModified());
        answer(QMessageBox::Save);
        press(window, "file.saveRecipe");
        QCOMPARE(contentOf(path), split + reorder);
    }

    void boundDimensionsKeepTheSteps()
    {
        MainWindow window;
        QVERIFY(open(window));
        QVERIFY(take(window, split));
        QVERIFY(take(window, reorder));
        press(window, "edit.undo");
        window.workspace().bind({});
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().documentText(), split + reorder);
        QCOMPARE(window.workspace().session().path().size(), std::size_t(2));
        QVERIFY(window.isWindowModified());
    }

    void stepsThatDoNotApplyStay()
    {
        const QString path = file(QStringLiteral("foreign.recipe"));
        write(path, split + QStringLiteral("loops.vectorize(other, j)\n") + reorder);
        MainWindow window;
        QSignalSpy problems(&window.workspace(), &Workspace::problems);
        QVERIFY(open(window, path));
        QCOMPARE(window.workspace().session().path().size(), std::size_t(4));
        QVERIFY(window.workspace().session().state(2)->refusal.has_value());
        QVERIFY(!window.workspace().session().state(3)->refusal.has_value());
        QCOMPARE(problems.size(), 1);
        QVERIFY(window.workspace().documentText().contains(QStringLiteral("#- loops.vectorize(other, j)")));
    }

    void eachWindowKeepsItsOwn()
    {
        MainWindow one, two;
        QVERIFY(open(one));
        QVERIFY(open(two));
        QVERIFY(take(one, split));
        QVERIFY(take(two, split));
        QVERIFY(lostDocuments().empty());  // both are open
        const QDir folder(autosaveFolder());
        QCOMPARE(folder.entryList({QStringLiteral("*.autosave")}).size(), 2);
        answer(QMessageBox::Discard);
        one.close();
        QCOMPARE(folder.entryList({QStringLiteral("*.autosave")}).size(), 1);
        answer(QMessageBox::Discard);
        two.close();
        QVERIFY(folder.isEmpty(QDir::Files));
    }

    void aKilledWindowIsRecovered_data()
    {
        QTest::addColumn<bool>("later");
        QTest::newRow("at once") << false;
        QTest::newRow("later") << true;
    }
    void aKilledWindowIsRecovered()
    {
        QFETCH(bool, later);
        const QString path = file(QStringLiteral("killed.recipe"));
        const QString text = QStringLiteral("# kept\n") + split + QStringLiteral("#+ ") + reorder
                             + QStringLiteral("loops.unroll(mm_relu, j1)\n");
        write(path, text);
        QProcess process;
        process.start(
            QCoreApplication::applicationDirPath() + QStringLiteral("/strata-explorer"),
            {QStringLiteral("-platform"), QStringLiteral("offscreen"), model, QStringLiteral("--recipe"), path});
        const QDir folder(autosaveFolder());
        QTRY_VERIFY_WITH_TIMEOUT(!folder.entryList({QStringLiteral("*.autosave")}).isEmpty(), patienceMs);
        QVERIFY(lostDocuments().empty());  // its window lives
        process.kill();
        QVERIFY(process.waitForFinished());
        write(path, split);  // another hand
        QCOMPARE(lostDocuments().size(), std::size_t(1));

        if (later) {
            MainWindow window;
            window.show();
            window.openFile(samplesFolder + QStringLiteral("vector_add.strata"));  // another model writes over nothing
            QVERIFY(settle(window));
            whenAsked<RecoveryDialog>([](RecoveryDialog& dialog) {
                QVERIFY(!dialog.discardButton()->autoDefault());
                QTest::mouseClick(dialog.laterButton(), Qt::LeftButton);
            });
            window.documents().offerRecovery(false);
            QTRY_VERIFY(!QApplication::activeModalWidget());
            QCOMPARE(lostDocuments().size(), std::size_t(1));
        }
        MainWindow window;
        window.show();
        whenAsked<RecoveryDialog>(
            [](RecoveryDialog& dialog) { QTest::mouseClick(dialog.recoverButton(), Qt::LeftButton); });
        window.documents().offerRecovery(false);
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().scene()->title, QStringLiteral("mm_relu.strata"));
        QCOMPARE(window.workspace().documentText(), text);
        QCOMPARE(window.workspace().scene()->recipePath, path);
        QCOMPARE(window.workspace().session().path().size(), std::size_t(3));
        QVERIFY(lostDocuments().empty());
        QCOMPARE(folder.entryList({QStringLiteral("*.autosave")}).size(), 1);  // this window's own
        answer(QMessageBox::Discard);
        QVERIFY(window.close());
        QVERIFY(folder.isEmpty(QDir::Files));
    }

    // Nothing was lost of a document that its file still tells, in whatever words.
    void whatTheFileSaysIsNotOffered_data()
    {
        QTest::addColumn<QString>("before");  // what the file said at the crash
        QTest::addColumn<bool>("saved");
        QTest::addColumn<QString>("now");
        QTest::addColumn<bool>("offered");
        const QString byHand = QString(split).replace(QStringLiteral(", "), QStringLiteral(" ,  "));
        QTest::newRow("the same") << split << true << split << false;
        QTest::newRow("the same in other words") << byHand << true << byHand << false;
        QTest::newRow("changed") << reorder << false << reorder << true;
        QTest::newRow("changed, and saved since by another window") << reorder << false << split << false;
        QTest::newRow("the file changed since") << split << true << reorder << true;
        QTest::newRow("the file is gone") << split << true << QString() << true;
    }
    void whatTheFileSaysIsNotOffered()
    {
        QFETCH(QString, before);
        QFETCH(bool, saved);
        QFETCH(QString, now);
        QFETCH(bool, offered);
        const QString path = file(QStringLiteral("same.recipe")),
                      kept = autosaveFolder() + QStringLiteral("/z.autosave");
        QFile::remove(path);
        if (!now.isEmpty())
            write(path, now);
        write(kept, print(Snapshot{model, {}, path, fingerprint(before.toUtf8()), saved, 0, split}));
        QCOMPARE(lostDocuments().size(), std::size_t(offered));
        QCOMPARE(QFile::exists(kept), offered);
        MainWindow window;
        window.show();
        window.documents().offerRecovery(false);
        auto* dialog = window.findChild<RecoveryDialog*>();
        QCOMPARE(dialog != nullptr, offered);
        if (dialog)
            dialog->reject();
    }

    // A window that is killed before anything was changed.
    void aKilledWindowThatChangedNothingOffersNothing()
    {
        const QString path = file(QStringLiteral("unchanged.recipe"));
        write(path, QString(split).replace(QStringLiteral(", "), QStringLiteral(" ,  ")));
        QProcess process;
        process.start(
            QCoreApplication::applicationDirPath() + QStringLiteral("/strata-explorer"),
            {QStringLiteral("-platform"), QStringLiteral("offscreen"), model, QStringLiteral("--recipe"), path});
        const QDir folder(autosaveFolder());
        QTRY_VERIFY_WITH_TIMEOUT(!folder.entryList({QStringLiteral("*.autosave")}).isEmpty(), patienceMs);
        process.kill();
        QVERIFY(process.waitForFinished());
        QVERIFY(lostDocuments().empty());
        QVERIFY(folder.entryList({QStringLiteral("*.autosave")}).isEmpty());
    }

    void aFileThatChangedSinceTheCrashIsNotWrittenOver()
    {
        const QString path = file(QStringLiteral("since.recipe"));
        write(path, QStringLiteral("# by another hand\n"));
        write(autosaveFolder() + QStringLiteral("/y.autosave"),
              print(Snapshot{model, {}, path, fingerprint(split.toUtf8()), false, 0, split + reorder}));
        QCOMPARE(lostDocuments().size(), std::size_t(1));
        MainWindow window;
        window.show();
        window.workspace().recover(lostDocuments().front());
        QVERIFY(settle(window));
        QVERIFY(window.isWindowModified());
        answer(QMessageBox::Cancel);
        press(window, "file.saveRecipe");
        QCOMPARE(contentOf(path), QStringLiteral("# by another hand\n"));
    }

    // A large model takes long to open, and the steps go on meanwhile.
    void stepsTakenWhileAnotherOpensAreKept()
    {
        MainWindow window;
        QVERIFY(open(window));
        window.openFile(samplesFolder + QStringLiteral("vector_add.strata"));  // nothing to lose, so nothing is asked
        AspectSpy opened(window.workspace(), Aspect::Model);
        window.workspace().apply(split.trimmed());
        QTRY_VERIFY_WITH_TIMEOUT(opened.count() > 0, patienceMs);
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().scene()->title, QStringLiteral("vector_add.strata"));
        for (const LostDocument& lost : lostDocuments())  // none, if the step came too late to be taken
            QCOMPARE(lost.snapshot.steps, split);
    }

    void aDiscardedOneIsGone()
    {
        write(autosaveFolder() + QStringLiteral("/x.autosave"), print(Snapshot{model, {}, {}, {}, false, -1, split}));
        MainWindow window;
        window.show();
        whenAsked<RecoveryDialog>(
            [](RecoveryDialog& dialog) { QTest::mouseClick(dialog.discardButton(), Qt::LeftButton); });
        window.documents().offerRecovery(false);
        QTRY_VERIFY(lostDocuments().empty());
    }

    void snapshotsRoundTrip()
    {
        const Snapshot snapshot{QStringLiteral("/a b/m.onnx"),
                                {{"n=1", 2}, {"batch", 3}},
                                QStringLiteral("/r.recipe"),
                                fingerprint("x"),
                                true,
                                4,
                                QStringLiteral("# model: not this one\n") + split};
        QVERIFY(parseSnapshot(print(snapshot)) == snapshot);
        QVERIFY(!parseSnapshot(QStringLiteral("garbage")));
        QCOMPARE(snapshot.stepCount(), 1);
    }

private:
    QString file(const QString& name) const { return m_home.filePath(name); }

    QTemporaryDir m_home;
};

STRATA_TEST_IN(QApplication, DocumentTest)
#include "tst_window_document.moc"
