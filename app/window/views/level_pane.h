// One of the four panes: a head that says which level and what of it is shown, and the view below, or the sentence that
// says what would be there.
#pragma once

#include "core/ir/module.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace strata {

class BadgeLabel : public QWidget {
public:
    explicit BadgeLabel(Level level, QWidget* parent = nullptr);
    static void paint(QPainter& painter, const QRect& rect, Level level, const QPalette& palette, double opacity = 1);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent*) override;

private:
    Level m_level;
};

// A label that shortens its text with an ellipsis instead of asking for width.
class ElidedLabel : public QWidget {
public:
    explicit ElidedLabel(QWidget* parent = nullptr);
    void setText(const QString& text);
    const QString& text() const { return m_text; }
    QSize minimumSizeHint() const override;
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent*) override;

private:
    QString m_text;
};

class LevelPane : public QWidget {
    Q_OBJECT
public:
    LevelPane(Level level, QWidget* view, QWidget* parent = nullptr);

    Level level() const { return m_level; }
    void setSubtitle(const QString& text);
    QString subtitle() const { return m_subtitle->text(); }
    // Functions to choose from; hidden where there are fewer than two.
    void setChoices(const QStringList& names, const QString& current);
    void showView();
    void showMessage(const QString& text);  // instead of the view
    QString message() const;
    void openFind();
    void addTool(QAction* action, const QString& text);  // a button in the head
    // Above the view: a sentence of any length, wrapped and to be copied, with a button for each thing to do about it.
    void setBanner(const QString& html, const QStringList& actions = {});
    QLabel* banner() const { return m_banner; }
    void addFoot(QWidget* foot);  // below the view; takes it
    bool isMaximized() const { return m_maximize->isChecked(); }
    void setMaximized(bool on);
    QWidget* view() const { return m_view; }

signals:
    void chosen(const QString& name);
    void maximizeToggled(bool on);
    void closeRequested();
    void findRequested(const QString& text, bool forward);
    void bannerClosed();
    void bannerAction(int action);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeHead();
    QWidget* makeFindBar();
    QWidget* makeBanner();

    Level m_level;
    QWidget* m_view;
    ElidedLabel* m_subtitle;
    QComboBox* m_choice;
    QHBoxLayout* m_tools;
    QToolButton* m_maximize;
    QStackedWidget* m_stack;
    QLabel* m_message;
    QWidget *m_findBar, *m_bannerFrame;
    QLabel* m_banner;
    QVBoxLayout* m_bannerActions;
    QLineEdit* m_find;
};

}  // namespace strata
