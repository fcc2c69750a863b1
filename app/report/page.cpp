// The page of a report: what stands in it. Its form is that of every such page (sheet.h).
#include "app/report/graph_svg.h"
#include "app/report/report.h"
#include "app/report/sheet.h"
#include "core/base/write_whole.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

std::string ratioText(double ratio)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*f ×", ratio < 10 ? 2 : ratio < 100 ? 1 : 0, ratio);
    return text;
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
                + (step.state == 0 ? codeLines(function.after) : codeDiff(function, "{} lines as before"))
                + "</details>\n";
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

std::string contentOf(const Report& report, std::size_t index)
{
    const ReportedStep& step = report.steps[index];
    std::string html = headOf(step, index) + timingText(report, index);
    if (!step.graph.empty())
        html += element("h3", "Graph") + "<div class=\"figure\">" + step.graph + "</div>\n";
    if (!step.functions.empty())
        html += element("h3", index == 0 ? "Loops, as they are lowered by default" : "What changed in the loops")
                + functionsText(step);
    else if (index > 0 && step.refusal.empty() && step.unlowered.empty())
        html += element("p class=\"facts\"", "The loops are as before.");
    if (!step.unlowered.empty())
        html += element("p class=\"facts\"", "There are no loops: " + step.unlowered);
    return html;
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

std::string resultOf(const Report& report)
{
    std::string html = element("h2", "What came of it");
    if (!report.verdict.empty())
        html += element("p class=\"sentence verdict\"", report.verdict);
    html += element("h3", "Time") + timingsTable(report) + element("h3", "Recipe") + "<pre id=\"recipe\"><span>"
            + escapeXml(report.recipe) + "</span></pre>\n" + element("h3", "All loops in the end");
    for (const ReportedFunction& function : report.result)
        html += "<details class=\"result\"><summary><b>" + escapeXml(function.name) + "</b></summary>"
                + codeLines(function.after) + "</details>\n";
    return html;
}

SheetSection sectionOf(const Report& report, std::size_t index)
{
    const ReportedStep& step = report.steps[index];
    const Compared compared = comparedWith(report, index);
    SheetSection section;
    section.id = "s" + std::to_string(index);
    section.number = std::to_string(index);
    section.title = step.title;
    section.figure = !step.timing      ? ""
                     : compared.before ? speedText(*step.timing, *compared.before)
                                       : timeText(step.timing->medianMs);
    section.group = step.group;
    section.refused = !step.refusal.empty();
    section.html = contentOf(report, index);
    return section;
}

}  // namespace

std::string page(const Report& report)
{
    const std::string steps = std::to_string(report.steps.size() - 1);
    Sheet sheet;
    sheet.title = report.model + ", " + steps + " steps";
    sheet.head = report.model;
    sheet.sentence = steps + " steps, by Strata, on " + report.machine + ".";
    for (std::size_t i = 0; i < report.steps.size(); ++i)
        sheet.sections.push_back(sectionOf(report, i));
    sheet.sections.push_back({"result", "✓", "what came of it", "", "", false, resultOf(report)});
    return sheetPage(sheet);
}

Status savePage(const std::string& page, const std::string& path) { return writeWhole(page, path, "The page"); }

}  // namespace strata
