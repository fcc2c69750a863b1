#include "app/window/application.h"

#include <cstdio>
#include <exception>

namespace strata {

// Qt's event loop must not be left by an exception. What the handler had begun is not undone, but documents are values
// that change by one assignment, so they are whole.
bool Application::notify(QObject* receiver, QEvent* event)
{
    QString what;
    try {
        return QApplication::notify(receiver, event);
    } catch (const std::exception& exception) {
        what = QString::fromUtf8(exception.what());
    } catch (...) {
        what = tr("an unknown exception");
    }
    std::fprintf(stderr, "strata-explorer: an event handler fails: %s\n", qPrintable(what));
    emit failed(what);
    return false;
}

}  // namespace strata
