// One walk over the entry's statements. Names in scope are those of the program that is walked; one within another has
// a scope of its own, in which the call's buffers stand for its parameters, and its temporaries lie behind those that
// are there already, room that is free again when it ends.
#include "backends/host/derive.h"

#include "backends/devices.h"
#include "backends/host/place_copies.h"
#include "core/index/sizes.h"
#include "core/ir/calls.h"
#include "core/ir/control.h"
#include "core/ir/cpu.h"
#include "core/ir/implementations.h"
#include "core/operators/data_sizes.h"

#include <algorithm>
#include <utility>

namespace strata {

namespace {

std::int64_t roundUp(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }

// Of inputs and outputs, each once.
std::vector<Dim> derivedDimensions(const HostProgram& program)
{
    std::vector<Dim> derived;
    for (const auto* list : {&program.inputs, &program.outputs})
        for (const TypedName& tensor : *list)
            for (const Dim& dim : tensor.type.tensor.shape) {
                const bool follows = !dim.isConstant() && plainSize(dim).empty();
                if (follows && std::find(derived.begin(), derived.end(), dim) == derived.end())
                    derived.push_back(dim);
            }
    return derived;
}

class Derivation {
public:
    Derivation(const Module& module, const Function& entry, const HostOptions& options)
        : m_module(module)
        , m_entry(entry)
        , m_options(options)
    {
    }

    Result<HostProgram> run(const LibraryBody& body);

private:
    // Names, and where the arena's slots of the program begin.
    struct Scope {
        std::map<std::string, BufferIndex> names;
        std::int64_t base = 0;
        std::string prefix;                             // of the names of its buffers
        std::map<std::string, Dim> sizes;               // of the program, in those of the entry
        std::map<std::int64_t, std::int64_t> storages;  // of the program, in those of the host program
    };

    Status statement(const LibraryStmt& statement);
    Status allocate(const AllocateBuffer& allocation);
    Status view(const ViewBuffer& view);
    Status copy(const CopyBuffer& copy);
    Status call(const LibraryCall& call);
    Status callByName(const LibraryCall& call);
    void addDataSizes(const Function& program, const std::string& prefix, std::map<std::string, Dim>& sizes);
    bool isDataSize(const std::string& size) const;
    std::map<std::string, Dim> mostOfData() const;
    Status tellSizes(const LibraryCall& call, const Function& function);
    void tellResults(const Function& program, const std::vector<BufferIndex>& outputs);
    Status callFunction(const LibraryCall& call, const Function& function);
    Status callChosen(const LibraryCall& call, const Function& definition);
    Status callProgram(const LibraryCall& call, const Function& program);
    Status statements(const LibraryBody& body);
    Status chooseProgram(const LibraryBody& body);
    Status inside(const Function& program, const std::string& prefix, const std::vector<BufferIndex>& inputs,
                  const std::vector<BufferIndex>& outputs);
    BufferIndex declared(const TypedName& tensor, BufferIndex given, const std::map<std::string, Dim>& sizes);
    Status callCode(const LibraryCall& call, const Function& function);
    BufferIndex memoryOf(BufferIndex index) const;
    Status beginInPlace(const LibraryCall& call, const Function& function, const std::vector<BufferIndex>& inputs,
                        const std::vector<BufferIndex>& outputs);
    Result<std::vector<Dim>> sizesOfCall(const LibraryCall& call, const Function& function,
                                         const std::vector<BufferIndex>& inputs,
                                         const std::vector<BufferIndex>& outputs) const;
    std::vector<Shape> shapesOf(const std::vector<BufferIndex>& buffers) const;
    Status callRoutine(const LibraryCall& call);
    Status callBranches(const LibraryCall& call, const Branches& branches);
    Status callLoop(const LibraryCall& call, const LoopForm& form);
    std::string inScope(const std::string& name, BufferIndex buffer);
    std::string temporaryInScope(const std::string& name, const TypedName& like);
    Status launch(const LibraryCall& call, const Function& function, const std::string& device);

    BufferIndex add(HostBuffer buffer);
    TensorType here(TensorType type) const;
    Status requireTold(const std::string& buffer, const TensorType& type) const;
    BufferIndex temporary(const std::string& name, const TensorType& type);
    BufferIndex inStorage(const std::string& name, const TensorType& type, std::int64_t storage);
    void add(HostStatement statement) { m_block->push_back(std::move(statement)); }
    Status inBlock(HostBlock& block, const std::function<Status()>& fill);
    Result<BufferIndex> buffer(const Operand& operand);
    Result<std::vector<BufferIndex>> buffers(const std::vector<Operand>& operands);
    Result<std::vector<BufferIndex>> buffers(const std::vector<std::string>& names);
    Error errorAt(const LibraryCall& call, const Sentence& rest) const;
    Result<Dim> copiedBytes(const std::string& name, const TensorType& type) const;

