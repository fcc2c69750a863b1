// The panes of loops, library and hardware: a text each, with what the last step changed, and what is selected.
#pragma once

#include "app/window/parts/level_part.h"

class QAction;
class QLabel;

namespace strata {

class TextView;

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

class LoopsPart : public TextPart {
    Q_OBJECT
public:
    explicit LoopsPart(Workspace& workspace);
    ConflictView* conflict() const { return m_conflict; }  // below the text, while a step is refused for its order

protected:
    QString hint() const override;
    void showLevel(const Scene& scene, Aspects changed) override;
    void showText(const Scene& scene) override;

private:
    ConflictView* m_conflict;
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

protected:
    QString hint() const override;
    void showText(const Scene& scene) override;

private:
    QLabel* m_mix;  // what the busiest loop is made of
};

}  // namespace strata
