// A part of the window with a head: a bold name and a muted remark.
#pragma once

#include "app/window/views/level_pane.h"

#include <QVBoxLayout>

namespace strata {

class Panel : public QWidget {
public:
    Panel(const QString& name, QWidget* content, QWidget* parent = nullptr)
        : QWidget(parent)
    {
        setAutoFillBackground(true);
        setBackgroundRole(QPalette::Base);
        auto* layout = new QVBoxLayout(this);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(0);
        auto* head = new QHBoxLayout;
        head->setContentsMargins(10, 6, 8, 6);
        head->setSpacing(8);
        head->addWidget(new QLabel(QStringLiteral("<b>%1</b>").arg(name)));
        m_remark = new ElidedLabel;
        head->addWidget(m_remark, 1);
        layout->addLayout(head);
        layout->addWidget(content, 1);
        content->setAccessibleName(name);
    }
    void setRemark(const QString& text) { m_remark->setText(text); }
    QString remark() const { return m_remark->text(); }

private:
    ElidedLabel* m_remark;
};

}  // namespace strata
