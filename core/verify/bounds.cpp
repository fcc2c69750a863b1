// Indices stay in bounds, and bindings in the domains of their iterators.
//
// A binding is judged by the loops around it. An index of a block speaks of the block's iterators, so it is judged by
// their domains, which the bindings keep to; where that does not suffice (a predicate relates iterators), by the loops
// themselves.
#include "core/verify/parts.h"

#include "core/text/text.h"

#include <algorithm>
#include <cctype>

namespace strata {

namespace {

// "vi = 3, vj = 0": the values of the variables that e speaks of.
std::string placeText(const ExprPtr& e, const std::map<std::string, std::int64_t>& values)
{
    std::string text;
    for (const std::string& name : freeVariables(e))
        if (const auto value = values.find(name); value != values.end())
            text += (text.empty() ? "" : ", ") + name + " = " + std::to_string(value->second);
    return text;
}

std::string capital(std::string sentence)
{
    sentence[0] = char(std::toupper(static_cast<unsigned char>(sentence[0])));
    return sentence;
}

// As far as numbers tell.
bool runsNever(const Ranges& ranges)
{
    return std::any_of(ranges.begin(), ranges.end(), [](const auto& range) { return range.second.extent < 1; });
}

class BoundsVerifier {
public:
    BoundsVerifier(const Function& function, const SiteTable& program, Findings& findings)
        : m_function(function)
        , m_program(program)
        , m_findings(findings)
    {
    }

    void run()
    {
        for (const Site& site : m_program.sites)
            for (const Access& access : site.accesses)
                checkAccess(site, access);
        Premises premises;
        enterSizes(premises, m_function);
        visit(m_function.loops()->body, premises);
    }

private:
    void checkAccess(const Site& site, const Access& access);
    void checkIndex(const Site& site, const Access& access, std::size_t d, const Dim& size);
    void visit(const Body& body, const Premises& premises);
    void checkBindings(const Block& block, Premises premises);
    void report(const Answer& answer, const ExprPtr& e, const ExprPtr& size, const std::string& what,
                const Cursor& where);
    Cursor cursorOf(const Site& site) const
    {
        return site.block ? Cursor{m_function.name, NodeKind::Block, site.block->name}
                          : functionCursor(m_function.name);
    }

    const Function& m_function;
    const SiteTable& m_program;
    Findings& m_findings;
};

// "of 0..7", "of 0..n-1"
std::string rangeText(const ExprPtr& size)
{
    if (isConst(size, 0))
        return "of a dimension without elements";
    return "of 0.." + (isConst(size) ? std::to_string(size->i - 1) : print(simplify(size - 1, {})));
}

void BoundsVerifier::report(const Answer& answer, const ExprPtr& e, const ExprPtr& size, const std::string& what,
                            const Cursor& where)
{
    if (answer.truth == Answer::Truth::Yes)
        return;
    const std::string range = rangeText(size);
    if (answer.truth == Answer::Truth::Unknown) {
        m_findings.push_back(
            {refused(say("It cannot be proved that {}, {}, is one {}: {}.", what, print(e), range, answer.reason),
                     {where}),
             Finding::Kind::Unproved});
        return;
    }
    const std::string place = placeText(e + size, answer.at);
    m_findings.push_back(refused(say("{}, {}, is {}{}, which is none {}.", capital(what), print(e), answer.value,
                                     place.empty() ? "" : " at " + place, range),
                                 {where}));
}

// Over the block's iterators; of a statement outside of blocks, over the loops around.
Premises nearPremises(const Function& function, const Site& site, const Access& access)
{
    Premises premises{access.inner, access.conditions};
    enterSizes(premises, function);
    if (site.block)
        enter(premises, *site.block);
    else
        for (const Loop* loop : site.loops)
            enter(premises, loop->name, loop->extent);
    return premises;
}

// Over the loops around, with the predicates.
Premises farPremises(const Function& function, const Site& site, const Access& access)
{
    Premises premises{access.inner, site.conditions};
    enterSizes(premises, function);
    for (const Loop* loop : site.loops)
        enter(premises, loop->name, loop->extent);
    for (const ExprPtr& condition : access.conditions)
        premises.conditions.push_back(substitute(condition, site.bindings));
    return premises;
}

void BoundsVerifier::checkIndex(const Site& site, const Access& access, std::size_t d, const Dim& size)
{
    const ExprPtr& index = access.begin[d];
    const ExprPtr last = toExpr(size - access.extent[d] + 1);
    Answer answer = inRange(index, last, nearPremises(m_function, site, access));
    if (answer.truth != Answer::Truth::Yes && site.block) {
        Answer far = inRange(substitute(index, site.bindings), last, farPremises(m_function, site, access));
        if (far.truth != Answer::Truth::Unknown || answer.truth != Answer::Truth::Unknown)
            answer = std::move(far);  // else the reason in the block's own words
        for (const BlockIter& iter : site.block->iters)
            if (const auto value = evaluate(substitute(var(iter.name), site.bindings), answer.at))
                answer.at[iter.name] = *value;
    }
    report(answer, index, last,
           "index " + std::to_string(d + 1) + " of " + access.buffer + " in "
               + (site.block ? "block " + site.block->name : site.name),
           cursorOf(site));
}

void BoundsVerifier::checkAccess(const Site& site, const Access& access)
{
    if (runsNever(nearPremises(m_function, site, access).ranges)
        || runsNever(farPremises(m_function, site, access).ranges))
        return;
    const Shape& shape = m_program.shapes.at(access.buffer);
    for (std::size_t d = 0; d < access.begin.size() && d < shape.size(); ++d)
        checkIndex(site, access, d, shape[d]);
}

void BoundsVerifier::checkBindings(const Block& block, Premises premises)
{
    if (block.predicate)
        premises.conditions.push_back(block.predicate);
    for (const BlockIter& iter : block.iters) {
        const ExprPtr extent = simplify(iter.extent, {});
        report(inRange(iter.binding, extent, premises), iter.binding, extent,
               "iterator " + iter.name + " of block " + block.name, {m_function.name, NodeKind::Block, block.name});
    }
}

void BoundsVerifier::visit(const Body& body, const Premises& premises)
{
    for (const StmtPtr& stmt : body)
        if (const Loop* loop = as<Loop>(stmt)) {
            Premises inner = premises;
            enter(inner, loop->name, loop->extent);
            visit(loop->body, inner);
        } else if (const Block* block = as<Block>(stmt)) {
            if (runsNever(premises.ranges))
                continue;
            checkBindings(*block, premises);
            Premises inside;
            enterSizes(inside, m_function);
            enter(inside, *block);
            visit(block->init, inside);
            visit(block->body, inside);
        }
}

}  // namespace

void verifyBounds(const Function& function, const SiteTable& program, Findings& findings)
{
    BoundsVerifier(function, program, findings).run();
}

}  // namespace strata
