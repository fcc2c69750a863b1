// What an event handler throws is said and ends nothing.
#include "app/window/application.h"
#include "tests/program.h"

#include <QSignalSpy>
#include <QTest>

#include <stdexcept>

namespace {

class Thrower : public QObject {
public:
    bool event(QEvent* event) override
    {
        if (event->type() == QEvent::User)
            throw std::runtime_error("a fault");
        if (event->type() == QEvent::User + 1)
            throw 42;
        return QObject::event(event);
    }
};

}  // namespace

class ApplicationTest : public QObject {
    Q_OBJECT
private slots:
    void whatAHandlerThrowsIsSaid()
    {
        auto* application = qobject_cast<strata::Application*>(qApp);
        QSignalSpy failed(application, &strata::Application::failed);
        Thrower thrower;
        for (const int type : {QEvent::User + 0, QEvent::User + 1})
            QCoreApplication::postEvent(&thrower, new QEvent(static_cast<QEvent::Type>(type)));
        QCoreApplication::processEvents();
        QCOMPARE(failed.size(), 2);
        QCOMPARE(failed.front().front().toString(), QStringLiteral("a fault"));
    }
};

static int run(int argc, char** argv)
{
    strata::Application application(argc, argv);
    ApplicationTest test;
    return QTest::qExec(&test, argc, argv);
}
STRATA_TEST_MAIN(run)
#include "tst_application.moc"
