#include "translate.h"
#include "assembly.h"
#include <algorithm>
#include <regex>
#include <vector>

namespace cuda_device {

namespace {

struct Array {
    std::string name, type; // the type with its dimensions, such as float[64]
};

struct Entry {
    std::string name;
    std::vector<std::string> types; // of the parameters
    std::string bound;              // of __launch_bounds__
    size_t begin, end;              // of its text
};

std::string trim(const std::string &text) {
    size_t first = text.find_first_not_of(" \t\n"), last = text.find_last_not_of(" \t\n");
    return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// Header files: those that kernel/cuda.h stands for are left out, keeping the line.
std::string without_includes(const std::string &source) {
    static const std::regex include("#[ \\t]*include[ \\t]*[<\"]([^>\"\\n]*)[>\"]");
    std::string rest = source, text;
    for (std::smatch match; std::regex_search(rest, match, include); rest = match.suffix()) {
        if (match[1] != "cuda_fp16.h") throw CompileError("error: could not open source file \"" + match[1].str() + "\"");
        text += match.prefix();
    }
    return text + rest;
}

std::vector<Entry> find_kernels(const std::string &source) {
    static const std::regex header("__global__\\s+(?:void\\s+)?(?:__launch_bounds__\\s*\\(([^),]*)[^)]*\\)\\s*)?(?:void\\s+)?(\\w+)\\s*\\(([^)]*)\\)");
    std::vector<Entry> kernels;
    for (std::sregex_iterator match(source.begin(), source.end(), header), end; match != end; ++match) {
        Entry kernel{(*match)[2], {}, trim((*match)[1]), (size_t) match->position(), source.size()};
        if (!kernels.empty()) kernels.back().end = kernel.begin;
        std::string parameters = (*match)[3].str() + ",";
        for (size_t at = 0, comma; (comma = parameters.find(',', at)) != std::string::npos; at = comma + 1) {
            std::string parameter = trim(parameters.substr(at, comma - at));
            if (parameter.empty() || parameter == "void") continue;
            size_t name = parameter.find_last_of(" *&\t");
            kernel.types.push_back(parameter.substr(0, name + 1));
        }
        kernels.push_back(kernel);
    }
    return kernels;
}

// Declarations in shared memory become references to what the device has placed. Keeps lines.
std::string place_shared(const std::string &source, std::vector<Array> &arrays) {
    static const std::regex dynamic("extern\\s+__shared__\\s+([\\w ]+?)\\s*(\\w+)\\s*\\[\\s*\\]\\s*;");
    static const std::regex fixed("__shared__\\s+([\\w ]+?)\\s*(\\w+)\\s*((?:\\[[^\\]]+\\]\\s*)*);");
    std::string rest = std::regex_replace(source, dynamic, "$1 *$2 = ($1 *) cuda_device_dynamic_shared();"), text;
    for (std::smatch match; std::regex_search(rest, match, fixed); rest = match.suffix()) {
        std::string type = match[1], name = match[2], dimensions = trim(match[3]);
        text += match.prefix();
        text += type + " (&" + name + ")" + dimensions + " = *(" + type + " (*)" + dimensions + ") cuda_device_shared_array(SHARED_"
                + std::to_string(arrays.size()) + ");";
        arrays.push_back({name, type + dimensions});
    }
    return text + rest;
}

bool waits(const std::string &source) {
    return source.find("__sync") != std::string::npos || source.find("_sync(") != std::string::npos || source.find("ptx_") != std::string::npos;
}

// Which arrays a kernel has: those in its own text and those of device functions before the first kernel.
std::vector<size_t> arrays_of(const Entry &kernel, const Entry &first, const std::string &text, size_t count) {
    std::vector<size_t> mine;
    for (size_t i = 0; i < count; i++) {
        size_t place = text.find("(SHARED_" + std::to_string(i) + ")");
        if (place < first.begin || (place >= kernel.begin && place < kernel.end)) mine.push_back(i);
    }
    return mine;
}

// The table of kernels. `indices` gets the index of each array in the list of its kernel.
std::string table(const std::string &text, const std::vector<Array> &arrays, std::string &indices) {
    std::string definitions, rows;
    std::vector<Entry> kernels = find_kernels(text);
    for (const Entry &kernel : kernels) {
        std::string arguments, sizes, shared;
        for (size_t i = 0; i < kernel.types.size(); i++) {
            arguments += (i == 0 ? "*(" : ", *(") + kernel.types[i] + " *) parameters[" + std::to_string(i) + "]";
            sizes += "sizeof(" + kernel.types[i] + "), ";
        }
        std::vector<size_t> mine = arrays_of(kernel, kernels.front(), text, arrays.size());
        for (size_t i = 0; i < mine.size(); i++) {
            const Array &array = arrays[mine[i]];
            shared += "{\"" + array.name + "\", sizeof(" + array.type + "), alignof(" + array.type + ")}, ";
            std::string define = "#define SHARED_" + std::to_string(mine[i]) + " " + std::to_string(i) + "\n";
            if (indices.find(define) == std::string::npos) indices += define;
        }
        definitions += "CUDA_DEVICE_UNCHECKED static void run_" + kernel.name + "(void **parameters) { " + kernel.name + "(" + arguments + "); }\n"
                + "static const size_t bytes_" + kernel.name + "[] = {" + sizes + "0};\n"
                + "static const cuda_device::SharedArray shared_" + kernel.name + "[] = {" + shared + "{nullptr, 0, 0}};\n";
        rows += "{\"" + kernel.name + "\", run_" + kernel.name + ", bytes_" + kernel.name + ", shared_" + kernel.name
                + (waits(text) ? ", true, " : ", false, ") + (kernel.bound.empty() ? "0" : kernel.bound) + "}, ";
    }
    return definitions + "extern \"C\" const cuda_device::Kernel cuda_device_kernels[] = {" + rows + "{}};\n";
}

} // namespace

std::string translate(const std::string &cuda, const std::string &file) {
    std::string source = translate_assembly(without_includes(cuda));
    std::vector<Array> arrays;
    std::string text = place_shared(source, arrays);
    std::string indices, kernels = table(text, arrays, indices);
    return "#include \"cuda.h\"\n" + indices + "#line 1 \"" + file + "\"\n" + text + "\n" + kernels;
}

} // namespace cuda_device
