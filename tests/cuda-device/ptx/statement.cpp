#include "statement.h"
#include "instructions.h"
#include <algorithm>

namespace cuda_device::ptx {

namespace {

const std::map<std::string, std::string> SPECIAL_REGISTERS = {
    {"%tid.x", "thread.x"}, {"%tid.y", "thread.y"}, {"%tid.z", "thread.z"},
    {"%ctaid.x", "block.x"}, {"%ctaid.y", "block.y"}, {"%ctaid.z", "block.z"},
    {"%ntid.x", "block_size.x"}, {"%ntid.y", "block_size.y"}, {"%ntid.z", "block_size.z"},
    {"%nctaid.x", "grid_size.x"}, {"%nctaid.y", "grid_size.y"}, {"%nctaid.z", "grid_size.z"},
    {"%laneid", "index % cuda_device::WARP_SIZE"},
};

bool is_one_of(const std::string &text, std::initializer_list<const char *> all) { return std::find(all.begin(), all.end(), text) != all.end(); }

std::string wide(const std::string &type) { return type.substr(0, 1) + std::to_string(bytes_of(type) * 16); }

// Numbers are moved as the bits that they are: half precision has no type that g++ knows.
std::string moved(const std::string &type) { return type == "f16" ? "b16" : type == "f16x2" ? "b32" : type; }

bool is_whole(const std::string &type) { return is_one_of(type.substr(0, 1), {"b", "u", "s"}); }

// What can be read and assigned to: a register, or an element of one.
struct Place {
    std::string cpp, type; // no text if what is assigned is not used
};

class Translator {
public:
    Translator(const Statement &statement, const Entry &entry, int target) : s(statement), entry(entry), target(target) {}

    std::string translate() {
        const std::string &first = s.opcode.front(), name = s.name();
        if (first == "bra") return branch();
        if (name == "ret" || name == "exit") return "return;";
        if (first == "mov") return move();
        if (first == "cvt") return convert();
        if (first == "cvta") return convert_address();
        if (first == "selp") return select();
        if (first == "ld") return load();
        if (first == "st") return store();
        if (first == "atom") return atomic();
        if (is_one_of(name, {"barrier.sync", "bar.sync", "barrier.sync.aligned"})) return barrier();
        if (is_one_of(name, {"membar.cta", "membar.gl", "membar.sys"})) return "__sync_synchronize();";
        if (name.compare(0, 10, "shfl.sync.") == 0) return shuffle();
        if (const WarpInstruction *instruction = find_warp_instruction(name)) return call(*instruction);
        return compute();
    }

private:
    const Statement &s;
    const Entry &entry;
    const int target;

    [[noreturn]] void fail(const std::string &text) const { throw Error(s.line, text); }
    [[noreturn]] void unknown() const { fail("the instruction '" + s.name() + "' is not translated"); }

    const Operand &operand(size_t i) const {
        if (i >= s.operands.size()) fail("too few operands of '" + s.name() + "'");
        return s.operands[i];
    }

    void expect_operands(size_t count) const {
        if (s.operands.size() != count) fail("'" + s.name() + "' has " + std::to_string(s.operands.size()) + " operands, not " + std::to_string(count));
    }

    // The last part of the opcode.
    const std::string &type(size_t from_end = 0) const {
        if (s.opcode.size() < from_end + 2 || bytes_of(s.opcode[s.opcode.size() - 1 - from_end]) == 0) unknown();
        return s.opcode[s.opcode.size() - 1 - from_end];
    }

    // The opcode before its types, without what is so by default.
    std::string name_before(size_t types) const {
        std::string name;
        for (size_t i = 0; i + types < s.opcode.size(); i++) {
            if (s.opcode[i] != "rn") name += (name.empty() ? "" : ".") + s.opcode[i];
        }
        return name;
    }

    static std::string function(std::string name) {
        std::replace(name.begin(), name.end(), '.', '_');
        return "ptx_" + name;
    }

    const Variable *find_variable(const std::string &name) const {
        for (const Variable &variable : entry.variables) {
            if (variable.name == name) return &variable;
        }
        return nullptr;
    }

    // A register, or an element `name.x` of one that is a vector.
    Place place(const std::string &name) const {
        size_t dot = name.find('.'), element = std::string("xyzw").find(dot == std::string::npos ? "?" : name.substr(dot + 1));
        auto found = entry.registers.find(name.substr(0, dot));
        if (found == entry.registers.end() || (dot != std::string::npos && element >= found->second.elements)) fail("unknown symbol '" + name + "'");
        return {cpp_name(found->first) + (dot == std::string::npos ? "" : "[" + std::to_string(element) + "]"), found->second.type};
    }

