// What a crash would lose, on disk after each step: one file a document, so that no other window and no other model
// writes over it. Its owner holds a lock; a file whose owner is gone is a lost document and is offered until a person
// takes it up or throws it away.
#pragma once

#include "core/base/result.h"

#include <QDateTime>
#include <QLockFile>
#include <QString>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace strata {

struct Snapshot {
    QString model;                                   // absolute path
    std::map<std::string, std::int64_t> dimensions;  // that were bound by hand
    QString recipe;                                  // absolute path; empty: not saved yet
    QString fingerprint;                             // of the recipe's file as it was read or written last
    bool saved = false;                              // the document says what that file said
    int shown = -1;                                  // line of `steps` whose state is shown; -1: the model
    QString steps;                                   // the whole document, as a recipe
    int stepCount() const;
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};
QString fingerprint(const QByteArray& content);
QString print(const Snapshot& snapshot);
std::optional<Snapshot> parseSnapshot(const QString& text);

class Autosave {
public:
    Autosave() = default;
    ~Autosave();  // leaves the file as a lost document
    Autosave(const Autosave&) = delete;
    Autosave& operator=(const Autosave&) = delete;

    Status write(const Snapshot& snapshot);
    void discard();  // what it holds is saved, or not wanted
    const QString& path() const { return m_path; }

private:
    Status begin();

    QString m_path;
    std::unique_ptr<QLockFile> m_lock;
};

struct LostDocument {
    QString path;
    QDateTime time;
    Snapshot snapshot;
};
// Newest first. Files of windows that are open are not among them, nor those without a step. What its recipe's file
// still says was not lost: such a file is dropped.
std::vector<LostDocument> lostDocuments();
void discard(const LostDocument& document);
QString autosaveFolder();

}  // namespace strata
