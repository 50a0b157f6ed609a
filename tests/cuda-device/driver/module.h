// Modules: compiled kernels that are loaded.
#pragma once
#include "../kernel/interface.h"
#include "cuda_api.h"
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cuda_device {

// The image of a module that the compiler makes: where the library with its kernels is, and for which architecture (90 for 9.0).
std::string make_image(const std::string &library, int architecture);

class Module {
public:
    ~Module();

    // Loads an image, or compiles PTX. Empty, with the reason in `log`, if the device cannot run it. Where no kernel is run, any image will do.
    static std::unique_ptr<Module> load(const char *image, CUresult &result, std::string &log);

    // Opens a library of kernels, for whichever device they are. Empty, with the reason in `log`, if it is none.
    static std::unique_ptr<Module> open(const std::string &library, std::string &log);

    const Kernel *find(const std::string &name);

    // All kernels, see kernel/interface.h.
    const Kernel *kernels() const { return table.data(); }

private:
    Module(void *handle, const Kernel *kernels);

    // Gives the kernels the names that they have in PTX.
    void rename(std::vector<std::string> names);

    static std::unique_ptr<Module> load_ptx(const std::string &text, CUresult &result, std::string &log);

    void *handle; // null where no kernel is run
    std::vector<Kernel> table; // ends with one without a name
    std::vector<std::string> names; // of the kernels of PTX
    std::map<std::string, Kernel> idle; // the kernels where none is run, by name
};

// Whether an address lies in a loaded library of kernels: their constants.
bool in_kernel_module(const char *address);

} // namespace cuda_device
