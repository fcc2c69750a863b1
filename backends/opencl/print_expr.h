// Expressions as OpenCL C. What has no expression in C (a let, a select whose sides have one) is written as statements
// before.
#pragma once

#include "backends/opencl/kernel.h"
#include "backends/opencl/writer.h"
#include "core/base/result.h"
#include "core/ir/stmt.h"

namespace strata::opencl {

struct NamedBuffer {
    std::string name;  // in C
    TensorType type;
};

class ExprPrinter {
public:
    explicit ExprPrinter(Writer& writer)
        : m_writer(writer)
    {
    }

    std::map<std::string, std::string> variables;  // name -> C
    std::map<std::string, NamedBuffer> buffers;

    // The function, the block around and the number of its instance, for checks of indices that are data; and those
    // that were printed.
    std::string function;
    const Block* block = nullptr;
    std::string instance = "0";
    const std::vector<KernelCheck>& checks() const { return m_checks; }

    // In valueType of its type; bools are 0 or 1.
    Result<std::string> value(const ExprPtr& e);
    // Index arithmetic never overflows and is written plainly.
    Result<std::string> index(const ExprPtr& e);
    // name[offset], row-major.
    Result<std::string> element(const std::string& buffer, const std::vector<ExprPtr>& indices);
    // Whether the checks that an index makes hold; "": it makes none.
    Result<std::string> inside(const ExprPtr& index);
    // A value as it is stored.
    std::string stored(const std::string& value, DType type);

private:
    Result<std::string> print(const ExprPtr& e);
    Result<std::string> printLoad(const ExprPtr& e);
    Result<std::string> printLet(const ExprPtr& e);
    Result<std::string> printSelect(const ExprPtr& e);
    std::string printChecked(const Expr& e, const std::string& index, const std::string& extent);
    Result<std::string> printUnary(const ExprPtr& e, const std::string& a);
    Result<std::string> printBinary(const ExprPtr& e, const std::string& a, const std::string& b);
    std::string constant(const Expr& e);
    std::string arithmetic(DType type, const std::string& a, const std::string& op, const std::string& b);
    std::string rounded(const std::string& value, DType type);  // after an operation on a short float
    std::string converted(const std::string& value, DType from, DType to);

    Writer& m_writer;
    bool m_index = false;
    std::string m_indexed;  // the buffer whose indices are being printed
    std::vector<KernelCheck> m_checks;
    std::vector<std::pair<const Block*, ExprPtr>> m_checked;  // of m_checks
};

}  // namespace strata::opencl
