// The page that is there before anything is open: samples and recent files, each by click and by key.
#include "app/window/start/sample_picture.h"
#include "app/window/start/start_page.h"
#include "app/window/theme/theme.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QPainter>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>

using namespace strata;

namespace {

StartCard* cardOf(const MainWindow& window, const QString& title)
{
    for (auto* card : window.startPage()->findChildren<StartCard*>())
        if (card->accessibleName() == title)
            return card;
    return nullptr;
}

}  // namespace

class StartTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QTest::failOnWarning(windowWarnings);
    }
    void init() { QSettings().setValue(QStringLiteral("recent"), QStringList()); }

    void aClickOpensASample()
    {
        MainWindow window;
        window.show();
        QVERIFY(window.startPage()->isVisible());
        StartCard* card = cardOf(window, QStringLiteral("Stencil in place"));
        QVERIFY(card);
        QTest::mouseClick(card, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(!window.startPage()->isVisible());
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().scene()->title, QStringLiteral("stencil.strata"));
        QCOMPARE(window.workspace().session().path().size(), std::size_t(1));
    }

    void aNumberWithShiftBringsTheSteps()
    {
        MainWindow window;
        window.show();
        QTest::keyClick(window.startPage(), Qt::Key_3, Qt::ShiftModifier);
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().scene()->title, QStringLiteral("mm_relu.strata"));
        QVERIFY(window.workspace().session().path().size() > 5);
    }

    void whatWasOpenIsThereAgain()
    {
        {
            MainWindow window;
            window.show();
            window.openFile(samplesFolder + QStringLiteral("vector_add.strata"));
            QVERIFY(settle(window));
        }
        MainWindow window;
        window.show();
        QVERIFY(cardOf(window, QStringLiteral("vector_add.strata")));
        QTest::keyClick(window.startPage(), Qt::Key_1, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().scene()->title, QStringLiteral("vector_add.strata"));
    }

    // Where nothing was open, lessons stand beside the samples, so that half of the page is not empty.
    void lessonsTakeTheRoomOfFiles()
    {
        const auto firstLesson = [](const MainWindow& window) {
            auto* card = window.startPage()->findChild<StartCard*>(QStringLiteral("lesson"));
            return card ? card->mapTo(window.startPage(), QPoint()) : QPoint();
        };
        const auto lastSample = [](const MainWindow& window) {
            StartCard* card = cardOf(window, QStringLiteral("Vector add for a GPU"));
            return card ? card->mapTo(window.startPage(), QPoint()) : QPoint();
        };
        {
            MainWindow window;
            window.resize(1400, 900);
            window.show();
            QTRY_VERIFY(!firstLesson(window).isNull() && firstLesson(window).y() < lastSample(window).y());
        }
        QSettings().setValue(QStringLiteral("recent"), QStringList{samplesFolder + QStringLiteral("stencil.strata")});
        MainWindow window;
        window.resize(1400, 900);
        window.show();
        QTRY_VERIFY(firstLesson(window).y() > lastSample(window).y());
    }

    void whatIsGoneIsForgotten()
    {
        QSettings().setValue(QStringLiteral("recent"), QStringList{QStringLiteral("/nowhere/speech.onnx")});
        MainWindow window;
        window.show();
        StartCard* card = cardOf(window, QStringLiteral("speech.onnx"));
        QVERIFY(card);
        QTest::mouseClick(card, Qt::LeftButton);
        QTRY_VERIFY(!cardOf(window, QStringLiteral("speech.onnx")));
        QVERIFY(window.startPage()->isVisible());
    }

    // Each kind that samples.json names has a picture.
    void everySampleHasAPicture()
    {
        int described = 0;
        for (const Sample& sample : samples()) {
            if (sample.title.isEmpty())
                continue;
            ++described;
            QImage image(150, 80, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::transparent);
            const QImage blank = image;
            QPainter painter(&image);
            paintSample(painter, image.rect(), sample.picture, lightTheme());
            painter.end();
            QVERIFY2(image != blank, qPrintable(sample.name));
            QVERIFY(!sample.sentence.isEmpty());
        }
        QVERIFY(described >= 5);
    }
};

STRATA_TEST_IN(QApplication, StartTest)
#include "tst_window_start.moc"
