#include "app/window/jobs/page_pdf.h"

#include <QAbstractTextDocumentLayout>
#include <QFont>
#include <QImage>
#include <QPainter>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QSaveFile>
#include <QSvgRenderer>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QUrl>

namespace strata {

namespace {

constexpr int dotsPerInch = 96, marginPoints = 40;
constexpr double sharpness = 2;  // of a drawing, against the paper's dots

// Rich text of Qt knows no CSS variables and no block in a line of code, but colours by class.
constexpr const char* paper = R"(
h1 { font-size:20pt; } h2 { font-size:16pt; margin-top:18pt; } h3 { font-size:11pt; margin-top:8pt; }
p, li, td, th { font-size:10pt; } .sentence { font-size:12pt; color:#5b6673; } .facts { color:#5b6673; }
pre { font-family:"DejaVu Sans Mono"; font-size:7pt; } code { font-family:"DejaVu Sans Mono"; }
.a { background-color:#e3f0ff; } .r { background-color:#ffeddc; } .g { color:#5b6673; } th { color:#5b6673; text-align:left; }
)";

QImage draw(const QString& svg, double width)
{
    QSvgRenderer renderer(svg.toUtf8());
    QSizeF size = renderer.defaultSize();
    if (size.isEmpty())
        return {};
    if (size.width() > width)
        size *= width / size.width();
    QImage image((size * sharpness).toSize(), QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    renderer.render(&painter);
    return image;
}

// Answers stand at the end, by number, so that nobody reads them below their questions.
QString answersLast(QString html)
{
    static const QRegularExpression answer(
        QStringLiteral("<details class=\"answer\"><summary>(.*?)</summary><p>(.*?)</p></details>"),
        QRegularExpression::DotMatchesEverythingOption);
    QString answers;
    int number = 0;
    for (QRegularExpressionMatch found = answer.match(html); found.hasMatch(); found = answer.match(html)) {
        const QString mark = QStringLiteral("%1 %2").arg(found.captured(1)).arg(++number);
        answers += QStringLiteral("<p>%1: %2</p>").arg(mark, found.captured(2));
        html.replace(found.capturedStart(), found.capturedLength(),
                     QStringLiteral("<p class=\"facts\">%1</p>").arg(mark));
    }
    const qsizetype end = html.lastIndexOf(QLatin1String("</body>"));
    return end < 0 ? html + answers : html.insert(end, answers);
}

// A heading stands on the page of what it is above.
void keepHeadings(QTextDocument& document)
{
    const auto pageOf = [&](const QTextBlock& block) {
        return int(document.documentLayout()->blockBoundingRect(block).top() / document.pageSize().height());
    };
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
        const QTextBlock first = block;
        while (block.blockFormat().headingLevel() > 0 && block.next().isValid())
            block = block.next();
        if (block == first || pageOf(block) == pageOf(first))
            continue;
        QTextBlockFormat onNext;
        onNext.setPageBreakPolicy(QTextFormat::PageBreak_AlwaysBefore);
        QTextCursor(first).mergeBlockFormat(onNext);
    }
}

}  // namespace

QString onPaper(const std::string& page)
{
    QString html = QString::fromStdString(page);
    for (const char* part :
         {"<style>.*?</style>", "<script>.*?</script>", "<nav>.*?</nav>", "<p class=\"help\">.*?</p>"})
        html.remove(QRegularExpression(QLatin1String(part), QRegularExpression::DotMatchesEverythingOption));
    html = answersLast(std::move(html));
    // The page's title is that of its first section, too.
    static const QRegularExpression title(QStringLiteral("(<h1[^>]*>(.*?)</h1>.*?)<h2>\\2</h2>"),
                                          QRegularExpression::DotMatchesEverythingOption);
    if (const auto found = title.match(html); found.hasMatch())
        html.replace(found.capturedStart(), found.capturedLength(), found.captured(1));
    // A line of code is an element of its own there, and a line of text here.
    static const QRegularExpression code(QStringLiteral("<pre[^>]*>.*?</pre>"),
                                         QRegularExpression::DotMatchesEverythingOption);
    for (QRegularExpressionMatch found = code.match(html); found.hasMatch();) {
        QString block = found.captured();
        block.replace(QLatin1String("</span>"), QLatin1String("</span>\n"));
        html.replace(found.capturedStart(), found.capturedLength(), block);
        found = code.match(html, found.capturedStart() + block.size());
    }
    html.replace(QLatin1String("<summary>"), QLatin1String("<p>"))
        .replace(QLatin1String("</summary>"), QLatin1String("</p>"));
    return html;
}

Status printPage(const std::string& page, const QString& path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return environmentError(path.toStdString() + " cannot be written: " + file.errorString().toStdString() + ".");
    QPdfWriter writer(&file);
    writer.setResolution(dotsPerInch);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(marginPoints, marginPoints, marginPoints, marginPoints), QPageLayout::Point);
    const QSizeF paperSize = writer.pageLayout().paintRectPixels(dotsPerInch).size();
    QTextDocument document;
    document.setDefaultFont(QFont(QStringLiteral("DejaVu Sans"), 10));
    document.setDefaultStyleSheet(QLatin1String(paper));
    document.setDocumentMargin(0);
    QString html = onPaper(page);
    static const QRegularExpression drawing(QStringLiteral("<svg.*?</svg>"),
                                            QRegularExpression::DotMatchesEverythingOption);
    int number = 0;
    for (QRegularExpressionMatch found = drawing.match(html); found.hasMatch(); found = drawing.match(html)) {
        const QString name = QStringLiteral("drawing%1").arg(number++);
        const QImage image = draw(found.captured(), paperSize.width());
        document.addResource(QTextDocument::ImageResource, QUrl(name), image);
        html.replace(found.capturedStart(), found.capturedLength(),
                     QStringLiteral("<img src=\"%1\" width=\"%2\"/>").arg(name).arg(qRound(image.width() / sharpness)));
    }
    document.setHtml(html);
    document.setPageSize(paperSize);
    keepHeadings(document);
    document.print(&writer);
    return file.commit() ? Status()
                         : Status(environmentError(path.toStdString()
                                                   + " cannot be written: " + file.errorString().toStdString() + "."));
}

}  // namespace strata
