// Functions of texts: calls of the runtime (backends/runtime/routines/texts.c), one a lane. Strings are the numbers of
// their texts, so all else about them is code for integers.
#include "backends/llvm/codegen/emitter.h"
#include "core/base/pattern.h"
#include "core/ir/text_functions.h"

namespace strata {

// Numbers of texts differ from instance to instance: the constant is looked for where it is used.
llvm::Value* Emitter::constantText(const std::string& text)
{
    if (text.empty())
        return m_builder.getInt64(0);
    auto find = runtime("strata_rt_text", m_builder.getInt64Ty(),
                        {m_builder.getPtrTy(), m_builder.getPtrTy(), m_builder.getInt64Ty()});
    return m_builder.CreateCall(find, {m_run, this->text(text), m_builder.getInt64(text.size())});
}

// A text that is no number ends the run, so a lane that does not run hands on -1, which is no text.
llvm::Value* Emitter::textFunction(const Expr& e)
{
    std::vector<llvm::Value*> args;
    std::vector<llvm::Type*> types{m_builder.getPtrTy()};
    const std::optional<std::string> expression = matchedExpression(e);  // which becomes its automaton
    for (const ExprPtr& arg : e.args) {
        if (!expression || args.empty())
            args.push_back(value(arg));
        types.push_back(expression && types.size() == 2 ? m_builder.getPtrTy() : type(arg->type));
    }
    llvm::Value* automaton = nullptr;
    if (expression) {
        const Result<std::string> made = automatonOf(*expression);
        automaton = text(made ? *made : std::string());  // the verifier has looked at it
    }
    if (m_mask)
        for (llvm::Value*& arg : args)
            arg = broadcast(arg, int(llvm::cast<llvm::FixedVectorType>(m_mask->getType())->getNumElements()));
    agree(args);
    const auto function = runtime(("strata_rt_" + e.name).c_str(),
                                  e.type == DType::Bool ? m_builder.getInt32Ty() : type(e.type), types);
    const auto* lanes = llvm::dyn_cast<llvm::FixedVectorType>(args[0]->getType());
    const auto called = [&](const std::vector<llvm::Value*>& of) {
        std::vector<llvm::Value*> all{m_run};
        all.insert(all.end(), of.begin(), of.end());
        if (automaton)
            all.push_back(automaton);
        llvm::Value* const result = m_builder.CreateCall(function, all);
        return e.type == DType::Bool ? m_builder.CreateICmpNE(result, m_builder.getInt32(0)) : result;
    };
    if (!lanes)
        return called(args);
    llvm::Value* result = llvm::PoisonValue::get(widened(type(e.type), args[0]));
    for (unsigned lane = 0; lane < lanes->getNumElements(); ++lane) {
        std::vector<llvm::Value*> of;
        for (std::size_t i = 0; i < args.size(); ++i) {
            llvm::Value* one = m_builder.CreateFreeze(m_builder.CreateExtractElement(args[i], lane));
            if (m_mask && e.args[i]->type == DType::String)
                one = m_builder.CreateSelect(m_builder.CreateExtractElement(m_mask, lane), one, m_builder.getInt64(-1));
            of.push_back(one);
        }
        result = m_builder.CreateInsertElement(result, called(of), lane);
    }
    return result;
}

}  // namespace strata
