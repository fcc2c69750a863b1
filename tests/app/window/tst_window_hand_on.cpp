// What leaves the window: pictures of each part, and the session as a page. Each is opened again.
#include "app/window/commands/appearance.h"
#include "app/window/commands/hand_on.h"
#include "app/window/graph/graph_view.h"
#include "app/window/parts/part.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QClipboard>
#include <QFileDialog>
#include <QMimeData>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QXmlStreamReader>

using namespace strata;

namespace {

// Share of pixels that are not white.
double ink(const QImage& image)
{
    int dark = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            dark += qGray(image.pixel(x, y)) < 200 ? 1 : 0;
    return double(dark) / std::max(1, image.width() * image.height());
}

QImage rasterised(QSvgRenderer& svg)
{
    QImage image(svg.defaultSize(), QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    svg.render(&painter);
    return image;
}

}  // namespace

class TestHandOn : public QObject {
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(windowWarnings); }
    void everyPartIsAPicture();
    void theClipboardHasAPicture();
    void theSessionIsAPage();

private:
    std::unique_ptr<MainWindow> open(const char* theme = "light")
    {
        auto window = std::make_unique<MainWindow>();
        window->appearance().setTheme(qstrcmp(theme, "dark") == 0 ? Appearance::Theme::Dark : Appearance::Theme::Light);
        window->resize(1600, 1000);
        window->show();
        window->openFile(samplesFolder + QStringLiteral("mlp"), samplesFolder + QStringLiteral("mlp/mlp.recipe"));
        return settle(*window) ? std::move(window) : nullptr;
    }
};

// In the dark theme, too: paper is white. As SVG and as pixels they hold the same.
void TestHandOn::everyPartIsAPicture()
{
    const auto window = open("dark");
    QVERIFY(window);
    window->workspace().runs().run();
    QVERIFY(settle(*window));
    window->selectNode(QStringLiteral("Gemm_1"));
    QVERIFY(settle(*window));
    QTemporaryDir folder;
    QStringList seen;
    for (const Part* part : window->parts().inLayout()) {
        const QString path = folder.filePath(part->id());
        const QString problem = window->handOn().savePicture(*part, path + QStringLiteral(".svg"));
        if (problem.endsWith(QLatin1String("shows nothing yet.")))
            continue;
        QCOMPARE(problem, QString());
        QCOMPARE(window->handOn().savePicture(*part, path + QStringLiteral(".png")), QString());
        QCOMPARE(window->handOn().savePicture(*part, path + QStringLiteral(".pdf")), QString());
        QSvgRenderer svg(path + QStringLiteral(".svg"));
        QVERIFY2(svg.isValid(), qPrintable(part->id()));
        const QImage vector = rasterised(svg);
        const QImage pixels = QImage(path + QStringLiteral(".png")).scaled(vector.size());
        QVERIFY2(ink(vector) > 0.0003 && ink(vector) < 0.5 && ink(pixels) > 0.0003 && ink(pixels) < 0.5,
                 qPrintable(part->id() + QStringLiteral(" %1 %2").arg(ink(vector)).arg(ink(pixels))));
        QFile pdf(path + QStringLiteral(".pdf"));
        QVERIFY(pdf.open(QIODevice::ReadOnly) && pdf.readAll().startsWith("%PDF"));
        seen << part->id();
    }
    for (const char* id : {"steps", "palette", "graph", "loops", "library", "hardware", "timings", "functions",
                           "roofline", "memory", "inspector"})
        QVERIFY2(seen.contains(QLatin1String(id)), id);
}

void TestHandOn::theClipboardHasAPicture()
{
    const auto window = open();
    QVERIFY(window);
    window->parts().graphView()->setFocus();
    window->action(QStringLiteral("edit.copyPicture"))->trigger();
    const QMimeData* data = QGuiApplication::clipboard()->mimeData();
    QVERIFY(data && data->hasImage() && !qvariant_cast<QImage>(data->imageData()).isNull());
    QSvgRenderer svg(data->data(QStringLiteral("image/svg+xml")));
    QVERIFY(svg.isValid());
    QVERIFY(ink(rasterised(svg)) > 0.0003);
}

void TestHandOn::theSessionIsAPage()
{
    const auto window = open();
    QVERIFY(window);
    window->workspace().stepBy(-1);  // all steps belong to it, whatever is shown
    QVERIFY(settle(*window));
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("session.html"));
    window->workspace().runs().reportTo(path);
    QVERIFY(settle(*window));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QXmlStreamReader xml(&file);
    int sections = 0;
    while (!xml.atEnd())
        if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == QLatin1String("section"))
            ++sections;
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QCOMPARE(sections, static_cast<int>(window->workspace().session().all().size()) + 1);
}

STRATA_TEST_IN(QApplication, TestHandOn)
#include "tst_window_hand_on.moc"
