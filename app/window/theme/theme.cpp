#include "app/window/theme/theme.h"

#include <QCoreApplication>
#include <QFontDatabase>

namespace strata {

const Theme& lightTheme()
{
    static const Theme theme{false,     "#f6f7f9", "#ffffff",
                             "#dfe3e8", "#1f2933", "#6b7785",
                             "#2b5fd9", "#ffffff", {"#3566c8", "#0f8a7e", "#8a5cd1", "#b4531f"},
                             "#e3f0ff", "#2b7de9", "#ffeddc",
                             "#d9730d", "#fff3c4", "#e0a800",
                             "#1c8a4d", "#c2372e", "#eef1f5",
                             "#7b3fb0", "#0b6e99", "#2f7d32"};
    return theme;
}

const Theme& darkTheme()
{
    static const Theme theme{true,      "#1e2227", "#262b31",
                             "#363d45", "#dde3ea", "#93a0ae",
                             "#6f9dff", "#10151c", {"#7aa5ff", "#45c4b5", "#b794ff", "#f09a62"},
                             "#1d3654", "#5aa2ff", "#4a3018",
                             "#f0a050", "#4a4020", "#e0b030",
                             "#55c98a", "#ff7b72", "#313841",
                             "#c792ea", "#6cc7e8", "#8fce92"};
    return theme;
}

const Theme& themeOf(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < 128 ? darkTheme() : lightTheme();
}

QPalette paletteOf(const Theme& t)
{
    QPalette palette(t.text, t.panel, t.panel.lighter(105), t.panel.darker(130), t.line, t.text, t.text, t.panel,
                     t.ground);
    palette.setColor(QPalette::Button, t.panel);
    palette.setColor(QPalette::AlternateBase, t.ground);
    palette.setColor(QPalette::Highlight, t.accent);
    palette.setColor(QPalette::HighlightedText, t.onAccent);
    palette.setColor(QPalette::Link, t.accent);
    palette.setColor(QPalette::LinkVisited, t.accent);
    palette.setColor(QPalette::ToolTipBase, t.panel);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::PlaceholderText, t.muted);
    palette.setColor(QPalette::Mid, t.line);
    for (auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, t.muted);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, t.line);
    return palette;
}

QString styleSheetOf(const Theme& t)
{
    const QString sheet = QStringLiteral(
        "QMainWindow::separator { background: %1; width: 1px; height: 1px; }"
        "QSplitter::handle { background: %1; }"
        "QToolBar { background: %2; border: 0; border-bottom: 1px solid %1; padding: 5px 8px; spacing: 6px; }"
        "QMenuBar { background: %2; border-bottom: 1px solid %1; } QStatusBar { background: %2; border-top: 1px solid %1; }"
        "QStatusBar::item { border: 0; }"
        "QToolBar QToolButton, QToolBar QComboBox { background: %3; border: 1px solid %1; border-radius: 4px; padding: 4px 10px; color: %4; }"
        "QToolBar QToolButton:hover { border-color: %5; } QToolBar QToolButton:disabled { color: %6; }"
        "QToolBar QToolButton#run { background: %5; color: %7; border-color: %5; font-weight: bold; }"
        "QToolBar QToolButton#run:disabled { background: %1; color: %6; border-color: %1; }"
        "QPushButton#open { background: %5; color: %7; border: 1px solid %5; border-radius: 5px; padding: 8px 24px; }"
        "QPushButton#open:focus { border: 2px solid %4; }"
        "QFrame#dropZone { border: 1px dashed %6; border-radius: 6px; background: %2; }"
        "QTabBar::tab { background: transparent; border: 0; padding: 6px 10px; color: %6; } QTabBar::tab:selected { color: %4; font-weight: bold; }"
        "QTabBar::tab:hover { color: %5; } QTabWidget::pane { border: 0; } QTabWidget::tab-bar { left: 2px; }"
        "QHeaderView::section { background: %2; color: %6; border: 0; border-bottom: 1px solid %1; padding: 3px 6px; }"
        "QToolBar QToolButton::menu-indicator { image: none; }"
        "QToolTip { background: %2; color: %4; border: 1px solid %1; padding: 4px; }");
    return sheet.arg(t.line.name(), t.panel.name(), t.ground.name(), t.text.name(), t.accent.name(), t.muted.name(),
                     t.onAccent.name());
}

QColor colorOf(Token token, const Theme& theme)
{
    switch (token) {
    case Token::Keyword: return theme.keyword;
    case Token::Number: return theme.number;
    case Token::String: return theme.string;
    case Token::Comment: return theme.muted;
    case Token::Label: return theme.accent;
    }
    return theme.text;
}

QString letter(Level level) { return QStringLiteral("GLCH").mid(static_cast<int>(level), 1); }

QString title(Level level)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("Levels", text); };
    switch (level) {
    case Level::Graph: return tr("Graph");
    case Level::Loops: return tr("Loops");
    case Level::Library: return tr("Library");
    case Level::Hardware: return tr("Hardware");
    }
    return {};
}

QFont codeFont(double pointSize)
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    if (QFontDatabase::families().contains(QStringLiteral("DejaVu Sans Mono")))
        font.setFamily(QStringLiteral("DejaVu Sans Mono"));
    font.setStyleHint(QFont::Monospace);
    font.setFixedPitch(true);
    font.setPointSizeF(pointSize);
    return font;
}

}  // namespace strata
