// Where an ONNX model and its test data lie. Private to this folder.
#pragma once

#include <optional>
#include <string>

namespace strata {

struct OnnxPlace {
    std::string file;        // need not exist
    std::string dataFolder;  // that holds the test data; empty: none
};
// nullopt: the path names neither a folder nor a .onnx file.
std::optional<OnnxPlace> onnxPlaceOf(const std::string& path);

}  // namespace strata
