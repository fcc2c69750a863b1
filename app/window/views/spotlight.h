// Above the window in a lecture: darkens all but what is around the pointer, or everything. Mouse and keys go through.
#pragma once

#include <QTimer>
#include <QWidget>

namespace strata {

class Spotlight : public QWidget {
    Q_OBJECT
public:
    enum class Mode { Off, Pointer, Blank };
    explicit Spotlight(QWidget* window);  // covers it
    Mode mode() const { return m_mode; }
    void setMode(Mode mode);

protected:
    void paintEvent(QPaintEvent*) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void follow();
    QRect light() const;

    Mode m_mode = Mode::Off;
    QTimer m_timer;  // widgets below do not all track the mouse
    QPoint m_pointer;
};

}  // namespace strata
