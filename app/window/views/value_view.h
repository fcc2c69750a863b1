// A tensor as a person can take it in: what it holds in numbers, how its elements are distributed, a slice of it as a
// heat map; and the same of its difference to the reference.
#pragma once

#include "core/tensor/summary.h"
#include "core/tensor/texts.h"

#include <QWidget>

#include <memory>

namespace strata {

class ValueView : public QWidget {
    Q_OBJECT
public:
    explicit ValueView(QWidget* parent = nullptr);
    void setValue(const QString& name, std::shared_ptr<const Tensor> value, std::shared_ptr<const Tensor> reference);
    void setMessage(const QString& text);  // instead of a value
    QStringList lines() const { return m_lines; }
    std::int64_t slices() const;
    std::int64_t slice() const { return m_slice; }
    void setSlice(std::int64_t slice);
    bool showsDifference() const { return m_difference; }
    void setDifference(bool on);
    QSize sizeHint() const override { return {420, 220}; }

protected:
    void paintEvent(QPaintEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void wheelEvent(QWheelEvent*) override;

private:
    const Tensor& shown() const { return m_difference ? m_differences : *m_value; }
    void tell();
    void paintHistogram(QPainter& painter, const QRect& rect) const;
    void paintMap(QPainter& painter, const QRect& rect) const;
    QImage map(int columns, int rows) const;

    QString m_name, m_message;
    std::shared_ptr<const Tensor> m_value, m_reference;
    Tensor m_differences;
    ValueSummary m_summary;
    QStringList m_lines;
    std::int64_t m_slice = 0;
    bool m_difference = false;
};

}  // namespace strata
