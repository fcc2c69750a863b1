// The graph with what helps to get around in it: what the current box lies in, groups to open and close, a line to find
// with, an overlay to choose, a legend, an overview.
#pragma once

#include "app/window/graph/find.h"
#include "app/window/graph/graph_view.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

class QBoxLayout;
class QSplitter;

namespace strata {

class GraphLegend;
class GraphOutline;
class Minimap;

class GraphPane : public QWidget {
    Q_OBJECT
public:
    explicit GraphPane(QWidget* parent = nullptr);

    GraphView* view() const { return m_view; }
    void setPicture(GraphPicturePtr picture);
    void setHeat(const Heat& heat);
    Overlay overlay() const;
    void setOverlay(Overlay overlay);
    QString legendText() const;
    QString path() const { return m_path->text(); }

    GraphOutline* outline() const { return m_outline; }
    void setOutline(bool on);
    void openFind();
    FindQuery query() const;
    // What the query finds; the current one stays if it is still there.
    void setFound(std::vector<Cursor> found);
    void goToFound(bool forward);
    QString findStatus() const { return m_status->text(); }  // "3 of 24"

signals:
    void queried(const strata::FindQuery& query);
    void overlayChosen();
    void nodeChosen(const strata::Cursor& cursor);  // in the outline, of a closed group

protected:
    void resizeEvent(QResizeEvent*) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeBar();
    QWidget* makeFindBar();
    QToolButton* addButton(QLayout* row, const QString& text, const QString& toolTip, std::function<void()> run);
    void showPath(int box);
    void showStatus();

    GraphView* m_view;
    GraphLegend* m_legend;
    Minimap* m_map;
    QSplitter* m_canvas;
    QBoxLayout* m_row;  // the canvas and its legend
    GraphOutline* m_outline;
    QLabel *m_path, *m_status;
    std::vector<QToolButton*> m_levels;  // open all, close all: where there is room
    QComboBox* m_overlay;
    QWidget* m_findBar;
    QLineEdit* m_find;
    QToolButton* m_pattern;
    std::vector<Cursor> m_found;
    int m_at = -1;  // in what was found
};

}  // namespace strata
