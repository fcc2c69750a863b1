#include "app/report/sheet.h"

#include "app/report/graph_svg.h"
#include "core/base/sentence.h"

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
@media print { body { background:#fff; } nav, .help { display:none; } .keys section { display:block; page-break-inside:avoid; } h2, h3 { page-break-after:avoid; } pre, table, li { page-break-inside:avoid; } pre { overflow:visible; white-space:pre-wrap; } .figure { max-height:none; overflow:visible; } }
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

std::string row(const char* kind, const std::string& sign, const std::string& text)
{
    return std::string("<span class=\"") + kind + "\">" + sign + " " + escapeXml(text) + "</span>";
}

std::string navigation(const Sheet& sheet)
{
    std::string html = "<nav>", group;
    for (const SheetSection& section : sheet.sections) {
        if (section.group != group && !section.group.empty())
            html += element("div class=\"group\"", section.group);
        group = section.group;
        html += "<a href=\"#" + section.id + "\"" + (section.refused ? " class=\"refused\"" : "") + ">"
                + element("span class=\"x\"", section.number) + element("span class=\"t\"", section.title)
                + element("span class=\"x\"", section.figure) + "</a>\n";
    }
    return html + "</nav>\n";
}

}  // namespace

std::string element(const std::string& tag, const std::string& text)
{
    return "<" + tag + ">" + escapeXml(text) + "</" + tag.substr(0, tag.find(' ')) + ">";
}

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

std::string codeLines(const std::vector<std::string>& lines)
{
    std::string html = "<pre>";
    for (const std::string& line : lines)
        html += row("s", "", line);
    return html + "</pre>\n";
}

std::string codeDiff(const ReportedFunction& function, const std::string& hiddenLines)
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
            html += row("g", " ", "⋯ " + Sentence{hiddenLines, {std::to_string(hidden)}}.text());
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

std::string sheetPage(const Sheet& sheet)
{
    std::string html = "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"" + sheet.language
                       + "\">\n<head>\n"
                         "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                         "<meta name=\"generator\" content=\"Strata\"/>\n"
                       + element("title", sheet.title) + "\n<style>" + style + "</style>\n</head>\n<body>\n<header>"
                       + element("h1", sheet.head) + element("p", sheet.sentence)
                       + "<p class=\"help\"><kbd>→</kbd> <kbd>←</kbd> " + escapeXml(sheet.stepByStep)
                       + ", <kbd>Home</kbd> <kbd>End</kbd>, <kbd>a</kbd> " + escapeXml(sheet.allBelow)
                       + "</p></header>\n<div id=\"page\">\n" + navigation(sheet) + "<main>\n";
    for (const SheetSection& section : sheet.sections)
        html += "<section id=\"" + section.id + "\">\n" + section.html + "</section>\n";
    return html + "</main>\n</div>\n<script>//<![CDATA[" + script + "//]]></script>\n</body>\n</html>\n";
}

}  // namespace strata
