// Tuning, as it goes: how long and by how many threads, and what has been found for each function so far. Knows no
// workspace; what it asks for are signals.
#pragma once

#include "app/workbench/tune.h"

#include <QDialog>

class QDoubleSpinBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTreeWidget;

namespace strata {

class SearchView;

class TuneDialog : public QDialog {
    Q_OBJECT
public:
    explicit TuneDialog(int threads, QWidget* parent = nullptr);
    double seconds() const;
    int threads() const;
    bool isSearching() const { return m_searching; }

    void showProgress(const QString& what, double fraction);
    void showFunctions(const std::vector<TunedFunction>& functions);
    void end(const QString& sentence);  // the search is over, for better or worse

public slots:
    void reject() override;

signals:
    void searchAsked();
    void enoughAsked();  // ends the search, and what was found is taken
    void cancelAsked();  // nothing is taken

private:
    void setSearching(bool searching);
    void showTrials();  // of the chosen function, else of the one that takes most time

    QDoubleSpinBox* m_seconds;
    QSpinBox* m_threads;
    QTreeWidget* m_functions;
    SearchView* m_trials;
    std::vector<TunedFunction> m_found;
    QProgressBar* m_progress;
    QLabel* m_sentence;
    QPushButton *m_search, *m_enough, *m_close;
    bool m_searching = false;
};

}  // namespace strata
