#include "app/window/views/palette_view.h"

#include "app/window/theme/theme.h"
#include "app/window/views/level_pane.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyle>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace strata {

namespace {

constexpr int left = 10, badgeSize = 16, gap = 8, mostLines = 12;

class EntryDelegate : public QStyledItemDelegate {
public:
    explicit EntryDelegate(QListView* view)
        : QStyledItemDelegate(view)
        , m_view(view)
    {
    }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const PaletteEntry* entry = static_cast<const PaletteModel*>(index.model())->entry(index.row());
        if (!entry)
            return {80, option.fontMetrics.height() + 10};
        const bool gains = static_cast<const PaletteModel*>(index.model())->gain(index.row());
        return {80, std::max(badgeSize, detailRect(option, *entry, textWidth()).height()) + 8
                        + (gains ? option.fontMetrics.height() : 0)};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const PaletteEntry* entry = static_cast<const PaletteModel*>(index.model())->entry(index.row());
        const Theme& theme = themeOf(option.palette);
        painter->save();
        painter->setFont(option.font);
        if (!entry) {
            if (index.flags() & Qt::ItemIsSelectable)
                drawGround(*painter, option, theme);
            painter->setPen(theme.muted);
            painter->drawText(option.rect.adjusted(left, 4, 0, 0), Qt::AlignVCenter, index.data().toString());
        } else {
            drawGround(*painter, option, theme);
            drawEntry(*painter, option, *entry, textWidth(), theme);
            if (const Gain* gain = static_cast<const PaletteModel*>(index.model())->gain(index.row()))
                drawGain(*painter, option, *gain, theme);
        }
        painter->restore();
    }

private:
    // With room for a scroll bar whether it is there or not: rows are measured before that is known.
    int textWidth() const { return m_view->width() - m_view->style()->pixelMetric(QStyle::PM_ScrollBarExtent) - 2; }
    static QFont bold(const QFont& font)
    {
        QFont result = font;
        result.setBold(true);
        return result;
    }
    static int titleEnd(const QStyleOptionViewItem& option, const PaletteEntry& entry)
    {
        return left + badgeSize + gap + QFontMetrics(bold(option.font)).horizontalAdvance(entry.title);
    }
    // Beside the title where there is room, else below it.
    static QRect detailRect(const QStyleOptionViewItem& option, const PaletteEntry& entry, int width)
    {
        const int line = option.fontMetrics.height();
        const bool beside = width - titleEnd(option, entry) > 110;
        const int x = beside ? titleEnd(option, entry) + gap : left + badgeSize + gap;
        const QRect space(0, 0, std::max(40, width - x - 8), line * mostLines);
        const int text = entry.detail.isEmpty()
                             ? 0
                             : option.fontMetrics.boundingRect(space, Qt::TextWordWrap, entry.detail).height();
        const int height = std::min(text, line * mostLines);
        return beside ? QRect(x, 0, space.width(), std::max(height, line)) : QRect(x, 0, space.width(), height + line);
    }
    static void drawGround(QPainter& painter, const QStyleOptionViewItem& option, const Theme& theme)
    {
        if (option.state & (QStyle::State_MouseOver | QStyle::State_Selected))
            painter.fillRect(option.rect, theme.ground);
        if (option.state & QStyle::State_HasFocus) {
            painter.setPen(theme.accent);
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1));
        }
    }
    static void drawEntry(QPainter& painter, const QStyleOptionViewItem& option, const PaletteEntry& entry, int width,
                          const Theme& theme)
    {
        const int line = option.fontMetrics.height();
        const int top = option.rect.top() + 4;
        BadgeLabel::paint(painter, QRect(left, top + (line - badgeSize) / 2 + 1, badgeSize, badgeSize), entry.level,
                          option.palette, entry.applies ? 1 : 0.55);
        QFont title = bold(option.font);
        title.setItalic(!entry.planned);  // until it is known whether it is legal
        painter.setFont(title);
        painter.setPen(entry.applies ? theme.text : theme.muted);
        painter.drawText(QRect(left + badgeSize + gap, top, option.rect.width(), line), Qt::AlignVCenter, entry.title);
        painter.setFont(option.font);
        painter.setPen(theme.muted);
        QRect detail = detailRect(option, entry, width);
        const bool beside = detail.left() > left + badgeSize + gap;
        detail.translate(0, top);
        if (!beside)
            detail.setTop(top + line);
        painter.drawText(detail, Qt::TextWordWrap | Qt::AlignTop, entry.detail);
    }

    // Below the entry: a bar as long as what is gained, solid where it was measured, dotted where it is predicted.
    void drawGain(QPainter& painter, const QStyleOptionViewItem& option, const Gain& gain, const Theme& theme) const
    {
        const int line = option.fontMetrics.height();
        const QRect row(left + badgeSize + gap, option.rect.bottom() - line - 2,
                        textWidth() - left - badgeSize - 2 * gap, line);
        const QString text = gainText(gain);
        painter.setPen(gain.best() < 1 ? theme.text : theme.muted);
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, text);
        const int begin = row.left() + option.fontMetrics.horizontalAdvance(QStringLiteral("measured no change "))
                          + gap;
        const double length = std::clamp(1 - gain.best(), 0.0, 1.0) * std::max(0, row.right() - begin);
        painter.setPen(QPen(theme.accent, 4, gain.measured ? Qt::SolidLine : Qt::DotLine, Qt::FlatCap));
        if (length >= 1)
            painter.drawLine(QPointF(begin, row.center().y() + 1), QPointF(begin + length, row.center().y() + 1));
    }

    QListView* m_view;
};

}  // namespace

