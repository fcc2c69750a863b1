#include "app/window/parts/text_part.h"

#include "app/window/models/instruction_mix.h"
#include "app/window/views/conflict_view.h"
#include "app/window/views/text_view.h"

#include <QLabel>
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

namespace {

// "preview: split j [_, 8] · predicted −12 % · +3 −1 · Enter chooses it, Esc back"
QString previewText(const Ghost& ghost, const QString& subtitle)
{
    QStringList parts{TextPart::tr("preview, nothing applied: %1").arg(ghost.line)};
    if (const QString gain = gainText(ghost.gain); !gain.isEmpty())
        parts << gain;
    return (parts << subtitle).join(QStringLiteral(" · "));
}

const Shown& shownOf(const Scene& scene) { return scene.ghost ? *scene.ghost->shown : *scene.shown; }

}  // namespace

void TextPart::showLevel(const Scene& scene, Aspects changed)
{
    const Aspects own = Aspects(Aspect::Levels) | Aspect::Hardware | Aspect::Ghost;
    if (changed & concerns() & own) {
        showText(scene);
        const bool ghost = (concerns() & Aspect::Ghost) && scene.ghost;
        view()->setGhost(ghost);
        if (ghost)
            pane()->setSubtitle(previewText(*scene.ghost, pane()->subtitle()));
    }
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
    : TextPart(Level::Loops, Aspects(Aspect::Levels) | Aspect::Ghost, workspace)
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
    const Shown& shown = shownOf(scene);
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
    : TextPart(Level::Library, Aspects(Aspect::Levels) | Aspect::Ghost | Aspect::Times, workspace)
{
}

QString LibraryPart::hint() const { return tr("The runtime program: calls, buffers, memory."); }

void LibraryPart::showLevel(const Scene& scene, Aspects changed)
{
    TextPart::showLevel(scene, changed);
    if (changed & (Aspects(Aspect::Levels) | Aspect::Ghost | Aspect::Times) && !scene.ghost)
        showTimes(scene);
}

void LibraryPart::showText(const Scene& scene)
{
    const Shown& shown = shownOf(scene);
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
    , m_mix(new QLabel)
{
    m_mix->setWordWrap(true);
    m_mix->setMargin(6);
    m_mix->setForegroundRole(QPalette::PlaceholderText);
    m_mix->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_mix->hide();
    pane()->addFoot(m_mix);
}

namespace {

QString mixText(const LineDocument& document)
{
    QStringList lines;
    for (const PaneLine& line : document.lines)
        if (line.number > 0)
            lines << line.text;
    const std::vector<LoopMix> loops = innermostLoops(lines);
    const LoopMix* mix = busiest(loops);
    return mix ? TextPart::tr("Busiest loop, lines %1 to %2: %3")
                     .arg(mix->first + 1)
                     .arg(mix->last + 1)
                     .arg(describe(*mix))
               : QString();
}

}  // namespace

QString HardwarePart::hint() const { return tr("The instructions of the shown function."); }

void HardwarePart::showText(const Scene& scene)
{
    const auto& hardware = scene.hardware;
    const auto& error = scene.hardwareError;
    const QString mix = hardware ? mixText(*hardware->document) : QString();
    m_mix->setText(mix);
    m_mix->setVisible(!mix.isEmpty());
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
