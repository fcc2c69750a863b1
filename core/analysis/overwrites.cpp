// One buffer for a parameter and a result changes what a read sees if the same element was written before it, or is
// written at the same time. So of each write of the result and each read of the parameter, the pairs of executions that
// meet in an element, and of which the read is not certainly first, are none; isl finds one or shows that there is
// none. Within one instance a statement reads all that it needs before it writes.
#include "core/analysis/overwrites.h"

#include "core/analysis/witness.h"
#include "core/base/condition.h"

namespace strata {

namespace {

class Overwrites {
public:
    Overwrites(const Function& function, const std::string& parameter, const std::string& result, const Module* module)
        : m_program(siteTable(module, function))
        , m_context(operationQuota)
        , m_parameter(parameter)
        , m_result(result)
    {
    }

    OrderVerdict run()
    {
        if (!m_program.trouble.empty())
            return {false, false, {}, m_program.trouble};
        for (const Site& writer : m_program.sites) {
            const bool changesNothing = writer.block && !writer.init
                                        && isCarriedOver(*writer.block, m_parameter, m_result);
            for (const Access& write : writer.accesses)
                if (write.write && write.buffer == m_result && !changesNothing)
                    compare(writer, write);
        }
        if (const std::string failure = m_context.failure(); !failure.empty() && m_verdict.legal)
            return {false, false, {}, failure};
        return m_verdict;
    }

private:
    void compare(const Site& writer, const Access& write)
    {
        for (const Site& reader : m_program.sites)
            for (const Access& read : reader.accesses)
                if (m_verdict.legal && !read.write && read.buffer == m_parameter)
                    compare(writer, write, reader, read);
    }

    void compare(const Site& writer, const Access& write, const Site& reader, const Access& read)
    {
        const auto cases = orderCases(writer, reader);
        const auto conditions = conditionsOf(cases, [&](const Case& one) {
            return one.unordered || one.order == Case::Order::Before
                   || (one.order == Case::Order::Same && !readsFirst(writer, write, reader, read));
        });
        if (conditions.empty())
            return;
        const Relation meeting = accessRelation(m_context, m_program, writer, write)
                                     .then(accessRelation(m_context, m_program, reader, read).inverse())
                                 & Relation(m_context, pairRelation(writer, reader, conditions));
        const auto pair = meeting.sample();
        if (STRATA_CONDITION("inout.order", !pair))
            return;
        m_verdict.legal = false;
        m_verdict.witness = witness(writer, write, reader, read, *pair, caseOf(writer, reader, cases, *pair));
    }

    // In one instance: the statement reads before it writes; what loops inside of a block do has an order of its own.
    static bool readsFirst(const Site& writer, const Access& write, const Site& reader, const Access& read)
    {
        return &writer == &reader && write.inner.empty() && read.inner.empty() && &read < &write;
    }

    // The write comes first here, which is what is wrong.
    Witness witness(const Site& writer, const Access& write, const Site& reader, const Access& read,
                    const Relation::Pair& pair, const Case* now) const
    {
        if (now && now->unordered)
            return witnessOf(writer, write, reader, read, pair, now);
        const Relation::Pair turned{pair.to, pair.from, pair.sizes};
        return witnessOf(reader, read, writer, write, turned, nullptr);
    }

    SiteTable m_program;
    IslContext m_context;
    std::string m_parameter, m_result;
    OrderVerdict m_verdict;
};

}  // namespace

bool isCarriedOver(const Block& block, const std::string& parameter, const std::string& result)
{
    const Store* store = block.init.empty() && block.body.size() == 1 ? as<Store>(block.body[0]) : nullptr;
    if (!store || store->buffer != result || store->value->op != Op::Load || store->value->name != parameter
        || store->value->args.size() != store->indices.size())
        return false;
    for (std::size_t d = 0; d < store->indices.size(); ++d)
        if (!equal(store->indices[d], store->value->args[d]))
            return false;
    return true;
}

OrderVerdict readsBeforeOverwrites(const Function& function, const std::string& parameter, const std::string& result,
                                   const Module* module)
{
    return Overwrites(function, parameter, result, module).run();
}

}  // namespace strata
