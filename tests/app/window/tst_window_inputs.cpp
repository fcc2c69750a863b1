// What goes into the model: from files, from pictures, drawn; and what comes out of it.
#include "tests/app/window/window_test.h"

#include "app/window/dialogs/draw.h"
#include "app/window/models/pictures.h"
#include "app/window/parts/inputs_part.h"
#include "app/window/parts/values_part.h"
#include "app/window/views/value_view.h"
#include "core/tensor/npy.h"
#include "tests/program.h"

#include <QAction>
#include <QPushButton>
#include <QTabWidget>
#include <QTemporaryDir>

using namespace strata;

namespace {

TensorType type(std::vector<std::int64_t> shape, DType dtype = DType::F32) { return makeTensor(dtype, shape).type; }

InputsPart* inputs(const MainWindow& window) { return window.findChild<InputsPart*>(); }

QString cell(const MainWindow& window, const QString& name, int column)
{
    for (const TableRow& row : inputs(window)->model()->rows())
        if (row.cells[0].endsWith(name))
            return row.cells[column];
    return QStringLiteral("no such row");
}

}  // namespace

class TestWindowInputs : public QObject {
    Q_OBJECT
private slots:
    void init() { QTest::failOnWarning(windowWarnings); }

    void whichInputsArePictures_data()
    {
        QTest::addColumn<TensorType>("type");
        QTest::addColumn<QList<int>>("picture");  // width, height, channels, channels last; empty: none
        QTest::newRow("digits") << type({1, 1, 28, 28}) << QList<int>{28, 28, 1, 0};
        QTest::newRow("colour") << type({1, 3, 224, 200}) << QList<int>{200, 224, 3, 0};
        QTest::newRow("channels last") << type({2, 48, 64, 3}, DType::U8) << QList<int>{64, 48, 3, 1};
        QTest::newRow("a matrix") << type({16, 8}) << QList<int>{8, 16, 1, 0};
        QTest::newRow("a row") << type({1, 784}) << QList<int>{};
        QTest::newRow("features") << type({1, 64, 7, 7}) << QList<int>{7, 7, 1, 0};
        QTest::newRow("truth") << type({1, 28, 28}, DType::Bool) << QList<int>{};
    }
    void whichInputsArePictures()
    {
        QFETCH(TensorType, type);
        QFETCH(QList<int>, picture);
        const std::optional<PictureShape> shape = pictureShape(type);
        QCOMPARE(shape.has_value(), !picture.isEmpty());
        if (shape)
            QCOMPARE((QList<int>{shape->width, shape->height, shape->channels, shape->channelsLast}), picture);
    }

    void picturesBecomeNumbers()
    {
        QImage picture(4, 4, QImage::Format_RGB32);
        picture.fill(QColor(255, 0, 51));
        picture.setPixelColor(3, 1, Qt::white);
        const TensorType first = type({1, 3, 4, 4}), last = type({1, 4, 4, 3}, DType::U8);
        const Tensor planes = tensorOf(picture, first, *pictureShape(first)),
                     pixels = tensorOf(picture, last, *pictureShape(last));
        QCOMPARE(planes.at(0), 1.0);
        QCOMPARE(planes.at(16), 0.0);
        QVERIFY(std::abs(planes.at(32) - 0.2) < 1e-6);
        QCOMPARE(planes.at(16 + 7), 1.0);
        QCOMPARE(pixels.at(0), 255.0);
        QCOMPARE(pixels.at(2), 51.0);
        QCOMPARE(pixels.at(7 * 3 + 1), 255.0);
    }

