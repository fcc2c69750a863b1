// The page of a report. Everything is in the file and in the text of the page, so that it reads without a network,
// without scripts (all steps below each other), and by a program. Browsers take it as HTML, XML parsers as XHTML.
#include "app/report/graph_svg.h"
#include "app/report/report.h"
#include "core/base/write_whole.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

constexpr int wholeFunction = 90, context = 3;  // lines of a function that is shown whole; else those around changes

constexpr const char* style = R"(
:root { --ground:#f6f7f9; --panel:#fff; --line:#dfe3e8; --text:#1f2933; --muted:#5b6673; --accent:#2b5fd9; --added:#e3f0ff; --add:#1f6fd6;
  --removed:#ffeddc; --remove:#b85a08; --right:#1c8a4d; }
@media (prefers-color-scheme: dark) { :root { --ground:#1e2227; --panel:#262b31; --line:#363d45; --text:#dde3ea; --muted:#93a0ae; --accent:#6f9dff;
  --added:#1d3654; --add:#5aa2ff; --removed:#4a3018; --remove:#f0a050; --right:#55c98a; }
  svg.graph .node { fill:#262b31; stroke:#6b7785; } svg.graph .port { fill:#1e2227; stroke:#93a0ae; } svg.graph .title { fill:#dde3ea; }
  svg.graph .detail { fill:#93a0ae; } svg.graph .added, svg.graph .changed { fill:#1d3654; stroke:#5aa2ff; } }
* { box-sizing:border-box; }
body { margin:0; background:var(--ground); color:var(--text); font:16px/1.5 "DejaVu Sans","Segoe UI",system-ui,sans-serif; }
header { padding:14px 24px; background:var(--panel); border-bottom:1px solid var(--line); }
header h1 { margin:0; font-size:22px; } header p { margin:2px 0 0; color:var(--muted); font-size:14px; }
kbd { border:1px solid var(--line); border-radius:3px; padding:0 5px; font:inherit; font-size:12px; background:var(--ground); }
#page { display:flex; align-items:flex-start; }
nav { flex:0 0 290px; max-height:100vh; overflow:auto; position:sticky; top:0; padding:10px 0; }
nav a { display:flex; gap:8px; padding:4px 14px; color:var(--text); text-decoration:none; font-size:14px; border-left:3px solid transparent; }
nav a span.t { flex:1; overflow-wrap:anywhere; } nav a span.x { color:var(--muted); white-space:nowrap; font-variant-numeric:tabular-nums; }
nav a.on { background:var(--added); border-left-color:var(--accent); } nav a.refused .t { text-decoration:line-through; color:var(--muted); }
nav .group { padding:8px 14px 2px; color:var(--muted); font-size:12px; }
main { flex:1; min-width:0; padding:16px 24px 60px; }
.keys section { display:none; } .keys section.on, .keys.all section { display:block; }
section { margin-bottom:36px; } h2 { font-size:26px; margin:6px 0 2px; } h3 { font-size:16px; margin:18px 0 6px; }
.sentence { color:var(--muted); margin:0 0 8px; font-size:18px; } .note { border-left:4px solid var(--accent); padding:4px 12px; background:var(--panel); font-size:18px; }
.facts { font-size:14px; color:var(--muted); } .right { color:var(--right); } .refusal { border-left:4px solid var(--remove); padding:6px 12px; background:var(--removed); }
pre { margin:0; padding:8px 0; background:var(--panel); border:1px solid var(--line); border-radius:4px; overflow:auto; font:13px/1.45 "DejaVu Sans Mono",Consolas,monospace; }
pre span { display:block; padding:0 10px; white-space:pre; min-width:max-content; } pre .a { background:var(--added); } pre .r { background:var(--removed); } pre .g { color:var(--muted); }
.figure { overflow:auto; background:var(--panel); border:1px solid var(--line); border-radius:4px; max-height:75vh; }
table { border-collapse:collapse; font-size:14px; } td, th { text-align:left; padding:3px 12px 3px 0; font-variant-numeric:tabular-nums; } th { color:var(--muted); font-weight:normal; }
td.n { text-align:right; } .bar { display:inline-block; height:10px; background:var(--accent); border-radius:2px; vertical-align:middle; }
details { margin:6px 0; } summary { cursor:pointer; }
@media (max-width:760px) { #page { display:block; } nav { position:static; max-height:none; } }
@media print { nav, .help { display:none; } .keys section { display:block; page-break-inside:avoid; } pre { overflow:visible; } .figure { max-height:none; overflow:visible; } }
)";

constexpr const char* script = R"(
(function () {
  var all = Array.prototype.slice.call(document.querySelectorAll('section')), at = 0;
  var links = Array.prototype.slice.call(document.querySelectorAll('nav a'));
  function show(i, keep) {
    at = Math.max(0, Math.min(all.length - 1, i));
    all.forEach(function (s, k) { s.classList.toggle('on', k === at); });
    links.forEach(function (a, k) { a.classList.toggle('on', k === at); });
    links[at].scrollIntoView({ block: 'nearest' });
    if (!keep) { window.scrollTo(0, 0); history.replaceState(null, '', '#' + all[at].id); }
  }
  function named() { for (var i = 0; i < all.length; i++) if ('#' + all[i].id === location.hash) return i; return 0; }
  document.body.classList.add('keys');
  links.forEach(function (a, k) { a.addEventListener('click', function (e) { e.preventDefault(); show(k); }); });
  window.addEventListener('hashchange', function () { show(named(), true); });
  document.addEventListener('keydown', function (e) {
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    var to = { ArrowRight: at + 1, PageDown: at + 1, n: at + 1, ArrowLeft: at - 1, PageUp: at - 1, p: at - 1, Home: 0, End: all.length - 1 }[e.key];
    if (e.key === 'a') { document.body.classList.toggle('all'); return; }
    if (to === undefined) return;
    e.preventDefault(); document.body.classList.remove('all'); show(to);
  });
  show(named(), true);
}());
)";

std::string timeText(double ms)
{
    const char* units[] = {"ns", "µs", "ms", "s"};
    double value = ms * 1e6;
    int unit = 0;
    for (; value >= 999.5 && unit < 3; ++unit)
        value /= 1000;
    char text[64];
    std::snprintf(text, sizeof text, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, units[unit]);
    return text;
}

std::string ratioText(double ratio)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*f ×", ratio < 10 ? 2 : ratio < 100 ? 1 : 0, ratio);
    return text;
}

std::string element(const std::string& tag, const std::string& text)
{
    return "<" + tag + ">" + escapeXml(text) + "</" + tag.substr(0, tag.find(' ')) + ">";
}

std::string row(const char* kind, const std::string& sign, const std::string& text)
{
    return std::string("<span class=\"") + kind + "\">" + sign + " " + escapeXml(text) + "</span>";
}

std::string text(const std::vector<std::string>& lines)
{
    std::string html = "<pre>";
    for (const std::string& line : lines)
        html += row("s", "", line);
    return html + "</pre>\n";
}

// The lines of a diff, of a long function those around its changes.
std::string diffText(const ReportedFunction& function)
{
    const std::vector<DiffLine>& lines = function.diff.lines;
    std::vector<bool> seen(lines.size(), int(lines.size()) <= wholeFunction);
    for (int i = 0; i < int(lines.size()); ++i)
        if (lines[std::size_t(i)].change != DiffKind::Same)
            for (int j = std::max(0, i - context); j <= std::min(int(lines.size()) - 1, i + context); ++j)
                seen[std::size_t(j)] = true;
    std::string html = "<pre>";
    int hidden = 0;
    const auto tellHidden = [&] {
        if (hidden > 0)
            html += row("g", " ", "⋯ " + std::to_string(hidden) + " lines as before");
        hidden = 0;
    };
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!seen[i]) {
            ++hidden;
            continue;
        }
        tellHidden();
        const DiffLine& line = lines[i];
        const auto old = [&] { return function.before[std::size_t(line.before)]; };
        const auto now = [&] { return function.after[std::size_t(line.after)]; };
        switch (line.change) {
        case DiffKind::Same: html += row("s", " ", now()); break;
        case DiffKind::Added: html += row("a", "+", now()); break;
        case DiffKind::Removed: html += row("r", "−", old()); break;
        case DiffKind::Changed: html += row("r", "−", old()) + row("a", "+", now()); break;
        }
    }
    tellHidden();
    return html + "</pre>\n";
}

std::string counts(const TextDiff& diff)
{
    return "+" + std::to_string(diff.added) + " −" + std::to_string(diff.removed) + " ~" + std::to_string(diff.changed);
}

// The time of a step beside that of the last one before it that was measured, and of the first.
struct Compared {
    const Timing *first = nullptr, *before = nullptr;
};

Compared comparedWith(const Report& report, std::size_t step)
{
    Compared compared;
    for (std::size_t i = 0; i < step; ++i)
        if (const auto& timing = report.steps[i].timing) {
            compared.first = compared.first ? compared.first : &*timing;
            compared.before = &*timing;
        }
    return compared;
}

std::string speedText(const Timing& own, const Timing& other)
{
    return differ(own, other) ? ratioText(speed(own, other).value) : "no change";
}

std::string timingText(const Report& report, std::size_t index)
{
    const ReportedStep& step = report.steps[index];
    if (!step.timing)
        return {};
    std::string line = timeText(step.timing->medianMs) + " (" + timeText(step.timing->lowMs) + " to "
                       + timeText(step.timing->highMs) + ")";
    const Compared compared = comparedWith(report, index);
    if (compared.before)
        line += ", " + speedText(*step.timing, *compared.before) + " vs the step measured before";
    if (compared.first && compared.first != compared.before)
        line += ", " + speedText(*step.timing, *compared.first) + " vs untouched";
    return element("p class=\"facts time\"", line) + "\n";
}

std::string functionsText(const ReportedStep& step)
{
    constexpr std::size_t mostOpen = 3;
    std::string html;
    for (std::size_t i = 0; i < step.functions.size(); ++i) {
        const ReportedFunction& function = step.functions[i];
        const std::string what = function.before.empty()  ? step.state == 0 ? "" : "new"
                                 : function.after.empty() ? "removed"
                                                          : counts(function.diff);
        html += "<details class=\"function\"" + std::string(i < mostOpen ? " open=\"open\"" : "") + "><summary><b>"
                + escapeXml(function.name) + "</b> " + escapeXml(what) + "</summary>"
                + (step.state == 0 ? text(function.after) : diffText(function)) + "</details>\n";
    }
    return html;
}

std::string headOf(const ReportedStep& step, std::size_t number)
{
    std::string html = element("h2", std::to_string(number) + " · " + step.title) + "\n";
    if (!step.summary.empty())
        html += element("p class=\"sentence\"", step.summary) + "\n";
    for (const std::string& remark : step.remarks)
        html += element("p class=\"note\"", remark) + "\n";
    if (!step.note.empty())
        html += element("p class=\"note\"", step.note) + "\n";
    if (!step.refusal.empty())
        html += element("p class=\"refusal\"", "Not taken: " + step.refusal) + "\n";
    if (!step.line.empty())
        html += "<p class=\"facts\"><code class=\"step\">" + escapeXml(step.line)
                + "</code> · to the numbers: " + escapeXml(step.effect) + "</p>\n";
    return html;
}

std::string section(const Report& report, std::size_t index)
{
    const ReportedStep& step = report.steps[index];
    std::string html = "<section id=\"s" + std::to_string(index) + "\">\n" + headOf(step, index)
                       + timingText(report, index);
    if (!step.graph.empty())
        html += element("h3", "Graph") + "<div class=\"figure\">" + step.graph + "</div>\n";
    if (!step.functions.empty())
        html += element("h3", index == 0 ? "Loops, as they are lowered by default" : "What changed in the loops")
                + functionsText(step);
    else if (index > 0 && step.refusal.empty() && step.unlowered.empty())
        html += element("p class=\"facts\"", "The loops are as before.");
    if (!step.unlowered.empty())
        html += element("p class=\"facts\"", "There are no loops: " + step.unlowered);
    return html + "</section>\n";
}

std::string timingsTable(const Report& report)
{
    double most = 0;
    for (const ReportedStep& step : report.steps)
        most = std::max(most, step.timing ? step.timing->medianMs : 0.0);
    if (most <= 0)
        return element("p class=\"facts\"", "Nothing was measured.");
    std::string html = "<table id=\"timings\"><tr><th>step</th><th>median</th><th></th><th>vs untouched</th></tr>\n";
    const Timing* first = nullptr;
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        const ReportedStep& step = report.steps[i];
        if (!step.timing)
            continue;
        first = first ? first : &*step.timing;
        html += "<tr><td>" + escapeXml(std::to_string(i) + " · " + step.title) + "</td><td class=\"n\">"
                + timeText(step.timing->medianMs) + "</td><td><span class=\"bar\" style=\"width:"
                + std::to_string(std::max(1, int(std::lround(260 * step.timing->medianMs / most))))
                + "px\"></span></td><td>" + (&*step.timing == first ? "" : escapeXml(speedText(*step.timing, *first)))
                + "</td></tr>\n";
    }
    const int threads = first->threads;
    return html + "</table>\n"
           + element("p class=\"facts\"", report.machine + ", " + std::to_string(threads) + " thread"
                                              + (threads == 1 ? "" : "s") + ", " + report.isa
                                              + "; measured in turn, medians.");
}

