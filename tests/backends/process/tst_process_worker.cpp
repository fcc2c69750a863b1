// Workers: answers, deaths of every kind, and what is said of them.
#include "backends/process/worker.h"
#include "tests/program.h"

#include <QtTest>

#include <csignal>
#include <fcntl.h>
#include <thread>

using namespace strata;

class TestWorker : public QObject {
    Q_OBJECT

private slots:
    void echoes_data();
    void echoes();
    void deaths_data();
    void deaths();
    void startsAgain();
    void timesOut();
    void stops();
    void killedFromAnotherThread();
    void killedWhileIdle();
    void progress();
    void refusal();
    void printingDoesNotDisturb();
    void inheritsNothing();
    void noMessage();
    void missingProgram();
    void queues();
    void errorsTravel();
};

static Worker makeWorker() { return Worker("runner", {siblingProgram("strata-test-worker")}); }

static QString text(const std::string& s) { return QString::fromStdString(s); }

void TestWorker::echoes_data()
{
    QTest::addColumn<int>("jsonBytes");
    QTest::addColumn<int>("blobBytes");
    QTest::newRow("empty") << 0 << 0;
    QTest::newRow("small") << 10 << 7;
    QTest::newRow("larger than a pipe holds") << 300'000 << 30'000'000;
}

void TestWorker::echoes()
{
    QFETCH(int, jsonBytes);
    QFETCH(int, blobBytes);
    Worker worker = makeWorker();
    Message request{std::string(std::size_t(jsonBytes), 'x'), Bytes(std::size_t(blobBytes))};
    for (std::size_t i = 0; i < request.blob.size(); ++i)
        request.blob[i] = std::byte(i * 31 >> 3);
    for (int i = 0; i < 2; ++i) {
        const Result<Message> answer = worker.call(request);
        QVERIFY2(answer.ok(), answer ? "" : answer.error().message.c_str());
        QCOMPARE(answer->json, request.json);
        QVERIFY(answer->blob == request.blob);
    }
}

void TestWorker::deaths_data()
{
    QTest::addColumn<QString>("request");
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("hint");
    QTest::newRow("crash") << "crash"
                           << "The runner ended with signal 11 (Segmentation fault) while running step 7."
                           << "";
    QTest::newRow("abort") << "abort"
                           << "The runner ended with signal 6 (Aborted) while running step 7."
                           << "It last said: the invariant x > 0 does not hold";
    QTest::newRow("exit") << "exit"
                          << "The runner ended with code 3 while running step 7."
                          << "";
}

void TestWorker::deaths()
{
    QFETCH(QString, request);
    QFETCH(QString, message);
    QFETCH(QString, hint);
    Worker worker = makeWorker();
    CallOptions options;
    options.what = "running step 7";
    const Result<Message> answer = worker.call({request.toStdString(), {}}, options);
    QVERIFY(!answer.ok());
    QCOMPARE(answer.error().kind, ErrorKind::Environment);
    QCOMPARE(text(answer.error().message), message);
    QCOMPARE(text(answer.error().hint), hint);
}

void TestWorker::startsAgain()
{
    Worker worker = makeWorker();
    QVERIFY(worker.fresh());
    QCOMPARE(worker.processId(), -1);
    QVERIFY(worker.call({"a", {}}).ok());
    QVERIFY(!worker.fresh());
    QVERIFY(!worker.call({"crash", {}}).ok());
    QVERIFY(worker.fresh());
    const Result<Message> answer = worker.call({"b", {}});
    QVERIFY(answer.ok());
    QCOMPARE(answer->json, std::string("b"));
}

void TestWorker::timesOut()
{
    Worker worker = makeWorker();
    CallOptions options;
    options.timeout = std::chrono::milliseconds(200);
    options.what = "running step 2";
    const Result<Message> answer = worker.call({"hang", {}}, options);
    QVERIFY(!answer.ok());
    QCOMPARE(text(answer.error().message),
             QString("The runner did not answer within 0.2 s while running step 2 and was ended."));
    QVERIFY(worker.call({"alive", {}}).ok());
}

void TestWorker::stops()
{
    Worker worker = makeWorker();
    std::stop_source source;
    CallOptions options;
    options.stop = source.get_token();
    options.what = "timing";
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        source.request_stop();
    });
    const Result<Message> answer = worker.call({"hang", {}}, options);
    QVERIFY(!answer.ok());
    // The stop may come before the call begins.
    QVERIFY(text(answer.error().message).contains("stopped"));
    QVERIFY(worker.call({"alive", {}}).ok());
}

