// A choice of names: one that is too long for the box is shown by both of its ends, and whole in the tool tip and the
// list.
#pragma once

#include <QComboBox>

namespace strata {

class NameBox : public QComboBox {
    Q_OBJECT
public:
    explicit NameBox(QWidget* parent = nullptr);
    void showPopup() override;
    int widthOfAll() const;  // that shows the longest name whole

protected:
    void paintEvent(QPaintEvent*) override;
    bool event(QEvent* event) override;
};

}  // namespace strata
