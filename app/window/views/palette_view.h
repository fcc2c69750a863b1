// The palette of transforms: a filter, what applies, and what does not with its reason. Below it opens the form of the
// chosen one.
#pragma once

#include "app/window/models/palette_model.h"

#include <QLineEdit>
#include <QListView>

namespace strata {

class PaletteView : public QWidget {
    Q_OBJECT
public:
    explicit PaletteView(PaletteModel* model, QWidget* parent = nullptr);
    QListView* list() const { return m_list; }
    QLineEdit* filter() const { return m_filter; }
    void focusFilter();
    void setForm(QWidget* form);  // takes it; nullptr closes the form
    QWidget* form() const { return m_form; }

signals:
    void chosen(const strata::PaletteEntry& entry);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void choose(const QModelIndex& index);
    void highlight();
    void moveHighlight(int by);

    PaletteModel* m_model;
    QLineEdit* m_filter;
    QListView* m_list;
    std::string m_moved;  // the entry that the arrow keys chose
    QWidget* m_form = nullptr;
};

}  // namespace strata
