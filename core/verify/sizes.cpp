// Extents and dimensions are numbers or affine in the sizes of the function's parameters: known before its first
// statement runs, and a parameter to isl.
#include "core/verify/parts.h"

#include "core/text/text.h"

#include <algorithm>

namespace strata {

namespace {

bool speaksOfSizesOnly(const ExprPtr& e, const std::set<std::string>& sizes)
{
    const std::vector<std::string> names = freeVariables(e);
    return std::all_of(names.begin(), names.end(), [&sizes](const std::string& name) { return sizes.count(name) > 0; });
}

bool isAffineIn(const ExprPtr& e, const std::set<std::string>& sizes)
{
    std::map<std::string, std::string> names;
    for (const std::string& size : sizes)
        names.emplace(size, "n");
    return toIsl(simplify(e, {}), names).has_value();
}

class SizeVerifier {
public:
    SizeVerifier(const Function& function, Findings& findings)
        : m_function(function)
        , m_findings(findings)
        , m_sizes(sizesOf(function))
        , m_given(toldSizes(function))
    {
    }

    bool run()
    {
        const std::size_t before = m_findings.size();
        for (const std::string& size : m_sizes)
            if (!m_given.count(size))
                find(say("No parameter or result of {} has a dimension of just {}, so nothing tells how much it is.",
                         m_function.name, size),
                     functionCursor(m_function.name), "Bind the dimension to a number.");
        walk(m_function.loops()->body, [&](const StmtPtr& stmt) {
            if (const Loop* loop = as<Loop>(stmt))
                extent(loop->extent, "loop " + loop->name, {m_function.name, NodeKind::Loop, loop->name});
            if (const Block* block = as<Block>(stmt)) {
                insideOf(*block);
                for (const BlockIter& iter : block->iters)
                    extent(iter.extent, "iterator " + iter.name + " of block " + block->name,
                           {m_function.name, NodeKind::Block, block->name});
            }
        });
        for (const Buffer& buffer : buffers(m_function))
            shape(buffer);
        return m_findings.size() == before;
    }

private:
    void find(Sentence sentence, const Cursor& where, const std::string& hint)
    {
        m_findings.push_back({refused(std::move(sentence), {where}, hint), Finding::Kind::Unproved});
    }
    void extent(const ExprPtr& e, const std::string& what, const Cursor& where)
    {
        if (!speaksOfSizesOnly(e, m_sizes))
            find(say("The extent of {} is {}, which is not the same each time.", what, print(e)), where,
                 "Run the loop to a constant or a size, with a predicate on what is inside.");
        else if (!isAffineIn(e, m_sizes))
            find(say("The extent of {} is {}, a product of sizes.", what, print(e)), where, "Bind one of them first.");
    }
    // What one step of it touches is a box of so many elements.
    void insideOf(const Block& block)
    {
        walk(block.body, [&](const StmtPtr& stmt) {
            if (const Loop* loop = as<Loop>(stmt);
                loop && !number(loop->extent) && speaksOfSizesOnly(loop->extent, m_sizes))
                find(say("Loop {} runs to {} inside of block {}, whose steps touch boxes of fixed size.", loop->name,
                         print(loop->extent), block.name),
                     {m_function.name, NodeKind::Loop, loop->name},
                     "Put the loop around the block, with an iterator for it.");
        });
    }
    void shape(const Buffer& buffer)
    {
        const Cursor where{m_function.name, NodeKind::Buffer, buffer.name};
        for (const Dim& dim : buffer.type.shape)
            if (const ExprPtr e = toExpr(dim); !speaksOfSizesOnly(e, m_sizes))
                find(say("The buffer {} is {}, and {} is no size of {}.", buffer.name, toString(buffer.type),
                         dim.text(), m_function.name),
                     where, "Bind the symbolic dimensions first.");
            else if (!isAffineIn(e, m_sizes))
                find(say("The dimension {} of the buffer {} is a product of sizes.", dim.text(), buffer.name), where,
                     "Bind one of them first.");
    }

    const Function& m_function;
    Findings& m_findings;
    std::set<std::string> m_sizes, m_given;
};

}  // namespace

bool verifySizes(const Function& function, Findings& findings) { return SizeVerifier(function, findings).run(); }

}  // namespace strata
