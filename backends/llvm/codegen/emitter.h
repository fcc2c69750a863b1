// The generator of emit.h; private to this folder.
#pragma once

#include "backends/llvm/codegen/emit.h"
#include "backends/llvm/codegen/index.h"
#include "core/analysis/dot_product.h"
#include "core/analysis/idle.h"
#include "core/base/tiny_float.h"
#include "core/index/simplify.h"

#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <functional>

namespace strata {

inline bool isVector(const llvm::Value* value) { return value->getType()->isVectorTy(); }

// Where a buffer lies, as the current LLVM function sees it.
struct Storage {
    Buffer buffer;
    llvm::Value* base = nullptr;
    std::vector<ExprPtr> strides;  // in elements, over the function's sizes
    ExprPtr room;                  // elements that it has place for, those between its rows included
    std::int64_t alignment = 64;
    // A buffer allocated in a vectorized loop is private to the lane: element e of lane l lies at e * lanes + l.
    std::int64_t lanes = 1;
    bool onStack = false;
    // Several elements a byte: what a caller gives. A buffer of the function's own has a byte for each.
    bool packed = false;
};

// Some lanes of the vectorized loop around: base .. base + width - 1. Width 1 is scalar code.
struct Piece {
    std::int64_t base = 0;
    int width = 1;
};

// What a loop variable or block iterator stands for.
struct Binding {
    std::optional<Index> index;  // linear in the lane
    ExprPtr expr;                // over loop variables only; used where `index` is absent, and to build other bindings
};

class Emitter {
public:
    Emitter(llvm::LLVMContext& context, const Module& module, const Function& function);
    Result<Emitted> run();

private:
    using Names = std::map<std::string, Binding>;

    // emit_function.cpp: the function around the body
    void declare();
    void openBody(llvm::Function* function);
    void closeBody();
    void describeBuffer(llvm::Argument& argument, const Storage& storage);
    Storage storageOf(Buffer buffer);
    void padRows(Storage& storage) const;
    static void lay(Storage& storage, const ExprPtr& row);
    llvm::Value* onStack(const Storage& storage, std::int64_t bytes);
    llvm::Value* onHeap(const ExprPtr& bytes);
    void bindSizes(llvm::Function& function, unsigned first);
    void attributes(llvm::Function& function);
    llvm::FunctionCallee runtime(const char* name, llvm::Type* result, std::vector<llvm::Type*> parameters);
    void fail(Error error);
    void remark(std::string message, NodeKind kind, const std::string& name);
    std::vector<Cursor> place() const;
    void locate();

    // emit_stmt.cpp
    ExprPtr overLoops(const ExprPtr& e) const;
    void emit(const Body& body);
    void emitLoop(const Loop& loop);
    void serialLoop(const std::string& name, const Index& extent, const std::function<void()>& body,
                    std::int64_t step = 1);
    void loopWhileBusy(const Loop& loop, const Index& extent);
    Index iterationsOf(const BusyPart& busy, const Index& extent);
    void unrolledLoop(const Loop& loop, std::int64_t extent);
    void vectorizedLoop(const Loop& loop, std::int64_t extent);
    void vectorBody(const Loop& loop, const Index& first, std::int64_t lanes);
    void emitBlock(const Block& block);
    void emitStore(const Store& store);
    bool canMask(const Store& store) const;
    llvm::Value* runningLanes();
    void storePiece(const Store& store);
    void storeElements(const Store& store);
    void storeInside(llvm::Value* outside, bool scalar, const std::function<void()>& store);
    void storeAt(const Storage& target, const Index& at, llvm::Value* stored);
    void emitAlloc(const Alloc& alloc);
    void emitIntrinsic(const IntrinsicCall& call);
    void emitImplementation(const IntrinsicCall& call, const Intrinsic& intrinsic);
    void conditional(const ExprPtr& condition, const std::function<void()>& body);
    void bindIterators(const Block& block);
    int nativeLanes(const Loop& loop) const;
    llvm::BasicBlock* newBlock(const char* name);

    // A box of a buffer that a primitive is called with: where it begins, and the strides of its dimensions in
    // elements.
    struct Box {
        llvm::Type* element = nullptr;
        llvm::Value* begin = nullptr;
        std::vector<std::int64_t> strides;
        std::int64_t stride(std::size_t fromBack) const { return strides[strides.size() - fromBack]; }
    };

    // emit_dot_product.cpp
    class DotTile;
    std::vector<Box> boxes(const IntrinsicCall& call);
    bool emitDotProduct(const IntrinsicCall& call, const DotProduct& dot);

    // emit_depthwise.cpp
    class DepthwiseTile;
    bool emitDepthwise(const IntrinsicCall& call, const DepthwiseProduct& product);

    // emit_planes.cpp
    class PlanesTile;
    bool emitPlanes(const IntrinsicCall& call, const PlanesProduct& product);

