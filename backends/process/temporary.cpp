#include "backends/process/temporary.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <set>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

namespace strata {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view prefix = "strata-";
constexpr const char* lockName = ".lock";

// One list a process, because signals are one a process, too. Never destroyed: the thread that waits for signals
// outlives main.
struct Temporaries {
    std::mutex mutex;
    std::set<std::string> paths;

    void add(const std::string& path)
    {
        const std::lock_guard lock(mutex);
        paths.insert(path);
    }
    void drop(const std::string& path)
    {
        const std::lock_guard lock(mutex);
        paths.erase(path);
    }
    void removeAll()
    {
        const std::lock_guard lock(mutex);
        std::error_code ignored;
        for (const std::string& path : paths)
            for (int tries = 0; tries < mostTries; ++tries) {
                fs::remove_all(path, ignored);
                if (!fs::exists(fs::symlink_status(path, ignored)))
                    break;
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
    }
    static constexpr int mostTries = 200;  // somebody may write there while it is removed
};

Temporaries& temporaries()
{
    static Temporaries* const list = new Temporaries;
    return *list;
}

std::string temporaryRoot()
{
    std::error_code error;
    const fs::path root = fs::temp_directory_path(error);
    return error ? "/tmp" : root.string();
}

// The process in a folder's name, "strata-PID-XXXXXX".
std::optional<pid_t> ownerOf(const std::string& name)
{
    if (!name.starts_with(prefix))
        return std::nullopt;
    pid_t pid = 0;
    const char* const begin = name.data() + prefix.size();
    const auto [end, error] = std::from_chars(begin, name.data() + name.size(), pid);
    return error == std::errc() && *end == '-' && pid > 0 ? std::optional(pid) : std::nullopt;
}

bool isAlive(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

// A process of another container has a number that means nothing here, but it holds the lock.
bool isLocked(const fs::path& folder)
{
    const int fd = ::open((folder / lockName).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno != ENOENT;
    const bool taken = ::flock(fd, LOCK_EX | LOCK_NB) != 0;
    ::close(fd);
    return taken;
}

void waitForSignals(sigset_t signals)
{
    int signal = 0;
    while (sigwait(&signals, &signal) != 0) { }
    temporaries().removeAll();
    // The end that the signal has by default, so that whoever started the process sees it.
    std::signal(signal, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    ::kill(::getpid(), signal);
    ::pause();
}

}  // namespace

TemporaryFolder::TemporaryFolder()
{
    std::string pattern = temporaryRoot() + "/" + std::string(prefix) + std::to_string(::getpid()) + "-XXXXXX";
    if (!::mkdtemp(pattern.data()))
        return;
    m_path = pattern;
    temporaries().add(m_path);
    m_lock = ::open((m_path + "/" + lockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (m_lock >= 0)
        ::flock(m_lock, LOCK_EX | LOCK_NB);
}

TemporaryFolder::~TemporaryFolder()
{
    if (m_path.empty())
        return;
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
    temporaries().drop(m_path);
    if (m_lock >= 0)
        ::close(m_lock);
}

Unfinished::Unfinished(std::string path)
    : m_path(std::move(path))
{
    temporaries().add(m_path);
}

Unfinished::~Unfinished() { temporaries().drop(m_path); }

void removeOnSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    bool any = false;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action = {};
        // What is ignored (nohup, a job in the background) stays so.
        if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN)
            any = sigaddset(&signals, signal) == 0 || any;
    }
    if (!any)
        return;
    temporaries();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread(waitForSignals, signals).detach();
}

void sweepTemporaries()
{
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(temporaryRoot(), error)) {
        const std::optional<pid_t> owner = ownerOf(entry.path().filename().string());
        std::error_code ignored;
        if (owner && !isAlive(*owner) && entry.is_directory(ignored) && !entry.is_symlink(ignored)
            && !isLocked(entry.path()))
            fs::remove_all(entry.path(), ignored);
    }
}

}  // namespace strata