    // What the model makes of a file's values is shown, and everything that was found with others is forgotten.
    void aFileIsTheInput()
    {
        MainWindow window;
        QVERIFY(open(window));
        QVERIFY2(cell(window, QStringLiteral("x"), 2).contains(QStringLiteral("test data")),
                 qPrintable(cell(window, QStringLiteral("x"), 2)));
        QVERIFY(window.workspace().scene()->verdict);
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("zeros.npy"));
        QVERIFY(writeNpy(makeTensor(DType::F32, {1, 1, 28, 28}), path.toStdString()));
        inputs(window)->giveFile("x", path);
        QVERIFY(settle(window));
        QCOMPARE(cell(window, QStringLiteral("x"), 2), QStringLiteral("zeros.npy"));
        const QString zeros = cell(window, QStringLiteral("scores"), 2);
        QVERIFY2(zeros.count(QStringLiteral("   ")) == 4, qPrintable(zeros));  // the five largest
        QVERIFY(window.workspace().scene()->verdict && window.workspace().scene()->verdict->passed);
        window.workspace().runs().takeBackInputs();
        window.workspace().runs().computeOutputs();
        QVERIFY(settle(window));
        QVERIFY(cell(window, QStringLiteral("scores"), 2) != zeros);
    }

    void whatDoesNotFitIsSaid()
    {
        MainWindow window;
        QVERIFY(open(window));
        QString said;
        connect(inputs(window), &Part::said, this, [&](const QString& sentence) { said = sentence; });
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("a.npy"));
        QVERIFY(writeNpy(makeTensor(DType::F32, {3, 3}), path.toStdString()));
        inputs(window)->giveFile("x", path);
        QVERIFY2(said.contains(QStringLiteral("f32[3, 3]")), qPrintable(said));
        inputs(window)->giveFile("x", folder.filePath(QStringLiteral("none.png")));
        QVERIFY2(said.contains(QStringLiteral("none.png")), qPrintable(said));
        QVERIFY(window.workspace().scene()->given.empty());
    }

    void aPictureIsScaled()
    {
        MainWindow window;
        QVERIFY(open(window));
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("large.png"));
        QImage picture(300, 200, QImage::Format_RGB32);
        picture.fill(Qt::white);
        QVERIFY(picture.save(path));
        inputs(window)->giveFile("x", path);
        QVERIFY(settle(window));
        QCOMPARE(cell(window, QStringLiteral("x"), 2), QStringLiteral("large.png, scaled to 28 × 28"));
    }

    // A hand-drawn digit goes in stroke by stroke, and the answer follows.
    void aDrawingIsTheInput()
    {
        MainWindow window;
        QVERIFY(open(window));
        for (QTabWidget* tabs : window.findChildren<QTabWidget*>())
            if (tabs->indexOf(inputs(window)->widget()) >= 0)
                tabs->setCurrentWidget(inputs(window)->widget());
        QVERIFY(inputs(window)->drawButton()->isEnabled());
        QTest::mouseClick(inputs(window)->drawButton(), Qt::LeftButton);
        auto* dialog = window.findChild<DrawDialog*>();
        QVERIFY(dialog && dialog->isVisible());
        Canvas* canvas = dialog->canvas();
        QTest::mousePress(canvas, Qt::LeftButton, {}, QPoint(160, 60));
        QTest::mouseMove(canvas, QPoint(160, 260));
        QTest::mouseRelease(canvas, Qt::LeftButton, {}, QPoint(160, 260));
        QVERIFY(qGray(canvas->image().pixel(14, 6)) > 200);
        QTRY_COMPARE(cell(window, QStringLiteral("x"), 2), QStringLiteral("drawn by hand"));
        QVERIFY(settle(window));
        QVERIFY(!dialog->findChildren<QLabel*>().isEmpty());
        QTest::mouseClick(canvas, Qt::RightButton, {}, QPoint(160, 70));
        QVERIFY(qGray(canvas->image().pixel(14, 6)) < 50);
        QVERIFY(settle(window));
        QTest::keyClick(dialog, Qt::Key_Escape);
        QVERIFY(settle(window));
    }

    // Whole, among the values.
    void anOutputIsLookedAt()
    {
        MainWindow window;
        QVERIFY(open(window));
        emit inputs(window)->valueChosen(QStringLiteral("scores"));
        QVERIFY(settle(window));
        auto* values = window.findChild<ValuesPart*>();
        QVERIFY(values->view()->isVisible());
        QVERIFY2(values->view()->lines().value(0).contains(QStringLiteral("scores")),
                 qPrintable(values->view()->lines().join(QLatin1Char('\n'))));
    }

    void labelsAreNamesOfClasses()
    {
        const QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("labels.txt")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("cat\ndog\n");
        file.close();
        QCOMPARE(labelsBeside(folder.filePath(QStringLiteral("model.onnx"))),
                 (QStringList{QStringLiteral("cat"), QStringLiteral("dog")}));
        QVERIFY(labelsBeside(QStringLiteral("/nowhere/model.onnx")).isEmpty());
    }

private:
    static bool open(MainWindow& window)
    {
        window.resize(1600, 1000);
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mlp/model.onnx"));
        return settle(window);
    }
};

STRATA_TEST_IN(QApplication, TestWindowInputs)
#include "tst_window_inputs.moc"
