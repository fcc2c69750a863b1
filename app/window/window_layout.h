// How the window is laid out: rooms between splitters, in which parts stand. A room at the bottom shows one of its
// parts at a time, by tabs.
#pragma once

#include "app/window/parts/level_part.h"

#include <QSplitter>
#include <QTabWidget>

class QSettings;

namespace strata {

class WindowLayout : public QWidget {
    Q_OBJECT
public:
    enum class Room { Lesson, Left, Levels, Beside, Above, LevelsRight, Times, Figures, Deployment, Inspector, Foot };

    explicit WindowLayout(QWidget* parent = nullptr);
    void add(Room room, Part* part);
    const std::vector<Part*>& parts() const { return m_parts; }  // but the foot
    Part* partOf(const QWidget* inside) const;                   // nullptr: of none
    QWidget* left() const { return m_left; }
    QWidget* bottom() const { return m_bottom; }
    void see(const Part* part);           // its tab is opened
    bool isSeen(const Part* part) const;  // of its tab
    void reset(const QSize& window);      // as it is at first
    void save(QSettings& settings) const;
    void restore(const QSettings& settings);

    // Which panes are wanted; those that have none of the two columns leave it.
    void setLevel(Level level, bool on);
    void setBeside(bool on);  // what stands beside the loops
    void setLesson(bool on);  // beside all others
    void setAbove(bool on);   // and above library and hardware
    void maximize(const LevelPart* part, bool on);
    // These panes alone, at full size; nullopt: back as it was.
    void setLecture(const std::optional<std::set<Level>>& panes);
    bool isWanted(Level level) const { return m_wanted.count(level) > 0; }

signals:
    void tabSeen(const strata::Part* part);

private:
    QTabWidget* tabsOf(const Part* part) const;
    void addTab(Room room, Part* part);
    void showWanted();
    void showOnly(const std::set<Level>& levels);
    std::vector<std::pair<const char*, QSplitter*>> splitters() const;

    QSplitter *m_main, *m_upper, *m_left, *m_columns, *m_right, *m_bottom;
    std::map<Room, QTabWidget*> m_tabs;
    std::vector<Part*> m_parts;
    std::vector<LevelPart*> m_levels;
    QWidget *m_lesson = nullptr, *m_beside = nullptr, *m_above = nullptr;
    bool m_besideWanted = false, m_aboveWanted = false, m_lessonWanted = false;
    std::set<Level> m_wanted{Level::Graph, Level::Loops, Level::Library, Level::Hardware};
    // Of the splitters, and the pane that stood alone.
    struct Before {
        std::vector<QByteArray> splitters;
        const LevelPart* maximized = nullptr;
        bool left = true, bottom = true;
    };
    std::optional<Before> m_beforeLecture;
    const LevelPart* m_maximized = nullptr;
    bool m_leftBefore = true, m_bottomBefore = true;
};

}  // namespace strata
