#include "module.h"
#include "launch.h"
#include "report.h"
#include "settings.h"
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

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
    result = CUDA_SUCCESS;
    if (!settings().launches) return std::unique_ptr<Module>(new Module(nullptr, nullptr));
    if (strncmp(image, SIGNATURE, strlen(SIGNATURE)) != 0) return refuse(CUDA_ERROR_INVALID_IMAGE, "not made by this device's compiler");
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

Module::~Module() {
    if (handle != nullptr) dlclose(handle);
}

const Kernel *Module::find(const std::string &name) {
    if (handle == nullptr) {
        static const size_t no_parameters[] = {0};
        static const SharedArray no_arrays[] = {{nullptr, 0, 0}};
        auto known = idle.emplace(name, Kernel{nullptr, nullptr, no_parameters, no_arrays, false, 0}).first;
        known->second.name = known->first.c_str();
        return &known->second;
    }
    for (const Kernel *kernel = table; kernel->name != nullptr; kernel++) {
        if (kernel->name == name) return kernel;
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
