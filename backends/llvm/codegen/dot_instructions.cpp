// Until then a product is the call of a placeholder, strata.dot.{add,excess}.{i8,u8}.LANES, whose body each of the two
// versions has in its own way; bodies are inlined by the passes that follow.
#include "backends/llvm/codegen/dot_instructions.h"

#include "backends/llvm/codegen/emit.h"
#include "core/ir/cpu.h"

#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/Transforms/Utils/Cloning.h>

namespace strata {

namespace {

constexpr const char* prefix = "strata.dot.";

struct Placeholder {
    llvm::Function* declaration;
    bool isExcess, isSigned;
    int lanes;
};

std::vector<Placeholder> placeholdersOf(llvm::Module& module)
{
    std::vector<Placeholder> found;
    for (llvm::Function& function : module)
        if (function.isDeclaration() && function.getName().starts_with(prefix))
            found.push_back({&function, function.getName().contains("excess"), function.getName().contains("i8"),
                             int(llvm::cast<llvm::FixedVectorType>(function.getReturnType())->getNumElements())});
    return found;
}

// The instruction for vectors of so many lanes.
llvm::Value* dotInstruction(llvm::IRBuilder<>& builder, int lanes, llvm::Value* sums, llvm::Value* a, llvm::Value* b)
{
    const llvm::Intrinsic::ID id = lanes == 16  ? llvm::Intrinsic::x86_avx512_vpdpbusd_512
                                   : lanes == 8 ? llvm::Intrinsic::x86_avx512_vpdpbusd_256
                                                : llvm::Intrinsic::x86_avx512_vpdpbusd_128;
    return builder.CreateIntrinsic(id, {}, {sums, a, b});
}

// Sums of neighbouring products of 16 bits, where no instruction is known for them.
llvm::Value* plainPairs(llvm::IRBuilder<>& builder, int lanes, llvm::Value* a, llvm::Value* b)
{
    auto* const wide = llvm::FixedVectorType::get(builder.getInt32Ty(), unsigned(2 * lanes));
    llvm::Value* const products = builder.CreateMul(builder.CreateSExt(a, wide), builder.CreateSExt(b, wide));
    std::vector<int> even, odd;
    for (int lane = 0; lane < lanes; ++lane) {
        even.push_back(2 * lane);
        odd.push_back(2 * lane + 1);
    }
    return builder.CreateAdd(builder.CreateShuffleVector(products, even), builder.CreateShuffleVector(products, odd));
}

// Sums of neighbouring products of 16 bits.
llvm::Value* pairs(llvm::IRBuilder<>& builder, int lanes, llvm::Value* a, llvm::Value* b)
{
    const std::string& triple = builder.GetInsertBlock()->getModule()->getTargetTriple();
    if (!llvm::StringRef(triple).starts_with("x86_64"))
        return plainPairs(builder, lanes, a, b);
    const llvm::Intrinsic::ID id = lanes == 16  ? llvm::Intrinsic::x86_avx512_pmaddw_d_512
                                   : lanes == 8 ? llvm::Intrinsic::x86_avx2_pmadd_wd
                                                : llvm::Intrinsic::x86_sse2_pmadd_wd;
    return builder.CreateIntrinsic(id, {}, {a, b});
}

// The bytes at even (0) or odd (1) places, each as a number of 16 bits.
llvm::Value* everySecond(llvm::IRBuilder<>& builder, int lanes, llvm::Value* bytes, bool isSigned, int place)
{
    auto* type = llvm::FixedVectorType::get(builder.getInt16Ty(), unsigned(2 * lanes));
    llvm::Value* words = builder.CreateBitCast(bytes, type);
    if (place == 0)
        words = builder.CreateShl(words, 8);
    return isSigned ? builder.CreateAShr(words, 8) : builder.CreateLShr(words, 8);
}

llvm::Value* splat(llvm::IRBuilder<>& builder, int lanes, std::uint32_t value)
{
    return builder.CreateVectorSplat(unsigned(lanes), builder.getInt32(value));
}

llvm::Value* withInstruction(llvm::IRBuilder<>& builder, const Placeholder& p, llvm::Function& function)
{
    constexpr std::uint32_t high = 0x80808080;  // 128 in each byte
    llvm::Value *sums = function.getArg(0), *first = function.getArg(1);
    if (p.isExcess)
        return p.isSigned ? dotInstruction(builder, p.lanes, sums, splat(builder, p.lanes, high), first) : sums;
    if (p.isSigned)
        first = builder.CreateXor(first, splat(builder, p.lanes, high));
    return dotInstruction(builder, p.lanes, sums, first, function.getArg(2));
}

llvm::Value* withPairs(llvm::IRBuilder<>& builder, const Placeholder& p, llvm::Function& function)
{
    llvm::Value* sums = function.getArg(0);
    for (int place = 0; place < 2 && !p.isExcess; ++place)
        sums = builder.CreateAdd(sums, pairs(builder, p.lanes,
                                             everySecond(builder, p.lanes, function.getArg(1), p.isSigned, place),
                                             everySecond(builder, p.lanes, function.getArg(2), true, place)));
    return sums;
}

using Instruction = llvm::Value* (*)(llvm::IRBuilder<>&, const Placeholder&, llvm::Function&);

void define(llvm::Function& function, const Placeholder& placeholder, Instruction body)
{
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    function.addFnAttr(llvm::Attribute::AlwaysInline);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(function.getContext(), "entry", &function));
    builder.CreateRet(body(builder, placeholder, function));
}

llvm::Function* twin(llvm::Function& function, const std::string& feature)
{
    auto* made = llvm::Function::Create(function.getFunctionType(), llvm::GlobalValue::InternalLinkage,
                                        function.getName() + ".dot", function.getParent());
    made->copyAttributesFrom(&function);
    made->setLinkage(llvm::GlobalValue::InternalLinkage);
    made->setVisibility(llvm::GlobalValue::DefaultVisibility);
    made->addFnAttr("target-features", feature);
    return made;
}

// Copies of all functions, in which the products are the instruction's. Returns that of the entry.
llvm::Function* copied(llvm::Module& module, const std::vector<Placeholder>& placeholders, const std::string& entry,
                       const std::string& feature)
{
    llvm::ValueToValueMapTy values;
    std::vector<std::pair<llvm::Function*, llvm::Function*>> pairs;
    for (llvm::Function& function : module)
        if (!function.isDeclaration())
            pairs.emplace_back(&function, nullptr);
    for (auto& [original, copy] : pairs) {
        copy = twin(*original, feature);
        values[original] = copy;
        for (unsigned i = 0; i < original->arg_size(); ++i) {
            copy->getArg(i)->setName(original->getArg(i)->getName());
            values[original->getArg(i)] = copy->getArg(i);
        }
    }
    for (const Placeholder& placeholder : placeholders) {
        llvm::Function* made = twin(*placeholder.declaration, feature);
        define(*made, placeholder, withInstruction);
        values[placeholder.declaration] = made;
    }
    for (const auto& [original, copy] : pairs) {
        llvm::SmallVector<llvm::ReturnInst*, 4> returns;
        llvm::CloneFunctionInto(copy, original, values, llvm::CloneFunctionChangeType::LocalChangesOnly, returns);
        copy->setLinkage(llvm::GlobalValue::InternalLinkage);
        copy->addFnAttr("target-features", feature);
    }
    return llvm::cast<llvm::Function>(values[module.getFunction(entry)]);
}

// Takes the entry's name: asks the machine, and hands over.
void handOver(llvm::Module& module, llvm::Function& plain, llvm::Function& withDots, int bit)
{
    auto* function = llvm::Function::Create(plain.getFunctionType(), plain.getLinkage(), "", module);
    function->copyAttributesFrom(&plain);
    function->takeName(&plain);
    plain.setName(function->getName() + ".plain");
    plain.setLinkage(llvm::GlobalValue::InternalLinkage);
    plain.setVisibility(llvm::GlobalValue::DefaultVisibility);
    llvm::LLVMContext& context = module.getContext();
    auto* ask = llvm::BasicBlock::Create(context, "entry", function);
    auto* has = llvm::BasicBlock::Create(context, "dot_products", function);
    auto* lacks = llvm::BasicBlock::Create(context, "plain", function);
    llvm::IRBuilder<> builder(ask);
    auto callee = module.getOrInsertFunction("strata_rt_dot_products",
                                             llvm::FunctionType::get(builder.getInt32Ty(), {}, false));
    llvm::cast<llvm::Function>(callee.getCallee())->setVisibility(llvm::GlobalValue::HiddenVisibility);
    llvm::Value* found = builder.CreateAnd(builder.CreateCall(callee), builder.getInt32(std::uint32_t(bit)));
    builder.CreateCondBr(builder.CreateICmpNE(found, builder.getInt32(0)), has, lacks);
    for (const auto& [block, target] : {std::pair(has, &withDots), std::pair(lacks, &plain)}) {
        builder.SetInsertPoint(block);
        std::vector<llvm::Value*> arguments;
        for (llvm::Argument& argument : function->args())
            arguments.push_back(&argument);
        auto* call = builder.CreateCall(target->getFunctionType(), target, arguments);
        call->setTailCall();
        builder.CreateRet(call);
    }
}

}  // namespace

