// The application that outlives a fault of ours: what an event handler throws is said, and the window goes on with what
// it has.
#pragma once

#include <QApplication>

namespace strata {

class Application : public QApplication {
    Q_OBJECT
public:
    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override;

signals:
    void failed(const QString& what);
};

}  // namespace strata