    const Module& m_module;
    const Function& m_entry;
    const HostOptions& m_options;
    HostProgram m_program;
    HostBlock* m_block = nullptr;  // that is filled
    Scope m_scope;
    std::map<std::string, BufferIndex> m_constants;
    std::int64_t m_arena = 0;  // bytes in use so far
    int m_depth = 0;           // of programs within programs
};

Error Derivation::errorAt(const LibraryCall& call, const Sentence& rest) const
{
    return refused(say("Call {} of {}: {}", call.name, m_entry.name, rest.text()),
                   {{m_entry.name, NodeKind::Operator, call.name}});
}

Result<HostProgram> Derivation::run(const LibraryBody& body)
{
    m_program.name = m_entry.name;
    m_program.inputs = m_entry.params;
    m_program.results = m_program.outputs = m_entry.results;
    addDataSizes(m_entry, {}, m_scope.sizes);
    for (const std::string& size : strata::sizesOf(m_entry))
        if (!isDataSize(size))
            m_program.sizes.push_back(size);
    for (TypedName& output : m_program.outputs)
        for (Dim& dim : output.type.tensor.shape)
            dim = atMost(dim, mostOfData());
    m_program.facts = m_entry.facts;
    m_program.inouts = inoutPositions(m_entry);
    m_program.derived = derivedDimensions(m_program);
    m_program.arenaBytes = m_arena = body.arenaBytes;
    m_block = &m_program.body;
    for (const auto& [tensors, base] :
         {std::pair(&m_entry.params, HostBuffer::Base::Input), std::pair(&m_entry.results, HostBuffer::Base::Output)})
        for (std::size_t i = 0; i < tensors->size(); ++i) {
            const TypedName& tensor = (*tensors)[i];
            m_scope.names[tensor.name] = add({tensor.name, tensor.type.tensor, base, std::int64_t(i)});
        }
    STRATA_CHECK(m_entry.choices.empty() ? statements(body) : chooseProgram(body));
    for (std::vector<Dim>& storage : m_program.storages)  // they are made before the run
        for (Dim& bytes : storage)
            bytes = atMost(bytes, mostOfData());
    placeCopies(m_program);
    return std::move(m_program);
}

Status Derivation::statements(const LibraryBody& body)
{
    for (const LibraryStmtPtr& one : body.statements)
        STRATA_CHECK(statement(*one));
    return {};
}

// The sizes that data tell within a program get names of their own here, but for those that its results tell: these are
// sizes of whoever runs it.
void Derivation::addDataSizes(const Function& program, const std::string& prefix, std::map<std::string, Dim>& sizes)
{
    for (const auto& [size, most] : dataSizes(m_module, program)) {
        if (sizes.count(size))
            continue;
        const std::string name = freshName(
            prefix + size, [this](const std::string& n) { return isDataSize(n) || givenSizes(m_entry).count(n) != 0; });
        m_program.dataSizes.emplace_back(name, atMost(withDims(most, sizes), mostOfData()));
        if (name != size)
            sizes[size] = Dim::symbol(name);
    }
}

bool Derivation::isDataSize(const std::string& size) const
{
    return std::any_of(m_program.dataSizes.begin(), m_program.dataSizes.end(),
                       [&](const auto& one) { return one.first == size; });
}

std::map<std::string, Dim> Derivation::mostOfData() const
{
    return {m_program.dataSizes.begin(), m_program.dataSizes.end()};
}

// What the function is told before it is called.
Status Derivation::tellSizes(const LibraryCall& call, const Function& function)
{
    if (function.told.empty())
        return {};
    STRATA_TRY(const std::vector<BufferIndex> inputs, buffers(call.inputs));
    STRATA_TRY(const std::vector<BufferIndex> outputs, buffers(call.outputs));
    const std::map<std::string, Dim> sizes = sizesAtCall(function, shapesOf(inputs), shapesOf(outputs));
    for (const ToldSize& told : function.told) {
        const auto by = std::find_if(function.params.begin(), function.params.end(),
                                     [&](const TypedName& param) { return param.name == told.by; });
        const auto here = sizes.find(told.size);
        if (by == function.params.end() || here == sizes.end())
            return errorAt(call, say("nothing that {} is called with tells its size {}.", function.name, told.size));
        const std::string size = plainSize(here->second);
        add({HostSize{isDataSize(size) ? size : std::string(), inputs[std::size_t(by - function.params.begin())],
                      told.element, here->second, withDims(told.most, sizes)}});
    }
    return {};
}

// Of a program that gives more than one size of its caller tells: a branch may give nothing at all, or n + 1.
void Derivation::tellResults(const Function& program, const std::vector<BufferIndex>& outputs)
{
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const Shape &wanted = m_program.buffers[std::size_t(outputs[i])].type.shape,
                    made = here(program.results[i].type.tensor).shape;
        for (std::size_t d = 0; d < std::min(wanted.size(), made.size()); ++d)
            if (const std::string size = plainSize(wanted[d]); !(wanted[d] == made[d]) && isDataSize(size))
                add({HostSize{size, absent, 0, made[d], atMost(wanted[d], mostOfData())}});
    }
}

// Whole programs that the sizes, or the machine, choose between: calls of each are calls of the entry.
Status Derivation::chooseProgram(const LibraryBody& body)
{
    std::vector<BufferIndex> inputs, outputs;
    for (const auto& [tensors, into] : {std::pair(&m_entry.params, &inputs), std::pair(&m_entry.results, &outputs)})
        for (const TypedName& tensor : *tensors)
            into->push_back(m_scope.names.at(tensor.name));
    HostChoose choose;
    for (const Choice& choice : m_entry.choices) {
        const FunctionPtr one = m_module.find(choice.implementation);
        if (!one || choice.isForAll())
            return bug("The choice " + toString(choice) + " of " + m_entry.name + " reaches the compiler.");
        choose.choices.push_back({choice.least, {}, {}});
        for (const auto& [size, fact] : choice.where)
            choose.choices.back().where.emplace_back(Dim::symbol(size), fact);
        STRATA_CHECK(
            inBlock(choose.choices.back().body, [&] { return inside(*one, one->name + ".", inputs, outputs); }));
    }
    const auto* call = body.statements.size() == 1 ? std::get_if<LibraryCall>(body.statements[0].get()) : nullptr;
    const FunctionPtr own = call ? m_module.find(call->callee) : nullptr;
    STRATA_CHECK(inBlock(choose.otherwise,
                         [&] { return own && own->library() ? inside(*own, "", inputs, outputs) : statements(body); }));
    add({std::move(choose)});
    return {};
}

BufferIndex Derivation::add(HostBuffer buffer)
{
    m_program.buffers.push_back(std::move(buffer));
    return BufferIndex(m_program.buffers.size() - 1);
}

// A type of the program in scope, over the entry's sizes.
TensorType Derivation::here(TensorType type) const
{
    if (!m_scope.sizes.empty())
        type.shape = withDims(std::move(type.shape), m_scope.sizes);
    return type;
}

Status Derivation::requireTold(const std::string& buffer, const TensorType& type) const
{
    std::set<std::string> known(m_program.sizes.begin(), m_program.sizes.end());
    for (const auto& [size, most] : m_program.dataSizes)
        known.insert(size);
    if (tell(known, type.shape))
        return {};
    return refused(
        say("Buffer {} of {} is {}, and nothing tells how much that is.", buffer, m_entry.name, toString(type)),
        {{m_entry.name, NodeKind::Buffer, buffer}});
}

BufferIndex Derivation::inStorage(const std::string& name, const TensorType& type, std::int64_t storage)
{
    const auto [known, isNew] = m_scope.storages.emplace(storage, std::int64_t(m_program.storages.size()));
    if (isNew)
        m_program.storages.emplace_back();
    std::vector<Dim>& sizes = m_program.storages[std::size_t(known->second)];
    if (const Dim bytes = bytesOf(type); std::find(sizes.begin(), sizes.end(), bytes) == sizes.end())
        sizes.push_back(bytes);
    return add({m_scope.prefix + name, type, HostBuffer::Base::Storage, known->second});
}

// Buffers that no plan placed lie one after the other.
BufferIndex Derivation::temporary(const std::string& name, const TensorType& type)
{
    const std::optional<std::int64_t> bytes = byteCount(type);
    if (!bytes) {
        m_program.storages.push_back({bytesOf(type)});
        return add(
            {m_scope.prefix + name, type, HostBuffer::Base::Storage, std::int64_t(m_program.storages.size()) - 1});
    }
    const BufferIndex index = add({m_scope.prefix + name, type, HostBuffer::Base::Arena, m_arena});
    m_arena += roundUp(*bytes);
    m_program.arenaBytes = std::max(m_program.arenaBytes, m_arena);
    return index;
}

Result<BufferIndex> Derivation::buffer(const Operand& operand)
{
    if (operand.kind == Operand::Kind::None)
        return absent;
    if (operand.kind == Operand::Kind::Value) {
        const auto found = m_scope.names.find(operand.name);
        if (found == m_scope.names.end())
            return bug("The runtime program uses the buffer " + operand.name + ", which is not allocated.");
        return found->second;
    }
    if (const auto known = m_constants.find(operand.name); known != m_constants.end())
        return known->second;
    const std::optional<ValueType> type = constantType(m_module, operand);
    if (!type)
        return bug("The runtime program uses the constant " + operand.name + ", which the module does not have.");
    return m_constants[operand.name] = add({operand.name, type->tensor, HostBuffer::Base::Constant, 0});
}

Result<std::vector<BufferIndex>> Derivation::buffers(const std::vector<Operand>& operands)
{
    std::vector<BufferIndex> result;
    for (const Operand& operand : operands) {
        STRATA_TRY(const BufferIndex index, buffer(operand));
        result.push_back(index);
    }
    return result;
}

Result<std::vector<BufferIndex>> Derivation::buffers(const std::vector<std::string>& names)
{
    std::vector<Operand> operands;
    for (const std::string& name : names)
        operands.push_back(Operand::value(name));
    return buffers(operands);
}

Status Derivation::statement(const LibraryStmt& statement)
{
    if (const auto* allocation = std::get_if<AllocateBuffer>(&statement))
        return allocate(*allocation);
    if (const auto* one = std::get_if<ViewBuffer>(&statement))
        return view(*one);
    if (const auto* one = std::get_if<CopyBuffer>(&statement))
        return copy(*one);
    return call(std::get<LibraryCall>(statement));
}

Status Derivation::allocate(const AllocateBuffer& allocation)
{
    const TensorType type = here(allocation.type);
    STRATA_CHECK(requireTold(allocation.name, type));
    if (allocation.slot)
        m_scope.names[allocation.name] = add(
            {m_scope.prefix + allocation.name, type, HostBuffer::Base::Arena, m_scope.base + allocation.slot->offset});
    else if (allocation.storage)
        m_scope.names[allocation.name] = inStorage(allocation.name, type, *allocation.storage);
    else
        m_scope.names[allocation.name] = temporary(allocation.name, type);
    return {};
}

Status Derivation::view(const ViewBuffer& view)
{
    STRATA_TRY(const BufferIndex source, buffer(view.source));
    STRATA_CHECK(requireTold(view.name, here(view.type)));
    m_scope.names[view.name] = add({m_scope.prefix + view.name, here(view.type), HostBuffer::Base::View, source});
    return {};
}

// How many bytes packed elements take is no sum of products of sizes.
Result<Dim> Derivation::copiedBytes(const std::string& name, const TensorType& type) const
{
    if (isPacked(type.dtype) && !byteCount(type))
        return refused(say("{} is {}: packed elements are copied in sizes of numbers only.", name, toString(type)), {},
                       "Bind its dimensions first.");
    return bytesOf(type);
}

Status Derivation::copy(const CopyBuffer& copy)
{
    STRATA_TRY(const BufferIndex source, buffer(copy.source));
    STRATA_TRY(const BufferIndex target, buffer(Operand::value(copy.target)));
    STRATA_TRY(const Dim bytes, copiedBytes(copy.target, m_program.buffers[std::size_t(target)].type));
    if (memoryOf(source) != memoryOf(target))
        add({HostCopy{source, target, bytes}});
    return {};
}

Status Derivation::call(const LibraryCall& call)
{
    if (m_depth == 0) {  // a call inside of one is part of it
        add({HostBegin{int(m_program.calls.size())}});
        m_program.calls.push_back(m_scope.prefix + call.name);
    }
    if (const auto branches = branchesOf(call.callee, call.attributes); branches && isControlFlow(call))
        return callBranches(call, *branches);
    if (const auto loop = loopOf(call.callee, call.attributes, call.inputs.size()); loop && isControlFlow(call))
        return callLoop(call, *loop);
    if (call.kind == LibraryCall::Callee::Routine)
        return callRoutine(call);
    return callByName(call);
}

Status Derivation::callByName(const LibraryCall& call)
{
    const FunctionPtr function = m_module.find(call.callee);
    if (!function)
        return bug("The runtime program calls " + call.callee + ", which the module does not have.");
    if (call.inputs.size() != function->params.size() || call.outputs.size() != function->results.size())
        return errorAt(call, say("{} takes another number of arguments.", call.callee));
    STRATA_CHECK(tellSizes(call, *function));
    return function->choices.empty() ? callFunction(call, *function) : callChosen(call, *function);
}

Status Derivation::callFunction(const LibraryCall& call, const Function& function)
{
    if (function.library())
        return callProgram(call, function);
    const std::string placed = placement(call.attributes), device = placed.empty() ? m_options.device : placed;
    if (!placed.empty() && placed != onCpu && !isDeviceFunction(function))
        return errorAt(call,
                       say("it is placed on {}, and {} has no loop that is bound to a device.", placed, function.name));
    if (!device.empty() && device != onCpu && isDeviceFunction(function))
        return launch(call, function, device);
    return callCode(call, function);
}

Status Derivation::inBlock(HostBlock& block, const std::function<Status()>& fill)
{
    HostBlock* const around = std::exchange(m_block, &block);
    const Status status = fill();
    m_block = around;
    return status;
}

namespace {

// The condition of a choice over the program's sizes, without what numbers answer; nothing if it never holds.
std::optional<std::vector<std::pair<Dim, SizeFact>>> conditionHere(const Choice& choice,
                                                                   const std::map<std::string, Dim>& sizes)
{
    std::vector<std::pair<Dim, SizeFact>> where;
    for (const auto& [size, fact] : choice.where) {
        const auto here = sizes.find(size);
        if (here == sizes.end() || (here->second.isConstant() && !fact.holds(here->second.constant())))
            return std::nullopt;
        if (!here->second.isConstant())
            where.emplace_back(here->second, fact);
    }
    return where;
}

}  // namespace

// The first choice that the machine can run, and that is for these sizes, else the definition as it stands.
Status Derivation::callChosen(const LibraryCall& call, const Function& definition)
{
    STRATA_TRY(const std::vector<BufferIndex> inputs, buffers(call.inputs));
    STRATA_TRY(const std::vector<BufferIndex> outputs, buffers(call.outputs));
    const std::map<std::string, Dim> sizes = sizesAtCall(definition, shapesOf(inputs), shapesOf(outputs));
    HostChoose choose;
    bool always = false;
    for (const Choice& choice : definition.choices) {
        const FunctionPtr one = m_module.find(choice.implementation);
        if (!one || choice.isForAll())
            return bug("The choice " + toString(choice) + " of " + definition.name + " reaches the compiler.");
        if (choice.least && cpuOf(*choice.least).architecture != cpuOf(m_module.target.isa).architecture)
            continue;  // never on this machine
        const auto where = conditionHere(choice, sizes);
        if (!where)
            continue;  // never for this call
        choose.choices.push_back({choice.least, *where, {}});
        STRATA_CHECK(inBlock(choose.choices.back().body, [&] { return callFunction(call, *one); }));
        if (!choice.least && where->empty()) {  // always for this call
            choose.otherwise = std::move(choose.choices.back().body);
            choose.choices.pop_back();
            always = true;
            break;
        }
    }
    if (!always)
        STRATA_CHECK(inBlock(choose.otherwise, [&] { return callFunction(call, definition); }));
    if (choose.choices.empty())
        m_block->insert(m_block->end(), choose.otherwise.begin(), choose.otherwise.end());
    else
        add({std::move(choose)});
    return {};
}

// Each branch is a call of its function with what is captured, in a block of its own.
Status Derivation::callBranches(const LibraryCall& call, const Branches& branches)
{
    HostIf branch;
    STRATA_TRY(branch.condition, buffer(call.inputs.at(0)));
    LibraryCall inside = call;
    inside.kind = LibraryCall::Callee::Function;
    inside.inputs.erase(inside.inputs.begin());
    inside.attributes.clear();
    ++m_depth;
    Status status;
    for (auto [name, block] :
         {std::pair(&branches.then, &branch.then), std::pair(&branches.otherwise, &branch.otherwise)})
        if (status) {
            inside.callee = *name;
            status = inBlock(*block, [&] { return callByName(inside); });
        }
    --m_depth;
    STRATA_CHECK(status);
    add({std::move(branch)});
    return {};
}

// A name that statements of this program can speak of.
std::string Derivation::inScope(const std::string& name, BufferIndex buffer)
{
    const std::string fresh = freshName(name, [&](const std::string& n) { return m_scope.names.count(n) != 0; });
    m_scope.names[fresh] = buffer;
    return fresh;
}

std::string Derivation::temporaryInScope(const std::string& name, const TypedName& like)
{
    return inScope(name, temporary(name, here(like.type.tensor)));
}

// What is carried lies in the call's outputs: the body reads it there and writes beside it, and what it wrote is copied
// over at the end of the iteration. A body that says so writes in place.
Status Derivation::callLoop(const LibraryCall& call, const LoopForm& form)
{
    const FunctionPtr body = m_module.find(form.body);
    if (!body || body->params.size() != call.inputs.size() || body->results.size() != call.outputs.size() + 1)
        return errorAt(call, say("{} takes another number of arguments.", form.body));
    const std::int64_t before = m_arena;
    const std::map<std::size_t, std::size_t> inouts = inoutPositions(*body);
    HostLoop loop;
    STRATA_TRY(loop.trips, buffer(call.inputs[0]));
    STRATA_TRY(loop.first, buffer(call.inputs[1]));
    LibraryCall inside = call;
    inside.kind = LibraryCall::Callee::Function;
    inside.callee = form.body;
    inside.attributes.clear();
    inside.inputs[0] = Operand::value(temporaryInScope(call.name + ".iteration", body->params[0]));
    inside.inputs[1] = Operand::value(temporaryInScope(call.name + ".condition", body->params[1]));
    inside.outputs = {temporaryInScope(call.name + ".next", body->results[0])};
    STRATA_TRY(loop.iteration, buffer(inside.inputs[0]));
    STRATA_TRY(loop.condition, buffer(inside.inputs[1]));
    STRATA_TRY(loop.next, buffer(Operand::value(inside.outputs[0])));
    HostBlock copies;
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
        const TypedName& result = body->results[i + 1];
        STRATA_TRY(const Dim bytes, copiedBytes(call.outputs[i], here(result.type.tensor)));
        STRATA_TRY(BufferIndex output, buffer(Operand::value(call.outputs[i])));
        if (i < form.carried) {
            STRATA_TRY(const BufferIndex initial, buffer(call.inputs[2 + i]));
            add({HostCopy{initial, output, bytes}});
            inside.inputs[2 + i] = Operand::value(call.outputs[i]);
            if (const auto lies = inouts.find(i + 1); lies != inouts.end() && lies->second == 2 + i) {
                inside.outputs.push_back(call.outputs[i]);
                continue;
            }
        } else {
            const Shape& shape = m_program.buffers[std::size_t(output)].type.shape;
            if (!isConstant(shape))
                return errorAt(call, say("what a loop collects has a shape of numbers."));
            const TensorType& row = result.type.tensor;
            if (isPacked(row.dtype) && elementCount(row.shape).value_or(1) % (8 / bitSize(row.dtype)) != 0)
                return errorAt(call, say("a row of what it collects, {}, ends within a byte.", toString(row)));
            loop.rows = constants(shape).at(0);
            output = add({m_scope.prefix + call.name + "." + result.name, result.type.tensor, HostBuffer::Base::Row,
                          output, loop.iteration});
        }
        inside.outputs.push_back(temporaryInScope(call.name + ".next_" + result.name, result));
        STRATA_TRY(const BufferIndex next, buffer(Operand::value(inside.outputs.back())));
        copies.push_back({HostCopy{next, output, bytes}});
    }
    ++m_depth;
    const Status status = inBlock(loop.body, [&] { return callByName(inside); });
    --m_depth;
    STRATA_CHECK(status);
    loop.body.insert(loop.body.end(), copies.begin(), copies.end());
    add({std::move(loop)});
    m_arena = before;
    return {};
}

