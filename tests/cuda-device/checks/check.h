// How checks are written: CHECK(name, the driver's result, a part of the report) { … return the result; }
#pragma once
#include "device.h"
#include <functional>

struct Check {
    const char *name;
    CUresult result;
    std::string report;
    std::function<CUresult()> run;
};

std::vector<Check> &all_checks();

#define CHECK(name, result, report) \
    static CUresult check_##name(); \
    static const bool added_##name = (all_checks().push_back({#name, result, report, check_##name}), true); \
    static CUresult check_##name()

// A kernel without a fault: its result must be as expected, and no report is due.
#define CORRECT(name) CHECK(name, CUDA_SUCCESS, "")

// Ends a check that got wrong numbers.
[[noreturn]] void wrong(const std::string &text);
void expect(const std::vector<float> &actual, const std::vector<float> &expected);