    // emit_last.cpp
    void emitIteration(const Loop& loop, const Index& extent, const std::vector<ExprPtr>& knownBeforeLast = {});
    void lastApart(const Loop& loop, const Index& extent, const std::vector<ExprPtr>& proved);
    std::vector<ExprPtr> holdBeforeLast(const Loop& loop) const;
    ExprPtr open(const ExprPtr& condition) const;

    // emit_parts.cpp
    void emitInParts(const Body& body);
    void callPart(const Body& body, const std::string& name);
    llvm::Function* emitPart(const Body& body, const std::string& name, std::map<std::string, Storage> used);

    // emit_parallel.cpp
    // Everything that belongs to the LLVM function being filled, set aside while another is.
    struct Frame {
        llvm::Function* llvm;
        llvm::Instruction* allocaPoint;
        llvm::Value* run;
        llvm::Value* status;
        std::vector<llvm::Value*> owned;
        llvm::BasicBlock *prologue, *exit;
        llvm::DISubprogram* scope;
        Names names;
        std::map<std::string, Storage> storage;
        Facts facts;
        llvm::IRBuilderBase::InsertPoint point;
    };
    Frame leave();
    void enter(Frame frame);
    void parallelLoop(const Loop& loop, const Index& extent);
    llvm::Function* parallelBody(const Loop& loop, const std::vector<llvm::Value*>& values, const Index& extent);
    void rangeLoop(const Loop& loop, llvm::Value* begin, llvm::Value* end, const std::optional<Interval>& extent);
    llvm::Function* unpacker(llvm::Function& body, llvm::StructType& closureType);

    // emit_index.cpp
    Index index(const ExprPtr& e);
    Index variable(const std::string& name);
    Index floorDivision(const Expr& e, bool wantRest);
    std::optional<Index> bindable(const ExprPtr& e);
    bool dependsOnLane(const ExprPtr& e) const;
    llvm::Value* materialize(const Index& index);
    Index opaque(llvm::Value* value);
    std::optional<Interval> rangeOf(const Index& index) const;

    // emit_checked.cpp
    struct Hoisted;
    void hoistChecks(const Loop& loop);
    const Hoisted* hoisted(const Expr& check) const;
    Index checkedIndex(const Expr& e);
    ExprPtr instance() const;
    llvm::Value* reportRows();
    llvm::BasicBlock* report(const Expr& e, llvm::Value* outside, llvm::Value* index, llvm::Value* extent);
    llvm::Constant* text(const std::string& content);
    llvm::Constant* table(llvm::Type* type, const std::vector<llvm::Constant*>& entries);
    llvm::Constant* checkSite(const Expr& e);
    llvm::Value* anyOutside();
    llvm::Value* withChecks(llvm::Value* status);

    // emit_expr.cpp
    llvm::Value* value(const ExprPtr& e);
    llvm::Value* arithmetic(const Expr& e);
    llvm::Value* floatArithmetic(const Expr& e, std::vector<llvm::Value*> args);
    llvm::Value* integerArithmetic(const Expr& e, std::vector<llvm::Value*> args);
    llvm::Value* floorDivMod(const Expr& e, llvm::Value* a, llvm::Value* b, bool nonNegative);
    llvm::Value* shift(const Expr& e, llvm::Value* a, llvm::Value* b);
    llvm::Value* farther(const Expr& e, llvm::Value* a, llvm::Value* b);
    llvm::Value* comparison(const Expr& e);
    llvm::Value* selection(const Expr& e);
    llvm::Value* branchedSelect(llvm::Value* condition, const Expr& e);
    llvm::Value* maskedSelect(llvm::Value* condition, const Expr& e);
    llvm::Value* conversion(const Expr& e);
    llvm::Value* saturated(llvm::Value* value, DType to);
    llvm::Value* convert(llvm::Value* value, DType from, DType to);
    llvm::Value* reinterpretation(const Expr& e);
    llvm::Value* binding(const Expr& e);
    llvm::Value* constant(const Expr& e);
    bool speculatable(const ExprPtr& e);
    llvm::Type* type(DType type) const;  // in registers: bool i1, f16 and bf16 float
    llvm::Type* memoryType(DType type) const;
    llvm::Type* widened(llvm::Type* scalar, const llvm::Value* like) const;
    llvm::Value* broadcast(llvm::Value* value, int width);
    void agree(std::vector<llvm::Value*>& values);  // broadcasts scalars where another is a vector
    llvm::Value* splat(const llvm::Value* like, llvm::Constant* constant);

    // emit_quantized.cpp
    llvm::Value* roundedByte(const Expr& e);
    llvm::Value* nearest(llvm::Value* value);

    // emit_texts.cpp: functions of texts, a call of the runtime a lane
    llvm::Value* constantText(const std::string& text);
    llvm::Value* textFunction(const Expr& e);

    // emit_short_float.cpp: f16 and bf16 by integer operations
    llvm::Value* shortToFloat(DType type, llvm::Value* bits);
    llvm::Value* tinyToFloat(const TinyFloat& kind, llvm::Value* code);
    llvm::Value* floatToTiny(const TinyFloat& kind, llvm::Value* value);
    llvm::Value* floatToShort(DType type, llvm::Value* value);
    llvm::Value* roundShort(DType type, llvm::Value* value);

