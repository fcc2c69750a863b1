#include "app/window/models/graph_folding.h"

#include <algorithm>
#include <map>
#include <set>

namespace strata {

namespace {

constexpr int fewestNodes = 3, wishedRuns = 60, chunk = 8;

// The first `depth` parts of a scoped name, without its last; empty: none.
std::string prefix(const std::string& name, int depth)
{
    std::size_t at = name.starts_with('/') ? 1 : 0;
    for (int i = 0; i < depth; ++i) {
        const std::size_t next = name.find('/', at);
        if (next == std::string::npos)
            return i == 0 ? std::string() : name.substr(0, at - 1);
        at = next + 1;
    }
    return name.substr(0, at - 1);
}

std::vector<NodeRun> runsOf(const std::vector<std::string>& labels)
{
    std::vector<NodeRun> runs;
    for (int i = 0; i < static_cast<int>(labels.size()); ++i) {
        if (!runs.empty() && !labels[i].empty() && runs.back().title == labels[i])
            ++runs.back().count;
        else
            runs.push_back({i, 1, {}, labels[i]});
    }
    return runs;
}

std::vector<NodeRun> byPrefix(const GraphBody& body)
{
    std::vector<NodeRun> best;
    for (int depth = 1; depth <= 6; ++depth) {
        std::vector<std::string> labels;
        for (const GraphNodePtr& node : body.nodes)
            labels.push_back(prefix(node->name, depth));
        std::vector<NodeRun> runs = runsOf(labels);
        if (!best.empty() && runs.size() > std::min<std::size_t>(wishedRuns, body.nodes.size() / 3))
            break;
        best = std::move(runs);
    }
    return best;
}

// How many values made at or before node i are read after it.
std::vector<int> aliveAfter(const GraphBody& body)
{
    std::map<std::string, int> lastUse, madeAt;
    const int count = static_cast<int>(body.nodes.size());
    for (int i = 0; i < count; ++i) {
        for (const Operand& input : body.nodes[i]->inputs)
            if (input.kind == Operand::Kind::Value)
                lastUse[input.name] = i;
        for (const TypedName& output : body.nodes[i]->outputs)
            madeAt[output.name] = i;
    }
    std::vector<int> change(count + 1, 0);
    for (const auto& [name, made] : madeAt)
        if (const auto use = lastUse.find(name); use != lastUse.end() && use->second > made) {
            ++change[made];
            --change[use->second];
        }
    for (int i = 1; i < count; ++i)
        change[i] += change[i - 1];
    return change;
}

std::vector<NodeRun> byCuts(const GraphBody& body)
{
    const std::vector<int> alive = aliveAfter(body);
    const int count = static_cast<int>(body.nodes.size());
    const int size = std::max(chunk, count / wishedRuns);
    std::vector<NodeRun> runs;
    for (int first = 0; first < count;) {
        int end = first + 1;
        while (end < count && !(end - first >= size && alive[end - 1] <= 1) && end - first < 4 * size)
            ++end;
        runs.push_back({first, end - first, {}, body.nodes[first]->name});
        first = end;
    }
    return runs;
}

}  // namespace

std::vector<NodeRun> foldNodes(const GraphBody& body)
{
    std::vector<NodeRun> runs = byPrefix(body);
    if (runs.size() * 2 > body.nodes.size())
        runs = byCuts(body);
    std::vector<NodeRun> result;
    std::set<std::string> taken;
    for (NodeRun& run : runs) {
        if (run.count < fewestNodes) {
            for (int i = 0; i < run.count; ++i)
                result.push_back({run.first + i, 1, {}, {}});
            continue;
        }
        run.key = run.title;
        for (int i = 2; !taken.insert(run.key).second; ++i)
            run.key = run.title + " (" + std::to_string(i) + ")";
        run.title = run.key;
        result.push_back(std::move(run));
    }
    return result;
}

}  // namespace strata
