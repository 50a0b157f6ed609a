#include "lexer.h"
#include <cctype>

namespace cuda_device::ptx {

namespace {

bool begins_word(char c) { return isalpha((unsigned char) c) || c == '_' || c == '$' || c == '%' || c == '.'; }

bool continues_word(char c) { return begins_word(c) || isdigit((unsigned char) c); }

} // namespace

std::vector<Token> tokens(const std::string &text) {
    std::vector<Token> all;
    int line = 1;
    for (size_t at = 0; at < text.size();) {
        char c = text[at];
        size_t end = at + 1;
        if (c == '\n') line++;
        if (isspace((unsigned char) c)) {
            at = end;
        } else if (text.compare(at, 2, "//") == 0) {
            at = text.find('\n', at);
            if (at == std::string::npos) at = text.size();
        } else if (text.compare(at, 2, "/*") == 0) {
            end = text.find("*/", at + 2);
            end = end == std::string::npos ? text.size() : end + 2;
            for (; at < end; at++) line += text[at] == '\n';
        } else {
            Token::Kind kind = begins_word(c) ? Token::WORD : isdigit((unsigned char) c) ? Token::NUMBER : Token::CHARACTER;
            // `shared::cta` is part of a word, the colon behind a label is not.
            for (; kind != Token::CHARACTER && end < text.size(); end++) {
                if (text.compare(end, 2, "::") == 0) end++;
                else if (!continues_word(text[end])) break;
            }
            all.push_back({kind, text.substr(at, end - at), line});
            at = end;
        }
    }
    all.push_back({Token::END, "the end of the text", line});
    return all;
}

} // namespace cuda_device::ptx
