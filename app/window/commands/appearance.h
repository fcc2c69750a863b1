// How the window looks: its theme, and the size of code.
#pragma once

namespace strata {

class WindowParts;

class Appearance {
public:
    enum class Theme { System, Light, Dark };

    explicit Appearance(const WindowParts& parts);
    Theme theme() const { return m_theme; }
    void setTheme(Theme theme);
    double codeSize() const { return m_codeSize; }
    void setCodeSize(double size);
    void zoom(int steps) { setCodeSize(m_codeSize + steps); }
    void setLarge(bool on);  // for a lecture; the size stays what it is

private:
    const WindowParts& m_parts;
    Theme m_theme = Theme::System;
    double m_codeSize = 10;
    bool m_large = false;
};

}  // namespace strata