PaletteView::PaletteView(PaletteModel* model, QWidget* parent)
    : QWidget(parent)
    , m_model(model)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_filter = new QLineEdit;
    m_filter->setPlaceholderText(tr("Filter transforms"));
    m_filter->setAccessibleName(tr("Filter transforms"));
    m_filter->setClearButtonEnabled(true);
    m_filter->installEventFilter(this);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_moved.clear();
        m_model->setFilter(text);
    });
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 6, 8, 4);
    top->addWidget(m_filter);
    m_try = new QPushButton;
    m_try->setAutoDefault(false);
    connect(m_try, &QPushButton::clicked, this, &PaletteView::tryAsked);
    layout->addLayout(top);
    auto* second = new QHBoxLayout;
    second->setContentsMargins(8, 0, 8, 4);
    second->addWidget(m_try);
    second->addStretch(1);
    layout->addLayout(second);
    setTrying(false, false);
    m_list = new QListView;
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMinimumHeight(24);  // a form needs what there is
    m_list->setMouseTracking(true);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setModel(model);
    connect(model, &PaletteModel::modelReset, this, &PaletteView::highlight);  // after the list's own
    m_list->setItemDelegate(new EntryDelegate(m_list));
    m_list->setAccessibleName(tr("Transforms for the selection"));
    m_list->installEventFilter(this);
    connect(m_list, &QListView::clicked, this, &PaletteView::choose);
    m_list->viewport()->installEventFilter(this);
    m_rest.setSingleShot(true);
    m_rest.setInterval(500);
    connect(m_list, &QListView::entered, this, [this](const QModelIndex& index) {
        m_rested = index;
        m_rest.start();
    });
    connect(&m_rest, &QTimer::timeout, this, [this] { preview(m_rested); });
    layout->addWidget(m_list, 1);
}

void PaletteView::setTrying(bool on, bool possible)
{
    m_try->setText(on ? tr("Stop trying") : tr("Try the 5 most promising"));
    m_try->setToolTip(
        on ? tr("Measures no more; what was found stays")
           : tr("Predicts what each step would gain, and measures the best five in turn with the function "
                "as it is, in the background. Nothing is applied."));
    m_try->setVisible(on || possible);
}

// What is typed, or does not apply, has nothing to show.
void PaletteView::preview(const QModelIndex& index)
{
    const PaletteEntry* entry = index.isValid() ? m_model->entry(index.row()) : nullptr;
    if (!entry || !entry->applies || entry->typed)
        return endPreview();
    m_previewing = true;
    emit previewed(PaletteEntry(*entry));
}

void PaletteView::endPreview()
{
    m_rest.stop();
    if (std::exchange(m_previewing, false))
        emit previewEnded();
}

bool PaletteView::previewByKey(int key)
{
    if (key == Qt::Key_Escape && m_previewing) {
        endPreview();
        return true;
    }
    if (key != Qt::Key_Space)
        return false;
    m_previewing ? endPreview() : preview(m_list->currentIndex());
    return true;
}

void PaletteView::choose(const QModelIndex& index)
{
    endPreview();
    if (const PaletteEntry* entry = m_model->entry(index.row()))
        emit chosen(PaletteEntry(*entry));  // a copy: what follows may reset the model
    else if (m_model->isFold(index.row()))
        m_model->setUnfolded(!m_model->isUnfolded());
}

// What Enter takes is highlighted: while a name is typed the best match, until the arrow keys choose another. Entries
// come in as they are checked; the choice stays where it is.
void PaletteView::highlight()
{
    const int moved = m_moved.empty() ? -1 : m_model->rowOf(m_moved);
    const int row = moved >= 0 ? moved : m_model->bestRow();
    if (row < 0)
        return;
    m_list->setCurrentIndex(m_model->index(row));
    m_list->scrollTo(m_model->index(row));
}

void PaletteView::moveHighlight(int by)
{
    int row = m_list->currentIndex().isValid() ? m_list->currentIndex().row() + by : 0;
    while (row >= 0 && row < m_model->rowCount() && !m_model->entry(row) && !m_model->isFold(row))
        row += by;  // a heading
    if (m_model->isFold(row))
        return m_list->setCurrentIndex(m_model->index(row));
    if (const PaletteEntry* entry = m_model->entry(row)) {
        m_moved = entry->id;
        highlight();
        if (m_previewing)
            preview(m_list->currentIndex());
    }
}

bool PaletteView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Leave && watched == m_list->viewport())
        endPreview();
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (watched == m_list && previewByKey(key))
        return true;
    if (key == Qt::Key_Down || key == Qt::Key_Up) {
        moveHighlight(key == Qt::Key_Down ? 1 : -1);
        return true;
    }
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        choose(m_list->currentIndex());
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void PaletteView::focusFilter()
{
    m_filter->setFocus();
    m_filter->selectAll();
}

void PaletteView::setForm(QWidget* form)
{
    if (m_form) {
        m_form->hide();
        m_form->deleteLater();
    }
    m_form = form;
    if (form)
        layout()->addWidget(form);
}

}  // namespace strata
