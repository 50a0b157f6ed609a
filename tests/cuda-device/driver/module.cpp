#include "module.h"
#include "../ptx/lexer.h"
#include "../ptx/parser.h"
#include "../ptx/translate.h"
#include "compile.h"
#include "keep.h"
#include "report.h"
#include "settings.h"
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <utility>

namespace cuda_device {

namespace {

const char *const SIGNATURE = "cuda-device module sm_";

} // namespace

std::string make_image(const std::string &library, int architecture) {
    return SIGNATURE + std::to_string(architecture) + "\n" + library + "\n";
}

std::unique_ptr<Module> Module::load(const char *image, CUresult &result, std::string &log) {
    auto refuse = [&](CUresult why, const std::string &text) {
        report("cannot load a module: " + text);
        result = why;
        log = text;
        return std::unique_ptr<Module>();
    };
    bool compiled = strncmp(image, SIGNATURE, strlen(SIGNATURE)) == 0;
    if (!compiled) keep(image, ".ptx");
    result = CUDA_SUCCESS;
    if (!settings().launches) return std::unique_ptr<Module>(new Module(nullptr, nullptr));
    if (!compiled) {
        if (ptx::tokens(image).front().text != ".version") return refuse(CUDA_ERROR_INVALID_IMAGE, "neither PTX nor made by this device's compiler");
        auto module = load_ptx(image, result, log);
        return module == nullptr ? refuse(result, log) : std::move(module);
    }
    char *rest;
    int architecture = (int) strtol(image + strlen(SIGNATURE), &rest, 10), device = settings().major * 10 + settings().minor;
    if (architecture / 10 != device / 10 || architecture > device) {
        return refuse(CUDA_ERROR_NO_BINARY_FOR_GPU, format("compiled for sm_%d, but the device is sm_%d", architecture, device));
    }
    std::string library(rest + 1, strcspn(rest + 1, "\n"));
    auto module = open(library, log);
    if (module == nullptr) return refuse(CUDA_ERROR_INVALID_IMAGE, log);
    return module;
}

std::unique_ptr<Module> Module::load_ptx(const std::string &text, CUresult &result, std::string &log) {
    std::string library;
    std::vector<std::string> names;
    result = CUDA_ERROR_INVALID_PTX;
    try {
        ptx::Module parsed = ptx::parse(text);
        int device = settings().major * 10 + settings().minor;
        if (parsed.target > device) {
            result = CUDA_ERROR_NO_BINARY_FOR_GPU;
            throw std::runtime_error(format("compiled for sm_%d, but the device is sm_%d", parsed.target, device));
        }
        // TornadoVM gives the same kernel another name in each task. Without names it is compiled once.
        for (ptx::Entry &entry : parsed.entries) names.push_back(std::exchange(entry.name, "kernel"));
        library = compile_library(ptx::translate(parsed), parsed.target, log);
    } catch (const std::runtime_error &error) {
        log = error.what();
    }
    if (library.empty()) return nullptr;
    auto module = open(library, log);
    if (module == nullptr) return nullptr;
    module->rename(std::move(names));
    result = CUDA_SUCCESS;
    return module;
}

std::unique_ptr<Module> Module::open(const std::string &library, std::string &log) {
    void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        log = dlerror();
        return nullptr;
    }
    auto table = (const Kernel *) dlsym(handle, "cuda_device_kernels");
    if (table != nullptr) return std::unique_ptr<Module>(new Module(handle, table));
    log = "no kernels in " + library;
    dlclose(handle);
    return nullptr;
}

Module::Module(void *handle, const Kernel *kernels) : handle(handle) {
    for (; kernels != nullptr && kernels->name != nullptr; kernels++) table.push_back(*kernels);
    table.push_back({});
}

Module::~Module() {
    if (handle != nullptr) dlclose(handle);
}

void Module::rename(std::vector<std::string> new_names) {
    names = std::move(new_names);
    for (size_t i = 0; i < names.size(); i++) table[i].name = names[i].c_str();
}

const Kernel *Module::find(const std::string &name) {
    if (handle == nullptr) {
        static const size_t no_parameters[] = {0};
        static const SharedArray no_arrays[] = {{nullptr, 0, 0}};
        auto known = idle.emplace(name, Kernel{nullptr, nullptr, no_parameters, no_arrays, false, 0}).first;
        known->second.name = known->first.c_str();
        return &known->second;
    }
    for (const Kernel &kernel : table) {
        if (kernel.name != nullptr && kernel.name == name) return &kernel;
    }
    return nullptr;
}

bool in_kernel_module(const char *address) {
    Dl_info info;
    if (dladdr(address, &info) == 0) return false;
    void *handle = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    if (handle == nullptr) return false;
    bool found = dlsym(handle, "cuda_device_kernels") != nullptr;
    dlclose(handle);
    return found;
}

} // namespace cuda_device
