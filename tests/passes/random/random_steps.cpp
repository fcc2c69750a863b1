#include "tests/passes/random/random_steps.h"

#include "core/analysis/locate.h"

namespace strata {

namespace {

std::string number(int n) { return std::to_string(n); }

}  // namespace

RandomSteps::RandomSteps(Random& random, const Function& function)
    : m_random(random)
    , m_function(function)
{
    for (const Cursor& cursor : cursors(function)) {
        if (cursor.kind == NodeKind::Loop)
            m_loops.push_back(cursor.name);
        if (cursor.kind == NodeKind::Block)
            m_blocks.push_back(cursor.name);
        if (cursor.kind == NodeKind::Buffer)
            m_buffers.push_back(cursor.name);
    }
}

std::string RandomSteps::next()
{
    static const std::vector<std::string> ids{"split",
                                              "split",
                                              "fuse",
                                              "reorder",
                                              "reorder",
                                              "parallel",
                                              "vectorize",
                                              "unroll",
                                              "serial",
                                              "bind",
                                              "bind",
                                              "compute_at",
                                              "compute_at",
                                              "reverse_compute_at",
                                              "reverse_compute_at",
                                              "compute_inline",
                                              "reverse_compute_inline",
                                              "decompose_reduction",
                                              "cache_read",
                                              "cache_write",
                                              "set_scope",
                                              "compact_buffer",
                                              "transform_layout",
                                              "blockize",
                                              "rfactor"};
    const std::string id = m_random.of(ids);
    return "loops." + id + "(" + m_function.name + ", " + arguments(id) + ")";
}

std::string RandomSteps::factors()
{
    const std::string factor = number(m_random.between(2, 4));
    return m_random.chance(30)   ? "[_, 2, " + factor + "]"
           : m_random.chance(50) ? "[_, " + factor + "]"
                                 : "[" + factor + ", _]";
}

// Loops of one chain, in their order or shuffled.
std::string RandomSteps::chainOf(bool shuffle)
{
    std::vector<std::string> chain;
    for (auto located = findLoop(m_function, loop()); located;) {
        chain.push_back(located->loop()->name);
        const Body& body = located->loop()->body;
        const Loop* inner = body.size() == 1 ? as<Loop>(body[0]) : nullptr;
        located = inner ? findLoop(m_function, inner->name) : std::nullopt;
    }
    if (!shuffle)
        chain.resize(std::min<std::size_t>(chain.size(), 2));
    for (std::size_t i = chain.size(); shuffle && i > 1; --i)
        std::swap(chain[i - 1], chain[std::size_t(m_random.below(int(i)))]);
    std::string text;
    for (const std::string& name : chain)
        text += (text.empty() ? "[" : ", ") + name;
    return text + "]";
}

std::string RandomSteps::map(const std::string& buffer)
{
    for (const Buffer& known : buffers(m_function))
        if (known.name == buffer && known.type.shape.size() == 2)
            return m_random.of(std::vector<std::string>{"(a, b) -> (b, a)", "(a, b) -> (b // 2, a, b % 2)",
                                                        "(a, b) -> (a + b, b)", "(a, b) -> (a, b // 2)"});
    return m_random.chance(70) ? "(a) -> (a // 2, a % 2)" : "(a) -> (a * 2)";
}

std::string RandomSteps::arguments(const std::string& id)
{
    static const std::vector<std::string> axes{"blockIdx.x", "blockIdx.x", "blockIdx.y", "threadIdx.x", "threadIdx.y"},
        scopes{"global", "shared", "local"};
    if (id == "split")
        return loop() + ", " + factors();
    if (id == "fuse" || id == "reorder")
        return chainOf(id == "reorder");
    if (id == "parallel" || id == "vectorize" || id == "unroll" || id == "serial" || id == "blockize"
        || id == "rfactor")
        return loop();
    if (id == "bind")
        return loop() + ", \"" + m_random.of(axes) + "\"";
    if (id == "compute_inline" || id == "reverse_compute_inline")
        return block();
    if (id == "cache_read" || id == "cache_write")
        return block() + ", " + buffer() + ", scope=" + m_random.of(scopes);
    if (id == "set_scope")
        return buffer() + ", " + m_random.of(scopes);
    if (id == "compact_buffer")
        return buffer();
    if (id == "transform_layout") {
        const std::string name = buffer();
        return name + ", " + map(name);
    }
    return block() + ", " + loop();
}

}  // namespace strata
