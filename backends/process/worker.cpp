#include "backends/process/worker.h"

#include "backends/process/child.h"
#include "backends/process/frames.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace strata {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t stderrKept = 4096;

enum class Ended { No, ByKill, ByStop, ByTimeout };

// What is still to be written of a request.
class Outgoing {
public:
    explicit Outgoing(const Message& message)
        : m_header(frameHeader(message))
        , m_message(message)
    {
    }
    bool done() const { return m_part == 3; }
    void abandon() { m_part = 3; }
    // False if the pipe is broken; a full pipe is no failure.
    bool writeSome(int fd)
    {
        const std::pair<const void*, std::size_t> parts[] = {{m_header.data(), m_header.size()},
                                                             {m_message.json.data(), m_message.json.size()},
                                                             {m_message.blob.data(), m_message.blob.size()}};
        while (m_part < 3) {
            const auto [data, size] = parts[m_part];
            const long written = m_at == size ? 0
                                              : writeQuietly(fd, static_cast<const char*>(data) + m_at, size - m_at);
            if (written < 0)
                return errno == EAGAIN || errno == EINTR;
            m_at += std::size_t(written);
            if (m_at == size) {
                ++m_part;
                m_at = 0;
            }
        }
        return true;
    }

private:
    std::array<std::byte, frameHeaderBytes> m_header;
    const Message& m_message;
    int m_part = 0;
    std::size_t m_at = 0;
};

std::string lastLine(const std::string& text)
{
    const std::size_t end = text.find_last_not_of(" \n\r\t");
    if (end == std::string::npos)
        return {};
    const std::size_t begin = text.find_last_of('\n', end);
    const std::size_t first = begin == std::string::npos ? 0 : begin + 1;
    return text.substr(first, end + 1 - first);
}

std::string seconds(std::chrono::milliseconds time)
{
    std::string text = std::to_string(double(time.count()) / 1000);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    return text + " s";
}

void reportProgress(const std::string& json, const CallOptions& options)
{
    const nlohmann::json frame = nlohmann::json::parse(json, nullptr, false);
    if (options.progress && frame.is_object())
        options.progress(frame.value("what", ""), frame.value("progress", 0.0));
}

}  // namespace

struct Worker::Impl {
    std::string name;
    std::vector<std::string> command;
    std::mutex calling;         // one call at a time; owns the pipes
    mutable std::mutex living;  // pid: nobody signals a process that somebody else has just reaped
    Child child;
    bool answered = false;  // since the start of this child
    std::atomic<Ended> ended{Ended::No};
    std::string errorText;  // the end of its stderr

    Status ensureStarted();
    Result<Message> converse(const Message& request, const CallOptions& options);
    bool exchange(Outgoing& outgoing, FrameReader& reader, Clock::time_point deadline);
    void readErrors();
    void signalKill(Ended why);
    int reap();
    Error deathError(const CallOptions& options);
    void endChild();
    bool alive() const;
};

