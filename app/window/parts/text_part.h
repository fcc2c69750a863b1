// The panes of loops, library and hardware: a text each, with what the last step changed, and what is selected.
#pragma once

#include "app/window/parts/level_part.h"

#include <QTimer>

class QAction;

namespace strata {

class TextView;
class WrappedLabel;

class TextPart : public LevelPart {
    Q_OBJECT
public:
    TextPart(Level level, Aspects concerns, Workspace& workspace);
    TextView* view() const;
    void setMenu(QList<QAction*> actions) { m_menu = std::move(actions); }  // of the context menu, below Copy
    bool isLit() const override;
    Drawing drawing() const override;

signals:
    void zoomRequested(int steps);

protected:
    void showLevel(const Scene& scene, Aspects changed) override;
    virtual void showText(const Scene& scene) = 0;
    void showNothing(const QString& why);

private:
    void showMenu(const QPoint& at);

    QList<QAction*> m_menu;
};

class ConflictView;
class TextEditor;
struct TextFault;

class LoopsPart : public TextPart {
    Q_OBJECT
public:
    explicit LoopsPart(Workspace& workspace);
    ConflictView* conflict() const { return m_conflict; }  // below the text, while a step is refused for its order
    // The shown function's text is typed where it stands; what is typed already is taken.
    void edit();
    TextEditor* editor() const { return m_editor; }  // hidden while nothing is edited

protected:
    QString hint() const override;
    void showLevel(const Scene& scene, Aspects changed) override;
    void showText(const Scene& scene) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void beginEdit(int number, int column);
    void followEdited(bool otherModel, const ShownPtr& shown);
    void showTaken(const std::string& name);
    void endEdit();
    void checkTyped();
    void takeTyped();
    void showTypedVerdict(const Checked& checked);
    void showTypedFault(const QString& error);
    void sayEditing(const QString& what = {});
    QString typedLine() const;  // the step that takes what is typed

    ConflictView* m_conflict;
    TextEditor* m_editor;
    FunctionPtr m_edited;   // nullptr: none
    QTimer m_pause;         // what is typed is planned when it rests
    QString m_verified;     // the line that was found to apply
    bool m_wanted = false;  // it is to be taken as soon as that is known
};

class LibraryPart : public TextPart {
    Q_OBJECT
public:
    explicit LibraryPart(Workspace& workspace);

protected:
    QString hint() const override;
    void showLevel(const Scene& scene, Aspects changed) override;
    void showText(const Scene& scene) override;

private:
    void showTimes(const Scene& scene);
};

class HardwarePart : public TextPart {
    Q_OBJECT
public:
    explicit HardwarePart(Workspace& workspace);
    void setInterleaved(bool on);  // under the lines of the loops
    void setBytes(bool on);        // of instructions, and their addresses, before them
    void setJumps(bool on);        // arrows from jumps to where they go on
    // LLVM's text of the function instead: as it is emitted, or as the instructions were made from it.
    enum class Ir { None, Before, After };
    void setIr(Ir ir);
    QString mix() const;  // what stands below

protected:
    QString hint() const override;
    void showLevel(const Scene& scene, Aspects changed) override;
    void showText(const Scene& scene) override;

private:
    void showMix(const Scene& scene);
    void showBytes(const HardwareShown& hardware);
    QString helpOn(const PaneLine& line) const;
    void showIr(const Scene& scene);

    WrappedLabel* m_mix;  // what the busiest loop is made of, and what it should need
    bool m_interleaved = false, m_bytes = false;
    std::map<int, InstructionCost> m_costs;  // of the busiest loop's instructions, by the numbers of their lines
    Ir m_ir = Ir::None;
};

}  // namespace strata
