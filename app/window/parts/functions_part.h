// The functions of the shown state with the time of their calls: sorted by a click on a heading, filtered, saved as
// CSV.
#pragma once

#include "app/window/models/function_times.h"
#include "app/window/parts/table_part.h"

class QLineEdit;

namespace strata {

class FunctionsPart : public TablePart {
    Q_OBJECT
public:
    explicit FunctionsPart(Workspace& workspace);
    QWidget* widget() const override { return m_widget; }
    QLineEdit* filter() const { return m_filter; }
    void show(const Scene& scene, Aspects changed) override;
    QString csvText() const { return csv(m_rows); }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void refresh(const Scene& scene);
    void showRows();
    void saveCsv();

    QWidget* m_widget;
    QLineEdit* m_filter;
    std::vector<FunctionTime> m_rows;
    FunctionColumn m_column = FunctionColumn::Time;
    bool m_descending = true;
    bool m_stale = true;  // nobody looks at it, so it waits until somebody does
};

}  // namespace strata