// Whose memory it is: a view shows that of another, and an output may lie in that of an input. Inputs are the first
// buffers.
BufferIndex Derivation::memoryOf(BufferIndex index) const
{
    while (index != absent && m_program.buffers[std::size_t(index)].base == HostBuffer::Base::View)
        index = BufferIndex(m_program.buffers[std::size_t(index)].place);
    if (index == absent || m_program.buffers[std::size_t(index)].base != HostBuffer::Base::Output)
        return index;
    const auto lies = m_program.inouts.find(std::size_t(m_program.buffers[std::size_t(index)].place));
    return lies == m_program.inouts.end() ? index : BufferIndex(lies->second);
}

// A result that lies in the memory of a parameter begins as what that is. Only there may a call write what it reads.
Status Derivation::beginInPlace(const LibraryCall& call, const Function& function,
                                const std::vector<BufferIndex>& inputs, const std::vector<BufferIndex>& outputs)
{
    const std::map<std::size_t, std::size_t> inouts = inoutPositions(function);
    for (std::size_t o = 0; o < outputs.size(); ++o)
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const auto lies = inouts.find(o);
            const bool isOne = memoryOf(inputs[i]) == memoryOf(outputs[o]),
                       begins = lies != inouts.end() && lies->second == i;
            if (isOne && !begins)
                return errorAt(call, say("it writes {}, which lies in the memory of {}, and reads that.",
                                         m_program.buffers[std::size_t(outputs[o])].name,
                                         m_program.buffers[std::size_t(inputs[i])].name));
            if (isOne || !begins)
                continue;
            const HostBuffer& target = m_program.buffers[std::size_t(outputs[o])];
            STRATA_TRY(const Dim bytes, copiedBytes(target.name, target.type));
            add({HostCopy{inputs[i], outputs[o], bytes}});
        }
    return {};
}

