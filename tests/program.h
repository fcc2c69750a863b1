// The tests of a folder are one program, so that what they use is linked once. It has a name for each of them (a link of the
// file system) and runs the test whose name it is called by: "tst_text", or "tests_core_text tst_text".
#pragma once
#include <QCoreApplication>
#include <QTest>

#include <cstddef>
#include <csignal>
#include <memory>
#include <type_traits>
#include <sys/types.h>

namespace test_program {

using Run = int (*)(int argc, char** argv);

// Adds a test to the program. `file` is its source: the name is the file's, without folder and ".cpp".
struct Entry {
    Entry(const char* file, Run run);
};

// Runs a class of tests inside an application (QCoreApplication, QApplication), or in none.
template<class Tests, class Application>
int runIn(int argc, char** argv)
{
    std::unique_ptr<Application> application;
    if constexpr (!std::is_same_v<Application, std::nullptr_t>) {
        application = std::make_unique<Application>(argc, argv);
        QCoreApplication::setAttribute(Qt::AA_Use96Dpi);  // as QTEST_MAIN does
    }
    Tests tests;
    return QTest::qExec(&tests, argc, argv);
}

// Signals one process: true if it was there. A process that has ended has the number 0 (QProcess) or -1 (Worker), and the
// system's kill() takes these as all processes of the group, or all there are: the test's own ctest and what started it.
inline bool signalProcess(qint64 process, int signal) { return process > 0 && ::kill(pid_t(process), signal) == 0; }

}  // namespace test_program

// At the end of a test's file, once.
#define STRATA_TEST_MAIN(run) static const test_program::Entry strataTestEntry(__FILE__, run);
#define STRATA_TEST(Tests) STRATA_TEST_MAIN((test_program::runIn<Tests, std::nullptr_t>))
#define STRATA_TEST_IN(Application, Tests) STRATA_TEST_MAIN((test_program::runIn<Tests, Application>))
