// What is seen before anything is open: a button to open a model, what was open last, and the samples as pictures of
// what they compute. Everything has a key.
#pragma once

#include "app/window/documents/lessons.h"
#include "app/window/documents/samples.h"

#include <QAbstractButton>
#include <QWidget>

class QBoxLayout;
class QKeyEvent;
class QLabel;

namespace strata {

struct RecentFile {
    QString path;
    bool exists = true;
};

// A row or card to be chosen: a picture where there is one, a title, a sentence, a remark, and the key that chooses it.
class StartCard : public QAbstractButton {
    Q_OBJECT
public:
    struct Text {
        QString title, sentence, remark, key, picture;
        bool gone = false;  // its file is; struck through
    };
    explicit StartCard(Text text, QWidget* parent = nullptr);
    QSize sizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

signals:
    void chosenWithSteps();  // clicked with Shift

protected:
    void paintEvent(QPaintEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;

private:
    int textLeft() const;
    bool isRow() const;

    Text m_text;
};

class StartPage : public QWidget {
    Q_OBJECT
public:
    explicit StartPage(QWidget* parent = nullptr);
    void setSamples(std::vector<Sample> samples);
    void setLessons(std::vector<LessonEntry> lessons);
    void setRecent(std::vector<RecentFile> files);

signals:
    void openAsked();
    void chosen(const QString& model, const QString& recipe);
    void lessonChosen(const QString& folder);
    void forgotten(const QString& path);  // a recent file that is not there any more

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QWidget* makeLeft();
    QWidget* makeRight();
    QWidget* makeLessons();
    void placeLessons();
    void chooseSample(int index, bool withSteps);
    void chooseRecent(int index);

    std::vector<Sample> m_samples;
    std::vector<RecentFile> m_recent;
    std::vector<LessonEntry> m_shownLessons;
    QWidget *m_recentHead, *m_lessons;
    QBoxLayout *m_whole, *m_left, *m_recentList, *m_sampleList, *m_lessonColumns;
};

}  // namespace strata