Status Derivation::callProgram(const LibraryCall& call, const Function& program)
{
    STRATA_TRY(std::vector<BufferIndex> inputs, buffers(call.inputs));
    STRATA_TRY(const std::vector<BufferIndex> outputs, buffers(call.outputs));
    STRATA_CHECK(beginInPlace(call, program, inputs, outputs));
    for (const auto& [result, parameter] : inoutPositions(program))
        inputs[parameter] = outputs[result];
    ++m_depth;
    const Status status = inside(program, m_scope.prefix + call.name + ".", inputs, outputs);
    --m_depth;
    return status;
}

// What a program declares of a buffer that it is given: numbers where it is for one size only.
BufferIndex Derivation::declared(const TypedName& tensor, BufferIndex given, const std::map<std::string, Dim>& sizes)
{
    TensorType type = tensor.type.tensor;
    type.shape = withDims(std::move(type.shape), sizes);
    if (given == absent || m_program.buffers[std::size_t(given)].type == type)
        return given;
    return add({m_scope.prefix + tensor.name, type, HostBuffer::Base::View, given});
}

Status Derivation::inside(const Function& program, const std::string& prefix, const std::vector<BufferIndex>& inputs,
                          const std::vector<BufferIndex>& outputs)
{
    Scope inside{{}, m_arena, prefix, {}, {}};
    inside.sizes = sizesAtCall(program, shapesOf(inputs), shapesOf(outputs));
    addDataSizes(program, prefix, inside.sizes);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        inside.names[program.params[i].name] = declared(program.params[i], inputs[i], inside.sizes);
    for (std::size_t i = 0; i < outputs.size(); ++i)
        inside.names[program.results[i].name] = declared(program.results[i], outputs[i], inside.sizes);
    const std::int64_t before = m_arena;
    m_arena += roundUp(program.library()->arenaBytes);
    m_program.arenaBytes = std::max(m_program.arenaBytes, m_arena);
    std::swap(m_scope, inside);
    const Status status = statements(*program.library());
    tellResults(program, outputs);
    std::swap(m_scope, inside);
    m_arena = before;
    return status;
}

