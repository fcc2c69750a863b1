#include "app/window/jobs/job_runner.h"

#include <algorithm>
#include <mutex>

namespace strata {

struct JobRunner::Job {
    std::uint64_t id = 0;
    QString topic, title;
    std::stop_source stop;
    QElapsedTimer clock;
    std::mutex mutex;  // guards what follows: written by the job's thread
    QString what;
    double fraction = -1;
};

JobRunner::JobRunner(QObject* parent)
    : QObject(parent)
{
    m_pool.setMaxThreadCount(8);    // overtaken jobs may still be on their way out
    m_pool.setStackSize(16 << 20);  // recursion over deep modules
    m_tick.setInterval(100);
    connect(&m_tick, &QTimer::timeout, this, &JobRunner::changed);
}

JobRunner::~JobRunner()
{
    for (const auto& job : m_jobs)
        job->stop.request_stop();
    m_pool.waitForDone();
}

void JobRunner::launch(const QString& topic, const QString& title, std::function<void(const JobSink&)> work,
                       std::function<void()> done)
{
    drop(topic);
    auto job = std::make_shared<Job>();
    job->id = m_next++;
    job->topic = topic;
    job->title = title;
    job->clock.start();
    m_jobs.push_back(job);
    m_tick.start();
    m_pool.start([this, job, work = std::move(work), done = std::move(done)] {
        const JobSink sink{job->stop.get_token(), [job](const std::string& what, double fraction) {
                               const std::lock_guard lock(job->mutex);
                               job->what = QString::fromStdString(what);
                               job->fraction = fraction;
                           }};
        const auto onWindowThread = [this](auto call) {
            QMetaObject::invokeMethod(this, std::move(call), Qt::QueuedConnection);
        };
        try {
            work(sink);
            onWindowThread([this, id = job->id, done] { finish(id, done); });
        } catch (const std::exception& exception) {  // the memory may be gone; the window must not be
            onWindowThread([this, id = job->id, what = QString::fromUtf8(exception.what())] { fail(id, what); });
        }
    });
    emit changed();
}

std::shared_ptr<JobRunner::Job> JobRunner::takeJob(std::uint64_t id)
{
    const auto found = std::find_if(m_jobs.begin(), m_jobs.end(), [id](const auto& job) { return job->id == id; });
    if (found == m_jobs.end())
        return nullptr;
    std::shared_ptr<Job> job = *found;
    m_jobs.erase(found);
    return job;
}

void JobRunner::finish(std::uint64_t id, const std::function<void()>& done)
{
    if (!takeJob(id))
        return;
    done();  // may start the next job, so that the runner is not idle in between
    settle();
}

void JobRunner::fail(std::uint64_t id, const QString& what)
{
    const std::shared_ptr<Job> job = takeJob(id);
    if (!job)
        return;
    emit failed(job->topic, job->title, what);
    settle();
}

void JobRunner::drop(const QString& topic)
{
    std::erase_if(m_jobs, [&topic](const auto& job) {
        if (job->topic == topic)
            job->stop.request_stop();
        return job->topic == topic;
    });
}

void JobRunner::settle()
{
    emit changed();
    if (!m_jobs.empty())
        return;
    m_tick.stop();
    emit becameIdle();
}

void JobRunner::cancel(const QString& name)
{
    const QString topic = name;  // which may be the job's own, and the job goes
    if (!isRunning(topic))
        return;
    drop(topic);
    emit cancelled(topic);
    settle();
}

void JobRunner::cancelAll()
{
    while (!m_jobs.empty())
        cancel(m_jobs.back()->topic);
}

bool JobRunner::isRunning(const QString& topic) const
{
    return std::any_of(m_jobs.begin(), m_jobs.end(), [&topic](const auto& job) { return job->topic == topic; });
}

std::vector<JobRunner::Running> JobRunner::running() const
{
    std::vector<Running> list;
    for (const auto& job : m_jobs) {
        const std::lock_guard lock(job->mutex);
        list.push_back({job->topic, job->title, job->what, job->fraction, job->clock.elapsed()});
    }
    return list;
}

}  // namespace strata
