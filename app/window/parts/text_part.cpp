#include "app/window/parts/text_part.h"

#include "app/window/models/instruction_help.h"
#include "app/window/models/instruction_mix.h"
#include "app/window/models/said.h"
#include "app/window/views/conflict_view.h"
#include "app/window/views/text_editor.h"
#include "app/window/views/text_view.h"
#include "app/window/views/wrapped_label.h"
#include "core/ir/cpu.h"
#include "core/ir/implementations.h"
#include "core/text/text.h"

#include <QEvent>
#include <QMenu>

namespace strata {

TextPart::TextPart(Level level, Aspects concerns, Workspace& workspace)
    : LevelPart(level, new TextView(level == Level::Hardware ? Syntax::Assembly : Syntax::Strata),
                concerns | Aspect::Lit, workspace)
{
    connect(view(), &TextView::pointed, this, [&workspace](const Cursor& cursor, bool gone) {
        workspace.panes().point({cursor, true}, gone);
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
    const Aspects own = Aspects(Aspect::Levels) | Aspect::Hardware | Aspect::Ghost | Aspect::Ir;
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
        .arg(shown.refusal ? saidText(*shown.refusal) : QString());
}

}  // namespace

// --- loops
// -------------------------------------------------------------------------------------------------------------------------------

LoopsPart::LoopsPart(Workspace& workspace)
    : TextPart(Level::Loops, Aspects(Aspect::Levels) | Aspect::Ghost | Aspect::Check, workspace)
    , m_conflict(new ConflictView)
    , m_editor(new TextEditor(Syntax::Strata, view()))
{
    pane()->addFoot(m_conflict);
    m_editor->hide();
    view()->installEventFilter(this);
    m_pause.setSingleShot(true);
    m_pause.setInterval(250);
    connect(&m_pause, &QTimer::timeout, this, [this] { this->workspace().offers().checkTyped(typedLine()); });
    connect(view(), &TextView::editRequested, this, &LoopsPart::beginEdit);
    connect(m_editor, &TextEditor::typed, this, &LoopsPart::checkTyped);
    connect(m_editor, &TextEditor::taken, this, &LoopsPart::takeTyped);
    connect(m_editor, &TextEditor::left, this, &LoopsPart::endEdit);
    connect(m_editor, &TextEditor::warned, this, [this] {
        if (m_edited)
            sayEditing(tr("Esc again throws it away"));
    });
    connect(&workspace, &Workspace::stepRefused, this, [this](const QString& line, const QString& why) {
        if (m_edited && line == m_verified)
            showTypedFault(why);
    });
    connect(pane(), &LevelPane::chosen, this,
            [&workspace](const QString& name) { workspace.panes().setFunction(name.toStdString()); });
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
    if (m_edited && changed & (Aspects(Aspect::Model) | Aspect::Levels))
        followEdited(changed & Aspect::Model, scene.shown);
    if (m_edited && changed & Aspect::Check && scene.checked)
        showTypedVerdict(*scene.checked);
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

// --- the loops, as they are typed
// -------------------------------------------------------------------------------------------------------------------------------

void LoopsPart::edit() { m_edited ? takeTyped() : beginEdit(view()->caretNumber(), 0); }

void LoopsPart::beginEdit(int number, int column)
{
    const ShownPtr& shown = workspace().shown();
    const FunctionPtr function = shown && shown->lowered ? shown->lowered->module().find(shown->function) : nullptr;
    if (!function)
        return emit said(tr("No function with loops is shown."));
    // A preview is lowered by a step of its own before it is edited, as before any other step on it.
    if (const std::optional<Place>& place = workspace().place();
        shown->lowered->isPreview(function->name) && (!place || place->cursor.function != function->name))
        workspace().panes().setFunction(function->name);
    workspace().refusals().clear();
    workspace().offers().endPreview();
    m_edited = function;
    m_wanted = false;
    m_verified.clear();
    m_editor->setCodeSize(view()->codeSize());
    m_editor->setGeometry(view()->rect());
    m_editor->begin(asShown(print(*function, workspace().scene()->form)), number - 1, column);
    m_editor->show();
    m_editor->setFocus();
    sayEditing();
}

// What was taken is there, or another state or model is. What is typed, but not taken, stays, but for another model.
void LoopsPart::followEdited(bool otherModel, const ShownPtr& shown)
{
    const FunctionPtr now = shown && shown->lowered ? shown->lowered->module().find(m_edited->name) : nullptr;
    const bool same = shown && shown->function == m_edited->name && now && equal(*now, *m_edited);
    if (!otherModel && m_wanted)
        QMetaObject::invokeMethod(
            this, [this, name = m_edited->name] { showTaken(name); }, Qt::QueuedConnection);
    if (otherModel || m_wanted || (!same && !m_editor->isChanged()))
        return endEdit();
    sayEditing();
}

// What was typed, where it runs in the place of what it was typed over.
void LoopsPart::showTaken(const std::string& name)
{
    const FunctionPtr held = workspace().session().current()->module->find(name);
    const ShownPtr& shown = workspace().shown();
    if (held && byDefault(*held) != name && shown && shown->function == name)
        workspace().panes().setFunction(byDefault(*held));
}

void LoopsPart::endEdit()
{
    m_pause.stop();
    m_edited = nullptr;
    // Asked of its window, not of the editor: under a menu or a dialog nothing has the focus, and gets it back
    // afterwards.
    const bool focus = m_editor->window()->focusWidget() == m_editor;
    m_editor->hide();
    if (focus)
        view()->setFocus();
    if (workspace().scene()->shown)
        showText(*workspace().scene());
}

QString LoopsPart::typedLine() const
{
    const auto transform = workspace().registry()->find("replace_text");
    if (!transform)
        return {};
    Step step{(*transform)->id, {}, {}, {}};
    for (const Parameter& parameter : (*transform)->parameters) {
        if (parameter.kind == ParameterKind::Function)
            step.arguments.values[parameter.name] = m_edited->name;
        else if (parameter.kind == ParameterKind::Text)
            step.arguments.values[parameter.name] = m_editor->toPlainText().toStdString();
    }
    return qtext(print(step, *workspace().registry()));
}

// Whether it parses is said at once, whether it is right when the hand rests.
void LoopsPart::checkTyped()
{
    m_pause.stop();
    m_wanted = false;
    m_verified.clear();
    if (!m_edited)
        return;
    if (!m_editor->isChanged()) {
        m_editor->setFault(std::nullopt);
        return sayEditing();
    }
    const auto parsed = parseFunction(m_editor->toPlainText().toStdString(), {}, m_edited.get());
    if (!parsed)
        return showTypedFault(saidText(parsed.error()));
    m_editor->setFault(std::nullopt);
    sayEditing(tr("parses"));
    m_pause.start();
}

void LoopsPart::takeTyped()
{
    if (!m_edited)  // it was taken meanwhile, or another model came
        return;
    if (!m_editor->isChanged())
        return endEdit();
    if (m_editor->fault())
        return sayEditing(tr("not taken: see below its line"));
    m_wanted = true;
    if (m_verified.isEmpty()) {
        m_pause.stop();
        return workspace().offers().checkTyped(typedLine());
    }
    workspace().apply(m_verified);
}

void LoopsPart::showTypedVerdict(const Checked& checked)
{
    const QString line = typedLine();
    if (checked.line != line)
        return;
    if (!checked.applies)
        return showTypedFault(checked.text);
    m_verified = line;
    sayEditing(tr("applies"));
    if (m_wanted)
        QMetaObject::invokeMethod(this, &LoopsPart::takeTyped, Qt::QueuedConnection);
}

void LoopsPart::showTypedFault(const QString& error)
{
    m_wanted = false;
    m_editor->setFault(faultOf(error));
    sayEditing(tr("not right yet"));
}

void LoopsPart::sayEditing(const QString& what)
{
    QStringList parts{tr("editing %1").arg(qtext(m_edited->name))};
    if (!what.isEmpty())
        parts << what;
    parts << tr("Enter takes it, Shift+Enter begins a line, Esc leaves it");
    pane()->setSubtitle(parts.join(QStringLiteral(" · ")));
}

bool LoopsPart::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == view() && event->type() == QEvent::Resize)
        m_editor->setGeometry(view()->rect());
    return TextPart::eventFilter(watched, event);
}

// --- library
// -----------------------------------------------------------------------------------------------------------------------------

LibraryPart::LibraryPart(Workspace& workspace)
    : TextPart(Level::Library, Aspects(Aspect::Levels) | Aspect::Ghost | Aspect::Times, workspace)
{
    connect(pane(), &LevelPane::chosen, this,
            [&workspace](const QString& name) { workspace.panes().setProgram(name.toStdString()); });
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
    QStringList programs;
    for (const std::string& name : shown.programs)
        programs << qtext(name);
    pane()->setChoices(programs, qtext(shown.entry));
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
    : TextPart(Level::Hardware, Aspects(Aspect::Hardware) | Aspect::Estimate | Aspect::Ir, workspace)
    , m_mix(new WrappedLabel)
{
    view()->setWraps(false);  // a column of mnemonics is read down
    view()->setJumps(true);
    view()->setHelp([this](const PaneLine& line) { return helpOn(line); });
    m_mix->hide();
    pane()->addFoot(m_mix);
}

QString HardwarePart::mix() const { return m_mix->isHidden() ? QString() : m_mix->text(); }

void HardwarePart::setInterleaved(bool on)
{
    if (std::exchange(m_interleaved, on) != on && workspace().isOpen())
        showText(*workspace().scene());
}

void HardwarePart::setBytes(bool on)
{
    if (std::exchange(m_bytes, on) != on && workspace().isOpen())
        showText(*workspace().scene());
}

void HardwarePart::setJumps(bool on) { view()->setJumps(on); }

void HardwarePart::showBytes(const HardwareShown& hardware)
{
    constexpr qsizetype most = 33;  // characters: of eleven bytes; more than nearly all have
    std::map<int, QString> column;
    for (std::size_t i = 0; i < hardware.code.size() && m_bytes; ++i)
        if (const auto& [address, bytes] = hardware.code[i]; address >= 0)
            column[static_cast<int>(i) + 1] = QStringLiteral("%1  ").arg(address, 4, 16, QLatin1Char('0'))
                                              + (bytes.size() > most ? bytes.left(most - 1) + QStringLiteral("…")
                                                                     : bytes);
    view()->setColumn(std::move(column));
}

// What it does, on how much at once, what it takes as far as that is known, and how it is encoded.
QString HardwarePart::helpOn(const PaneLine& line) const
{
    const auto& hardware = workspace().scene()->hardware;
    if (!hardware || !hardware->device.empty() || m_ir != Ir::None || line.source > 0)
        return {};
    const Instruction instruction = instructionOf(line.text);
    const QString numbers = numbersHelp(line.text);
    if (instruction.mnemonic.isEmpty())
        return numbers;
    const auto text = instructionHelp(instruction,
                                      cpuOf(line.number == 0 ? hardware->isaBefore : hardware->isa).architecture);
    QStringList parts{text ? QStringLiteral("%1: %2").arg(instruction.mnemonic, *text)
                           : tr("%1: there is no text on this instruction here").arg(instruction.mnemonic)};
    if (const QString lanes = lanesHelp(instruction); !lanes.isEmpty())
        parts << lanes;
    if (!numbers.isEmpty())
        parts << numbers;
    if (const auto cost = m_costs.find(line.number); cost != m_costs.end())
        parts << describe(cost->second);
    if (const std::size_t at = std::size_t(line.number) - 1; line.number > 0 && at < hardware->code.size())
        if (const auto& [address, bytes] = hardware->code[at]; address >= 0)
            parts << tr("at %1 from the start of its section: %2; what the linker fills in is 0")
                         .arg(QString::number(address, 16), bytes);
    return parts.join(QLatin1Char('\n'));
}

void HardwarePart::setIr(Ir ir)
{
    m_ir = ir;
    workspace().panes().watchIr(ir != Ir::None);
    if (workspace().isOpen())
        showText(*workspace().scene());
}

void HardwarePart::showLevel(const Scene& scene, Aspects changed)
{
    TextPart::showLevel(scene, changed);
    if (changed & (Aspects(Aspect::Hardware) | Aspect::Estimate))
        showMix(scene);
}

void HardwarePart::showMix(const Scene& scene)
{
    const bool assembly = scene.hardware && scene.hardware->device.empty();
    const QStringList lines = assembly ? scene.hardware->document->shownLines() : QStringList();
    const std::vector<LoopMix> loops = innermostLoops(lines);
    const LoopMix* mix = busiest(loops);
    m_mix->setVisible(mix);
    m_costs.clear();
    if (!mix)
        return;
    if (scene.estimate && *scene.estimate) {
        const std::vector<InstructionCost>& costs = (**scene.estimate).instructions;
        std::size_t next = 0;
        for (int i = mix->first; i <= mix->last && next < costs.size(); ++i)
            if (!instructionOf(lines[i]).mnemonic.isEmpty())
                m_costs[i + 1] = costs[next++];
    }
    QStringList parts{
        tr("Busiest loop, lines %1 to %2: %3").arg(mix->first + 1).arg(mix->last + 1).arg(describe(*mix))};
    if (scene.estimate)
        parts << (*scene.estimate ? describe(**scene.estimate) : saidText(scene.estimate->error()));
    m_mix->setText(parts.join(QLatin1Char('\n')));
}

void HardwarePart::showIr(const Scene& scene)
{
    if (!*scene.ir)
        return showNothing(tr("No LLVM IR: %1").arg(saidText(scene.ir->error())));
    const IrShown& ir = **scene.ir;
    const LineDocumentPtr& document = m_ir == Ir::Before ? ir.before : ir.after;
    view()->setSyntax(Syntax::C);
    view()->setDocument(document, qtext(ir.function));
    QStringList parts{qtext(ir.function),
                      m_ir == Ir::Before ? tr("LLVM IR, before the passes") : tr("LLVM IR, after the passes")};
    if (scene.shown && scene.shown->before && !scene.shown->functionBefore.empty())
        parts << summary(*document);
    pane()->setSubtitle(parts.join(QStringLiteral(" · ")));
    pane()->showView();
}

QString HardwarePart::hint() const { return tr("The instructions of the shown function."); }

void HardwarePart::showText(const Scene& scene)
{
    const auto& hardware = scene.hardware;
    const auto& error = scene.hardwareError;
    if (!hardware)
        return showNothing(error ? tr("No instructions: %1").arg(saidText(*error))
                                 : tr("The instructions of the shown function, once it lowers."));
    const ShownPtr& shown = scene.shown;
    const bool kernels = !hardware->device.empty();
    if (m_ir != Ir::None && !kernels && scene.ir)
        return showIr(scene);
    view()->setSyntax(kernels ? Syntax::C : Syntax::Assembly);
    const bool under = m_interleaved && shown && shown->loops && shown->function == hardware->function;
    view()->setDocument(under ? std::make_shared<const LineDocument>(interleaved(*hardware->document, *shown->loops))
                              : hardware->document,
                        qtext(hardware->function));
    showBytes(*hardware);
    QStringList parts{qtext(hardware->function),
                      kernels ? qtext(hardware->device) : QString::fromLatin1(strata::name(hardware->isa))};
    if (scene.shown && scene.shown->before && !scene.shown->functionBefore.empty())
        parts << summary(*hardware->document);
    parts << (kernels ? hardware->kernels == 1 ? tr("1 kernel") : tr("%1 kernels").arg(hardware->kernels)
                      : tr("%1 of code").arg(formatBytes(static_cast<double>(hardware->codeBytes))));
    pane()->setSubtitle(parts.join(QStringLiteral(" · ")));
    pane()->showView();
}

}  // namespace strata
