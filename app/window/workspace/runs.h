// What runs code: times, verdicts, values, what comes out; on which inputs, where, and with how many threads.
#pragma once

#include "app/window/workspace/desk.h"
#include "app/window/workspace/measurements.h"
#include "app/window/workspace/run_history.h"

namespace strata {

class Runs : public QObject {
    Q_OBJECT
public:
    Runs(Desk& desk, Measurements& measurements);

    const Times& times() const;  // under the present circumstances; those of others are kept
    Circumstances circumstances() const;
    void setThreads(int threads);
    void setTarget(const RunTarget& target);

    void run(std::vector<int> states = {});  // empty: shown, the one before, root
    void runEverywhere();                    // the shown state: on each number of threads, and on each device it fits
    void judgeFunctions();                   // of the shown state, each against what it means
    void predictPicture(int sample);
    void readValue();  // of the selected node of the graph
    // What the model runs on from now on: when it is timed, checked, looked into. `from` says where it is from.
    void giveInput(const std::string& name, Tensor value, const QString& from);
    void takeBackInputs();
    void computeOutputs();  // of the shown state, on these
    void sizeDeployment();
    void exportTo(ExportOptions options);
    void reportTo(const QString& path);  // the whole path, as a page
    void saveHistory();                  // of the document's states, for when it is opened again
    void reset(bool sameModel);          // another document is there

    // What the scene says of what was found follows from the shown state and the circumstances.
    void settle(Aspects what);
    Aspects outdated(Aspects changed);
    // Jobs; what starts them is in Workspace::refreshes.
    void refreshWork();
    void refreshVerdict();

signals:
    void exported(const strata::Exported& exported, const QString& folder);

private:
    const std::vector<onnx::TestData>& data() const { return m_given.empty() ? m_desk.model.data : m_givenData; }
    void keep(const Circumstances& where, const Measured& measured);
    void inputsChanged();
    bool limitsAreDoubtful() const;

    Desk& m_desk;
    Measurements& m_measurements;
    RunHistory m_history;
    std::map<std::string, Tensor> m_given;    // inputs
    std::vector<onnx::TestData> m_givenData;  // with them, and all others
    ModulePtr m_counted;                      // the model whose work is known
};

}  // namespace strata
