#include "app/window/views/text_editor.h"

#include "app/window/theme/theme.h"

#include <QPainter>
#include <QPlainTextDocumentLayout>
#include <QRegularExpression>
#include <QSyntaxHighlighter>
#include <QTextBlock>

namespace strata {

TextFault faultOf(const QString& error)
{
    static const QRegularExpression placed(QStringLiteral("^[^:\\n]*:(\\d+):(\\d+): ([^\\n]*)"));
    const QRegularExpressionMatch match = placed.match(error);
    if (!match.hasMatch())
        return {0, 0, error.simplified()};
    const qsizetype caret = error.indexOf(QRegularExpression(QStringLiteral("\\n *\\^")), match.capturedEnd());
    const QString hint = caret < 0 ? QString() : error.mid(error.indexOf(QLatin1Char('^'), caret) + 1).simplified();
    return {match.captured(1).toInt() - 1, match.captured(2).toInt() - 1,
            (match.captured(3) + QLatin1Char(' ') + hint).trimmed()};
}

namespace {

constexpr int indent = 2;  // of what is shown

class Colours : public QSyntaxHighlighter {
public:
    Colours(QTextDocument* document, Syntax syntax, const QWidget& where)
        : QSyntaxHighlighter(document)
        , m_syntax(syntax)
        , m_where(where)
    {
    }

protected:
    void highlightBlock(const QString& text) override
    {
        const Theme& theme = themeOf(m_where.palette());
        for (const TokenSpan& span : highlight(text, m_syntax))
            setFormat(span.start, span.length, colorOf(span.token, theme));
    }

private:
    Syntax m_syntax;
    const QWidget& m_where;
};

}  // namespace

// Rows as high as those of the shown text, and room under the line that has a fault.
class TextEditor::Layout : public QPlainTextDocumentLayout {
public:
    using QPlainTextDocumentLayout::QPlainTextDocumentLayout;
    QRectF blockBoundingRect(const QTextBlock& block) const override
    {
        QRectF rect = QPlainTextDocumentLayout::blockBoundingRect(block);
        rect.setHeight(std::max<double>(rect.height(), rowHeight));
        if (block.blockNumber() == faultLine)
            rect.setHeight(rect.height() + faultHeight);
        return rect;
    }
    int rowHeight = 0, faultLine = -1, faultHeight = 0;
};

class TextEditor::Gutter : public QWidget {
public:
    explicit Gutter(TextEditor* editor)
        : QWidget(editor)
        , m_editor(*editor)
    {
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        m_editor.paintGutter(painter);
    }

private:
    const TextEditor& m_editor;
};

TextEditor::TextEditor(Syntax syntax, QWidget* parent)
    : CodeEdit(parent)
    , m_layout(nullptr)
    , m_gutter(new Gutter(this))
{
    auto* document = new QTextDocument(this);
    m_layout = new Layout(document);
    document->setDocumentLayout(m_layout);
    setDocument(document);
    new Colours(document, syntax, *this);
    setFrameShape(QFrame::NoFrame);
    setLineWrapMode(NoWrap);
    setAccessibleName(tr("Text of the shown function"));
    setCodeSize(10);
    connect(this, &QPlainTextEdit::textChanged, this, [this] {
        m_warned = false;
        emit typed();
    });
    connect(this, &QPlainTextEdit::updateRequest, m_gutter, [this] { m_gutter->update(); });
}

TextEditor::~TextEditor() = default;

void TextEditor::begin(const QString& text, int line, int column)
{
    m_original = text;
    m_warned = false;
    setFault(std::nullopt);
    setPlainText(text);
    const QTextBlock block = document()->findBlockByNumber(std::clamp(line, 0, blockCount() - 1));
    QTextCursor cursor(block);
    cursor.movePosition(QTextCursor::Right, QTextCursor::MoveAnchor, std::clamp(column, 0, block.length() - 1));
    setTextCursor(cursor);
    ensureCursorVisible();
}

void TextEditor::setCodeSize(double pointSize)
{
    const QFont font = codeFont(pointSize);
    setFont(font);
    document()->setDefaultFont(font);
    const QFontMetrics metrics(font);
    m_layout->rowHeight = metrics.height() + qRound(metrics.height() * 0.25);
    const int gutter = qRound(QFontMetricsF(font).horizontalAdvance(QStringLiteral("000000"))) + 8;
    setViewportMargins(gutter - qRound(document()->documentMargin()), 0, 0, 0);
    layOutFault();
}

void TextEditor::setFault(const std::optional<TextFault>& fault)
{
    if (fault == m_fault)
        return;
    m_fault = fault;
    QList<QTextEdit::ExtraSelection> marks;
    if (const QTextBlock block = document()->findBlockByNumber(fault ? fault->line : -1); block.isValid()) {
        QTextEdit::ExtraSelection mark{QTextCursor(block), {}};
        mark.cursor.movePosition(QTextCursor::Right, QTextCursor::MoveAnchor,
                                 std::clamp(fault->column, 0, block.length() - 1));
        mark.cursor.movePosition(QTextCursor::EndOfWord, QTextCursor::KeepAnchor);
        mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        mark.format.setUnderlineColor(themeOf(palette()).removedMark);
        marks << mark;
    }
    setExtraSelections(marks);
    layOutFault();
}

void TextEditor::layOutFault()
{
    constexpr int air = 4;
    m_layout->faultLine = m_fault ? std::clamp(m_fault->line, 0, blockCount() - 1) : -1;
    m_layout->faultHeight = m_fault ? air
                                          + fontMetrics()
                                                .boundingRect(QRect(0, 0, std::max(80, viewport()->width() - 16), 4000),
                                                              Qt::TextWordWrap, m_fault->text)
                                                .height()
                                    : 0;
    emit m_layout->documentSizeChanged(m_layout->documentSize());
    viewport()->update();
    m_gutter->update();
}

QRect TextEditor::faultRect() const
{
    const QTextBlock block = document()->findBlockByNumber(m_layout->faultLine);
    if (!m_fault || !block.isValid())
        return {};
    const QRectF rect = blockBoundingGeometry(block).translated(contentOffset());
    return {0, qRound(rect.bottom()) - m_layout->faultHeight, viewport()->width(), m_layout->faultHeight};
}

void TextEditor::paintEvent(QPaintEvent* event)
{
    CodeEdit::paintEvent(event);
    const Theme& theme = themeOf(palette());
    QPainter painter(viewport());
    if (const QRect rect = faultRect(); !rect.isNull()) {
        painter.fillRect(rect, theme.removedGround);
        painter.fillRect(QRect(0, rect.top(), 3, rect.height()), theme.removedMark);
        painter.setPen(theme.text);
        painter.drawText(rect.adjusted(8, 2, -8, 0), Qt::TextWordWrap, m_fault->text);
    }
    painter.setPen(QPen(theme.accent, 1.5));
    painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
}

void TextEditor::paintGutter(QPainter& painter) const
{
    const Theme& theme = themeOf(palette());
    painter.fillRect(m_gutter->rect(), theme.panel);
    painter.setFont(font());
    painter.setPen(theme.muted);
    const int right = m_gutter->width() - 3 * fontMetrics().horizontalAdvance(QLatin1Char('0'));
    for (QTextBlock block = firstVisibleBlock(); block.isValid(); block = block.next()) {
        const QRectF rect = blockBoundingGeometry(block).translated(contentOffset());
        if (rect.top() > height())
            break;
        painter.drawText(QRectF(0, rect.top(), right, fontMetrics().height()), Qt::AlignRight,
                         QString::number(block.blockNumber() + 1));
    }
}

void TextEditor::resizeEvent(QResizeEvent* event)
{
    CodeEdit::resizeEvent(event);
    m_gutter->setGeometry(0, 0, viewportMargins().left(), height());
    layOutFault();
}

// As far in as the line before.
void TextEditor::beginLine()
{
    const QString before = textCursor().block().text();
    const auto text = std::find_if(before.begin(), before.end(), [](QChar c) { return c != QLatin1Char(' '); });
    const bool opens = before.left(textCursor().positionInBlock()).trimmed().endsWith(QLatin1Char(':'));
    textCursor().insertText(QLatin1Char('\n')
                            + QString(text - before.begin() + (opens ? indent : 0), QLatin1Char(' ')));
    ensureCursorVisible();
}

void TextEditor::leave()
{
    if (!isChanged() || m_warned)
        return emit left();
    m_warned = true;
    emit warned();
}

void TextEditor::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Escape: return leave();
    case Qt::Key_Return:
    case Qt::Key_Enter: return event->modifiers() & Qt::ShiftModifier ? beginLine() : emit taken();
    case Qt::Key_Tab:
        if (!event->modifiers())
            return insertPlainText(QString(indent - textCursor().positionInBlock() % indent, QLatin1Char(' ')));
        break;
    default: break;
    }
    CodeEdit::keyPressEvent(event);
}

}  // namespace strata
