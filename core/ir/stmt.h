// Statements of the loops level, in TensorIR's vocabulary (Feng et al., "TensorIR", ASPLOS 2023).
//
// A loops function is a list of statements that run in order. A Block is the unit that transforms move: it binds its
// own iterators to expressions of the loops around it, and its body and init speak of those iterators only, so that
// splitting and reordering loops never touch a body.
#pragma once

#include "core/ir/expr.h"
#include "core/ir/type.h"

#include <map>
#include <memory>
#include <optional>
#include <variant>

namespace strata {

struct Stmt;
using StmtPtr = std::shared_ptr<const Stmt>;
using Body = std::vector<StmtPtr>;

struct Buffer {
    std::string name;  // unique in the function
    TensorType type;
    Scope scope = Scope::Global;

    friend bool operator==(const Buffer&, const Buffer&) = default;
};

enum class LoopKind { Serial, Parallel, Vectorized, Unrolled, Bound };

// for name in 0 .. extent-1
struct Loop {
    std::string name;  // the variable, i64; unique in the function among loops
    ExprPtr extent;    // i64, not depending on loops inside; a constant where a transform needs one
    LoopKind kind = LoopKind::Serial;
    std::string axis;  // Bound: blockIdx.x .y .z or threadIdx.x .y .z
    Body body;
    std::map<std::string, std::string> annotations;
};

// Spatial: iterations are independent, each writes its own elements. Reduce: iterations update the same elements by an
// associative-commutative operation; permuting them is "reassociated". Ordered: iterations run in order (a scan, a
// stencil in place).
enum class IterKind { Spatial, Reduce, Ordered };

struct BlockIter {
    std::string name;  // i64; unique in the block, may not equal a loop around it
    IterKind kind = IterKind::Spatial;
    ExprPtr extent;   // domain is 0 .. extent-1
    ExprPtr binding;  // over the loops (or the iterators of the enclosing block) around
};

// A box of a buffer: per dimension first index and extent, over the block's iterators.
struct Region {
    std::string buffer;
    std::vector<ExprPtr> begin;
    std::vector<ExprPtr> extent;
};

struct Block {
    std::string name;  // unique in the function
    std::vector<BlockIter> iters;
    ExprPtr predicate;  // bool over the loops around; the instance runs only where it holds; nullptr: always
    Body init;          // runs before the body where all reduce iterators are 0; empty: none
    Body body;
    // Regions touched, declared where they differ from what core/analysis infers from the body; printed only then.
    std::optional<std::vector<Region>> reads, writes;
    std::map<std::string, std::string> annotations;
};

// buffer[indices] = value
struct Store {
    std::string buffer;
    std::vector<ExprPtr> indices;
    ExprPtr value;
};

// Allocates a buffer that lives to the end of the enclosing list of statements. Contents are undefined until written.
struct Alloc {
    Buffer buffer;
};

// A hardware primitive of the module's table, called on boxes of buffers: each argument is a buffer and the index of
// its first element; the primitive's description says which box around it is read and written. Strides come from the
// buffer's shape.
struct IntrinsicCall {
    std::string intrinsic;
    struct Argument {
        std::string buffer;
        std::vector<ExprPtr> begin;
    };
    std::vector<Argument> arguments;  // in the order of the description's params, then results
};

struct Stmt {
    std::variant<Loop, Block, Store, Alloc, IntrinsicCall> node;
};

template<class T>
StmtPtr makeStmt(T node)
{
    return std::make_shared<const Stmt>(Stmt{std::move(node)});
}
template<class T>
const T* as(const StmtPtr& stmt)
{
    return std::get_if<T>(&stmt->node);
}

bool equal(const StmtPtr& a, const StmtPtr& b);  // structural, names included
bool equal(const Body& a, const Body& b);

// Calls visit on every statement, parents first, init before body.
void walk(const Body& body, const std::function<void(const StmtPtr&)>& visit);
// Calls visit on every expression that the statements hold (extents, bindings, predicates, indices, values, regions),
// roots only.
void walkExprs(const Body& body, const std::function<void(const ExprPtr&)>& visit);

// Rebuilds bottom-up. `rewrite` gets a statement whose children are done and returns what replaces it: nullopt keeps
// it, an empty list removes it. Unchanged statements come back as the same pointer.
Body transform(const Body& body, const std::function<std::optional<Body>(const StmtPtr&)>& rewrite);
// Rewrites every expression root by `rewrite`.
Body transformExprs(const Body& body, const std::function<ExprPtr(const ExprPtr&)>& rewrite);

const char* name(LoopKind kind);  // "serial", "parallel", "vectorized", "unrolled", "bound"
const char* name(IterKind kind);  // "spatial", "reduce", "ordered"

}  // namespace strata