    // emit_memory.cpp
    static bool isEmpty(const Storage& storage);
    Index scaled(const Index& index, const ExprPtr& stride, std::int64_t lanes);
    Index offset(const Storage& storage, const std::vector<ExprPtr>& indices);
    llvm::Value* address(const Storage& storage, const Index& offset);
    llvm::Value* loadElement(const Expr& e);
    llvm::Value* readVector(const Storage& storage, const Index& offset);
    bool isWithin(const Storage& storage, const Index& offset) const;
    llvm::Value* plainVector(const Storage& storage, const Index& offset);
    llvm::Value* gather(const Storage& storage, const Index& offset);

    // emit_packed.cpp
    struct PackedPlace;
    PackedPlace packedPlace(const Storage& storage, llvm::Value* offset);
    llvm::Value* packedElement(const Storage& storage, llvm::Value* offset);
    llvm::Value* readPacked(const Storage& storage, const Index& offset);
    bool isWholeBytes(const Storage& storage, const Index& offset) const;
    llvm::Value* wholeBytes(const Storage& storage, const Index& offset);
    void storePacked(const Storage& storage, const Index& offset, llvm::Value* codes);
    void storeWholeBytes(const Storage& storage, const Index& offset, llvm::Value* codes);
    void storePackedElement(const Storage& storage, llvm::Value* offset, llvm::Value* code);
    void scatter(const Storage& storage, const Index& offset, llvm::Value* value);
    Index laneOf(const Index& offset, int lane);
    llvm::Value* fromMemory(DType type, llvm::Value* value);
    llvm::Value* toMemory(DType type, llvm::Value* value);
    llvm::Align alignment(const Storage& storage, const Index& offset) const;
    const Storage* storage(const std::string& name);
    void noteAccess(const Storage& storage, const Index& offset);
    llvm::Value* underMask(const std::function<llvm::Value*()>& make);

    const Module& m_module;
    const Function& m_function;
    Body m_body;
    llvm::LLVMContext& m_context;
    Emitted m_out;
    llvm::IRBuilder<> m_builder;
    std::optional<Error> m_error;

    // debug information: a line for each place in the function
    llvm::DISubprogram* m_scope = nullptr;
    llvm::DIFile* m_file = nullptr;
    std::unique_ptr<llvm::DIBuilder> m_debug;
    std::map<std::vector<Cursor>, unsigned> m_lineOf;

    // the LLVM function being filled
    llvm::Function* m_llvm = nullptr;
    llvm::Instruction* m_allocaPoint = nullptr;
    llvm::Value* m_run = nullptr;
    llvm::Value* m_status = nullptr;         // i32 in memory; written where memory runs out
    std::vector<llvm::Value*> m_owned;       // allocations to free on return
    llvm::BasicBlock* m_prologue = nullptr;  // last block of the allocations before the body
    llvm::BasicBlock* m_exit = nullptr;
    std::int64_t m_stackBytes = 0;

    // what names mean here
    Names m_names;  // loops and block iterators
    std::map<std::string, std::vector<llvm::Value*>> m_lets;
    std::map<std::string, Storage> m_storage;
    Facts m_facts;
    Ranges m_ranges;                 // of the loops around
    std::vector<ExprPtr> m_holding;  // predicates that are known to hold here
    std::vector<Cursor> m_places;    // loops and blocks around, outermost first

    // the vectorized loop around
    std::int64_t m_lanes = 0;  // 0: none
    int m_native = 1;
    Piece m_piece;
    std::vector<ExprPtr> m_predicates;  // of the blocks around, where they depend on the lane
    llvm::Value* m_mask = nullptr;      // <width x i1>, or null: all lanes
    llvm::Value* m_anyKnown = nullptr;  // a mask of which some lane is known to be set
    // checks of indices that are data
    struct Check {
        const Block* block;
        std::string buffer;
        ExprPtr expr;
        int blockNumber;
        llvm::Constant* site;
    };
    std::vector<Check> m_checks;
    struct Hoisted {  // a check that was made before the loops around its block
        llvm::Function* function;
        const Block* block;
        ExprPtr check;
        Index result;
        llvm::Value* outside;
    };
    std::vector<Hoisted> m_hoisted;
    const Block* m_block = nullptr;       // around, innermost
    std::string m_indexed;                // the buffer whose indices are being emitted
    std::vector<llvm::Value*> m_outside;  // of the checks met since somebody cleared it
    std::map<llvm::Function*, llvm::Value*> m_reportRows;

    bool m_inParallel = false;
    bool m_allocates = false;  // the parallel body just emitted may run out of memory
    bool m_inIntrinsic = false;
    std::int64_t m_unrolled = 0;  // statements emitted in unrolled loops
    std::map<std::string, bool> m_remarked;
};

}  // namespace strata
