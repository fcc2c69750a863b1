#include "tests/passes/random/symbolized.h"

#include "core/index/sizes.h"

namespace strata {

namespace {

// Number -> the same in terms of sizes.
using Numbers = std::map<std::int64_t, Dim>;

std::vector<std::int64_t> numbersOf(const Function& function)
{
    std::vector<std::int64_t> numbers;
    for (const TypedName& param : function.params)
        for (const Dim& dim : param.type.tensor.shape)
            if (dim.isConstant())
                numbers.push_back(dim.constant());
    return numbers;
}

// What `number` being `size` says of others, each with some chance.
void sayNumbers(Numbers& numbers, std::int64_t number, const Dim& size, Random& random)
{
    numbers.emplace(number, size);
    for (const std::int64_t more : {1, 2})
        if (random.chance(50))
            numbers.emplace(number + more, size + Dim(more));
    if (random.chance(50))
        numbers.emplace(number - 1, size - Dim(1));
    for (const std::int64_t times : {2, 3})
        if (random.chance(50)) {
            numbers.emplace(number * times, size * Dim(times));
            numbers.emplace(number * times - 1, size * Dim(times) - Dim(1));
        }
}

class Symbolizer {
public:
    Symbolizer(Numbers numbers, bool indices)
        : m_numbers(std::move(numbers))
        , m_indices(indices)
    {
    }

    FunctionPtr operator()(const Function& function) const
    {
        Function made = function;
        for (auto* side : {&made.params, &made.results})
            for (TypedName& name : *side)
                resize(name.type.tensor.shape);
        Body body = m_indices ? transformExprs(function.loops()->body, [&](const ExprPtr& e) { return index(e); })
                              : function.loops()->body;
        made.body = LoopsBody{
            transform(body, [&](const StmtPtr& stmt) { return std::optional(Body{statement(*stmt)}); })};
        return std::make_shared<const Function>(std::move(made));
    }

private:
    void resize(Shape& shape) const
    {
        for (Dim& dim : shape)
            if (const auto found = dim.isConstant() ? m_numbers.find(dim.constant()) : m_numbers.end();
                found != m_numbers.end())
                dim = found->second;
    }
    void extent(ExprPtr& e) const
    {
        if (const auto found = isConst(e) ? m_numbers.find(e->i) : m_numbers.end(); found != m_numbers.end())
            e = toExpr(found->second);
    }
    // Numbers of two and more: a 1 is rather a step than a size.
    ExprPtr index(const ExprPtr& e) const
    {
        return transform(e, [&](const ExprPtr& inner) -> ExprPtr {
            const bool number = isConst(inner) && inner->type == DType::I64 && inner->i > 1;
            const auto found = number ? m_numbers.find(inner->i) : m_numbers.end();
            return found == m_numbers.end() ? nullptr : toExpr(found->second);
        });
    }
    StmtPtr statement(const Stmt& stmt) const
    {
        Stmt changed = stmt;
        if (auto* alloc = std::get_if<Alloc>(&changed.node))
            resize(alloc->buffer.type.shape);
        if (auto* loop = std::get_if<Loop>(&changed.node))
            extent(loop->extent);
        if (auto* block = std::get_if<Block>(&changed.node))
            for (BlockIter& iter : block->iters)
                extent(iter.extent);
        return std::make_shared<const Stmt>(std::move(changed));
    }

    Numbers m_numbers;
    bool m_indices;
};

SizeFact fact(Random& random)
{
    SizeFact fact;
    if (random.chance(70))
        fact.multipleOf = random.of(std::vector<int>{2, 4, 4, 8});
    if (random.chance(40))
        fact.least = random.between(2, 5);
    if (random.chance(40))
        fact.most = 16;
    return *tightened(fact);
}

}  // namespace

FunctionPtr symbolized(const Function& function, Random& random)
{
    std::vector<std::int64_t> candidates = function.loops() ? numbersOf(function) : std::vector<std::int64_t>();
    Numbers numbers;
    SizeFacts facts;
    for (const char* const size : {"n", "m"}) {
        std::erase_if(candidates, [&](std::int64_t number) { return numbers.count(number) > 0; });
        if (candidates.empty() || (!numbers.empty() && random.chance(40)))
            break;
        sayNumbers(numbers, random.of(candidates), Dim::symbol(size), random);
        if (const SizeFact said = fact(random); random.chance(30) && !(said == SizeFact()))
            facts[size] = said;
    }
    if (numbers.empty())
        return nullptr;
    Function made = *Symbolizer(std::move(numbers), random.chance(50))(function);
    const std::set<std::string> sizes = sizesOf(made);
    for (const auto& [size, said] : facts)
        if (sizes.count(size))
            made.facts[size] = said;
    return std::make_shared<const Function>(std::move(made));
}

}  // namespace strata
