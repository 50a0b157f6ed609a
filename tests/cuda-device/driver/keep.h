// Keeps the texts that the device is given to compile.
#pragma once
#include <string>

namespace cuda_device {

// Writes a text to the folder that the settings name: 00001.cu, 00002.ptx … in the order in which they come. Nothing without a folder.
__attribute__((visibility("default"))) void keep(const std::string &text, const char *ending);

} // namespace cuda_device
