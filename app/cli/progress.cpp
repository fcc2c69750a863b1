#include "app/cli/progress.h"

#include "app/cli/options.h"

#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

namespace strata::cli {

namespace {

constexpr auto interval = std::chrono::milliseconds(100);  // between two lines; a terminal may be slow

std::size_t columns()
{
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

ProgressLine::ProgressLine(const Options& options, std::string title, double from, double share)
    : m_enabled(!options.quiet && !options.json && isatty(STDERR_FILENO))
    , m_title(std::move(title))
    , m_from(from)
    , m_share(share)
{
    if (m_enabled)
        m_report = [this](const std::string& what, double fraction) { show(what, fraction); };
}

void ProgressLine::show(const std::string& what, double fraction)
{
    const auto now = std::chrono::steady_clock::now();
    if (now - m_last < interval)
        return;
    m_last = now;
    const int percent = int(100 * (m_from + m_share * std::clamp(fraction, 0.0, 1.0)));
    std::string text = std::to_string(percent) + " %  " + (m_title.empty() ? "" : m_title + ": ") + what;
    text.resize(std::min(text.size(), columns() - 1));
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    m_shown = true;
}

void ProgressLine::clear()
{
    if (m_shown)
        std::fputs("\r\033[K", stderr);
    m_shown = false;
}

}  // namespace strata::cli
