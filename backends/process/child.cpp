#include "backends/process/child.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace strata {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept
{
    if (this != &other) {
        close();
        m_fd = other.release();
    }
    return *this;
}

void Descriptor::close()
{
    if (m_fd >= 0)
        ::close(release());
}

namespace {

struct Pipe {
    Descriptor reading, writing;
};

Result<Pipe> makePipe()
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return environmentError(std::string("No pipe can be made: ") + std::strerror(errno) + ".");
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

void makeNonBlocking(const Descriptor& fd) { fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

// posix_spawn's settings: the three pipes in place, everything else closed, signals as a fresh program has them.
struct SpawnSettings {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    SpawnSettings(int input, int output, int errors)
    {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        posix_spawn_file_actions_adddup2(&actions, input, 0);
        posix_spawn_file_actions_adddup2(&actions, output, 1);
        posix_spawn_file_actions_adddup2(&actions, errors, 2);
        posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings()
    {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
};

// A pipe's end that happens to be 0, 1 or 2 (we were started without them) would be overwritten by the dup2 before it.
Result<Pipe> pipeAboveStandard()
{
    STRATA_TRY(Pipe pipe, makePipe());
    for (Descriptor* end : {&pipe.reading, &pipe.writing}) {
        if (end->get() > 2)
            continue;
        const int moved = fcntl(end->get(), F_DUPFD_CLOEXEC, 3);
        if (moved < 0)
            return environmentError(std::string("No file descriptor is free: ") + std::strerror(errno) + ".");
        *end = Descriptor(moved);
    }
    return pipe;
}

}  // namespace

Result<Child> startChild(const std::vector<std::string>& command)
{
    STRATA_TRY(Pipe input, pipeAboveStandard());
    STRATA_TRY(Pipe output, pipeAboveStandard());
    STRATA_TRY(Pipe errors, pipeAboveStandard());
    SpawnSettings settings(input.reading.get(), output.writing.get(), errors.writing.get());
    std::vector<char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    Child child;
    const int failure = posix_spawnp(&child.pid, arguments[0], &settings.actions, &settings.attributes,
                                     arguments.data(), environ);
    if (failure != 0)
        return environmentError("The program " + command[0] + " does not start: " + std::strerror(failure) + ".",
                                "It is built and installed beside the others.");
    child.input = std::move(input.writing);
    child.output = std::move(output.reading);
    child.errors = std::move(errors.reading);
    for (const Descriptor* fd : {&child.input, &child.output, &child.errors})
        makeNonBlocking(*fd);
    return child;
}

std::string describeEnd(int status)
{
    if (!WIFSIGNALED(status))
        return "code " + std::to_string(WEXITSTATUS(status));
    const int signal = WTERMSIG(status);
    const char* name = sigdescr_np(signal);
    return "signal " + std::to_string(signal) + (name ? std::string(" (") + name + ")" : "");
}

long writeQuietly(int fd, const void* data, std::size_t size)
{
    sigset_t pipeSignal, pending, old;
    sigemptyset(&pipeSignal);
    sigaddset(&pipeSignal, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipeSignal, &old);
    const long written = ::write(fd, data, size);
    const int error = errno;
    if (written < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE)) {
        const timespec now{};
        sigtimedwait(&pipeSignal, nullptr, &now);
    }
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    errno = error;
    return written;
}

}  // namespace strata
