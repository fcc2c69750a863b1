// Tables are private constants, which LLVM merges where two are equal; a structure lies within the table that holds it.
#include "backends/llvm/codegen/tables.h"

namespace strata {

llvm::Constant* Tables::number(std::int64_t value, unsigned bits) const
{
    return llvm::ConstantInt::getSigned(llvm::IntegerType::get(m_module.getContext(), bits), value);
}

llvm::Constant* Tables::null() const
{
    return llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(m_module.getContext()));
}

llvm::Constant* Tables::structure(const std::vector<llvm::Constant*>& fields) const
{
    return llvm::ConstantStruct::getAnon(m_module.getContext(), fields);
}

llvm::Constant* Tables::array(const std::vector<llvm::Constant*>& values) const
{
    return llvm::ConstantArray::get(llvm::ArrayType::get(values.front()->getType(), values.size()), values);
}

llvm::Constant* Tables::add(llvm::Constant* initializer)
{
    return new llvm::GlobalVariable(m_module, initializer->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                    initializer, "table");
}

llvm::Constant* Tables::string(const std::string& text)
{
    return add(llvm::ConstantDataArray::getString(m_module.getContext(), text));
}

llvm::Constant* Tables::strings(const std::vector<std::string>& texts)
{
    std::vector<llvm::Constant*> pointers;
    for (const std::string& text : texts)
        pointers.push_back(string(text));
    return table(pointers);
}

llvm::Constant* Tables::numbers(const std::vector<std::int64_t>& values, unsigned bits)
{
    std::vector<llvm::Constant*> constants;
    for (const std::int64_t value : values)
        constants.push_back(number(value, bits));
    return table(constants);
}

llvm::Constant* Tables::table(const std::vector<llvm::Constant*>& values)
{
    return values.empty() ? null() : add(array(values));
}

}  // namespace strata
