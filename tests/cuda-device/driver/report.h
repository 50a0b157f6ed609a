// What the device found, on the standard error and in the file of reports.
#pragma once
#include <string>

namespace cuda_device {

// Prints a line.
void print(const std::string &text);

// Prints a finding and counts it.
void report(const std::string &text);

// " (line 12)" of the kernel's source for a place in a kernel's code, as far as it is known.
std::string source_line(const void *code);

__attribute__((format(printf, 1, 2))) std::string format(const char *pattern, ...);

} // namespace cuda_device
