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
        for (const ToldSize& told : m_function.told)
            checkTold(told);
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
    // By an element that there is, of a size that no parameter gives, and nothing is taken for granted but what the
    // caller looks at.
    void checkTold(const ToldSize& told)
    {
        const Cursor where = functionCursor(m_function.name);
        const auto by = std::find_if(m_function.params.begin(), m_function.params.end(),
                                     [&](const TypedName& param) { return param.name == told.by; });
        const TensorType type = by == m_function.params.end() ? TensorType{DType::F32, {}, false} : by->type.tensor;
        const auto fact = m_function.facts.find(told.size);
        if (!type.ranked || type.dtype != DType::I64 || type.shape.size() > 1 || told.element < 0
            || told.element >= elementCount(type.shape).value_or(0))
            find(say("The size {} of {} is told by {}[{}], which is no number that {} is given.", told.size,
                     m_function.name, told.by, told.element, m_function.name),
                 where, "A parameter of type i64 tells it, of rank 0 or 1.");
        if (!m_sizes.count(told.size) || givenSizes(m_function).count(told.size))
            find(say("{} tells {}, which is no size of {} that is open.", told.by, told.size, m_function.name), where,
                 "Sizes that a parameter's shape gives are known already.");
        if (!tell(givenSizes(m_function), {told.most}))
            find(say("The size {} of {} is at most {}, which no parameter gives.", told.size, m_function.name,
                     told.most.text()),
                 where, "Say it by sizes of parameters.");
        if (fact == m_function.facts.end() || !implies({0, mostSize, 1}, {fact->second.least, mostSize, fact->second.multipleOf}))
            find(say("The size {} of {} is told by data, so it may be 0.", told.size, m_function.name), where,
                 "Say so: @assume(" + told.size + " >= 0).");
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