void TestWorker::killedFromAnotherThread()
{
    Worker worker = makeWorker();
    QVERIFY(worker.call({"a", {}}).ok());
    std::jthread killer([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        worker.kill();
    });
    const Result<Message> answer = worker.call({"hang", {}},
                                               {.what = "running step 3", .timeout = {}, .stop = {}, .progress = {}});
    if (!answer.ok())
        QCOMPARE(text(answer.error().message), QString("The runner was killed while running step 3."));
    else
        QFAIL("A worker that hangs answers.");
}

void TestWorker::killedWhileIdle()
{
    Worker worker = makeWorker();
    QVERIFY(worker.call({"a", {}}).ok());
    const int pid = worker.processId();
    QVERIFY(test_program::signalProcess(pid, SIGKILL));
    QTRY_COMPARE(worker.processId(), -1);
    QVERIFY(worker.call({"b", {}}).ok());
    QVERIFY(worker.processId() != pid);
    worker.kill();
    QVERIFY(worker.call({"c", {}}).ok());
}

void TestWorker::progress()
{
    Worker worker = makeWorker();
    QStringList seen;
    CallOptions options;
    options.progress = [&](const std::string& what, double fraction) {
        seen << text(what) + " " + QString::number(fraction);
    };
    QVERIFY(worker.call({"progress", {}}, options).ok());
    QCOMPARE(seen, QStringList({"half way 0.5", "done 1"}));
}

void TestWorker::refusal()
{
    Worker worker = makeWorker();
    const Result<Message> answer = worker.call({"refuse", {}});
    QVERIFY(!answer.ok());
    QCOMPARE(answer.error().kind, ErrorKind::Refused);
    QCOMPARE(answer.error().text(), std::string("The step is not legal. Split it first."));
    QVERIFY(!worker.fresh());
}

void TestWorker::printingDoesNotDisturb()
{
    Worker worker = makeWorker();
    const Result<Message> answer = worker.call({"print", {}});
    QVERIFY(answer.ok());
    QCOMPARE(answer->json, std::string("print"));
}

void TestWorker::inheritsNothing()
{
    const int leaking = open("/dev/null", O_RDONLY);  // not close-on-exec
    Worker worker = makeWorker();
    const Result<Message> answer = worker.call({"descriptors", {}});
    close(leaking);
    QVERIFY(answer.ok());
    QCOMPARE(answer->json, std::string("6"));  // the three standard ones, /dev/null, and the two of the frames
}

void TestWorker::noMessage()
{
    Worker worker("board", {siblingProgram("strata-test-worker"), "babble"});
    const Result<Message> answer = worker.call({"a", {}});
    QVERIFY(!answer.ok());
    QVERIFY(text(answer.error().message).startsWith("The board answers with something that is no message."));
}

void TestWorker::missingProgram()
{
    Worker worker("runner", {"/nowhere/strata-runner"});
    const Result<Message> answer = worker.call({"a", {}});
    QVERIFY(!answer.ok());
    QCOMPARE(text(answer.error().message),
             QString("The program /nowhere/strata-runner does not start: No such file or directory."));
}

void TestWorker::queues()
{
    Worker worker = makeWorker();
    std::vector<std::jthread> threads;
    std::atomic<int> right = 0;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            for (int k = 0; k < 20; ++k) {
                const std::string request = std::to_string(100 * i + k);
                const Result<Message> answer = worker.call({request, {}});
                right += answer.ok() && answer->json == request;
            }
        });
    threads.clear();
    QCOMPARE(right.load(), 160);
}

void TestWorker::errorsTravel()
{
    const Error error{ErrorKind::Bug,
                      "A \"quoted\"\nline.",
                      {{"main", NodeKind::Operator, "fc1"}, {"f", NodeKind::Function, ""}},
                      "Hint.",
                      {},
                      {}};
    const Error back = errorFromJson(errorToJson(error));
    QCOMPARE(back.kind, error.kind);
    QCOMPARE(back.message, error.message);
    QCOMPARE(back.hint, error.hint);
    QVERIFY(back.nodes == error.nodes);
    QCOMPARE(errorFromJson("nonsense").kind, ErrorKind::Bug);
}

STRATA_TEST_IN(QCoreApplication, TestWorker)
#include "tst_process_worker.moc"
