// What a process would leave behind, and how it does not.
//
// A temporary folder is removed by its destructor, and by a signal that ends the process (call removeOnSignals first
// thing in main). A process that is killed outright cannot tidy up; the next one that calls sweepTemporaries does it in
// its stead: a folder carries the number of its process and holds a lock file, so one whose process is gone is known.
#pragma once

#include <optional>
#include <string>

namespace strata {

class TemporaryFolder {
public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    const std::string& path() const { return m_path; }  // empty: none could be made

private:
    std::string m_path;
    int m_lock = -1;
};

// Something elsewhere that is not whole yet (an export in the making): a signal that ends the process removes it.
class Unfinished {
public:
    explicit Unfinished(std::string path);
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    ~Unfinished();

private:
    std::string m_path;
};

// From now on SIGINT, SIGTERM and SIGHUP remove what there is before they end the process. Before the first thread is
// started, which would take the signals otherwise.
void removeOnSignals();

// Removes temporary folders of processes that are gone.
void sweepTemporaries();

}  // namespace strata
