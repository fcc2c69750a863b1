#include "core/text/content.h"

#include "core/text/text.h"

namespace strata {

Result<std::string> contentOf(const Constant& constant)
{
    const Constant::Origin origin = constant.origin();
    const std::string type = toString(constant.type());
    if (origin.file && !origin.file->identity().empty())
        return type + " at " + std::to_string(origin.offset) + " of " + origin.file->identity();
    if (!origin.source)
        return constant.hash();
    STRATA_TRY(const std::string source, contentOf(*origin.source));
    return type + " as " + (origin.map ? print(*origin.map) : "it lies") + " of (" + source + ")";
}

Result<std::string> contentOf(const Module& module)
{
    std::string text = print(module);
    for (const auto& [name, constant] : module.constants) {
        STRATA_TRY(const std::string content, contentOf(*constant));
        text += '\n' + name + " is " + content;
    }
    return text;
}

}  // namespace strata
