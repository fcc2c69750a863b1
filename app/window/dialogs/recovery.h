// Documents whose window ended without closing: taken up, left for later, or thrown away, as the person says.
#pragma once

#include "app/window/workspace/autosave.h"

#include <QDialog>
#include <QListWidget>
#include <QPushButton>

namespace strata {

class RecoveryDialog : public QDialog {
    Q_OBJECT
public:
    explicit RecoveryDialog(std::vector<LostDocument> documents, QWidget* parent = nullptr);
    QListWidget* list() const { return m_list; }
    QPushButton* recoverButton() const { return m_recover; }
    QPushButton* discardButton() const { return m_discard; }
    QPushButton* laterButton() const { return m_later; }

signals:
    void recovered(const strata::LostDocument& document);

private:
    void recover();
    void discardChosen();

    std::vector<LostDocument> m_documents;  // by row
    QListWidget* m_list;
    QPushButton *m_recover, *m_discard, *m_later;
};

}  // namespace strata
