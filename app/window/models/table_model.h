// Rows of texts under headings: inspector, deployment, problems.
#pragma once

#include <QAbstractTableModel>
#include <QSet>
#include <QStringList>

namespace strata {

struct TableRow {
    QStringList cells;
    QString toolTip;
    QVariant data;  // for the view's owner; Qt::UserRole

    friend bool operator==(const TableRow&, const TableRow&) = default;
};

class TableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    // `rightAligned`: columns of numbers.
    explicit TableModel(QStringList headings, QSet<int> rightAligned = {}, QObject* parent = nullptr);
    void setRows(QList<TableRow> rows);  // what is there already changes nothing
    void append(QList<TableRow> rows);
    const QList<TableRow>& rows() const { return m_rows; }
    QString toText() const;  // tab-separated, with headings
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QStringList m_headings;
    QSet<int> m_right;
    QList<TableRow> m_rows;
};

}  // namespace strata
