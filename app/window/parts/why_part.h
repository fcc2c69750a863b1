// Why the shown function takes its time: what of it the machine allows, and what is in the way, ranked, with steps that
// are legal now.
#pragma once

#include "app/window/parts/part.h"

class QTextBrowser;

namespace strata {

class WhyPart : public Part {
    Q_OBJECT
public:
    explicit WhyPart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;
    QString copied() const override;
    QTextBrowser* page() const { return m_page; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QTextBrowser* m_page;
};

}  // namespace strata
