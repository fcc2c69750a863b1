// OpenCL as a device: its kernels are OpenCL C, and what is shown of them is that text, each line with the loop or block
// that it stems from.
#include "backends/device/device.h"
#include "backends/opencl/kernel.h"

#include <sstream>

namespace strata {

namespace {

// What a line opens: a block, which names itself in a comment, or a loop.
std::vector<Cursor> openedBy(const std::string& line, const std::vector<Cursor>& nodes)
{
    const std::size_t comment = line.find("{  // ");
    for (const Cursor& node : nodes) {
        const bool block = node.kind == NodeKind::Block && comment != std::string::npos
                           && line.substr(comment + 6) == node.name;
        const bool loop = node.kind == NodeKind::Loop
                          && (line.find(" long " + node.name + " = (long)get_") != std::string::npos
                              || line.find("for (long " + node.name + " ") != std::string::npos);
        if (block || loop)
            return {node};
    }
    return {};
}

// What follows a line that opens something belongs to that, too.
std::vector<KernelLine> linesOf(const Function& function, const KernelProgram& program)
{
    const std::vector<Cursor> nodes = cursors(function);
    std::vector<KernelLine> lines;
    for (const Kernel& kernel : program.kernels) {
        std::istringstream stream(kernel.source);
        std::vector<Cursor> current;
        for (std::string line; std::getline(stream, line);) {
            if (std::vector<Cursor> found = openedBy(line, nodes); !found.empty())
                current = std::move(found);
            lines.push_back({line, current});
        }
    }
    return lines;
}

Result<KernelProgram> kernelsOf(const Function& function) { return printOpenCl(function); }

}  // namespace

STRATA_DEVICE(opencl) { return {"opencl", "OpenCL", kernelsOf, linesOf, "libOpenCL.so.1"}; }

}  // namespace strata
