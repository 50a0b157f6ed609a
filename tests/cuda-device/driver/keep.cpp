#include "keep.h"
#include "report.h"
#include "settings.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace cuda_device {

void keep(const std::string &text, const char *ending) {
    static std::atomic<unsigned> count{0};
    if (settings().keep.empty()) return;
    std::string path = format("%s/%05u%s", settings().keep.c_str(), ++count, ending);
    if (!(std::ofstream(path) << text << std::flush)) {
        fprintf(stderr, "cuda-device: cannot write '%s', see CUDA_DEVICE_KEEP\n", path.c_str());
        exit(2);
    }
}

} // namespace cuda_device