std::vector<Shape> Derivation::shapesOf(const std::vector<BufferIndex>& buffers) const
{
    std::vector<Shape> shapes;
    for (const BufferIndex buffer : buffers)
        shapes.push_back(buffer == absent ? Shape() : m_program.buffers[std::size_t(buffer)].type.shape);
    return shapes;
}

// What the callee's sizes are here: the dimensions of the buffers where its parameters and results name them.
Result<std::vector<Dim>> Derivation::sizesOfCall(const LibraryCall& call, const Function& function,
                                                 const std::vector<BufferIndex>& inputs,
                                                 const std::vector<BufferIndex>& outputs) const
{
    const std::map<std::string, Dim> known = sizesAtCall(function, shapesOf(inputs), shapesOf(outputs));
    std::vector<Dim> sizes;
    for (const std::string& size : strata::sizesOf(function)) {
        const auto found = known.find(size);
        if (found == known.end())
            return errorAt(call, say("nothing that {} is called with tells its size {}.", function.name, size));
        sizes.push_back(found->second);
    }
    return sizes;
}

Status Derivation::callCode(const LibraryCall& call, const Function& function)
{
    if (function.hardware() && hasSizes(function))
        return errorAt(call, say("{} is LLVM IR, whose sizes are numbers.", function.name));
    HostCall code{function.name, {}, {}, {}};
    STRATA_TRY(code.inputs, buffers(call.inputs));
    STRATA_TRY(code.outputs, buffers(call.outputs));
    STRATA_CHECK(beginInPlace(call, function, code.inputs, code.outputs));
    STRATA_TRY(code.sizes, sizesOfCall(call, function, code.inputs, code.outputs));
    add({std::move(code)});
    return {};
}