    Place place(const Operand &o) const {
        if (o.kind != Operand::NAME) fail("an operand of '" + s.name() + "' is no register");
        return o.name == "_" ? Place{} : place(o.name);
    }

    // Registers have bits, and an instruction says what they mean. An operand may be wider than the instruction's type: its lower bits are read.
    std::string read(const std::string &type, const Place &from) const {
        if (bytes_of(from.type) < bytes_of(type)) fail("an operand is too narrow for '" + s.name() + "'");
        if (from.type == type) return from.cpp;
        return is_whole(from.type) && is_whole(type) ? "(" + type + ") " + from.cpp : "as<" + type + ">(" + from.cpp + ")";
    }

    // A wider destination is filled with the sign of a signed value, or with zeros.
    std::string assign(const Place &to, const std::string &type, const std::string &value) const {
        if (to.cpp.empty()) return "";
        if (bytes_of(to.type) < bytes_of(type)) fail("a destination is too narrow for '" + s.name() + "'");
        bool alike = to.type == type || (is_whole(to.type) && is_whole(type));
        if (!alike && bytes_of(to.type) != bytes_of(type)) fail("a destination is too wide for '" + s.name() + "'");
        return to.cpp + " = " + (alike ? value : "as<" + to.type + ">(" + value + ")") + ";";
    }

    // An element's address in the space of its array.
    std::string element_address(const Operand &o) const {
        const Variable *variable = find_variable(o.name);
        if (variable == nullptr) fail("'" + o.name + "' is indexed, but is no array");
        std::string index = std::to_string(o.number) + "ll";
        if (!o.index.empty()) index += " + " + read("s32", place(o.index));
        return "(u32) (" + cpp_name(o.name) + " + (" + index + ") * " + std::to_string(bytes_of(variable->type)) + ")";
    }

    std::string source(const std::string &type, const Operand &o) const {
        char bits[40];
        switch (o.kind) {
        case Operand::NUMBER: return "(" + type + ") " + std::to_string(o.number) + "ll";
        case Operand::FLOAT_BITS: snprintf(bits, sizeof bits, "(u32) 0x%08x", (unsigned) o.number); break;
        case Operand::DOUBLE_BITS: snprintf(bits, sizeof bits, "(u64) 0x%016llx", (unsigned long long) o.number); break;
        case Operand::ELEMENT: return "(" + type + ") " + element_address(o);
        case Operand::NAME: {
            auto special = SPECIAL_REGISTERS.find(o.name);
            if (special != SPECIAL_REGISTERS.end()) return "(" + type + ") (cuda_device_thread." + special->second + ")";
            if (find_variable(o.name) != nullptr) return "(" + type + ") " + cpp_name(o.name);
            return read(type, place(o.name));
        }
        default: fail("an operand of '" + s.name() + "' is no value");
        }
        return "as<" + type + ">(" + bits + ")";
    }

    std::string branch() const {
        expect_operands(1);
        const std::string &label = operand(0).name;
        bool known = std::any_of(entry.body.begin(), entry.body.end(), [&](const Statement &each) { return each.label == label; });
        if (!known) fail("unknown label '" + label + "'");
        return "goto " + cpp_name(label) + ";";
    }

    std::string compute() const {
        const std::string &t = type();
        const Computation *computation = find_computation(name_before(1));
        if (computation == nullptr) unknown();
        expect_operands(computation->operands + 1);
        std::string arguments;
        for (unsigned i = 0; i < computation->operands; i++) {
            bool count = computation->types == Computation::COUNT && i == 1, wider = computation->types == Computation::WIDE && i == 2;
            arguments += (i == 0 ? "" : ", ") + source(count ? "u32" : wider ? wide(t) : t, operand(i + 1));
        }
        const std::string result = computation->types == Computation::WIDE ? wide(t)
                : computation->types == Computation::BITS ? "u32" : computation->types == Computation::PREDICATE ? "pred" : t;
        return assign(place(operand(0)), result, function(computation->name) + "<" + t + ">(" + arguments + ")");
    }

    std::string select() const {
        expect_operands(4);
        return assign(place(operand(0)), type(), source("pred", operand(3)) + " ? " + source(type(), operand(1)) + " : " + source(type(), operand(2)));
    }

