#include "assembly.h"
#include "translate.h"
#include <regex>
#include <vector>

namespace cuda_device {

namespace {

// The text from `at`, which follows an opening parenthesis, to its closing one; moves `at` behind it. Skips strings.
std::string parenthesized(const std::string &text, size_t &at) {
    size_t begin = at;
    for (int depth = 1; at < text.size(); at++) {
        if (text[at] == '"') at = text.find('"', at + 1);
        if (at == std::string::npos) break;
        if (text[at] == '(') depth++;
        if (text[at] == ')' && --depth == 0) return text.substr(begin, at++ - begin);
    }
    throw CompileError("error: an asm statement without an end");
}

// The instructions of a template, without the braces around them and without declarations of registers.
std::vector<std::string> instructions(const std::string &code) {
    std::vector<std::string> found;
    static const std::regex instruction("[^;]+");
    std::string plain = std::regex_replace(code, std::regex("^\\s*\\{|\\}\\s*$"), "");
    for (std::sregex_iterator match(plain.begin(), plain.end(), instruction), end; match != end; ++match) {
        std::string text = std::regex_replace(match->str(), std::regex("^\\s+|\\s+$"), "");
        if (!text.empty() && text.compare(0, 4, ".reg") != 0) found.push_back(text);
    }
    return found;
}

// One asm statement: the template and its operands, outputs first.
std::string call(const std::string &statement) {
    std::string code;
    size_t at = 0;
    // String literals in a row are one.
    for (; (at = statement.find_first_not_of(" \t\n", at)) != std::string::npos && statement[at] == '"'; at++) {
        size_t end = statement.find('"', at + 1);
        code += statement.substr(at + 1, end - at - 1);
        at = end;
    }
    code = std::regex_replace(code, std::regex("\\\\[nt]"), " ");
    std::vector<std::string> operands;
    while (at < statement.size() && (at = statement.find('"', at)) != std::string::npos) {
        at = statement.find('(', statement.find('"', at + 1)) + 1;
        operands.push_back(parenthesized(statement, at));
    }
    std::string name = "ptx", arguments;
    static const std::regex place("%(\\d+)|\\b\\d+\\b");
    std::vector<std::string> parts = instructions(code);
    for (const std::string &part : parts) {
        size_t end = part.find_first_of(" \t");
        std::string mnemonic = part.substr(0, end), rest = end == std::string::npos ? "" : part.substr(end);
        name += "_" + std::regex_replace(mnemonic, std::regex("\\.|::"), "_");
        if (parts.size() > 1) continue;
        for (std::sregex_iterator match(rest.begin(), rest.end(), place), none; match != none; ++match) {
            std::string argument = match->str();
            if ((*match)[1].matched) {
                size_t number = (size_t) std::stoi((*match)[1]);
                if (number >= operands.size()) throw CompileError("error: asm refers to operand " + argument + ", which is not there");
                argument = operands[number];
            }
            arguments += (arguments.empty() ? "" : ", ") + argument;
        }
    }
    // Several instructions hand values to each other in registers of their own; what is left are the operands.
    if (parts.size() > 1) {
        for (const std::string &operand : operands) arguments += (arguments.empty() ? "" : ", ") + operand;
    }
    return name + "(" + arguments + ")";
}

} // namespace

std::string translate_assembly(const std::string &cuda) {
    static const std::regex statement("\\basm\\s*(?:volatile\\s*)?\\(");
    std::string text, rest = cuda;
    for (std::smatch match; std::regex_search(rest, match, statement);) {
        text += match.prefix();
        size_t at = (size_t) (match.position() + match.length());
        text += call(parenthesized(rest, at));
        rest = rest.substr(at);
    }
    return text + rest;
}

} // namespace cuda_device
