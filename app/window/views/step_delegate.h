// How a row of the list of steps is drawn and edited: number, badge of its level, title, what it changed; a note below.
#pragma once

#include <QStyledItemDelegate>

namespace strata {

class StepView;
struct StepRow;

class StepDelegate : public QStyledItemDelegate {
public:
    explicit StepDelegate(StepView* view);

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void setEditorData(QWidget* editor, const QModelIndex& index) const override;
    void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override;
    void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const override;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    // Right of number and badge.
    QRect textRect(const QStyleOptionViewItem& option, const StepRow& row) const;

    StepView* m_view;
};

}  // namespace strata
