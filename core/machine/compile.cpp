// Expr and Stmt to the evaluator's instructions, one to one and in program order.
#include "core/base/pattern.h"
#include "core/elementary/elementary.h"
#include "core/ir/text_functions.h"
#include "core/machine/machine.h"

#include <algorithm>
#include <utility>

namespace strata::reference {

namespace {

class Compiler {
public:
    explicit Compiler(const Module* module)
        : m_module(module)
    {
        m_program.placeTable.emplace_back();
    }

    Status addBuffer(const Buffer& buffer);
    Status body(const Body& statements);
    Result<std::int32_t> expression(const ExprPtr& e);
    MachineCode finish(std::string function);
    // Free expressions: unknown variables and buffers are made on first use.
    std::map<std::string, std::pair<DType, std::int32_t>> freeVariables;
    bool freeForm = false;

private:
    using Names = std::vector<std::pair<std::string, std::int32_t>>;

    std::int32_t newRegister()
    {
        return m_program.registers.push_back({}), std::int32_t(m_program.registers.size() - 1);
    }
    std::int32_t position() const { return std::int32_t(m_program.code.size()); }
    std::int32_t emit(Instruction x);
    void jumpHere(std::int32_t instruction) { m_program.code[instruction].c = position(); }
    std::int32_t constant(DType type, double f, std::int64_t i);
    std::int32_t list(const std::vector<std::int32_t>& registers);
    void enterPlace(std::string block);

    Result<std::vector<std::int32_t>> expressions(const std::vector<ExprPtr>& list);
    Result<std::vector<std::int32_t>> indices(std::int32_t buffer, const std::vector<ExprPtr>& list);
    Result<std::int32_t> operation(const Expr& e, Handler handler, const std::vector<std::int32_t>& args);
    Result<std::int32_t> variable(const Expr& e);
    Result<std::int32_t> loadOf(const Expr& e);
    Result<std::int32_t> selectOf(const Expr& e);
    Result<std::int32_t> letOf(const Expr& e);
    Result<std::int32_t> checkedOf(const Expr& e);
    Result<std::int32_t> castOf(const Expr& e, std::int32_t a);
    std::int32_t constantText(const std::string& text);
    Result<std::int32_t> callOf(const Expr& e);
    Result<std::int32_t> arithmetic(const Expr& e);
    Result<std::int32_t> bufferIndex(const std::string& name, DType type);

    Status statement(const Stmt& s);
    Status loop(const Loop& loop);
    Status block(const Block& block);
    Status init(const Block& block, const std::vector<std::int32_t>& iterators);
    Result<std::int32_t> bind(const BlockIter& iter);
    Status store(const Store& store);
    Status alloc(const Alloc& alloc);
    Status intrinsicCall(const IntrinsicCall& call);

