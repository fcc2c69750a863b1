#include "app/window/commands/appearance.h"

#include "app/window/parts/text_part.h"
#include "app/window/theme/theme.h"
#include "app/window/views/text_view.h"
#include "app/window/window_parts.h"

#include <QApplication>

namespace strata {

Appearance::Appearance(const WindowParts& parts)
    : m_parts(parts)
{
    setCodeSize(m_codeSize);
    setTheme(m_theme);
}

void Appearance::setCodeSize(double size)
{
    constexpr double large = 1.7;
    m_codeSize = std::clamp(size, 6.0, 30.0);
    for (TextPart* part : m_parts.texts())
        part->view()->setCodeSize(m_large ? m_codeSize * large : m_codeSize);
}

void Appearance::setLarge(bool on)
{
    m_large = on;
    setCodeSize(m_codeSize);
}

void Appearance::setTheme(Theme theme)
{
    static const bool systemDark = themeOf(QApplication::palette()).dark;  // as it was before we touched it
    m_theme = theme;
    const bool dark = theme == Theme::Dark || (theme == Theme::System && systemDark);
    const strata::Theme& chosen = dark ? darkTheme() : lightTheme();
    QApplication::setPalette(paletteOf(chosen));
    qApp->setStyleSheet(styleSheetOf(chosen));
}

}  // namespace strata
