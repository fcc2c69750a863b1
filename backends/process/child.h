// A child process with pipes on its stdin, stdout and stderr.
#pragma once

#include "core/base/result.h"

#include <sys/types.h>

namespace strata {

// A file descriptor that closes itself.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd)
        : m_fd(fd)
    {
    }
    Descriptor(Descriptor&& other) noexcept
        : m_fd(other.release())
    {
    }
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { close(); }
    int get() const { return m_fd; }
    int release() { return std::exchange(m_fd, -1); }
    void close();

private:
    int m_fd = -1;
};

struct Child {
    pid_t pid = -1;
    Descriptor input, output, errors;  // ours: to its stdin, from its stdout and stderr; non-blocking, closed on exec
};

// Starts the program with default signals and no descriptor of ours but the three.
Result<Child> startChild(const std::vector<std::string>& command);

// "signal 11 (segmentation fault)" or "code 3", from what waitpid says.
std::string describeEnd(int waitStatus);

// Writes without SIGPIPE: the error is EPIPE and the process lives on.
long writeQuietly(int fd, const void* data, std::size_t size);

}  // namespace strata