DotVectors::DotVectors(llvm::IRBuilder<>& builder, bool isSigned, int lanes)
    : m_builder(builder)
    , m_signed(isSigned)
    , m_lanes(lanes)
{
}

llvm::Type* DotVectors::type() const { return llvm::FixedVectorType::get(m_builder.getInt32Ty(), unsigned(m_lanes)); }

llvm::FunctionCallee DotVectors::placeholder(const char* what, unsigned operands)
{
    llvm::Module* module = m_builder.GetInsertBlock()->getModule();
    const std::vector<llvm::Type*> types(operands, type());
    const std::string name = prefix + std::string(what) + (m_signed ? ".i8." : ".u8.") + std::to_string(m_lanes);
    auto callee = module->getOrInsertFunction(name, llvm::FunctionType::get(type(), types, false));
    auto* function = llvm::cast<llvm::Function>(callee.getCallee());
    function->setDoesNotThrow();
    function->setDoesNotAccessMemory();
    function->setWillReturn();
    return callee;
}

llvm::Value* DotVectors::add(llvm::Value* sums, llvm::Value* a, llvm::Value* b)
{
    return m_builder.CreateCall(placeholder("add", 3), {sums, a, b});
}

llvm::Value* DotVectors::addExcess(llvm::Value* excess, llvm::Value* b)
{
    return m_builder.CreateCall(placeholder("excess", 2), {excess, b});
}

void chooseDotInstructions(llvm::Module& module, const std::string& entry, Target::Isa isa)
{
    const std::vector<Placeholder> placeholders = placeholdersOf(module);
    if (placeholders.empty())
        return;
    llvm::Function* plain = module.getFunction(entry);
    llvm::Function* withDots = nullptr;
    if (!cpuOf(isa).llvmDotFeature.empty())
        withDots = copied(module, placeholders, entry, cpuOf(isa).llvmDotFeature.c_str());
    for (const Placeholder& placeholder : placeholders) {
        for (const char* attribute : {"target-cpu", "target-features", "prefer-vector-width", "min-legal-vector-width"})
            if (plain->hasFnAttribute(attribute))
                placeholder.declaration->addFnAttr(plain->getFnAttribute(attribute));
        define(*placeholder.declaration, placeholder, withPairs);
    }
    if (withDots)
        handOver(module, *plain, *withDots, cpuOf(isa).dotBit);
}

}  // namespace strata
