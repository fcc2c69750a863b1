#include "app/window/parts/part.h"

namespace strata {

Part::Part(QString name, Aspects concerns, Workspace& workspace)
    : m_name(std::move(name))
    , m_concerns(concerns)
    , m_workspace(workspace)
{
}

}  // namespace strata
