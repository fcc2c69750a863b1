#include "app/window/graph/family_colors.h"

#include <QCoreApplication>

namespace strata {

QColor familyColor(Family family, const Theme& theme)
{
    static const char* const light[familyCount] = {"#4a6fa5", "#2f8f8a", "#b0508f", "#c98b2b",
                                                   "#7c9a3a", "#8a6d45", "#9aa5b1", "#6b7785"};
    static const char* const dark[familyCount] = {"#7fa6e0", "#55bdb6", "#d883b8", "#e0ad58",
                                                  "#a9c766", "#c2a073", "#7d8996", "#aab4c0"};
    return {QLatin1String((theme.dark ? dark : light)[static_cast<int>(family)])};
}

QString familyName(Family family)
{
    switch (family) {
    case Family::Product: return QCoreApplication::translate("Graph", "matrix products");
    case Family::Convolution: return QCoreApplication::translate("Graph", "convolutions");
    case Family::Norm: return QCoreApplication::translate("Graph", "norms, softmax");
    case Family::Pool: return QCoreApplication::translate("Graph", "pooling, reductions");
    case Family::Elementwise: return QCoreApplication::translate("Graph", "elementwise");
    case Family::Lookup: return QCoreApplication::translate("Graph", "lookup");
    case Family::Layout: return QCoreApplication::translate("Graph", "layout, free");
    case Family::Other: return QCoreApplication::translate("Graph", "others");
    }
    return {};
}

}  // namespace strata
