// What the tests of the window share: waiting until it is quiet, and answering what it asks.
#pragma once

#include "app/window/main_window.h"

#include <QApplication>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTest>

namespace strata {

// A Qt warning fails a test, except those of the platform that tests run on.
inline const QRegularExpression windowWarnings(QStringLiteral("^(?!This plugin does not support|QStandardPaths: )"));
inline const QString samplesFolder = QStringLiteral(STRATA_SOURCE_DIR "/samples/");
// What is kept of runs and of lessons goes to a folder of the tests' own.
inline const bool keptApart = (QStandardPaths::setTestModeEnabled(true), true);
constexpr int patienceMs = 60'000;

// Until no job has run for a while.
inline bool settle(MainWindow& window)
{
    int quiet = 0;
    for (int waited = 0; waited < patienceMs; waited += 20) {
        QTest::qWait(20);
        quiet = window.workspace().jobs().idle() ? quiet + 1 : 0;
        if (quiet > 3)
            return true;
    }
    return false;
}

// How often an aspect of the scene has changed.
class AspectSpy {
public:
    AspectSpy(Workspace& workspace, Aspects aspects)
    {
        m_connection = QObject::connect(
            &workspace, &Workspace::sceneChanged,
            [this, aspects](const ScenePtr&, Aspects changed) { m_count += changed & aspects ? 1 : 0; });
    }
    ~AspectSpy() { QObject::disconnect(m_connection); }
    AspectSpy(const AspectSpy&) = delete;
    AspectSpy& operator=(const AspectSpy&) = delete;
    int count() const { return m_count; }
    void clear() { m_count = 0; }
    bool wait()  // for the next change
    {
        const int before = m_count;
        return QTest::qWaitFor([&] { return m_count > before; }, patienceMs);
    }

private:
    QMetaObject::Connection m_connection;
    int m_count = 0;
};

// Answers the next dialog, which runs an event loop of its own.
template<class Dialog, class Answer>
void whenAsked(Answer answer)
{
    auto* timer = new QTimer(qApp);
    timer->setInterval(10);
    QObject::connect(timer, &QTimer::timeout, timer, [timer, answer] {
        if (auto* dialog = qobject_cast<Dialog*>(QApplication::activeModalWidget()); dialog && dialog->isVisible()) {
            timer->stop();
            timer->deleteLater();
            answer(*dialog);
        }
    });
    timer->start();
}

}  // namespace strata
