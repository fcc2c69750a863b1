#include "app/workbench/run_sizes.h"

#include <algorithm>

namespace strata {

SizeValues sizesTold(const std::vector<TensorType>& declared, const std::vector<Tensor>& inputs)
{
    SizeValues sizes;
    for (std::size_t i = 0; i < std::min(declared.size(), inputs.size()); ++i) {
        const Shape &types = declared[i].shape, &given = inputs[i].type.shape;
        for (std::size_t d = 0; d < std::min(types.size(), given.size()); ++d)
            // What an artifact derives has a name that no size has.
            if (const std::string size = plainSize(types[d]);
                !size.empty() && size.find(' ') == std::string::npos && given[d].isConstant())
                sizes.emplace(size, given[d].constant());
    }
    return sizes;
}

}  // namespace strata
