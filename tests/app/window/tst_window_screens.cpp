// A first start on screens of several sizes: the window fits, and nothing in it asks for more room than there is. A
// platform plugin learns its screens when it starts, so that each size is a process of its own: this program starts
// itself once a size, with what the offscreen plugin reads screens from.
#include "app/window/commands/kept_settings.h"
#include "app/window/main_window.h"
#include "app/window/views/text_view.h"
#include "tests/program.h"

#include <QApplication>
#include <QFile>
#include <QProcess>
#include <QScreen>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QToolBar>
#include <QToolButton>

using namespace strata;

namespace {

const QString samples = QStringLiteral(STRATA_SOURCE_DIR "/samples/");
constexpr int patience = 60'000;

// What is wrong with the window on this process' screen; empty: nothing.
QStringList faults()
{
    QStringList found;
    const auto expect = [&](bool fine, const QString& what) {
        if (!fine)
            found << what;
    };
    const QRect available = QGuiApplication::primaryScreen()->availableGeometry();
    MainWindow window;
    window.settings().restore();
    window.show();
    QCoreApplication::processEvents();
    const auto fits = [&](const QString& when) {
        expect(available.contains(window.geometry()), QStringLiteral("%1: the window has %2 x %3 at %4, %5")
                                                          .arg(when)
                                                          .arg(window.width())
                                                          .arg(window.height())
                                                          .arg(window.x())
                                                          .arg(window.y()));
    };
    fits(QStringLiteral("empty"));
    window.openFile(samples + QStringLiteral("mlp"), samples + QStringLiteral("mlp/mlp.recipe"));
    for (int waited = 0, quiet = 0; waited < patience && quiet < 5; waited += 20) {
        QTest::qWait(20);
        quiet = window.workspace().jobs().idle() ? quiet + 1 : 0;
    }
    fits(QStringLiteral("with a model"));
    const QSize least = window.minimumSizeHint();
    expect(least.width() <= available.width() && least.height() <= available.height(),
           QStringLiteral("asks for %1 x %2 at least").arg(least.width()).arg(least.height()));
    expect(window.width() >= available.width() * 0.6 || window.width() >= 2400,
           QStringLiteral("only %1 wide").arg(window.width()));
    for (const Level level : {Level::Loops, Level::Library, Level::Hardware}) {
        const QSize view = window.parts().textView(level)->size();
        expect(view.width() >= 150 && view.height() >= 60, QStringLiteral("text pane %1 has only %2 x %3")
                                                               .arg(static_cast<int>(level))
                                                               .arg(view.width())
                                                               .arg(view.height()));
    }
    for (const auto* bar : window.findChildren<QToolBar*>())
        for (const auto* button : bar->findChildren<QToolButton*>())
            if (button->defaultAction())
                expect(button->isVisibleTo(bar) && button->width() >= button->sizeHint().width()
                           && bar->rect().contains(QRect(button->mapTo(bar, QPoint()), button->size())),
                       QStringLiteral("the button %1 is cut").arg(button->text()));
    return found;
}

}  // namespace

class ScreensTest : public QObject {
    Q_OBJECT
private slots:
    void aFirstStart_data()
    {
        QTest::addColumn<QSize>("screen");
        QTest::newRow("1024x768") << QSize(1024, 768);
        QTest::newRow("1280x720") << QSize(1280, 720);
        QTest::newRow("1366x768") << QSize(1366, 768);
        QTest::newRow("1920x1080") << QSize(1920, 1080);
        QTest::newRow("3840x2160") << QSize(3840, 2160);
    }
    void aFirstStart()
    {
        QFETCH(QSize, screen);
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("screens.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QStringLiteral(R"({"synchronousWindowSystemEvents": false, "windowFrameMargins": true, "screens": [)"
                                  R"({"name": "one", "x": 0, "y": 0, "width": %1, "height": %2, "logicalDpi": 96,)"
                                  R"( "logicalBaseDpi": 96, "dpr": 1}]})")
                       .arg(screen.width())
                       .arg(screen.height())
                       .toUtf8());
        file.close();
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"),
                           QStringLiteral("offscreen:configfile=") + file.fileName());
        process.setProcessEnvironment(environment);
        process.start(QCoreApplication::arguments().front(), {QStringLiteral("--one-screen")});
        QVERIFY(process.waitForFinished(3 * patience));
        const QString said = QString::fromUtf8(process.readAll());
        QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, qPrintable(said));
        QVERIFY2(said.contains(QStringLiteral("screen %1x%2").arg(screen.width()).arg(screen.height())),
                 qPrintable(said));
    }
};

static int run(int argc, char** argv)
{
    QApplication application(argc, argv);
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
    QCoreApplication::setApplicationName(QStringLiteral("tst_window_screens"));
    QSettings().clear();
    if (!application.arguments().contains(QStringLiteral("--one-screen"))) {
        ScreensTest test;
        return QTest::qExec(&test, argc, argv);
    }
    const QSize screen = QGuiApplication::primaryScreen()->size();
    qInfo("screen %dx%d", screen.width(), screen.height());
    const QStringList found = faults();
    for (const QString& fault : found)
        qInfo("%s", qPrintable(fault));
    return found.isEmpty() ? 0 : 1;
}
STRATA_TEST_MAIN(run)
#include "tst_window_screens.moc"
