#include "backends/process/child.h"
#include "backends/process/frames.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace strata {

namespace {

bool writeAll(int fd, const void* data, std::size_t size)
{
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        const long written = writeQuietly(fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        size -= std::size_t(written);
    }
    return true;
}

bool writeMessage(int fd, const Message& message)
{
    const auto header = frameHeader(message);
    return writeAll(fd, header.data(), header.size()) && writeAll(fd, message.json.data(), message.json.size())
           && writeAll(fd, message.blob.data(), message.blob.size());
}

// False at the end of input, or where it is no message.
bool readMessage(int fd, FrameReader& reader)
{
    while (reader.state() == FrameReader::State::Incomplete) {
        const long got = reader.readSome(fd);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
    }
    return reader.state() == FrameReader::State::Complete;
}

std::string progressJson(const std::string& what, double fraction)
{
    const nlohmann::json json = {{"progress", fraction}, {"what", what}};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Who asked is gone: nobody waits for what this process still computes (an endless loop, say), so it ends.
void endWhenAbandoned(int input)
{
    pollfd hangup{input, 0, 0};
    while (::poll(&hangup, 1, -1) < 0 && errno == EINTR) { }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // time to end in order, if nothing runs
    _exit(0);
}

// Frames get descriptors of their own, so that what a library prints goes to stderr and cannot end up between them.
int moveAway(int fd, int replacement)
{
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    dup2(replacement, fd);
    return moved;
}

}  // namespace

int WorkerServer::serve(const Handler& handler)
{
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int input = moveAway(0, nothing);
    const int output = moveAway(1, 2);
    if (nothing < 0 || input < 0 || output < 0)
        return 1;
    const rlimit noCore{};  // a crash is reported by its signal; a core file would only be in the way
    setrlimit(RLIMIT_CORE, &noCore);
    std::thread(endWhenAbandoned, input).detach();
    std::mutex writing;
    const auto progress = [&](const std::string& what, double fraction) {
        const std::lock_guard lock(writing);
        writeMessage(output, {progressJson(what, fraction), {}});
    };
    FrameReader reader;
    while (readMessage(input, reader)) {
        const Result<Message> answer = handler(reader.take(), progress);
        const std::lock_guard lock(writing);
        if (!writeMessage(output,
                          answer ? *answer : Message{std::string(errorPrefix) + errorToJson(answer.error()) + "}", {}}))
            return 1;
    }
    return reader.state() == FrameReader::State::Broken ? 1 : 0;
}

}  // namespace strata
