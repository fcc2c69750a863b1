#include "app/workbench/function_pairs.h"

#include "core/ir/calls.h"
#include "core/ir/control.h"
#include "core/ir/implementations.h"
#include "core/operators/infer.h"
#include "core/reference/evaluation.h"
#include "passes/lowering/lower_functions.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

using Outcome = FunctionVerdict::Outcome;

// Under a name, and nothing to other functions.
FunctionPtr bare(const FunctionPtr& function, const std::string& name)
{
    if (function->name == name && !function->implements && function->choices.empty())
        return function;
    Function copy = withoutStanding(*function);
    copy.name = name;
    return std::make_shared<const Function>(std::move(copy));
}

// A routine's call as a function of its own, under names that say nothing of where it stands: equal calls are equal.
FunctionPtr wrapped(const LibraryCall& call, const BufferTypes& types)
{
    Function function;
    LibraryCall inside = call;
    inside.name = "call";
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        if (call.inputs[i].kind == Operand::Kind::None)
            continue;
        const std::string name = "x" + std::to_string(i);
        function.params.push_back({name, {ValueType::Kind::Tensor, *types.of(call.inputs[i])}});
        inside.inputs[i] = Operand::value(name);
    }
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
        const std::string name = "y" + std::to_string(i);
        function.results.push_back({name, {ValueType::Kind::Tensor, *types.of(Operand::value(call.outputs[i]))}});
        inside.outputs[i] = name;
    }
    LibraryBody body;
    body.statements = {std::make_shared<const LibraryStmt>(std::move(inside))};
    function.body = std::move(body);
    return std::make_shared<const Function>(std::move(function));
}

void addReached(const Module& module, const FunctionPtr& function, std::set<std::string>& seen,
                std::vector<FunctionPtr>& reached);

// What a state means. Where a program is chosen to run it, that says which functions are called with what.
ModulePtr meaningOf(const Module& module)
{
    const ModulePtr definitions = definitionsOf(module);
    const FunctionPtr entry = module.entryFunction(), chosen = entry ? module.find(byDefault(*entry)) : nullptr;
    if (!chosen || !chosen->implements || !chosen->library())
        return definitions;
    Module program = *definitions->withFunction(bare(chosen, chosen->name));
    program.entry = chosen->name;
    return std::make_shared<const Module>(std::move(program));
}

class Pairs {
public:
    Pairs(Toolchain& toolchain, const FunctionsRequest& request, std::size_t state, const std::vector<Lineage>& all)
        : m_toolchain(toolchain)
        , m_request(request)
        , m_state(state)
        , m_module(*request.path[state]->module)
        , m_all(all)
    {
    }

    Result<PairsAtState> run(const std::vector<const Lineage*>& changed)
    {
        STRATA_TRY(const LoweredModule lowered, lowerByDefault(*meaningOf(m_module), m_toolchain.lowering.get()));
        m_result.reference = lowered.module;
        for (const FunctionPtr& function : lowered.module->functions)
            m_result.functions += function != lowered.module->entryFunction();
        for (const Lineage* lineage : changed)
            addChanged(*lowered.module, *lineage);
        if (m_state + 1 == m_request.path.size())
            for (const FunctionPtr& function : m_module.functions)
                if (function->implements && isAskedFor(*function))
                    addImplementation(function);
        for (const FunctionPair& pair : m_result.pairs)
            if (pair.definition && m_result.reference->find(pair.definition->name))
                m_result.reference = m_result.reference->withFunction(pair.definition);
        STRATA_CHECK(defineRoutines());
        return std::move(m_result);
    }

private:
    bool isAskedFor(const Function& implementation) const
    {
        if (m_request.least == Effect::Exact)
            return true;
        const bool chosen = std::any_of(
            m_module.functions.begin(), m_module.functions.end(),
            [&](const FunctionPtr& function) { return chooses(*function, implementation); });
        return chosen && effectOf(*implementation.implements) >= m_request.least;
    }
    static bool chooses(const Function& definition, const Function& implementation)
    {
        return std::any_of(definition.choices.begin(), definition.choices.end(),
                           [&](const Choice& choice) { return choice.implementation == implementation.name; });
    }
    std::string standing(std::size_t from) const
    {
        return from == 0 ? "as it first stood" : "as step " + std::to_string(from) + " made it";
    }

    void addChanged(const Module& lowered, const Lineage& lineage);
    void addImplementation(const FunctionPtr& function);
    void addProgram(const FunctionPtr& function);
    Effect claimOf(const FunctionPtr& program) const;
    void fit(FunctionPair& pair, const Result<FunctionPtr>& definition, const Function& implementation) const;
    Result<FunctionPtr> loopsOfFirst(const Lineage& lineage) const;
    Result<FunctionPtr> definition(const std::string& name) const;
    Status defineRoutines();
    Result<FunctionPtr> routineDefinition(const FunctionPtr& wrapper) const;