    // Also packs a vector of narrower registers into one, and unpacks it.
    std::string move() const {
        if (s.opcode.size() != 2) unknown();
        expect_operands(2);
        const Operand &to = operand(0), &from = operand(1);
        const std::string &t = moved(type());
        if (to.kind != Operand::VECTOR && from.kind != Operand::VECTOR) return assign(place(to), t, source(t, from));
        const std::vector<Operand> &parts = to.kind == Operand::VECTOR ? to.parts : from.parts;
        size_t bits = bytes_of(t) * 8 / parts.size();
        std::string part = "b" + std::to_string(bits), text, sum;
        for (size_t i = 0; i < parts.size(); i++) {
            std::string shift = std::to_string(i * bits);
            if (to.kind != Operand::VECTOR) sum += (i == 0 ? "" : " | ") + ("(" + t + ") " + source(part, parts[i])) + " << " + shift;
            else text += assign(place(parts[i]), part, "(" + part + ") (packed >> " + shift + ")");
        }
        return to.kind == Operand::VECTOR ? "{ const " + t + " packed = " + source(t, from) + "; " + text + " }" : assign(place(to), t, "(" + t + ") (" + sum + ")");
    }

    std::string convert() const {
        expect_operands(2);
        std::string name = name_before(2);
        if (!is_one_of(name, {"cvt", "cvt.rzi", "cvt.rni", "cvt.rmi", "cvt.rpi"})) unknown();
        return assign(place(operand(0)), type(1), function(name) + "<" + type(1) + ">(" + source(type(), operand(1)) + ")");
    }

    // Addresses of the device's memory are the same in its own space. Those of shared memory count from its start.
    std::string convert_address() const {
        expect_operands(2);
        std::string name = s.name(), address = source("u64", operand(1));
        if (is_one_of(name, {"cvta.global.u64", "cvta.to.global.u64"})) return assign(place(operand(0)), "u64", address);
        if (name == "cvta.shared.u64") return assign(place(operand(0)), "u64", "(u64) shared + " + address);
        if (name == "cvta.to.shared.u64") return assign(place(operand(0)), "u64", address + " - (u64) shared");
        unknown();
    }

    // An address in shared or local memory.
    std::string short_address(const Operand &o) const {
        if (o.kind == Operand::ELEMENT) return element_address(o);
        if (o.kind != Operand::ADDRESS) fail("an operand of '" + s.name() + "' is no address");
        std::string offset = std::to_string(o.number) + "ll";
        if (o.name.empty()) return "(u32) (" + offset + ")";
        return "(u32) (" + (find_variable(o.name) != nullptr ? cpp_name(o.name) : read("u32", place(o.name))) + " + " + offset + ")";
    }

    std::string pointer(const std::string &space, const Operand &o, size_t bytes) const {
        if (space == "shared") return "(shared + (s32) " + short_address(o) + ")";
        if (space == "local") return "local(" + short_address(o) + ", " + std::to_string(bytes) + ", __LINE__)";
        if (o.kind != Operand::ADDRESS || o.name.empty()) fail("an operand of '" + s.name() + "' is no address");
        return "(" + read("u64", place(o.name)) + " + (" + std::to_string(o.number) + "ll))";
    }

    // The registers of an operand of a load or store of so many: a register each, or the elements of one that is a vector.
    std::vector<Place> places(const Operand &o, unsigned count) const {
        std::vector<Place> all;
        if (o.kind == Operand::VECTOR) {
            for (const Operand &part : o.parts) all.push_back(place(part));
        } else {
            for (unsigned i = 0; i < count; i++) all.push_back(place(o.name + "." + "xyzw"[i]));
        }
        if (all.size() != count) fail("a vector of another length in '" + s.name() + "'");
        return all;
    }

    // What ld, st and atom have behind their name: a space, a length, a type.
    struct Access {
        std::string space, type;
        unsigned count;

        std::string cpp() const { return count == 1 ? type : "Vector<" + type + ", " + std::to_string(count) + ">::Type"; }
        size_t bytes() const { return count * bytes_of(type); }
    };

    Access access() const {
        Access result{"", moved(type()), 1};
        size_t at = 1;
        if (is_one_of(s.opcode[at], {"global", "shared", "local", "param"})) result.space = s.opcode[at++];
        if (s.opcode[0] == "atom") at++;
        if (is_one_of(s.opcode[at], {"v2", "v4"})) result.count = s.opcode[at++] == "v2" ? 2 : 4;
        if (at != s.opcode.size() - 1) unknown();
        return result;
    }

    std::string load() const {
        expect_operands(2);
        Access a = access();
        if (a.space == "param" && a.count == 1) return load_parameter(a);
        std::string value = "*(const " + a.cpp() + " *) " + pointer(a.space, operand(1), a.bytes());
        if (a.count == 1) return assign(place(operand(0)), a.type, value);
        std::string text = "{ const " + a.cpp() + " loaded = " + value + "; ";
        std::vector<Place> all = places(operand(0), a.count);
        for (unsigned i = 0; i < a.count; i++) text += assign(all[i], a.type, "(" + a.type + ") loaded[" + std::to_string(i) + "]") + " ";
        return text + "}";
    }