    const Module* m_module;
    MachineCode m_program;
    std::map<std::string, std::int32_t> m_buffers;
    Names m_scope;                                      // innermost last
    std::map<std::int32_t, std::int64_t> m_loopExtent;  // of loop registers with a constant extent
    std::string m_block;
    Names m_iterators;            // of m_block, or the loops around
    Names m_loops;                // around, outermost first
    std::int32_t m_indexed = -1;  // the buffer whose indices are being compiled
};

std::int32_t Compiler::emit(Instruction x)
{
    m_program.code.push_back(x);
    m_program.places.push_back(std::int32_t(m_program.placeTable.size() - 1));
    return position() - 1;
}

void Compiler::enterPlace(std::string block)
{
    m_block = std::move(block);
    m_program.placeTable.push_back({m_block, m_iterators, m_loops});
}

std::int32_t Compiler::constant(DType type, double f, std::int64_t i)
{
    const std::int32_t r = newRegister();
    Register& value = m_program.registers[r];
    if (type == DType::F64)
        value.d = f;
    else if (isFloat(type))
        value.f = float(f);
    else
        value.i = i;
    return r;
}

std::int32_t Compiler::list(const std::vector<std::int32_t>& registers)
{
    const auto first = std::int32_t(m_program.lists.size());
    m_program.lists.insert(m_program.lists.end(), registers.begin(), registers.end());
    return first;
}

Status Compiler::addBuffer(const Buffer& buffer)
{
    if (!buffer.type.ranked || !isConstant(buffer.type.shape))
        return refused(say("Buffer {} has the type {}, which is not fixed.", buffer.name, toString(buffer.type)), {},
                       "Bind its dimensions first.");
    m_buffers[buffer.name] = std::int32_t(m_program.buffers.size());
    m_program.written.push_back(false);
    m_program.shapes.push_back(constants(buffer.type.shape));
    m_program.buffers.push_back(buffer);
    return {};
}

MachineCode Compiler::finish(std::string function)
{
    emit({.handler = control::end});
    m_program.function = std::move(function);
    return std::move(m_program);
}

Result<std::vector<std::int32_t>> Compiler::expressions(const std::vector<ExprPtr>& list)
{
    std::vector<std::int32_t> registers;
    for (const ExprPtr& e : list) {
        STRATA_TRY(const std::int32_t r, expression(e));
        registers.push_back(r);
    }
    return registers;
}

Result<std::vector<std::int32_t>> Compiler::indices(std::int32_t buffer, const std::vector<ExprPtr>& list)
{
    const std::int32_t outer = std::exchange(m_indexed, buffer);
    auto registers = expressions(list);
    m_indexed = outer;
    return registers;
}

Result<std::int32_t> Compiler::operation(const Expr& e, Handler handler, const std::vector<std::int32_t>& args)
{
    if (!handler)
        return bug("The operation " + opName(e.op) + " is not defined on " + name(e.type) + ".");
    const std::int32_t target = newRegister();
    Instruction x{.handler = handler, .type = e.type, .target = target, .a = args[0]};
    x.b = args.size() > 1 ? args[1] : 0;
    x.c = args.size() > 2 ? args[2] : 0;
    emit(x);
    if (const Handler normalize = normalizeHandler(e.type))
        emit({.handler = normalize, .type = e.type, .target = target, .a = target});
    return target;
}

Result<std::int32_t> Compiler::variable(const Expr& e)
{
    for (auto it = m_scope.rbegin(); it != m_scope.rend(); ++it)
        if (it->first == e.name)
            return it->second;
    if (!freeForm)
        return bug("The variable " + e.name + " is not bound.");
    const auto [it, isNew] = freeVariables.try_emplace(e.name, e.type, 0);
    if (isNew)
        it->second.second = newRegister();
    return it->second.second;
}

Result<std::int32_t> Compiler::bufferIndex(const std::string& name, DType type)
{
    if (const auto it = m_buffers.find(name); it != m_buffers.end())
        return it->second;
    if (!freeForm)
        return bug("There is no buffer named " + name + ".");
    STRATA_CHECK(addBuffer({name, TensorType{type, {}}}));
    return m_buffers[name];
}

Result<std::int32_t> Compiler::loadOf(const Expr& e)
{
    STRATA_TRY(const std::int32_t buffer, bufferIndex(e.name, e.type));
    STRATA_TRY(const std::vector<std::int32_t> indices, this->indices(buffer, e.args));
    if (!freeForm && indices.size() != m_program.shapes[buffer].size())
        return bug("A load of " + e.name + " has " + std::to_string(indices.size()) + " indices, its rank is "
                   + std::to_string(m_program.shapes[buffer].size()) + ".");
    const std::int32_t target = newRegister();
    emit({.handler = freeForm ? control::loadFree : loadHandler(e.type),
          .type = e.type,
          .count = std::uint16_t(indices.size()),
          .target = target,
          .a = buffer,
          .b = list(indices)});
    return target;
}

Result<std::int32_t> Compiler::selectOf(const Expr& e)
{
    STRATA_TRY(const std::int32_t condition, expression(e.args[0]));
    const std::int32_t target = newRegister();
    const std::int32_t toElse = emit({.handler = control::jumpIfZero, .a = condition});
    STRATA_TRY(const std::int32_t a, expression(e.args[1]));
    emit({.handler = control::move, .target = target, .a = a});
    const std::int32_t toEnd = emit({.handler = control::jump});
    jumpHere(toElse);
    STRATA_TRY(const std::int32_t b, expression(e.args[2]));
    emit({.handler = control::move, .target = target, .a = b});
    jumpHere(toEnd);
    return target;
}

Result<std::int32_t> Compiler::letOf(const Expr& e)
{
    STRATA_TRY(const std::int32_t value, expression(e.args[0]));
    m_scope.emplace_back(e.name, value);
    auto result = expression(e.args[1]);
    m_scope.pop_back();
    return result;
}

Result<std::int32_t> Compiler::checkedOf(const Expr& e)
{
    STRATA_TRY(const std::vector<std::int32_t> args, expressions(e.args));
    const std::int32_t target = newRegister();
    emit({.handler = control::checkIndex, .target = target, .a = args[0], .b = args[1], .c = m_indexed});
    return target;
}

Result<std::int32_t> Compiler::castOf(const Expr& e, std::int32_t a)
{
    const DType from = e.args[0]->type;
    if (e.op == Op::Cast)
        return operation(e, castHandler(from, e.type), {a});
    const Handler handler = bitcastHandler(from, e.type);
    if (!handler)
        return bug(std::string("A bitcast from ") + name(from) + " to " + name(e.type) + " changes the size.");
    const std::int32_t target = newRegister();
    emit({.handler = handler, .type = e.type, .count = std::uint16_t(from), .target = target, .a = a});
    return target;
}

std::int32_t Compiler::constantText(const std::string& text)
{
    const std::int32_t r = newRegister();
    m_program.texts.emplace_back(r, text);
    return r;
}

Result<std::int32_t> Compiler::callOf(const Expr& e)
{
    if (!isTextCall(e)) {
        STRATA_TRY(const ExprPtr expanded, expandElementary(e.name, e.type, e.args));
        return expression(expanded);
    }
    std::vector<ExprPtr> given = e.args;
    if (const auto expression = matchedExpression(e)) {
        STRATA_TRY(std::string automaton, automatonOf(*expression));
        given[1] = textConst(std::move(automaton));
    }
    STRATA_TRY(const std::vector<std::int32_t> args, expressions(given));
    const std::int32_t target = newRegister();
    emit({.handler = textHandler(e.name), .type = e.type, .target = target, .b = list(args)});
    return target;
}

Result<std::int32_t> Compiler::arithmetic(const Expr& e)
{
    STRATA_TRY(const std::vector<std::int32_t> args, expressions(e.args));
    if (args.empty())
        return bug("The operation " + opName(e.op) + " has no operands.");
    const DType type = e.args[0]->type;
    switch (args.size()) {
    case 1: return operation(e, unaryHandler(e.op, type), args);
    case 2: return operation(e, binaryHandler(e.op, type), args);
    default: return operation(e, fmaHandler(type), args);
    }
}

Result<std::int32_t> Compiler::expression(const ExprPtr& e)
{
    switch (e->op) {
    case Op::Const: return e->type == DType::String ? constantText(e->name) : constant(e->type, e->f, e->i);
    case Op::Var: return variable(*e);
    case Op::Load: return loadOf(*e);
    case Op::Select: return selectOf(*e);
    case Op::Let: return letOf(*e);
    case Op::Checked: return checkedOf(*e);
    case Op::Cast:
    case Op::Bitcast: {
        STRATA_TRY(const std::int32_t a, expression(e->args[0]));
        return castOf(*e, a);
    }
    case Op::Call: return callOf(*e);
    default: return arithmetic(*e);
    }
}

Status Compiler::body(const Body& statements)
{
    for (const StmtPtr& s : statements)
        STRATA_CHECK(statement(*s));
    return {};
}

Status Compiler::statement(const Stmt& s)
{
    if (const auto* node = std::get_if<Loop>(&s.node))
        return loop(*node);
    if (const auto* node = std::get_if<Block>(&s.node))
        return block(*node);
    if (const auto* node = std::get_if<Store>(&s.node))
        return store(*node);
    if (const auto* node = std::get_if<Alloc>(&s.node))
        return alloc(*node);
    return intrinsicCall(std::get<IntrinsicCall>(s.node));
}

Status Compiler::loop(const Loop& loop)
{
    STRATA_TRY(const std::int32_t extent, expression(loop.extent));
    const std::int32_t counter = newRegister();
    if (isConst(loop.extent))
        m_loopExtent[counter] = loop.extent->i;
    const std::int32_t begin = emit({.handler = control::loopBegin, .target = counter, .a = extent});
    m_scope.emplace_back(loop.name, counter);
    const Names outer = m_iterators;
    const std::string outerBlock = m_block;
    m_iterators.emplace_back(loop.name, counter);
    m_loops.emplace_back(loop.name, counter);
    enterPlace(m_block);
    STRATA_CHECK(body(loop.body));
    m_scope.pop_back();
    m_loops.pop_back();
    m_iterators = outer;
    enterPlace(outerBlock);
    emit({.handler = control::loopNext, .target = counter, .a = extent, .c = begin + 1});
    jumpHere(begin);
    return {};
}

Result<std::int32_t> Compiler::bind(const BlockIter& iter)
{
    STRATA_TRY(const std::int32_t value, expression(iter.binding));
    const auto loop = m_loopExtent.find(value);
    if (loop != m_loopExtent.end() && isConst(iter.extent) && loop->second <= iter.extent->i)
        return value;
    STRATA_TRY(const std::int32_t extent, expression(iter.extent));
    emit({.handler = control::checkIterator, .a = value, .b = extent});
    return value;
}

Status Compiler::init(const Block& block, const std::vector<std::int32_t>& iterators)
{
    if (block.init.empty())
        return {};
    std::vector<std::int32_t> skips;
    for (std::size_t k = 0; k < block.iters.size(); ++k)
        if (block.iters[k].kind == IterKind::Reduce)
            skips.push_back(emit({.handler = control::jumpIfNonZero, .a = iterators[k]}));
    STRATA_CHECK(body(block.init));
    for (const std::int32_t skip : skips)
        jumpHere(skip);
    return {};
}

Status Compiler::block(const Block& block)
{
    std::int32_t skip = -1;
    if (block.predicate) {
        STRATA_TRY(const std::int32_t holds, expression(block.predicate));
        skip = emit({.handler = control::jumpIfZero, .a = holds});
    }
    const Names outer = m_iterators;
    const std::string outerBlock = m_block;
    enterPlace(block.name);
    Names bound;
    std::vector<std::int32_t> registers;
    for (const BlockIter& iter : block.iters) {
        STRATA_TRY(const std::int32_t r, bind(iter));
        registers.push_back(r);
        bound.emplace_back(iter.name, r);
    }
    m_iterators = bound;
    enterPlace(block.name);
    const std::size_t depth = m_scope.size();
    m_scope.insert(m_scope.end(), bound.begin(), bound.end());
    STRATA_CHECK(init(block, registers));
    STRATA_CHECK(body(block.body));
    m_scope.resize(depth);
    m_iterators = outer;
    enterPlace(outerBlock);
    if (skip >= 0)
        jumpHere(skip);
    return {};
}

Status Compiler::store(const Store& store)
{
    STRATA_TRY(const std::int32_t buffer, bufferIndex(store.buffer, store.value->type));
    const TensorType& type = m_program.buffers[buffer].type;
    if (type.dtype != store.value->type || type.shape.size() != store.indices.size())
        return bug("A store of " + std::string(name(store.value->type)) + " with "
                   + std::to_string(store.indices.size()) + " indices does not fit " + store.buffer + ": "
                   + toString(type) + ".");
    m_program.written[buffer] = true;
    STRATA_TRY(const std::vector<std::int32_t> indices, this->indices(buffer, store.indices));
    STRATA_TRY(const std::int32_t value, expression(store.value));
    emit({.handler = storeHandler(type.dtype),
          .type = type.dtype,
          .count = std::uint16_t(indices.size()),
          .a = buffer,
          .b = list(indices),
          .c = value});
    return {};
}

Status Compiler::alloc(const Alloc& alloc)
{
    STRATA_CHECK(addBuffer(alloc.buffer));
    emit({.handler = control::clear, .a = m_buffers[alloc.buffer.name]});
    return {};
}

Status Compiler::intrinsicCall(const IntrinsicCall& call)
{
    const IntrinsicPtr intrinsic = m_module ? m_module->intrinsic(call.intrinsic) : nullptr;
    if (!intrinsic)
        return bug("There is no intrinsic named " + call.intrinsic + ".");
    IntrinsicUse use{call.intrinsic, nullptr, {}};
    STRATA_TRY(use.program, compile(*m_module, *intrinsic->description));
    if (use.program->parameterCount != call.arguments.size())
        return bug("The call of " + call.intrinsic + " has " + std::to_string(call.arguments.size())
                   + " arguments, its description " + std::to_string(use.program->parameterCount) + ".");
    for (std::size_t k = 0; k < call.arguments.size(); ++k) {
        STRATA_TRY(const std::int32_t buffer, bufferIndex(call.arguments[k].buffer, DType::F32));
        STRATA_TRY(std::vector<std::int32_t> begin, indices(buffer, call.arguments[k].begin));
        if (begin.size() != m_program.shapes[buffer].size() || use.program->shapes[k].size() > begin.size()
            || use.program->buffers[k].type.dtype != m_program.buffers[buffer].type.dtype)
            return bug("Argument " + call.arguments[k].buffer + " does not fit " + call.intrinsic + ".");
        if (use.program->written[k])
            m_program.written[buffer] = true;
        use.arguments.push_back({buffer, std::move(begin)});
    }
    emit({.handler = control::intrinsic, .a = std::int32_t(m_program.intrinsics.size())});
    m_program.intrinsics.push_back(std::move(use));
    return {};
}

}  // namespace

Result<std::shared_ptr<const MachineCode>> compile(const Module& module, const Function& function)
{
    const LoopsBody* loops = function.loops();
    if (!loops)
        return refused(
            say("Function {} is at the {} level, not at the loops level.", function.name, name(function.level())));
    Compiler compiler(&module);
    for (const auto* list : {&function.params, &function.results})
        for (const TypedName& value : *list)
            STRATA_CHECK(compiler.addBuffer({value.name, value.type.tensor}));
    STRATA_CHECK(compiler.body(loops->body));
    auto program = std::make_shared<MachineCode>(compiler.finish(function.name));
    program->parameterCount = function.params.size() + function.results.size();
    return std::shared_ptr<const MachineCode>(std::move(program));
}

Result<ExprProgram> compile(const ExprPtr& expression)
{
    Compiler compiler(nullptr);
    compiler.freeForm = true;
    ExprProgram result;
    STRATA_TRY(result.result, compiler.expression(expression));
    result.variables = std::move(compiler.freeVariables);
    result.program = compiler.finish("expression");
    return result;
}

}  // namespace strata::reference
