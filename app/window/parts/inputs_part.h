// What goes into the model, and what comes out: inputs from files, pictures or drawn, outputs as their largest five
// with labels. A click on an output shows it whole among the values.
#pragma once

#include "app/window/parts/table_part.h"

class QPushButton;

namespace strata {

class InputsPart : public TablePart {
    Q_OBJECT
public:
    explicit InputsPart(Workspace& workspace);
    QWidget* widget() const override { return m_widget; }
    void show(const Scene& scene, Aspects changed) override;
    void giveFile(const std::string& input, const QString& path);  // says what is wrong with it, or takes it
    void givePicture(const std::string& input, const QImage& picture, const QString& from);
    QPushButton* drawButton() const { return m_draw; }

signals:
    void valueChosen(const QString& name);  // an output

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    const TypedName* chosenInput() const;  // the selected row's, else the first; nullptr: the model has none
    void askFile();
    void draw();
    void enable();
    void compute();

    QWidget* m_widget;
    QPushButton *m_file, *m_draw, *m_back;
};

}  // namespace strata