Status Derivation::callRoutine(const LibraryCall& call)
{
    HostRoutine routine;
    STRATA_TRY(routine.inputs, buffers(call.inputs));
    STRATA_TRY(routine.output, buffer(Operand::value(call.outputs.at(0))));
    std::vector<TensorType> types;
    for (const BufferIndex buffer : routine.inputs)
        if (buffer != absent && !isConstant(m_program.buffers[std::size_t(buffer)].type.shape))
            return errorAt(call, say("routines of libraries take shapes of numbers."));
    for (const BufferIndex input : routine.inputs)
        types.push_back(input == absent ? TensorType() : m_program.buffers[std::size_t(input)].type);
    Result<RoutineCall> made = routineCall(call, types, m_program.buffers[std::size_t(routine.output)].type);
    if (!made)
        return errorAt(call, made.error().said);
    routine.routine = std::move(*made);
    routine.inputs.resize(3, absent);
    add({std::move(routine)});
    return {};
}

// Each kernel of the function as a launch; what one leaves to the next lies in the arena.
Status Derivation::launch(const LibraryCall& call, const Function& function, const std::string& device)
{
    if (hasSizes(function))
        return errorAt(call, say("kernels of a device have shapes of numbers."));
    STRATA_TRY(KernelProgram program, kernelsFor(device, function));
    std::map<std::string, BufferIndex> places;
    STRATA_TRY(const std::vector<BufferIndex> inputs, buffers(call.inputs));
    STRATA_TRY(const std::vector<BufferIndex> outputs, buffers(call.outputs));
    STRATA_CHECK(beginInPlace(call, function, inputs, outputs));
    for (std::size_t i = 0; i < inputs.size(); ++i)
        places[function.params[i].name] = inputs[i];
    for (std::size_t i = 0; i < outputs.size(); ++i)
        places[function.results[i].name] = outputs[i];
    const std::int64_t before = m_arena;
    for (const auto& [name, bytes] : program.temporaries)
        places[name] = temporary(call.name + "." + name, {DType::U8, toShape({bytes})});
    m_arena = before;
    for (Kernel& kernel : program.kernels) {
        HostLaunch launched;
        launched.device = device;
        for (const std::string& argument : kernel.arguments) {
            launched.arguments.push_back(places[argument]);
            launched.begun.push_back(function.inouts.count(argument) != 0);
        }
        launched.kernel = std::make_shared<const Kernel>(std::move(kernel));
        add({std::move(launched)});
    }
    return {};
}

