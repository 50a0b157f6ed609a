#include "translate.h"
#include "statement.h"
#include <algorithm>

namespace cuda_device::ptx {

namespace {

std::string number(size_t value) { return std::to_string(value); }

// The local arrays of a kernel, one after another: where each begins, and where the last one ends.
struct LocalPlaces {
    static constexpr size_t REDZONE = 64;

    std::vector<std::pair<const Variable *, size_t>> places;
    size_t end = REDZONE;

    explicit LocalPlaces(const Entry &entry) {
        for (const Variable &variable : entry.variables) {
            if (variable.space != "local") continue;
            end = (end + 15) / 16 * 16;
            places.emplace_back(&variable, end);
            end += variable.bytes() + REDZONE;
        }
    }
};

// Local memory, a function `local` that checks an address in it and returns the pointer, and the arrays' addresses.
std::string declare_local(const LocalPlaces &local) {
    if (local.places.empty()) return "";
    std::string arrays, inside, addresses;
    for (const auto &[variable, start] : local.places) {
        std::string begin = number(start), end = number(start + variable->bytes());
        arrays += "{\"" + variable->name + "\", " + begin + ", " + number(variable->bytes()) + "}, ";
        inside += (inside.empty() ? "" : " || ") + ("(address >= " + begin + " && address + bytes <= " + end + ")");
        addresses += "const u32 " + cpp_name(variable->name) + " = " + begin + "; ";
    }
    return "static const LocalArray arrays[] = {" + arrays + "{nullptr, 0, 0}}; "
            "alignas(16) char memory[" + number(local.end) + "]; memset(memory, 0xff, sizeof memory); "
            "auto local = [&](u32 address, u32 bytes, int line) -> char * { "
            "if (__builtin_expect(address % bytes != 0 || !(" + inside + "), false)) ptx_local_fault(arrays, address, bytes, line); "
            "return memory + address; }; " + addresses;
}

std::string declare_shared(const Entry &entry) {
    std::string text = "char *const shared = (char *) cuda_device_shared_pointer(0); ";
    size_t index = 0;
    for (const Variable &variable : entry.variables) {
        if (variable.space != "shared") continue;
        text += "const u32 " + cpp_name(variable.name) + " = cuda_device_shared_address(cuda_device_shared_array(" + number(index++) + ")); ";
    }
    return text;
}

std::string declare_registers(const Entry &entry) {
    std::string text;
    for (const auto &[name, each] : entry.registers) {
        std::string value = "poison<" + each.type + ">()";
        text += each.type + " " + cpp_name(name);
        if (each.elements == 1) text += " = " + value + "; ";
        else if (each.elements == 2) text += "[] = {" + value + ", " + value + "}; ";
        else text += "[] = {" + value + ", " + value + ", " + value + ", " + value + "}; ";
    }
    return text;
}

// A function that runs a thread, on the lines of the text.
std::string define(const Entry &entry, size_t index, int target, int &line) {
    std::string text;
    auto go_to = [&](int next) {
        for (; line < next; line++) text += '\n';
    };
    go_to(entry.line);
    text += "static void run_" + number(index) + "(void **parameters) { " + declare_registers(entry) + declare_shared(entry) + declare_local(LocalPlaces(entry));
    for (const Statement &statement : entry.body) {
        go_to(statement.line);
        text += translate(statement, entry, target) + " ";
    }
    return text + "}";
}

// The table of kernels. `tables` gets the lists of their parameters and shared arrays.
std::string row(const Entry &entry, size_t index, std::string &tables) {
    std::string bytes, shared, mine = number(index);
    for (const Variable &parameter : entry.parameters) bytes += number(parameter.bytes()) + ", ";
    for (const Variable &variable : entry.variables) {
        if (variable.space == "shared") shared += "{\"" + variable.name + "\", " + number(variable.bytes()) + ", " + number(variable.alignment) + "}, ";
    }
    tables += "static const size_t bytes_" + mine + "[] = {" + bytes + "0};\n"
            + "static const cuda_device::SharedArray shared_" + mine + "[] = {" + shared + "{nullptr, 0, 0}};\n";
    bool any_waits = std::any_of(entry.body.begin(), entry.body.end(), waits);
    return "{\"" + entry.name + "\", run_" + mine + ", bytes_" + mine + ", shared_" + mine + (any_waits ? ", true, " : ", false, ")
            + number(entry.largest_block) + "}, ";
}

} // namespace

std::string translate(const Module &module) {
    std::string functions, tables, rows;
    int line = 1;
    for (size_t i = 0; i < module.entries.size(); i++) {
        functions += define(module.entries[i], i, module.target, line);
        rows += row(module.entries[i], i, tables);
    }
    return "#include \"ptx.h\"\n#line 1 \"module.ptx\"\n" + functions + "\n" + tables + "extern \"C\" const cuda_device::Kernel cuda_device_kernels[] = {" + rows
            + "{}};\n";
}

} // namespace cuda_device::ptx
