// The development form of a model above its deployment form, a bar each, to one scale of bytes.
#pragma once

#include "app/window/models/forms.h"

#include <QWidget>

namespace strata {

class FormsView : public QWidget {
    Q_OBJECT
public:
    explicit FormsView(QWidget* parent = nullptr);
    void setForms(std::vector<ModelForm> forms);
    const std::vector<ModelForm>& forms() const { return m_forms; }
    QRectF barOf(int form, int part) const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent*) override;

private:
    int rowHeight() const;
    QString textOf(const ModelForm& form) const;

    std::vector<ModelForm> m_forms;
};

}  // namespace strata
