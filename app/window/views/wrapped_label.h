// A paragraph, as wide as its place and as tall as its lines. What is around it is laid out again when it becomes taller or
// shorter, not with each text, as that of a QLabel is.
#pragma once

#include <QWidget>

namespace strata {

class WrappedLabel : public QWidget {
public:
    explicit WrappedLabel(QWidget* parent = nullptr);
    void setText(const QString& text);
    const QString& text() const { return m_text; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent*) override;
    void contextMenuEvent(QContextMenuEvent* event) override;  // copies it

private:
    QString m_text;
};

}  // namespace strata
