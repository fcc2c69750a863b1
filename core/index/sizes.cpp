// A size is told by the first dimension that is just its name; every other dimension is then a number to compare with.
// A function with its sizes put in is what it means for them: the evaluator runs that, and binding a dimension is that.
#include "core/index/sizes.h"

#include "core/index/simplify.h"

#include <algorithm>

namespace strata {

namespace {

void addSymbols(const std::vector<TypedName>& names, std::set<std::string>& into)
{
    for (const TypedName& name : names)
        for (const Dim& dim : name.type.tensor.shape)
            for (std::string& symbol : dim.symbols())
                into.insert(std::move(symbol));
}

void bind(TensorType& type, const SizeValues& sizes)
{
    for (Dim& dim : type.shape)
        dim = dim.bind(sizes);
}

void bind(std::vector<TypedName>& names, const SizeValues& sizes)
{
    for (TypedName& name : names)
        bind(name.type.tensor, sizes);
}

void bind(GraphBody& body, const SizeValues& sizes)
{
    for (GraphNodePtr& node : body.nodes) {
        GraphNode changed = *node;
        bind(changed.outputs, sizes);
        if (changed.outputs != node->outputs)
            node = std::make_shared<const GraphNode>(std::move(changed));
    }
}

void bind(LoopsBody& body, const SizeValues& sizes) { body.body = withDims(body.body, {sizes.begin(), sizes.end()}); }

void bind(LibraryBody& body, const SizeValues& sizes)
{
    for (LibraryStmtPtr& stmt : body.statements) {
        LibraryStmt changed = *stmt;
        if (auto* allocation = std::get_if<AllocateBuffer>(&changed))
            bind(allocation->type, sizes);
        if (auto* view = std::get_if<ViewBuffer>(&changed))
            bind(view->type, sizes);
        if (!equal(changed, *stmt))
            stmt = std::make_shared<const LibraryStmt>(std::move(changed));
    }
}

void bind(HardwareBody&, const SizeValues&) { }

void bind(std::vector<ToldSize>& told, const SizeValues& sizes)
{
    std::erase_if(told, [&sizes](const ToldSize& one) { return sizes.count(one.size) != 0; });
    for (ToldSize& one : told)
        one.most = one.most.bind(sizes);
}

void bind(SizeFacts& facts, const SizeValues& sizes)
{
    std::erase_if(facts, [&sizes](const auto& fact) { return sizes.count(fact.first) != 0; });
}

bool mayHold(const SizeFacts& facts, const SizeValues& sizes)
{
    return std::all_of(facts.begin(), facts.end(), [&sizes](const auto& fact) {
        const auto number = sizes.find(fact.first);
        return number == sizes.end() || fact.second.holds(number->second);
    });
}

std::string place(const Function& function, std::size_t param, std::size_t d)
{
    return "dimension " + std::to_string(d + 1) + " of " + function.params[param].name;
}

// The numbers that dimensions of just a size tell.
Result<SizeValues> told(const Function& function, const std::vector<Shape>& params)
{
    SizeValues values;
    std::map<std::string, std::string> by;
    for (std::size_t i = 0; i < params.size(); ++i) {
        const Shape& declared = function.params[i].type.tensor.shape;
        for (std::size_t d = 0; d < declared.size(); ++d) {
            const std::string size = plainSize(declared[d]);
            if (size.empty())
                continue;
            const std::int64_t value = params[i][d].constant();
            const auto fact = function.facts.find(size);
            if (const std::int64_t least = fact == function.facts.end() ? 1 : std::min<std::int64_t>(fact->second.least, 1);
                value < least || value > mostSize)
                return refused(say("Size {} of {} is {} by {}; it is {} to {}.", size, function.name, value,
                                   place(function, i, d), least, mostSize));
            if (fact != function.facts.end() && !fact->second.holds(value))
                return refused(say("Size {} of {} is {} by {}, and {} is assumed.", size, function.name, value,
                                   place(function, i, d), factText(size, fact->second, " and ")));
            const auto [known, isNew] = values.emplace(size, value);
            if (isNew)
                by[size] = place(function, i, d);
            else if (known->second != value)
                return refused(say("Size {} of {} is {} by {}, and {} by {}.", size, function.name, known->second,
                                   by[size], value, place(function, i, d)));
        }
    }
    return values;
}

}  // namespace

std::set<std::string> sizesOf(const Function& function)
{
    std::set<std::string> symbols;
    addSymbols(function.params, symbols);
    addSymbols(function.results, symbols);
    return symbols;
}

namespace {

void addPlain(const std::vector<TypedName>& tensors, std::set<std::string>& sizes)
{
    for (const TypedName& tensor : tensors)
        for (const Dim& dim : tensor.type.tensor.shape)
            if (std::string size = plainSize(dim); !size.empty())
                sizes.insert(std::move(size));
}

}  // namespace

std::set<std::string> givenSizes(const Function& function)
{
    std::set<std::string> given;
    addPlain(function.params, given);
    return given;
}

std::set<std::string> toldSizes(const Function& function)
{
    std::set<std::string> told = givenSizes(function);
    addPlain(function.results, told);
    return told;
}

bool tell(const std::set<std::string>& sizes, const Shape& shape)
{
    return std::all_of(shape.begin(), shape.end(), [&](const Dim& dim) {
        const std::vector<std::string> symbols = dim.symbols();
        return std::all_of(symbols.begin(), symbols.end(), [&](const std::string& size) { return sizes.count(size); });
    });
}

std::string plainSize(const Dim& dim)
{
    const std::vector<std::string> symbols = dim.symbols();
    return symbols.size() == 1 && dim == Dim::symbol(symbols[0]) ? symbols[0] : std::string();
}

bool hasSizes(const Function& function)
{
    const auto symbolic = [](const TypedName& name) { return !isConstant(name.type.tensor.shape); };
    return std::any_of(function.params.begin(), function.params.end(), symbolic)
           || std::any_of(function.results.begin(), function.results.end(), symbolic);
}

std::vector<ExprPtr> factsOf(const Function& function)
{
    std::vector<ExprPtr> conditions;
    for (const std::string& size : sizesOf(function)) {
        const auto known = function.facts.find(size);
        const SizeFact fact = known == function.facts.end() ? SizeFact{} : known->second;
        conditions.push_back(binary(Op::Le, intConst(fact.least), var(size)));
        if (fact.most < mostSize)
            conditions.push_back(binary(Op::Le, var(size), intConst(fact.most)));
        if (fact.multipleOf > 1)
            conditions.push_back(binary(Op::Eq, floorMod(var(size), fact.multipleOf), intConst(0)));
    }
    for (const ToldSize& told : function.told)
        conditions.push_back(binary(Op::Le, var(told.size), toExpr(told.most)));
    return conditions;
}

ExprPtr toExpr(const Dim& dim)
{
    if (dim.isConstant())
        return intConst(dim.constant());
    ExprPtr sum = intConst(0);
    const Dim::Terms terms = dim.terms();
    for (auto term = terms.rbegin(); term != terms.rend(); ++term) {  // as dimensions are written: the number last
        ExprPtr product = intConst(1);
        for (const std::string& symbol : term->first)
            product = product * var(symbol);
        sum = sum + product * term->second;
    }
    return sum;
}

std::optional<Dim> toDim(const ExprPtr& e)
{
    const auto both = [&](auto join) -> std::optional<Dim> {
        const auto a = toDim(e->args[0]), b = toDim(e->args[1]);
        return a && b ? std::optional<Dim>(join(*a, *b)) : std::nullopt;
    };
    switch (e->op) {
    case Op::Const: return e->type == DType::I64 ? std::optional<Dim>(e->i) : std::nullopt;
    case Op::Var: return Dim::symbol(e->name);
    case Op::Add: return both([](const Dim& a, const Dim& b) { return a + b; });
    case Op::Sub: return both([](const Dim& a, const Dim& b) { return a - b; });
    case Op::Mul: return both([](const Dim& a, const Dim& b) { return a * b; });
    default: return std::nullopt;
    }
}

namespace {

// What parameters leave open; a caller of loops knows its results' shapes.
void addTold(SizeValues& values, const std::vector<TypedName>& results, const std::vector<Shape>& shapes)
{
    for (std::size_t i = 0; i < std::min(results.size(), shapes.size()); ++i) {
        const Shape& declared = results[i].type.tensor.shape;
        for (std::size_t d = 0; d < std::min(declared.size(), shapes[i].size()); ++d)
            if (const std::string size = plainSize(declared[d]); !size.empty() && shapes[i][d].isConstant())
                values.emplace(size, shapes[i][d].constant());
    }
}

}  // namespace

Result<SizeValues> sizesFor(const Function& function, const std::vector<Shape>& params,
                            const std::vector<Shape>& results)
{
    if (params.size() != function.params.size())
        return refused(
            say("Function {} takes {} inputs, {} are given.", function.name, function.params.size(), params.size()));
    for (std::size_t i = 0; i < params.size(); ++i)
        if (!isConstant(params[i]) || params[i].size() != function.params[i].type.tensor.shape.size())
            return refused(say("Input {} of {} is {}, the tensor given is {}.", function.params[i].name, function.name,
                               toString(function.params[i].type), toString(params[i])));
    STRATA_TRY(SizeValues values, told(function, params));
    addTold(values, function.results, results);
    for (const std::string& size : sizesOf(function))
        if (!values.count(size))
            return refused(
                say("No parameter of {} has a dimension of just {}, so its size is not known.", function.name, size),
                {functionCursor(function.name)}, "Bind the dimension to a number.");
    for (std::size_t i = 0; i < params.size(); ++i)
        for (std::size_t d = 0; d < params[i].size(); ++d)
            if (const Dim& declared = function.params[i].type.tensor.shape[d]; !(declared.bind(values) == params[i][d]))
                return refused(say("By the other sizes, {} is {} = {}, and {} is given.", place(function, i, d),
                                   declared.text(), declared.bind(values).text(), params[i][d].text()));
    return values;
}

Dim bytesOf(const TensorType& type)
{
    if (const auto known = byteCount(type))
        return *known;
    Dim bytes = std::int64_t(byteSize(type.dtype));  // packed elements get more than they need
    for (const Dim& dim : type.shape)
        bytes = bytes * dim;
    return bytes;
}

Dim withDims(const Dim& dim, const std::map<std::string, Dim>& dims)
{
    if (dim.isConstant())
        return dim;
    Dim sum;
    for (const auto& [symbols, coefficient] : dim.terms()) {
        Dim product = coefficient;
        for (const std::string& symbol : symbols) {
            const auto found = dims.find(symbol);
            product = product * (found == dims.end() ? Dim::symbol(symbol) : found->second);
        }
        sum = sum + product;
    }
    return sum;
}

Shape withDims(Shape shape, const std::map<std::string, Dim>& dims)
{
    for (Dim& dim : shape)
        dim = withDims(dim, dims);
    return shape;
}

Body withDims(const Body& body, const std::map<std::string, Dim>& dims)
{
    std::vector<Substitution> values;
    for (const auto& [name, dim] : dims)
        values.push_back({name, toExpr(dim)});
    const Body spoken = transformExprs(body, [&values](const ExprPtr& e) {
        const ExprPtr changed = substitute(e, values);
        return changed == e ? e : simplify(changed, {});
    });
    return transform(spoken, [&dims](const StmtPtr& stmt) -> std::optional<Body> {
        const Alloc* alloc = as<Alloc>(stmt);
        Alloc changed = alloc ? *alloc : Alloc{};
        changed.buffer.type.shape = withDims(changed.buffer.type.shape, dims);
        return alloc && !(changed.buffer == alloc->buffer) ? std::optional(Body{makeStmt(std::move(changed))})
                                                           : std::nullopt;
    });
}

std::map<std::string, Dim> sizesAtCall(const Function& callee, const std::vector<Shape>& arguments,
                                       const std::vector<Shape>& results)
{
    std::map<std::string, Dim> sizes;
    const auto read = [&](const std::vector<TypedName>& declared, const std::vector<Shape>& given) {
        for (std::size_t i = 0; i < std::min(given.size(), declared.size()); ++i) {
            const Shape& shape = declared[i].type.tensor.shape;
            for (std::size_t d = 0; d < std::min(shape.size(), given[i].size()); ++d)
                if (std::string size = plainSize(shape[d]); !size.empty())
                    sizes.emplace(std::move(size), given[i][d]);
        }
    };
    read(callee.params, arguments);
    read(callee.results, results);
    return sizes;
}

SizeFacts factsAtCall(const Function& callee, const std::vector<Shape>& arguments, const std::vector<Shape>& results,
                      const SizeFacts& caller)
{
    SizeFacts facts;
    for (const auto& [size, dim] : sizesAtCall(callee, arguments, results))
        if (const std::optional<SizeFact> fact = factOf(dim, caller); fact && !(*fact == SizeFact{}))
            facts[size] = *fact;
    return facts;
}

FunctionPtr withSizes(const FunctionPtr& function, const SizeValues& sizes)
{
    Function changed = *function;
    bind(changed.params, sizes);
    bind(changed.results, sizes);
    bind(changed.facts, sizes);
    bind(changed.told, sizes);
    std::erase_if(changed.choices, [&sizes](const Choice& choice) { return !mayHold(choice.where, sizes); });
    for (Choice& choice : changed.choices)
        bind(choice.where, sizes);
    std::visit([&sizes](auto& body) { bind(body, sizes); }, changed.body);
    return equal(changed, *function) ? function : std::make_shared<const Function>(std::move(changed));
}

}  // namespace strata
