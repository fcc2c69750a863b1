// The worker of tst_process_worker: what it does is the request's text.
#include "backends/process/worker.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

using namespace strata;

namespace {

Result<Message> answer(const Message& request, const std::function<void(const std::string&, double)>& progress)
{
    const std::string& what = request.json;
    if (what == "crash")
        raise(SIGSEGV);
    if (what == "abort") {
        std::fputs("first line\nthe invariant x > 0 does not hold\n", stderr);
        std::abort();
    }
    if (what == "hang")
        for (;;)
            pause();
    if (what == "exit")
        std::exit(3);
    if (what == "print") {
        std::puts("a library that talks");
        std::fflush(stdout);
    }
    if (what == "progress") {
        progress("half way", 0.5);
        progress("done", 1.0);
    }
    if (what == "refuse")
        return refused("The step is not legal.", {{"f", NodeKind::Loop, "j"}}, "Split it first.");
    if (what == "descriptors") {
        int open = 0;
        for (int fd = 0; fd < 1000; ++fd)
            open += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF;
        return Message{std::to_string(open), {}};
    }
    return Message{what, request.blob};
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc > 1 && std::strcmp(argv[1], "babble") == 0)
        return std::printf("%s", "Segmentation welcome to this board, user!") < 0;
    return WorkerServer::serve(answer);
}