    std::string load_parameter(const Access &a) const {
        const Operand &o = operand(1);
        for (size_t i = 0; i < entry.parameters.size(); i++) {
            if (entry.parameters[i].name != o.name) continue;
            if (o.number < 0 || (size_t) o.number + a.bytes() > entry.parameters[i].bytes()) fail("'" + o.name + "' is read outside of its bytes");
            return assign(place(operand(0)), a.type, "ptx_parameter<" + a.type + ">(parameters, " + std::to_string(i) + ", " + std::to_string(o.number) + ")");
        }
        fail("unknown parameter '" + o.name + "'");
    }

    std::string store() const {
        expect_operands(2);
        Access a = access();
        if (a.space == "param") unknown();
        std::string value;
        if (a.count == 1) {
            value = source(a.type, operand(1));
        } else {
            for (const Place &each : places(operand(1), a.count)) value += (value.empty() ? "" : ", ") + read(a.type, each);
            value = a.cpp() + "{" + value + "}";
        }
        return "*(" + a.cpp() + " *) " + pointer(a.space, operand(0), a.bytes()) + " = " + value + ";";
    }

    std::string atomic() const {
        Access a = access();
        const std::string &operation = s.opcode[s.opcode.size() - 2];
        if (!is_one_of(operation, {"add", "min", "max", "and", "or", "xor", "exch", "cas"}) || a.count != 1) unknown();
        bool cas = operation == "cas";
        expect_operands(cas ? 4 : 3);
        return assign(place(operand(0)), a.type, "ptx_atom_" + operation + "((" + a.type + " *) " + pointer(a.space, operand(1), a.bytes()) + ", "
                + source(a.type, operand(2)) + (cas ? ", " + source(a.type, operand(3)) : "") + ")");
    }

    std::string barrier() const {
        bool all = s.operands.size() == 1 && operand(0).kind == Operand::NUMBER;
        if (!all) fail("barriers of some threads only, and of a number in a register, are not translated");
        if (operand(0).number < 0 || operand(0).number > 15) fail("there are 16 barriers, from 0");
        // All threads must wait at one site, and so at one barrier: its number does not matter.
        return "cuda_device_barrier(__LINE__);";
    }

    std::string shuffle() const {
        if (s.opcode.size() != 4 || !is_one_of(s.opcode[2], {"idx", "up", "down", "bfly"}) || type() != "b32") unknown();
        expect_operands(5);
        std::string arguments;
        for (size_t i = 1; i < 5; i++) arguments += source("u32", operand(i)) + ", ";
        return "{ bool valid; " + assign(place(operand(0)), "u32", "ptx_shfl_sync_" + s.opcode[2] + "(" + arguments + "valid)") + " }";
    }

    std::string call(const WarpInstruction &instruction) const {
        if (target < instruction.target) {
            fail("'" + s.name() + "' requires .target sm_" + std::to_string(instruction.target) + " or higher");
        }
        std::string arguments;
        auto add = [&](const std::string &argument) { arguments += (arguments.empty() ? "" : ", ") + argument; };
        for (const Operand &o : s.operands) {
            bool shared = o.kind == Operand::ELEMENT || (o.kind == Operand::ADDRESS && arguments.empty()) || s.opcode[0] == "ldmatrix";
            if (o.kind == Operand::VECTOR) for (const Operand &part : o.parts) add(place(part).cpp);
            else if (o.kind == Operand::NAME) add(place(o.name).cpp);
            else if (o.kind == Operand::NUMBER) add(std::to_string(o.number));
            else add(shared ? short_address(o) : "(const void *) " + pointer("global", o, 0));
        }
        return function(instruction.name) + "(" + arguments + ");";
    }
};

} // namespace

std::string cpp_name(const std::string &name) {
    std::string result = "$" + name;
    std::replace(result.begin(), result.end(), '%', '$');
    return result;
}

std::string translate(const Statement &statement, const Entry &entry, int target) {
    if (!statement.label.empty()) return cpp_name(statement.label) + ":;";
    std::string text = Translator(statement, entry, target).translate();
    if (statement.guard.empty()) return text;
    auto guard = entry.registers.find(statement.guard);
    if (guard == entry.registers.end()) throw Error(statement.line, "unknown symbol '" + statement.guard + "'");
    return std::string("if (") + (statement.guard_negated ? "!" : "") + cpp_name(statement.guard) + ") { " + text + " }";
}

bool waits(const Statement &statement) {
    return statement.label.empty() && is_one_of(statement.opcode.front(), {"barrier", "bar", "shfl", "ldmatrix", "mma", "cp"});
}

} // namespace cuda_device::ptx
