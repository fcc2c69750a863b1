#include "app/window/parts/text_part.h"

#include "app/window/views/conflict_view.h"
#include "app/window/views/text_view.h"

#include <QMenu>

namespace strata {

TextPart::TextPart(Level level, Aspects concerns, Workspace& workspace)
    : LevelPart(level, new TextView(level == Level::Hardware ? Syntax::Assembly : Syntax::Strata),
                concerns | Aspect::Lit, workspace)
{
    connect(view(), &TextView::pointed, this, [&workspace](const Cursor& cursor, bool gone) {
        workspace.point({cursor, true}, gone);
    });
    connect(view(), &TextView::zoomRequested, this, &TextPart::zoomRequested);
    connect(view(), &TextView::menuRequested, this, [this](int, const QPoint& at) { showMenu(at); });
    connect(pane(), &LevelPane::findRequested, this,
            [this](const QString& what, bool forward) { view()->find(what, forward); });
}

TextView* TextPart::view() const { return static_cast<TextView*>(pane()->view()); }

void TextPart::showMenu(const QPoint& at)
{
    QMenu menu(view());
    menu.addAction(tr("Copy"), view(), &TextView::copy);
    menu.addActions(m_menu);
    menu.exec(at);
}

void TextPart::showLevel(const Scene& scene, Aspects changed)
{
    const Aspects own = Aspects(Aspect::Levels) | Aspect::Hardware;
    if (changed & concerns() & own)
        showText(scene);
    if (changed & (own | Aspect::Lit))
        view()->setLit(scene.lit.inLowered);
}

void TextPart::showNothing(const QString& why)
{
    pane()->setSubtitle({});
    pane()->setChoices({}, {});
    pane()->showMessage(why);
}

bool TextPart::isLit() const { return pane()->isHidden() || !view()->document() || !view()->litLines().empty(); }

Drawing TextPart::drawing() const
{
    return view()->document() ? Drawing{view()->fullSize(), [this](QPainter& painter) { view()->renderAll(painter); }}
                              : Drawing();
}

namespace {

QString notLowered(const Shown& shown)
{
    return TextPart::tr("This state does not lower yet.\n\n%1")
        .arg(shown.refusal ? qtext(shown.refusal->text()) : QString());
}

}  // namespace

// --- loops
// -------------------------------------------------------------------------------------------------------------------------------

LoopsPart::LoopsPart(Workspace& workspace)
    : TextPart(Level::Loops, Aspect::Levels, workspace)
    , m_conflict(new ConflictView)
{
    pane()->addFoot(m_conflict);
    connect(pane(), &LevelPane::chosen, this,
            [&workspace](const QString& name) { workspace.setFunction(name.toStdString()); });
}

QString LoopsPart::hint() const
{
    return tr("The loop nest of one tensor function, with what the last step changed.\n\n"
              "Open a model with Ctrl+O, drop a file here, or choose File › Samples.");
}

// The two instances that a refused step would swap are lit in the text, and drawn below it.
void LoopsPart::showLevel(const Scene& scene, Aspects changed)
{
    TextPart::showLevel(scene, changed);
    if (!(changed & Aspect::Refusal))
        return;
    view()->setRefused(scene.refusal ? scene.refusal->instances : std::vector<RefusedInstance>());
    m_conflict->setPicture(scene.refusal ? scene.refusal->picture : nullptr);
}

void LoopsPart::showText(const Scene& scene)
{
    const Shown& shown = *scene.shown;
    if (!shown.lowered)
        return showNothing(notLowered(shown));
    QStringList names;
    for (const std::string& name : shown.functions)
        names << qtext(name);
    if (!shown.loops)
        showNothing(tr("No function has loops: everything is a library call or needs no work."));
    pane()->setChoices(names, qtext(shown.function));
    if (!shown.loops)
        return;
    view()->setDocument(shown.loops, qtext(shown.function));
    view()->setMarginNotes(loopNotes(*shown.loops, shown.footprints, shown.lowered->module().target));
    QStringList parts;
    if (names.size() < 2)
        parts << qtext(shown.function);
    if (shown.lowered->isPreview(shown.function))
        parts << tr("preview");
    if (shown.before)
        parts << (shown.functionBefore.empty() ? tr("new") : summary(*shown.loops));
    if (shown.loops->differs())
        parts << tr("next change F7");
    pane()->setSubtitle(parts.join(QStringLiteral(" · ")));
    pane()->showView();
}

// --- library
// -----------------------------------------------------------------------------------------------------------------------------

LibraryPart::LibraryPart(Workspace& workspace)
    : TextPart(Level::Library, Aspects(Aspect::Levels) | Aspect::Times, workspace)
{
}

QString LibraryPart::hint() const { return tr("The runtime program: calls, buffers, memory."); }

void LibraryPart::showLevel(const Scene& scene, Aspects changed)
{
    TextPart::showLevel(scene, changed);
    if (changed & (Aspects(Aspect::Levels) | Aspect::Times))
        showTimes(scene);
}

void LibraryPart::showText(const Scene& scene)
{
    const Shown& shown = *scene.shown;
    if (!shown.lowered)
        return showNothing(notLowered(shown));
    if (!shown.library)
        return showNothing(tr("No runtime program: the module has no entry function."));
    view()->setDocument(shown.library, qtext(shown.entry));
    pane()->setSubtitle(shown.before ? qtext(shown.entry) + QStringLiteral(" · ") + summary(*shown.library)
                                     : qtext(shown.entry));
    pane()->showView();
}

// Beside the lines of the calls.
void LibraryPart::showTimes(const Scene& scene)
{
    MarginNotes notes;
    if (scene.shown && scene.shown->library)
        for (const auto& [name, ms] : scene.callTimes)
            for (const int line : scene.shown->library->linesOf({{scene.shown->entry, NodeKind::Operator, name}}))
                notes[scene.shown->library->lines[line].number] = {formatTime(ms), {}, {}, true};
    view()->setMarginNotes(notes);
}

// --- hardware
// ----------------------------------------------------------------------------------------------------------------------------

HardwarePart::HardwarePart(Workspace& workspace)
    : TextPart(Level::Hardware, Aspect::Hardware, workspace)
{
}

QString HardwarePart::hint() const { return tr("The instructions of the shown function."); }

void HardwarePart::showText(const Scene& scene)
{
    const auto& hardware = scene.hardware;
    const auto& error = scene.hardwareError;
    if (!hardware)
        return showNothing(error ? tr("No instructions: %1").arg(qtext(error->text()))
                                 : tr("The instructions of the shown function, once it lowers."));
    view()->setDocument(hardware->document, qtext(hardware->function));
    QStringList parts{qtext(hardware->function), QString::fromLatin1(strata::name(hardware->isa))};
    if (scene.shown && scene.shown->before && !scene.shown->functionBefore.empty())
        parts << summary(*hardware->document);
    parts << tr("%1 of code").arg(formatBytes(static_cast<double>(hardware->codeBytes)));
    pane()->setSubtitle(parts.join(QStringLiteral(" · ")));
    pane()->showView();
}

}  // namespace strata
