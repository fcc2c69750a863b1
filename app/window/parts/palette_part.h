// The palette of transforms, and the form of the one that is being filled in.
#pragma once

#include "app/window/parts/part.h"

namespace strata {

class Panel;
class PaletteView;
class ParameterForm;

class PalettePart : public Part {
    Q_OBJECT
public:
    explicit PalettePart(Workspace& workspace);
    PaletteView* view() const { return m_view; }
    PaletteModel* model() const { return m_model; }
    ParameterForm* form() const { return m_form; }  // nullptr: none is open
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

    void open(const PaletteEntry& entry);
    void change(int state);       // opens the form of the step that made it
    void fill(const Step& step);  // opens the form of a step that is not taken yet, as it would be taken

signals:
    void textRequested();  // the function's text is to be edited: that has a dialogue of its own

private:
    // `changed`: the state whose step the form changes; -1: it takes a new one.
    void openForm(const Transform& transform, ModulePtr module, const Arguments& arguments, int changed);
    void accept(const QString& line, int changed);
    void closeForm();
    void dropForm();

    PaletteModel* m_model;
    PaletteView* m_view;
    Panel* m_panel;
    ParameterForm* m_form = nullptr;
};

}  // namespace strata
