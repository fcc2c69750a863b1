// Long work of the window. A job is a plain function over snapshots; it runs on a thread of its own and hands its
// result back on the window's thread. A newer job of a topic cancels the older one, whose result is dropped.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace strata {

// What a job is given: when to stop, and whom to tell how far it is (fraction in [0, 1]; negative: unknown). Safe from
// any thread.
struct JobSink {
    std::stop_token stop;
    std::function<void(const std::string& what, double fraction)> progress;
};

class JobRunner : public QObject {
    Q_OBJECT
public:
    struct Running {
        QString topic, title, what;
        double fraction = -1;
        qint64 elapsedMs = 0;
    };

    explicit JobRunner(QObject* parent = nullptr);
    ~JobRunner() override;  // cancels and waits

    // `work(const JobSink&)` runs on a thread, `done(result)` here afterwards, unless the job was cancelled or
    // overtaken.
    template<class Work, class Done>
    void start(const QString& topic, const QString& title, Work work, Done done)
    {
        using Value = std::invoke_result_t<Work, const JobSink&>;
        auto box = std::make_shared<std::optional<Value>>();
        launch(
            topic, title, [box, work = std::move(work)](const JobSink& sink) { box->emplace(work(sink)); },
            [box, done = std::move(done)] { done(std::move(**box)); });
    }
    void cancel(const QString& topic);
    void cancelAll();
    bool idle() const { return m_jobs.empty(); }
    bool isRunning(const QString& topic) const;
    std::vector<Running> running() const;  // oldest first

signals:
    void changed();  // started, progressed, ended; also ten times a second while something runs
    void cancelled(const QString& topic);
    void failed(const QString& topic, const QString& title, const QString& what);  // it threw
    void becameIdle();

private:
    struct Job;
    void launch(const QString& topic, const QString& title, std::function<void(const JobSink&)> work,
                std::function<void()> done);
    void finish(std::uint64_t id, const std::function<void()>& done);
    void fail(std::uint64_t id, const QString& what);
    std::shared_ptr<Job> takeJob(std::uint64_t id);  // nullptr: overtaken or cancelled
    void drop(const QString& topic);
    void settle();

    std::vector<std::shared_ptr<Job>> m_jobs;
    std::uint64_t m_next = 1;
    QThreadPool m_pool;
    QTimer m_tick;
};

}  // namespace strata
