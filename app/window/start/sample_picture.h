// What a sample computes, as a small picture.
#pragma once

#include <QString>

class QPainter;
class QRectF;

namespace strata {

struct Theme;

// `kind`: layers, digits, matmul, window, stencil or threads, as samples.json names it; of any other nothing is drawn.
void paintSample(QPainter& painter, const QRectF& rect, const QString& kind, const Theme& theme);

}  // namespace strata
