#include "parser.h"
#include "lexer.h"
#include <cstdlib>

namespace cuda_device::ptx {

size_t bytes_of(const std::string &type) {
    static const std::map<std::string, size_t> bytes = {{"pred", 1}, {"b8", 1}, {"u8", 1}, {"s8", 1}, {"b16", 2}, {"u16", 2}, {"s16", 2}, {"f16", 2},
            {"b32", 4}, {"u32", 4}, {"s32", 4}, {"f32", 4}, {"f16x2", 4}, {"b64", 8}, {"u64", 8}, {"s64", 8}, {"f64", 8}};
    auto found = bytes.find(type);
    return found == bytes.end() ? 0 : found->second;
}

std::string Statement::name() const {
    std::string text;
    for (const std::string &part : opcode) text += (text.empty() ? "" : ".") + part;
    return text;
}

namespace {

std::vector<std::string> split(const std::string &word) {
    std::vector<std::string> parts;
    for (size_t at = 0, dot; at <= word.size(); at = dot + 1) {
        dot = word.find('.', at);
        if (dot == std::string::npos) dot = word.size();
        parts.push_back(word.substr(at, dot - at));
    }
    return parts;
}

class Parser {
public:
    explicit Parser(const std::string &text) : all(tokens(text)) {}

    Module module() {
        Module result{0, {}};
        while (next().kind != Token::END) {
            if (accept(".version")) take();
            else if (accept(".target")) result.target = atoi(word("an architecture").substr(3).c_str());
            else if (accept(".address_size")) expect("64");
            else if (accept(".visible") || accept(",")) continue;
            else if (accept(".entry")) result.entries.push_back(entry());
            else fail("the directive '" + next().text + "' is not translated");
        }
        return result;
    }

private:
    std::vector<Token> all;
    size_t at = 0;

    const Token &next() const { return all[at]; }
    const Token &take() { return all[next().kind == Token::END ? at : at++]; }

    [[noreturn]] void fail(const std::string &text) const { throw Error(next().line, text); }

    bool accept(const std::string &text) {
        if (next().text != text) return false;
        take();
        return true;
    }

    void expect(const std::string &text) {
        if (!accept(text)) fail("expected '" + text + "', not '" + next().text + "'");
    }

    std::string word(const char *what) {
        if (next().kind != Token::WORD) fail(std::string("expected ") + what + ", not '" + next().text + "'");
        return take().text;
    }

    // Digits, or the bits of a number with 0x, 0F or 0D before them.
    int64_t number(Operand::Kind *kind = nullptr) {
        bool negative = false;
        for (; next().text == "-" || next().text == "+"; take()) negative ^= next().text == "-";
        if (next().kind != Token::NUMBER) fail("expected a number, not '" + next().text + "'");
        const std::string &text = take().text;
        char mark = text.size() < 2 || text[0] != '0' ? ' ' : text[1];
        bool is_float = mark == 'F' || mark == 'f', is_double = mark == 'D' || mark == 'd';
        if (kind != nullptr) *kind = is_float ? Operand::FLOAT_BITS : is_double ? Operand::DOUBLE_BITS : Operand::NUMBER;
        char *end;
        uint64_t value = is_float || is_double ? strtoull(text.c_str() + 2, &end, 16) : strtoull(text.c_str(), &end, 0);
        if (*end == 'U') end++;
        if (*end != 0) fail("'" + text + "' is no number");
        return negative ? -(int64_t) value : (int64_t) value;
    }

    // A declaration behind `.shared`, `.local` or `.param`: attributes and type, then the name.
    Variable variable(const std::string &space) {
        Variable result{"", space, "", 1, 0};
        while (next().kind == Token::WORD && next().text[0] == '.') {
            std::string attribute = take().text.substr(1);
            if (attribute == "align") result.alignment = (size_t) number();
            else if (bytes_of(attribute) != 0) result.type = attribute;
            else if (attribute != "ptr" && attribute != "global") fail("'." + attribute + "' in a declaration is not translated");
        }
        if (result.type.empty()) fail("a declaration without a type");
        result.name = word("a name");
        if (accept("[")) {
            result.count = (size_t) number();
            expect("]");
        }
        if (result.alignment == 0) result.alignment = bytes_of(result.type);
        return result;
    }

    Entry entry() {
        Entry result{word("a name"), next().line, {}, {}, {}, {}, 0};
        expect("(");
        while (!accept(")")) {
            expect(".param");
            result.parameters.push_back(variable("param"));
            accept(",");
        }
        while (!accept("{")) {
            if (!accept(".maxntid")) fail("'" + next().text + "' before the body of a kernel is not translated");
            result.largest_block = 1;
            do result.largest_block *= (unsigned) number();
            while (accept(","));
        }
        while (!accept("}")) line(result);
        return result;
    }

    void line(Entry &entry) {
        if (accept(".reg")) {
            registers(entry);
        } else if (next().text == ".shared" || next().text == ".local") {
            std::string space = take().text.substr(1);
            do entry.variables.push_back(variable(space));
            while (accept(","));
            expect(";");
        } else {
            entry.body.push_back(statement());
        }
    }

    void registers(Entry &entry) {
        std::string type = word("a type").substr(1);
        unsigned elements = 1;
        if (type == "v2" || type == "v4") {
            elements = type == "v2" ? 2 : 4;
            type = word("a type").substr(1);
        }
        if (bytes_of(type) == 0) fail("registers of type '" + type + "' are not translated");
        do {
            std::string name = word("a name");
            int64_t count = -1;
            if (accept("<")) {
                count = number();
                expect(">");
            }
            for (int64_t i = 0; i < count || (i == 0 && count < 0); i++) {
                std::string each = count < 0 ? name : name + std::to_string(i);
                if (!entry.registers.insert({each, {type, elements}}).second) fail("duplicate definition of '" + each + "'");
            }
        } while (accept(","));
        expect(";");
    }

    Statement statement() {
        Statement result{next().line, "", "", false, {}, {}};
        if (accept("@")) {
            result.guard_negated = accept("!");
            result.guard = word("a predicate");
        }
        std::string first = word("an instruction");
        if (result.guard.empty() && accept(":")) {
            result.label = first;
            return result;
        }
        result.opcode = split(first);
        while (!accept(";")) {
            result.operands.push_back(operand());
            if (!accept(",") && next().text != ";") fail("expected ',' or ';', not '" + next().text + "'");
        }
        return result;
    }

    Operand operand() {
        Operand result{Operand::NAME, "", "", 0, {}};
        if (accept("{")) {
            result.kind = Operand::VECTOR;
            do result.parts.push_back(operand());
            while (accept(","));
            expect("}");
        } else if (accept("[")) {
            result.kind = Operand::ADDRESS;
            if (next().kind == Token::WORD) result.name = take().text;
            if (next().text != "]") result.number = number();
            expect("]");
        } else if (next().kind != Token::WORD) {
            result.number = number(&result.kind);
        } else {
            result.name = take().text;
            if (accept("[")) {
                result.kind = Operand::ELEMENT;
                if (next().kind == Token::WORD) result.index = take().text;
                if (next().text != "]") result.number = number();
                expect("]");
            }
        }
        return result;
    }
};

} // namespace

Module parse(const std::string &text) { return Parser(text).module(); }

} // namespace cuda_device::ptx
