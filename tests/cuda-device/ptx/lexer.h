#pragma once
#include <string>
#include <vector>

namespace cuda_device::ptx {

// A word such as `ld.global.f32`, `.reg` or `%tid.x`, a number, or one character.
struct Token {
    enum Kind { WORD, NUMBER, CHARACTER, END } kind;
    std::string text;
    int line;
};

// Splits a text, without its comments. The last token is an END.
std::vector<Token> tokens(const std::string &text);

} // namespace cuda_device::ptx
