// A picture that goes into the model, and what the model makes of it.
#pragma once

#include <QImage>
#include <QWidget>

class QLabel;
class QPushButton;

namespace strata {

class PictureView : public QWidget {
    Q_OBJECT
public:
    explicit PictureView(QWidget* parent = nullptr);
    void setPictures(std::vector<QImage> pictures);  // one a data set; empty: the model takes none
    void setValues(int sample, const std::vector<double>& values, int expected);
    int sample() const { return m_sample; }

signals:
    void asked(int sample);  // predict this one

protected:
    void paintEvent(QPaintEvent*) override;

private:
    void step(int by);

    std::vector<QImage> m_pictures;
    std::vector<double> m_values;
    int m_sample = 0, m_expected = -1;
    QPushButton* m_previous;
    QPushButton* m_next;
};

}  // namespace strata
