// What a long command is doing, in one line on a terminal.
#pragma once

#include "app/workbench/workbench.h"

namespace strata::cli {

struct Options;

// Nothing is shown unless stderr is a terminal, and nothing with --quiet or --json. The line is cleared at the end, so
// that it never mixes with what the command prints.
class ProgressLine {
public:
    // What is reported fills the part of the whole that begins at `from` and is `share` long, under a title.
    explicit ProgressLine(const Options& options, std::string title = {}, double from = 0, double share = 1);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { clear(); }

    const Progress& report() const { return m_report; }
    void clear();

private:
    void show(const std::string& what, double fraction);

    bool m_enabled = false, m_shown = false;
    std::string m_title;
    double m_from = 0, m_share = 1;
    std::chrono::steady_clock::time_point m_last;
    Progress m_report;
};

}  // namespace strata::cli
