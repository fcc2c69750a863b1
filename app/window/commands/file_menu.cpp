#include "app/window/commands/file_menu.h"

#include "app/window/commands/hand_on.h"
#include "app/window/commands/kept_settings.h"
#include "app/window/dialogs/ask.h"
#include "app/window/documents/documents.h"

#include <QMainWindow>
#include <QMenu>

namespace strata {

FileMenu::FileMenu(const Frame& frame, HandOn& handOn, KeptSettings& kept)
    : CommandGroup(frame)
{
    QMenu* menu = addMenu(tr("&File"));
    add(menu, QStringLiteral("file.open"), tr("&Open model…"), QKeySequence::Open, [this] { m_documents.askModel(); });
    QMenu* recent = menu->addMenu(tr("Open &recent"));
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { m_documents.fillRecent(recent); });
    QMenu* samples = menu->addMenu(tr("&Samples"));
    connect(samples, &QMenu::aboutToShow, this, [this, samples] { m_documents.fillSamples(samples); });
    add(menu, QStringLiteral("file.reload"), tr("Re&load model"), QKeySequence(QStringLiteral("Ctrl+Shift+R")),
        [this] { m_documents.reload(); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.openRecipe"), tr("Open re&cipe…"), QKeySequence(QStringLiteral("Ctrl+Shift+O")),
        [this] { m_documents.askRecipe(); });
    add(menu, QStringLiteral("file.saveRecipe"), tr("&Save recipe"), QKeySequence::Save,
        [this] { m_documents.save(); });
    add(menu, QStringLiteral("file.saveRecipeAs"), tr("Save recipe &as…"), QKeySequence(QStringLiteral("Ctrl+Shift+S")),
        [this] { m_documents.saveAs(); });
    add(menu, QStringLiteral("file.revert"), tr("Re&vert to the saved recipe"), {}, [this] { m_documents.revert(); });
    add(menu, QStringLiteral("file.recover"), tr("Recover lost ste&ps…"), {},
        [this] { m_documents.offerRecovery(true); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.export"), tr("&Export library…"), QKeySequence(QStringLiteral("Ctrl+E")),
        [this] { askExport(m_workspace, &m_window); });
    handOn.fill(menu);
    menu->addSeparator();
    add(menu, QStringLiteral("file.settings"), tr("Settin&gs…"), QKeySequence(QStringLiteral("Ctrl+,")),
        [&kept] { kept.ask(); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.quit"), tr("&Quit"), QKeySequence(QStringLiteral("Ctrl+Q")),
        [this] { m_window.close(); });
}

void FileMenu::show(const Scene& scene, Aspects)
{
    enable({"file.export", "file.saveRecipe", "file.saveRecipeAs", "file.openRecipe", "file.reload"}, scene.isOpen());
    enable({"file.revert"}, !scene.recipePath.isEmpty() && scene.modified);
}

}  // namespace strata
