#include "check.h"
#include <cmath>
#include <stdexcept>

void wrong(const std::string &text) { throw std::runtime_error(text); }

void expect(const std::vector<float> &actual, const std::vector<float> &expected) {
    if (actual.size() != expected.size()) wrong("another number of values");
    for (size_t i = 0; i < expected.size(); i++) {
        bool same = actual[i] == expected[i] || (std::isnan(actual[i]) && std::isnan(expected[i]));
        if (!same) wrong("value " + std::to_string(i) + " is " + std::to_string(actual[i]) + ", not " + std::to_string(expected[i]));
    }
}
