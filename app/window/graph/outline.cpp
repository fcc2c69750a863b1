#include "app/window/graph/outline.h"

#include <QStandardItemModel>

namespace strata {

namespace {

constexpr int boxRole = Qt::UserRole, cursorRole = Qt::UserRole + 1;

QString nameOf(const GraphBox& box)
{
    return box.detail.isEmpty() || box.isGroup() ? box.title : box.title + QStringLiteral("  ") + box.detail;
}

QStandardItem* itemOf(const GraphBox& box, int index)
{
    auto* item = new QStandardItem(nameOf(box));
    item->setEditable(false);
    item->setData(index, boxRole);
    item->setToolTip(box.isGroup() ? box.detail : box.toolTip);
    return item;
}

}  // namespace

GraphOutline::GraphOutline(QWidget* parent)
    : QTreeView(parent)
    , m_model(new QStandardItemModel(this))
{
    setModel(m_model);
    setHeaderHidden(true);
    setFrameShape(QFrame::NoFrame);
    setUniformRowHeights(true);
    setAccessibleName(tr("Outline of the graph"));
    connect(selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (m_follows || !index.isValid())
            return;
        if (const QVariant cursor = index.data(cursorRole); cursor.isValid())
            emit nodeChosen(cursor.value<Cursor>());
        else
            emit boxChosen(index.data(boxRole).toInt());
    });
}

void GraphOutline::setPicture(GraphPicturePtr picture)
{
    m_picture = std::move(picture);
    m_current = -1;
    m_stale = true;
    if (isVisible())
        fill();
}

void GraphOutline::showEvent(QShowEvent* event)
{
    if (m_stale)
        fill();
    QTreeView::showEvent(event);
}

// Frames stand before what is in them, so that a box's parent is there already.
void GraphOutline::fill()
{
    m_stale = false;
    m_follows = true;
    m_model->clear();
    std::vector<QStandardItem*> items;
    const std::vector<GraphBox> none;
    for (const GraphBox& box : m_picture ? m_picture->boxes : none) {
        QStandardItem* item = itemOf(box, static_cast<int>(items.size()));
        items.push_back(item);
        if (box.kind == GraphBox::Kind::Ghost)
            item->setText(tr("%1 (was)").arg(item->text()));
        (box.frame >= 0 ? items[static_cast<std::size_t>(box.frame)] : m_model->invisibleRootItem())->appendRow(item);
        for (const Cursor& member : box.kind == GraphBox::Kind::Group ? box.members : std::vector<Cursor>()) {
            auto* node = new QStandardItem(QString::fromStdString(member.name));
            node->setEditable(false);
            node->setData(QVariant::fromValue(member), cursorRole);
            item->appendRow(node);
        }
    }
    m_follows = false;
    for (std::size_t i = 0; i < items.size(); ++i)
        if (m_picture->boxes[i].kind == GraphBox::Kind::Frame)
            setExpanded(items[i]->index(), true);
    setCurrentBox(m_current);
}

void GraphOutline::setCurrentBox(int box)
{
    m_current = box;
    if (m_stale)
        return;
    m_follows = true;
    const QModelIndexList found = box < 0 ? QModelIndexList()
                                          : m_model->match(m_model->index(0, 0), boxRole, box, 1,
                                                           Qt::MatchExactly | Qt::MatchRecursive);
    if (found.isEmpty())
        selectionModel()->clear();
    else if (currentIndex().isValid() && currentIndex().parent() == found.front()
             && currentIndex().data(cursorRole).isValid())
        ;  // a node of the closed group that is lit
    else
        setCurrentIndex(found.front());
    m_follows = false;
}

}  // namespace strata
