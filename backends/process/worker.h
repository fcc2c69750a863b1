// A worker: a child process of ours that answers requests over a pipe and can be killed and restarted.
//
// Frames on the child's stdin and stdout: u32 JSON length, u64 blob length (little-endian), the JSON, the blob. A reply
// frame with
// {"progress": ..., "what": ...} may precede the answer. stderr is kept (its last 4 KB) for messages.
#pragma once

#include "core/base/result.h"
#include "core/ir/constant.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

namespace strata {

struct Message {
    std::string json;  // an object
    Bytes blob;
};

struct CallOptions {
    std::string what;                      // "running step 7", for messages
    std::chrono::milliseconds timeout{0};  // 0: none; when it passes, the child is killed
    std::stop_token stop;                  // kills the child
    std::function<void(const std::string& what, double fraction)> progress;
};

class Worker {
public:
    // Nothing is started before the first call. `command[0]` is a program path; the rest its arguments ("ssh board
    // strata-runner" works too).
    Worker(std::string name, std::vector<std::string> command);
    ~Worker();  // ends the child
    // One request, one answer. Calls from several threads queue. If the child dies the answer is an Environment error
    // ("the runner ended with signal 11 while running step 7") and the next call starts a fresh one. A refused or
    // failed request comes back as the Error that the worker reported.
    Result<Message> call(const Message& request, const CallOptions& options = {});
    void kill();            // from any thread
    int processId() const;  // -1 if not running
    bool fresh() const;     // the child was (re)started since the last call: reload what it held

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

// The child's side: reads frames from fd 0, writes to fd 1 until end of input.
class WorkerServer {
public:
    using Handler = std::function<Result<Message>(const Message& request,
                                                  const std::function<void(const std::string&, double)>& progress)>;
    static int serve(const Handler& handler);
};

// Error <-> JSON for the wire.
std::string errorToJson(const Error& error);
Error errorFromJson(const std::string& json);

// Path of a program of ours beside this executable (build/PRESET/bin).
std::string siblingProgram(const std::string& name);

}  // namespace strata
