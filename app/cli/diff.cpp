// strata diff: two models or states, node by node and function by function, whatever their nodes are called.
#include "core/session/diff.h"
#include "app/cli/commands.h"
#include "core/session/match.h"
#include "core/text/text.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

namespace strata::cli {

namespace {

struct FunctionDifference {
    std::string name;
    DiffKind kind = DiffKind::Same;
    std::optional<GraphMatch> graphs;  // of two graphs
    std::string lines;                 // of other bodies: what changed in their text
};

std::vector<std::string> linesOf(const Function& function)
{
    std::vector<std::string> lines;
    for (const TextLine& line : printLines(function))
        lines.push_back(line.text);
    return lines;
}

FunctionDifference compared(const Module& before, const FunctionPtr& a, const Module& after, const FunctionPtr& b)
{
    FunctionDifference difference;
    difference.name = b ? b->name : a->name;
    if (!a || !b) {
        difference.kind = a ? DiffKind::Removed : DiffKind::Added;
    } else if (a->graph() && b->graph()) {
        difference.graphs = matchGraphs(before, *a, after, *b);
        difference.kind = difference.graphs->same() ? DiffKind::Same : DiffKind::Changed;
    } else if (!equal(*a, *b)) {
        const std::vector<std::string> was = linesOf(*a), is = linesOf(*b);
        difference.kind = DiffKind::Changed;
        difference.lines = render(diffLines(was, is), was, is, 1);
    }
    return difference;
}

// Entries stand for each other, whatever they are called; other functions by name.
std::vector<FunctionDifference> compared(const Module& before, const Module& after)
{
    std::vector<FunctionDifference> all;
    const FunctionPtr entryBefore = before.entryFunction(), entryAfter = after.entryFunction();
    const bool entries = entryBefore && entryAfter;
    if (entries)
        all.push_back(compared(before, entryBefore, after, entryAfter));
    for (const FunctionPtr& function : after.functions)
        if (!entries || function != entryAfter) {
            const FunctionPtr was = before.find(function->name);
            all.push_back(compared(before, entries && was == entryBefore ? nullptr : was, after, function));
        }
    for (const FunctionPtr& function : before.functions)
        if ((!entries || function != entryBefore) && !after.find(function->name))
            all.push_back(compared(before, function, after, nullptr));
    return all;
}

std::string nodeText(const GraphNode& node)
{
    return printable(node.name) + " (" + printable(node.isCall() ? "call of " + node.callee : node.op) + ")";
}

void printGraphs(const GraphMatch& match)
{
    for (const std::string& line : match.signature)
        std::printf("  ~ %s\n", printable(line).c_str());
    for (const GraphNodePtr& node : match.removed)
        std::printf("  - %s\n", nodeText(*node).c_str());
    for (const GraphNodePtr& node : match.added)
        std::printf("  + %s\n", nodeText(*node).c_str());
    std::size_t alike = 0, following = 0;
    for (const MatchedNode& pair : match.pairs) {
        alike += pair.differences.empty() && !pair.follows;
        following += pair.differences.empty() && pair.follows;
        if (pair.differences.empty())
            continue;
        std::printf("  ~ %s%s\n", nodeText(*pair.after).c_str(),
                    pair.before->name == pair.after->name ? "" : (", was " + printable(pair.before->name)).c_str());
        for (const std::string& line : pair.differences)
            std::printf("      %s\n", printable(line).c_str());
    }
    if (following)
        std::printf("  %zu nodes alike but for shapes that follow\n", following);
    std::printf("  %zu nodes alike\n", alike);
}

void printText(const FunctionDifference& difference)
{
    constexpr const char* said[] = {"the same", "added", "removed", "changed"};
    std::printf("%s: %s\n", printable(difference.name).c_str(), said[int(difference.kind)]);
    if (difference.kind == DiffKind::Changed && difference.graphs)
        printGraphs(*difference.graphs);
    std::fputs(difference.lines.c_str(), stdout);
}

nlohmann::json toJson(const FunctionDifference& difference)
{
    constexpr const char* said[] = {"same", "added", "removed", "changed"};
    nlohmann::json object{{"function", difference.name}, {"is", said[int(difference.kind)]}};
    if (!difference.lines.empty())
        object["lines"] = difference.lines;
    if (!difference.graphs)
        return object;
    const auto names = [](const std::vector<GraphNodePtr>& nodes) {
        nlohmann::json list = nlohmann::json::array();
        for (const GraphNodePtr& node : nodes)
            list.push_back(node->name);
        return list;
    };
    nlohmann::json changed = nlohmann::json::array();
    std::size_t alike = 0, following = 0;
    for (const MatchedNode& pair : difference.graphs->pairs) {
        alike += pair.differences.empty() && !pair.follows;
        following += pair.differences.empty() && pair.follows;
        if (!pair.differences.empty())
            changed.push_back(
                {{"before", pair.before->name}, {"after", pair.after->name}, {"differences", pair.differences}});
    }
    object.update({{"signature", difference.graphs->signature},
                   {"removed", names(difference.graphs->removed)},
                   {"added", names(difference.graphs->added)},
                   {"changed", std::move(changed)},
                   {"following", following},
                   {"alike", alike}});
    return object;
}

}  // namespace

int diff(const Options& options)
{
    if (options.paths.size() != 2)
        return fail(refused(say("strata diff takes two models, {} are given.", options.paths.size()), {},
                            "strata --help diff shows how."),
                    options);
    std::vector<ModulePtr> modules;
    for (const std::string& path : options.paths) {
        const Result<OpenedModel> opened = openModel(path,
                                                     {options.dimensions, options.shapes, options.definitions, true});
        if (!opened)
            return fail(opened.error(), options);
        modules.push_back(opened->module);
    }
    const std::vector<FunctionDifference> all = compared(*modules[0], *modules[1]);
    bool same = true;
    nlohmann::json functions = nlohmann::json::array();
    for (const FunctionDifference& one : all) {
        same = same && one.kind == DiffKind::Same;
        if (options.json)
            functions.push_back(toJson(one));
        else
            printText(one);
    }
    if (options.json)
        print({{"same", same}, {"functions", std::move(functions)}});
    return same ? Fine : AnswerIsNo;
}

}  // namespace strata::cli