// Every size is told by a dimension of its own, so that its shape says all of a call.
Status requireGiven(const Module& module, const Function& entry)
{
    std::set<std::string> given = givenSizes(entry);
    for (const auto& [size, most] : dataSizes(module, entry))
        given.insert(size);
    for (const std::string& size : strata::sizesOf(entry))
        if (!given.count(size))
            return refused(
                say("No input of {} has a dimension of just {}, so nothing tells how much it is.", entry.name, size),
                {functionCursor(entry.name)}, "Bind its dimensions first.");
    return {};
}

LibraryBody callOf(const Function& kernel)
{
    LibraryCall call;
    call.name = call.callee = kernel.name;
    for (const TypedName& param : kernel.params)
        call.inputs.push_back(Operand::value(param.name));
    for (const TypedName& result : kernel.results)
        call.outputs.push_back(result.name);
    LibraryBody body;
    body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(call)));
    return body;
}

}  // namespace

Result<HostProgram> hostProgram(const Module& lowered, const HostOptions& options)
{
    const FunctionPtr entry = lowered.entryFunction();
    if (!entry)
        return refused(say("The module {} has no entry to make a library of.", lowered.name), {},
                       "Name one: module NAME(entry=FUNCTION).");
    if (entry->graph())
        return bug("The entry " + entry->name + " reaches the compiler as a graph.");
    for (const auto* list : {&entry->params, &entry->results})
        for (const TypedName& tensor : *list)
            if (!tensor.type.tensor.ranked)
                return refused(say("Tensor {} of {} is {}, which has no fixed size in memory.", tensor.name,
                                   entry->name, toString(tensor.type)),
                               {{entry->name, NodeKind::Buffer, tensor.name}}, "Bind its dimensions first.");
    STRATA_CHECK(requireGiven(lowered, *entry));
    return Derivation(lowered, *entry, options).run(entry->library() ? *entry->library() : callOf(*entry));
}

}  // namespace strata