    Toolchain& m_toolchain;
    const FunctionsRequest& m_request;
    std::size_t m_state;
    const Module& m_module;
    const std::vector<Lineage>& m_all;
    PairsAtState m_result;
};

Result<FunctionPtr> Pairs::loopsOfFirst(const Lineage& lineage) const
{
    if (!lineage.first->graph())
        return lineage.first;
    STRATA_TRY(const LoweredGraph lowered,
               loopsOf(*m_request.path[lineage.from]->module, lineage.first, *m_toolchain.lowering));
    return lowered.function;
}

// A definition of this state as it first stood.
Result<FunctionPtr> Pairs::definition(const std::string& name) const
{
    for (const Lineage& lineage : m_all)
        if (lineage.to == m_state && lineage.last->name == name)
            return loopsOfFirst(lineage);
    return refused(say("There is no definition {}.", name));
}

// Whether the two can be compared: they take and give the same.
void Pairs::fit(FunctionPair& pair, const Result<FunctionPtr>& definition, const Function& implementation) const
{
    FunctionVerdict& verdict = pair.verdict;
    const auto unjudged = [&](const std::string& reason) {
        verdict.outcome = Outcome::Unjudged;
        verdict.reason = reason;
    };
    if (!definition)
        return unjudged(definition.error().message);
    const Function& meant = **definition;
    pair.inputs = implementation.params.size();
    if (!sameTypes(meant.params, implementation.params, pair.inputs)
        || meant.results.size() != implementation.results.size()
        || !sameTypes(meant.results, implementation.results, meant.results.size()))
        return unjudged("It takes other parameters than " + verdict.against + ".");
    if (!meant.loops() && !meant.hardware())
        return unjudged(meant.name + " is a runtime program.");
}

void Pairs::addChanged(const Module& lowered, const Lineage& lineage)
{
    const FunctionPtr now = lowered.find(lineage.last->name);
    if (!now)
        return;  // nobody calls it
    FunctionPair pair;
    pair.verdict.function = now->name;
    pair.verdict.against = standing(lineage.from);
    pair.verdict.claim = lineage.claim;
    if (m_state + 1 < m_request.path.size())
        pair.verdict.until = "before step " + std::to_string(m_state + 1);
    const Result<FunctionPtr> first = loopsOfFirst(lineage);
    fit(pair, first, *now);
    if (pair.verdict.outcome != Outcome::Unjudged && (*first)->hardware() && (*first)->name != now->name) {
        pair.verdict.outcome = Outcome::Unjudged;
        pair.verdict.reason = "It was LLVM IR under the name " + (*first)->name + ".";
    }
    if (pair.verdict.outcome != Outcome::Unjudged) {
        pair.definition = bare(*first, now->name);
        if (pair.definition == now || equal(*pair.definition, *now))
            return;  // lowered, and no more
        pair.implementation = alone(lowered, now);
    }
    ++m_result.changed;
    m_result.pairs.push_back(std::move(pair));
}

// With what is chosen for the functions that it calls.
Effect Pairs::claimOf(const FunctionPtr& program) const
{
    std::set<std::string> seen;
    std::vector<FunctionPtr> reached;
    addReached(m_module, program, seen, reached);
    Effect worst = effectOf(*program->implements);
    for (const FunctionPtr& function : reached)
        for (const Choice& choice : function->choices)
            if (const FunctionPtr one = m_module.find(choice.implementation); one && one->implements)
                worst = std::max(worst, effectOf(*one->implements));
    return worst;
}

void Pairs::addProgram(const FunctionPtr& function)
{
    FunctionPair pair;
    pair.verdict.function = function->name;
    pair.verdict.against = "its definition " + function->implements->definition;
    pair.verdict.claim = claimOf(function);
    pair.model = definitionsOf(m_module);
    pair.implementation = *m_module.withFunction(bare(function, function->name));
    pair.implementation.entry = function->name;
    std::erase_if(pair.implementation.functions,
                  [&](const FunctionPtr& one) { return one->name == function->implements->definition; });
    m_result.pairs.push_back(std::move(pair));
}