std::string resultSection(const Report& report)
{
    std::string html = "<section id=\"result\">\n" + element("h2", "What came of it");
    if (!report.verdict.empty())
        html += element("p class=\"sentence verdict\"", report.verdict);
    html += element("h3", "Time") + timingsTable(report) + element("h3", "Recipe") + "<pre id=\"recipe\"><span>"
            + escapeXml(report.recipe) + "</span></pre>\n" + element("h3", "All loops in the end");
    for (const ReportedFunction& function : report.result)
        html += "<details class=\"result\"><summary><b>" + escapeXml(function.name) + "</b></summary>"
                + text(function.after) + "</details>\n";
    return html + "</section>\n";
}

std::string navigation(const Report& report)
{
    std::string html = "<nav>", group;
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        const ReportedStep& step = report.steps[i];
        if (step.group != group && !step.group.empty())
            html += element("div class=\"group\"", step.group);
        group = step.group;
        const Compared compared = comparedWith(report, i);
        const std::string figure = !step.timing      ? ""
                                   : compared.before ? speedText(*step.timing, *compared.before)
                                                     : timeText(step.timing->medianMs);
        html += "<a href=\"#s" + std::to_string(i) + "\"" + (step.refusal.empty() ? "" : " class=\"refused\"") + ">"
                + element("span class=\"x\"", std::to_string(i)) + element("span class=\"t\"", step.title)
                + element("span class=\"x\"", figure) + "</a>\n";
    }
    return html + "<a href=\"#result\"><span class=\"x\">✓</span><span class=\"t\">what came of it</span></a></nav>\n";
}

}  // namespace

std::string page(const Report& report)
{
    const std::string steps = std::to_string(report.steps.size() - 1);
    std::string html = "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
                       "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                       "<meta name=\"generator\" content=\"Strata\"/>\n"
                       + element("title", report.model + ", " + steps + " steps") + "\n<style>" + style
                       + "</style>\n</head>\n<body>\n<header>" + element("h1", report.model)
                       + element("p", steps + " steps, by Strata, on " + report.machine + ".")
                       + "<p class=\"help\"><kbd>→</kbd> <kbd>←</kbd> step by step, <kbd>Home</kbd> <kbd>End</kbd>, "
                         "<kbd>a</kbd> all below each other</p></header>\n<div id=\"page\">\n"
                       + navigation(report) + "<main>\n";
    for (std::size_t i = 0; i < report.steps.size(); ++i)
        html += section(report, i);
    return html + resultSection(report) + "</main>\n</div>\n<script>//<![CDATA[" + script
           + "//]]></script>\n</body>\n</html>\n";
}

Status savePage(const std::string& page, const std::string& path) { return writeWhole(page, path, "The page"); }

}  // namespace strata
