// The palette of transforms: a filter, what applies, and what does not with its reason. Below it opens the form of the
// chosen one.
#pragma once

#include "app/window/models/palette_model.h"

#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QTimer>

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
    void setTrying(bool on, bool possible);  // what is most promising, in the background
    QPushButton* tryButton() const { return m_try; }

signals:
    void chosen(const strata::PaletteEntry& entry);
    // By Space, or where the mouse rests: what it would do is to be shown, or no more.
    void previewed(const strata::PaletteEntry& entry);
    void previewEnded();
    void tryAsked();  // or no more of it

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void choose(const QModelIndex& index);
    void highlight();
    void moveHighlight(int by);
    void preview(const QModelIndex& index);
    void endPreview();
    bool previewByKey(int key);

    PaletteModel* m_model;
    QLineEdit* m_filter;
    QPushButton* m_try;
    QListView* m_list;
    QTimer m_rest;  // the mouse has not moved to another entry for a while
    QPersistentModelIndex m_rested;
    bool m_previewing = false;
    std::string m_moved;  // the entry that the arrow keys chose
    QWidget* m_form = nullptr;
};

}  // namespace strata
