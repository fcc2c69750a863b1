// The text files of an export.
#pragma once

#include "backends/artifact/export.h"

namespace strata {

// "resnet50-v1.onnx" -> "resnet50_v1_onnx": letters, digits and underscores, no digit first.
std::string cIdentifier(const std::string& name);

// `hasTexts`: some input or output is one of strings.
std::string exportedHeader(const std::string& name, const std::string& prefix, bool hasTexts);
std::string exportedExample(const std::string& name, const std::string& prefix, const std::string& buildCommand,
                            std::size_t inputs, std::size_t outputs);
std::string exportedPython(const std::string& name, const std::string& prefix);
// Whether this machine can load what a module becomes: it is of Strata's own architecture.
bool loadsHere(const Module& lowered);

// cc example.c -o example -L. -lPREFIX -Wl,-rpath,'$ORIGIN'
std::string exportedBuildCommand(const std::string& prefix, const std::string& compiler);

struct ManifestFile {
    std::string path;
    std::int64_t bytes;
    std::string sha256;
};
std::string exportedManifest(const Module& lowered, const ExportOptions& options, const std::string& prefix,
                             const Exported& exported, const std::vector<ManifestFile>& files);

}  // namespace strata