// Looks without reaping, so that the call that comes next finds out and says so.
bool Worker::Impl::alive() const
{
    siginfo_t info{};
    return child.pid > 0 && waitid(P_PID, id_t(child.pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

Status Worker::Impl::ensureStarted()
{
    if (child.pid > 0) {
        const std::lock_guard lock(living);
        if (ended == Ended::No && alive())
            return {};
    }
    reap();
    STRATA_TRY(Child started, startChild(command));
    const std::lock_guard lock(living);
    child = std::move(started);
    answered = false;
    ended = Ended::No;
    errorText.clear();
    return {};
}

void Worker::Impl::signalKill(Ended why)
{
    const std::lock_guard lock(living);
    if (child.pid <= 0)
        return;
    Ended none = Ended::No;
    ended.compare_exchange_strong(none, why);
    ::kill(child.pid, SIGKILL);
}

// Waits for the end of the child; returns what waitpid says, 0 if there was none.
int Worker::Impl::reap()
{
    if (child.pid <= 0)
        return 0;
    siginfo_t info{};
    while (waitid(P_PID, id_t(child.pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) { }
    readErrors();
    const std::lock_guard lock(living);
    int status = 0;
    waitpid(child.pid, &status, 0);
    child = Child();
    return status;
}

void Worker::Impl::readErrors()
{
    char buffer[4096];
    long got = 0;
    while ((got = ::read(child.errors.get(), buffer, sizeof buffer)) > 0) {
        errorText.append(buffer, std::size_t(got));
        if (errorText.size() > stderrKept)
            errorText.erase(0, errorText.size() - stderrKept);
    }
    if (got == 0)
        child.errors.close();
}

// One round of waiting, writing and reading. False: the other end is gone, or time is up.
bool Worker::Impl::exchange(Outgoing& outgoing, FrameReader& reader, Clock::time_point deadline)
{
    pollfd ends[] = {{child.output.get(), POLLIN, 0},
                     {child.errors.get(), POLLIN, 0},
                     {outgoing.done() ? -1 : child.input.get(), POLLOUT, 0}};
    int wait = -1;
    if (deadline != Clock::time_point::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) {
            signalKill(Ended::ByTimeout);
            return false;
        }
        wait = int(std::min<std::int64_t>(left, 1 << 30));
    }
    if (::poll(ends, 3, wait) < 0)
        return errno == EINTR;
    if (ends[1].revents)
        readErrors();
    if (ends[2].revents && !outgoing.writeSome(child.input.get()))
        outgoing.abandon();  // what it still says tells more than a broken pipe
    if (!ends[0].revents)
        return true;
    const long got = reader.readSome(child.output.get());
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

Result<Message> Worker::Impl::converse(const Message& request, const CallOptions& options)
{
    const auto deadline = options.timeout.count() > 0 ? Clock::now() + options.timeout : Clock::time_point::max();
    Outgoing outgoing(request);
    FrameReader reader;
    while (true) {
        if (!exchange(outgoing, reader, deadline))
            return deathError(options);
        if (reader.state() == FrameReader::State::Broken) {
            signalKill(Ended::No);
            reap();
            return environmentError("The " + name + " answers with something that is no message.",
                                    "Its program is " + command[0] + "; is it another version's?");
        }
        if (reader.state() != FrameReader::State::Complete)
            continue;
        Message message = reader.take();
        if (message.json.starts_with(progressPrefix)) {
            reportProgress(message.json, options);
            continue;
        }
        answered = true;
        if (message.json.starts_with(errorPrefix))
            return errorFromJson(message.json.substr(errorPrefix.size(), message.json.size() - errorPrefix.size() - 1));
        return message;
    }
}

Error Worker::Impl::deathError(const CallOptions& options)
{
    const std::string doing = options.what.empty() ? "" : " while " + options.what;
    // A child that closed its pipes but lives on is of no use.
    if (ended == Ended::No && child.input.get() >= 0) {
        child.input.close();
        for (int i = 0; i < 100 && alive(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        if (alive())
            ::kill(child.pid, SIGKILL);
    }
    const int status = reap();
    const std::string last = lastLine(errorText);
    const std::string hint = last.empty() ? "" : "It last said: " + last;
    switch (ended.load()) {
    case Ended::ByStop: return environmentError("The " + name + " was stopped" + doing + ".");
    case Ended::ByKill: return environmentError("The " + name + " was killed" + doing + ".");
    case Ended::ByTimeout:
        return environmentError(
            "The " + name + " did not answer within " + seconds(options.timeout) + doing + " and was ended.", hint);
    case Ended::No: break;
    }
    return environmentError("The " + name + " ended with " + describeEnd(status) + doing + ".", hint);
}

// Closing its input asks it to end; what does not listen is killed.
void Worker::Impl::endChild()
{
    child.input.close();
    for (int i = 0; i < 20 && alive(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (alive())
        signalKill(Ended::ByKill);
    reap();
}

Worker::Worker(std::string name, std::vector<std::string> command)
    : m_impl(std::make_unique<Impl>())
{
    m_impl->name = std::move(name);
    m_impl->command = std::move(command);
}

Worker::~Worker()
{
    const std::lock_guard lock(m_impl->calling);
    m_impl->endChild();
}

Result<Message> Worker::call(const Message& request, const CallOptions& options)
{
    const std::lock_guard lock(m_impl->calling);
    if (options.stop.stop_requested())
        return environmentError("The " + m_impl->name + " was not asked: it was stopped beforehand.");
    if (request.json.size() > largestJson || request.blob.size() > largestBlob)
        return refused(say("A request of {} bytes is too large for the {}.", request.json.size() + request.blob.size(),
                           m_impl->name));
    STRATA_CHECK(m_impl->ensureStarted());
    const std::stop_callback onStop(options.stop, [this] { m_impl->signalKill(Ended::ByStop); });
    return m_impl->converse(request, options);
}

void Worker::kill() { m_impl->signalKill(Ended::ByKill); }

int Worker::processId() const
{
    const std::lock_guard lock(m_impl->living);
    return m_impl->alive() ? m_impl->child.pid : -1;
}

bool Worker::fresh() const
{
    const std::lock_guard lock(m_impl->living);
    return !m_impl->alive() || !m_impl->answered;
}

std::string siblingProgram(const std::string& name)
{
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? name : (self.parent_path() / name).string();
}

}  // namespace strata
