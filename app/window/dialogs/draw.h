// A small canvas: the picture that goes into a model, drawn by hand, white on black as the digits that models learn.
#pragma once

#include <QDialog>
#include <QImage>
#include <QTimer>

class QLabel;

namespace strata {

class Canvas : public QWidget {
    Q_OBJECT
public:
    explicit Canvas(const QSize& size, QWidget* parent = nullptr);
    const QImage& image() const { return m_image; }
    void clear();

signals:
    void changed();

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;

private:
    QPointF place(const QPointF& at) const;  // in the picture
    void stroke(const QPointF& from, const QPointF& to, bool erase);

    QImage m_image;
    QPointF m_last;
};

class DrawDialog : public QDialog {
    Q_OBJECT
public:
    explicit DrawDialog(const QSize& size, QWidget* parent = nullptr);
    Canvas* canvas() const { return m_canvas; }
    void setAnswer(const QString& text);  // what the model makes of it

signals:
    void drawn(const QImage& picture);

private:
    Canvas* m_canvas;
    QLabel* m_answer;
    QTimer m_rest;
};

}  // namespace strata
