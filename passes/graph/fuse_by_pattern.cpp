// graph.fuse_by_pattern: chains of operators that a pattern describes become functions.
#include "core/operators/operator.h"
#include "passes/graph/group.h"

#include <algorithm>
#include <sstream>

namespace strata {

namespace {

using namespace graph;

// One place of a chain: the operators that may stand there.
struct Place {
    std::vector<std::string> ops;
    bool optional = false;  // stands in brackets, with all that follows it
};

std::string bare(const std::string& text)
{
    const std::size_t first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

Error malformed(const std::string& text)
{
    return refused(say("\"{}\" is no pattern.", text), {},
                   "A pattern is a chain of operators: MatMul -> Add, Conv|MatMul -> Add [-> Relu].");
}

// "MatMul -> Add [-> Relu [-> Clip]]": brackets end where the pattern ends, so where they begin says all.
Result<std::vector<Place>> parsePattern(const std::string& text)
{
    const std::size_t opens = std::min(text.find('['), text.size()), closes = std::min(text.find(']'), text.size());
    if (std::count(text.begin(), text.end(), '[') != std::count(text.begin(), text.end(), ']') || closes < opens
        || text.find_first_not_of(" ]", closes) != std::string::npos)
        return malformed(text);
    std::vector<Place> places;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t arrow = std::min(text.find("->", at), text.size());
        std::string ops = text.substr(at, arrow - at);
        std::erase_if(ops, [](char c) { return c == '[' || c == ']'; });
        Place place{{}, at > opens};
        std::istringstream alternatives(ops);
        for (std::string op; std::getline(alternatives, op, '|');)
            place.ops.push_back(bare(op));
        for (const std::string& op : place.ops)
            if (op.empty() || op.find(' ') != std::string::npos)
                return malformed(text);
        if (place.ops.empty())
            return malformed(text);
        places.push_back(std::move(place));
        at = arrow + 2;
    }
    return places.size() < 2 || places.front().optional ? Result<std::vector<Place>>(malformed(text)) : places;
}

class Readers {
public:
    explicit Readers(const Function& graph)
        : m_consumers(consumers(graph))
        , m_returned(returnedValues(graph))
    {
    }

    // The node that alone reads what a node makes; none if others do, or the caller.
    GraphNodePtr only(const GraphNode& node) const
    {
        if (node.outputs.size() != 1 || m_returned.count(node.outputs[0].name))
            return nullptr;
        const auto readers = m_consumers.find(node.outputs[0].name);
        return readers == m_consumers.end() || readers->second.size() != 1 ? nullptr : readers->second[0];
    }

private:
    const std::map<std::string, std::vector<GraphNodePtr>> m_consumers;
    const std::set<std::string> m_returned;
};

bool fits(const GraphNode& node, const Place& place)
{
    return !node.isCall() && findOperator(node)
           && std::find(place.ops.begin(), place.ops.end(), node.op) != place.ops.end();
}

// The chain that begins with a node, as long as the pattern allows; empty: there is none.
Group chainFrom(const GraphNodePtr& first, const std::vector<Place>& places, const Readers& readers)
{
    if (!fits(*first, places[0]))
        return {};
    Group chain{first};
    for (std::size_t i = 1; i < places.size(); ++i) {
        const GraphNodePtr next = readers.only(*chain.back());
        if (next && fits(*next, places[i]))
            chain.push_back(next);
        else if (places[i].optional)
            break;
        else
            return {};
    }
    return chain.size() > 1 ? chain : Group();
}

Status applies(const Module& module, const Arguments& arguments)
{
    const Result<FunctionPtr> graph = findGraph(module, arguments.text("function"));
    return graph ? Status() : graph.error();
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const std::vector<Place> places, parsePattern(arguments.text("pattern")));
    const Readers readers(*graph);
    std::vector<Group> groups;
    std::vector<Cursor> shared;
    std::set<std::string> taken;
    for (const GraphNodePtr& node : graph->graph()->nodes) {
        const Group chain = chainFrom(node, places, readers);
        if (chain.empty() && fits(*node, places[0]) && !readers.only(*node))
            shared.push_back(nodeCursor(*graph, node->name));
        if (chain.empty()
            || std::any_of(chain.begin(), chain.end(), [&](const auto& n) { return taken.count(n->name); }))
            continue;
        for (const GraphNodePtr& member : chain)
            taken.insert(member->name);
        groups.push_back(chain);
    }
    groups = withoutCycles(*graph, std::move(groups));
    if (groups.empty() && !shared.empty())
        return refused(say("Several nodes read what {} makes, or it is a result: fused, it would be computed for each "
                           "of them again.",
                           shared.front().name),
                       shared, "graph.fuse takes the nodes that you name.");
    if (groups.empty())
        return refused(say("No nodes of {} are a chain {}.", graph->name, arguments.text("pattern")),
                       {functionCursor(graph->name)});
    STRATA_TRY(Outlined outlined, outline(module, *graph, groups));
    return difference(module, *outlined.module, std::move(outlined.forwarding));
}

// The selected node, or the first of the graph that has one, with the node that alone reads what it makes.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, selection.function));
    const Readers readers(*graph);
    for (const GraphNodePtr& node : graph->graph()->nodes) {
        if (selection.kind == NodeKind::Operator && node->name != selection.name)
            continue;
        if (const GraphNodePtr next = readers.only(*node); next && !node->isCall() && !next->isCall())
            return Arguments{{{"function", graph->name}, {"pattern", node->op + " -> " + next->op}}};
    }
    return refused("No single node reads what is selected, so there is no obvious pattern.", {selection});
}

}  // namespace

STRATA_TRANSFORM(graph_fuse_by_pattern)
{
    Transform t;
    t.id = "graph.fuse_by_pattern";
    t.level = Level::Graph;
    t.title = "Fuse by a pattern";
    t.summary =
        "Makes a function of each chain of operators that a pattern describes, and calls it in the chain's place.";
    t.documentation =
        "A pattern is a chain of operators, as MatMul -> Add. Several names with | between them may stand in one place: Conv|MatMul -> Add. What stands "
        "in brackets, at the end, may be missing: MatMul -> Add [-> Relu].\n\n"
        "A node joins if it alone reads what the one before it makes; a value that others read or that is a result stays outside, since it would have to be "
        "computed again or handed out. Chains that share no node are taken from the first to the last, each as long as the pattern allows. Each becomes a function as "
        "graph.fuse would make it; equal chains share one. Exact.";
    t.alsoKnownAs = {"FuseOpsByPattern (TVM)", "MatmulAddFusor (the course)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}},
                    {"pattern", ParameterKind::Text, "As MatMul -> Add [-> Relu].", {}, false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[1, 4], w: f32[4, 2], b: f32[2]) -> (y: f32[1, 2]):
    p: f32[1, 2] = MatMul(x, w, node="product", version=13)
    y: f32[1, 2] = Add(p, b, node="sum", version=14)
    return y
)";
    t.example.step = "graph.fuse_by_pattern(main, \"MatMul -> Add [-> Relu]\")";
    t.example.after = R"(module example(entry=main):

def main(x: f32[1, 4], w: f32[4, 2], b: f32[2]) -> (y: f32[1, 2]):
    y: f32[1, 2] = call matmul_add_1x2(x, w, b, node="sum")
    return y

def matmul_add_1x2(x: f32[1, 4], x_1: f32[4, 2], x_2: f32[2]) -> (y: f32[1, 2]):
    y_matmul: f32[1, 2] = MatMul(x, x_1, node="matmul", version=13)
    y_add: f32[1, 2] = Add(y_matmul, x_2, node="add", version=14)
    return y_add
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