void Pairs::addImplementation(const FunctionPtr& function)
{
    const std::string& name = function->implements->definition;
    if (const FunctionPtr entry = m_module.entryFunction(); entry && entry->graph() && entry->name == name)
        return addProgram(function);
    FunctionPair pair;
    pair.verdict.function = function->name;
    pair.verdict.against = "its definition " + name;
    pair.verdict.claim = effectOf(*function->implements);
    const Result<FunctionPtr> meant = definition(name);
    fit(pair, meant, *function);
    if (pair.verdict.outcome != Outcome::Unjudged) {
        pair.definition = bare(*meant, name);
        pair.implementation = alone(m_module, function);
    }
    m_result.pairs.push_back(std::move(pair));
}

// The operators that a routine stands for, as loops.
Result<FunctionPtr> Pairs::routineDefinition(const FunctionPtr& wrapper) const
{
    const auto& call = std::get<LibraryCall>(*wrapper->library()->statements.front());
    STRATA_TRY(const std::vector<GraphNode> nodes, reference::routineAsNodes(call));
    Function graph = *wrapper;
    GraphBody body;
    for (GraphNode node : nodes) {
        for (TypedName& output : node.outputs)
            output.type.tensor.ranked = false;
        body.nodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    }
    body.returns = {Operand::value(nodes.back().outputs[0].name)};
    graph.body = std::move(body);
    STRATA_TRY(const InferredTypes inferred, inferFunction(m_module, graph));
    STRATA_TRY(const LoweredGraph loops, loopsOf(m_module, inferred.function, *m_toolchain.lowering));
    return loops.function;
}

// Calls of routines become calls of what they stand for; each kind of call is a pair, if it is asked for.
Status Pairs::defineRoutines()
{
    Module module = *m_result.reference;
    const FunctionPtr program = module.entryFunction();
    const BufferTypes types(module, *program);
    const bool asked = m_state + 1 == m_request.path.size() && m_request.least <= Effect::Reassociated;
    std::map<std::string, std::string> known;  // text of the wrapper -> function
    LibraryBody body = *program->library();
    for (LibraryStmtPtr& statement : body.statements) {
        const auto* call = std::get_if<LibraryCall>(statement.get());
        if (!call || call->kind != LibraryCall::Callee::Routine || isControlFlow(*call))
            continue;
        const FunctionPtr wrapper = wrapped(*call, types);
        std::string& name = known[print(*wrapper)];
        if (name.empty()) {
            name = freshName("routine", [&](const std::string& n) { return module.find(n) != nullptr; });
            FunctionPair pair;
            STRATA_TRY(pair.definition, routineDefinition(bare(wrapper, name)));
            pair.implementation = alone(module, bare(wrapper, name));
            pair.inputs = wrapper->params.size();
            pair.verdict.function = call->callee + " " + toString(wrapper->results.front().type);
            pair.verdict.against = "the operators it stands for";
            pair.verdict.claim = Effect::Reassociated;
            module.functions.insert(module.functions.begin(), pair.definition);
            if (asked)
                m_result.pairs.push_back(std::move(pair));
        }
        LibraryCall defined = *call;
        defined.kind = LibraryCall::Callee::Function;
        defined.callee = name;
        defined.attributes.clear();
        std::erase_if(defined.inputs, [](const Operand& operand) { return operand.kind == Operand::Kind::None; });
        statement = std::make_shared<const LibraryStmt>(std::move(defined));
    }
    Function entry = *program;
    entry.body = std::move(body);
    m_result.reference = module.withFunction(std::make_shared<const Function>(std::move(entry)));
    return {};
}

void addReached(const Module& module, const FunctionPtr& function, std::set<std::string>& seen,
                std::vector<FunctionPtr>& reached)
{
    if (!function || !seen.insert(function->name).second)
        return;
    if (!function->loops())
        forEachUse(*function, [&](const std::string& used) { addReached(module, module.find(used), seen, reached); });
    reached.push_back(function);
}

}  // namespace

Module alone(const Module& module, const FunctionPtr& function)
{
    const FunctionPtr entry = bare(function, function->name);
    Module result;
    result.name = module.name;
    result.entry = entry->name;
    result.intrinsics = module.intrinsics;
    result.target = module.target;
    result.target.isa = isaOf(module, *function);
    std::set<std::string> seen;
    addReached(module, entry, seen, result.functions);
    for (const FunctionPtr& one : result.functions)
        if (one->graph() || one->library())
            forEachOperand(*one, [&](const Operand& operand) {
                const auto constant = module.constants.find(operand.name);
                if (operand.kind == Operand::Kind::Constant && constant != module.constants.end())
                    result.constants[operand.name] = constant->second;
            });
    return result;
}

Result<PairsAtState> pairsAt(Toolchain& toolchain, const FunctionsRequest& request, std::size_t state,
                             const std::vector<const Lineage*>& changed, const std::vector<Lineage>& all)
{
    return Pairs(toolchain, request, state, all).run(changed);
}

}  // namespace strata
