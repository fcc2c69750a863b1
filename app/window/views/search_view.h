// The picture of a search: a point for each candidate in the order in which they were measured, what the rules chose,
// and the best so far.
#pragma once

#include <QWidget>

#include <vector>

namespace strata {

class SearchView : public QWidget {
    Q_OBJECT
public:
    explicit SearchView(QWidget* parent = nullptr);
    // In ms; `first` is the time that the search begins with.
    void setTrials(const QString& function, double first, std::vector<double> trials);
    QString sentence() const;
    QPointF pointOf(std::size_t trial) const;
    QSize sizeHint() const override { return {400, 150}; }

protected:
    void paintEvent(QPaintEvent*) override;

private:
    QRectF plot() const;
    double heightOf(double ms) const;

    QString m_function;
    double m_first = 0;
    std::vector<double> m_trials;
};

}  // namespace strata
